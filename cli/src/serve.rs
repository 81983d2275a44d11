//! `engine serve`.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use engine_gate::Gate;
use engine_host::Limits;
use engine_model::FailOn;
use engine_serve::{Options, Service, TlsFiles};
use engine_tree::WorkingTree;

use crate::args::Serve;
use crate::setup::Ground;
use crate::{PASS, clock, setup};

/// The time of one call of a policy: somebody waits for the answer.
const DEADLINE: Duration = Duration::from_secs(2);

/// Serves until it is told to stop.
pub(crate) fn run(serve: &Serve) -> Result<u8> {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = serve.threads.map_or_else(cores, usize::from);
    // What is wrong with the configuration is shown at its places when the server starts, and in a line of the log when
    // it is loaded anew.
    let (config, policies) = (serve.config.clone(), Arc::new(serve.policies.clone()));
    let gate = move || -> Result<Gate> {
        let tree = WorkingTree::open(&config)?;
        let branch = tree.production_branch();
        let limits = Limits { deadline: DEADLINE, ..Limits::default() };
        let ground = Ground { limits, remark: engine_serve::remark };
        setup::gate(&tree, None, &config, branch, &policies, ground)
    };
    let first = gate()?;
    let load = move || gate().map_err(|error| told(&error));
    let service = Service::new(first, Box::new(load), Box::new(clock::today), FailOn(serve.fail_on), threads)?;
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
    engine_serve::run(Arc::new(service), &options)?;
    Ok(PASS)
}

fn mebibytes(count: u32) -> usize {
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
