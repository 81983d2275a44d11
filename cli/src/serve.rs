//! `engine serve`, and the gate that it shares with `engine worker`.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use engine_gate::{Gate, Trusted};
use engine_host::Limits;
use engine_model::{FailOn, Severity};
use engine_serve::{GitlabOptions, Judge, Options, Parts, Service, TlsFiles};
use engine_tree::WorkingTree;

use crate::args::{Policies, Serve};
use crate::setup::Ground;
use crate::{PASS, clock, setup};

/// The time of one call of a policy: somebody waits for the answer.
const DEADLINE: Duration = Duration::from_secs(2);

/// Serves until it is told to stop.
pub(crate) fn run(serve: &Serve) -> Result<u8> {
    let threads = threads(serve.threads);
    let service = service(&serve.config, &serve.policies, serve.fail_on, threads)?;
    let tls = serve.tls_cert.clone().zip(serve.tls_key.clone());
    let options = Options {
        listen: serve.listen,
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        threads,
        requests: serve.max_requests as usize,
        body_bytes: mebibytes(serve.max_body),
        held_bytes: mebibytes(serve.max_held),
        connections: serve.max_connections as usize,
        head_time: Duration::from_secs(serve.head_time.into()),
        body_time: Duration::from_secs(serve.body_time.into()),
        drain_time: Duration::from_secs(serve.drain_time.into()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let gitlab = gitlab(serve)?;
    engine_serve::run(Parts { service, gitlab }, &options)?;
    Ok(PASS)
}

/// The GitLab whose merge requests are checked. Its tokens come from files, which nobody sees in a list of processes.
fn gitlab(serve: &Serve) -> Result<Option<GitlabOptions>> {
    let args = &serve.gitlab;
    let (Some(url), Some(token), Some(secrets)) = (&args.gitlab, &args.gitlab_token, &args.gitlab_secrets) else {
        return Ok(None);
    };
    Ok(Some(GitlabOptions {
        url: url.clone(),
        token: secret(token)?,
        secrets: secret(secrets)?,
        authority: args.gitlab_ca.clone(),
        networks: args.gitlab_network.clone(),
        queue: args.gitlab_queue as usize,
        workers: usize::from(args.gitlab_workers),
        bytes: mebibytes(args.gitlab_files) as u64,
        judge: judge(&serve.config, &serve.policies),
    }))
}

/// Makes the gate of a branch, as `engine check --trusted` does, and of the server's own policies besides.
fn judge(config: &Path, policies: &Policies) -> Judge {
    let (config, policies) = (config.to_path_buf(), policies.clone());
    Box::new(move |trusted: &Trusted<'_>, branch: Option<String>| {
        // It is called a few times and then gone: memory that is kept ready would cost more than it saves.
        let ground = ground(None);
        let gate = setup::gate(trusted.tree, Some(trusted), &config, branch, &policies, ground);
        gate.map_err(|error| told(&error))
    })
}

/// What a server's gate stands on. `calls` is how many calls of policies there are at a time.
fn ground(calls: Option<u32>) -> Ground<'static> {
    let limits = Limits { deadline: DEADLINE, ..Limits::default() };
    Ground { limits, calls, remark: engine_serve::remark, committed: None }
}

/// The text of a file that holds secrets.
fn secret(path: &Path) -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "a path that the user names, outside of any tree")]
    let text = std::fs::read_to_string(path);
    text.with_context(|| format!("cannot read `{}`", path.display()))
}

/// How many checks run at a time.
pub(crate) fn threads(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    asked.map_or_else(cores, usize::from)
}

/// The gate of a server or a worker, by the configuration in a directory of its own. What is wrong with it is shown at
/// its places when the process starts, and in a line of the log when it is loaded anew.
pub(crate) fn service(config: &Path, policies: &Policies, fail_on: Severity, threads: usize) -> Result<Arc<Service>> {
    let (config, policies) = (config.to_path_buf(), policies.clone());
    // A thread of checks is in one call at a time.
    let calls = u32::try_from(threads).ok();
    let gate = move || -> Result<Gate> {
        let tree = WorkingTree::open(&config)?;
        let branch = tree.production_branch();
        setup::gate(&tree, None, &config, branch, &policies, ground(calls))
    };
    let first = gate()?;
    let load = move || gate().map_err(|error| told(&error));
    Ok(Arc::new(Service::new(first, Box::new(load), Box::new(clock::today), FailOn(fail_on), threads)?))
}

pub(crate) fn mebibytes(count: u32) -> usize {
    (count as usize).saturating_mul(1 << 20)
}

/// An error in one line, with the places of what is wrong in the configuration.
fn told(error: &anyhow::Error) -> String {
    match error.downcast_ref::<setup::WrongConfig>() {
        Some(setup::WrongConfig(errors)) => {
            let line = |error: &engine_config::ConfigError| {
                let start = error.location.start();
                format!("{}:{}:{}: {}", error.location.file.path(), start.line, start.column, error.message)
            };
            errors.iter().map(line).collect::<Vec<_>>().join("; ")
        }
        None => format!("{error:#}"),
    }
}
