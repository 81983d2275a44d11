//! GitLab by git over HTTPS, which a job's own token may read where its API refuses that token.
//!
//! Source: GitLab's documentation, "CI/CD job token": the user `gitlab-ci-token` and the token as the password.

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tempfile::TempDir;

use crate::MAX_BYTES;
use crate::api::Api;
use crate::forge::{Failure, Forge};
use crate::version;

/// Files of projects by git; templates and remote files as without it.
#[derive(Debug)]
pub struct Git {
    api: Api,
    /// What stands before the path of a project.
    server: String,
    token: Option<String>,
    /// A repository of one's own, which goes with it.
    folder: TempDir,
    /// Commits by project and ref.
    fetched: RefCell<HashMap<(String, String), String>>,
}

impl Git {
    /// Projects below `server`: an address that git knows. `token` is a job's.
    ///
    /// # Errors
    /// One sentence where there is no git.
    pub fn new(api: Api, server: &str, token: Option<String>) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("there is no folder for copies: {error}"))?;
        let server = server.trim_end_matches('/').to_owned();
        let git = Self { api, server, token, folder, fetched: RefCell::default() };
        git.run(&["init", "--quiet", "--bare"]).map_err(|failure| failure.to_string())?;
        Ok(git)
    }

    fn run(&self, args: &[&str]) -> Result<Vec<u8>, Failure> {
        let mut command = Command::new("git");
        command.current_dir(self.folder.path()).args(args).stdin(Stdio::null());
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
        // Nobody sees in the list of processes what stands in the environment.
        if let Some(token) = &self.token {
            let credentials = BASE64.encode(format!("gitlab-ci-token:{token}"));
            command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", self.server));
            command.env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {credentials}"));
        }
        let output = command.output().map_err(|error| Failure::Unreachable(format!("git cannot be run: {error}")))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().find_map(|line| line.strip_prefix("fatal: ")).unwrap_or("it fails without a word");
        Err(Failure::Absent(format!("git: {said}")))
    }

    fn text(&self, args: &[&str]) -> Result<String, Failure> {
        Ok(String::from_utf8_lossy(&self.run(args)?).trim().to_owned())
    }

    /// Fetches a ref, and gives its commit.
    fn fetch(&self, project: &str, reference: &str) -> Result<String, Failure> {
        if project.starts_with('-') || reference.starts_with('-') {
            return Err(Failure::Absent("a name does not begin with `-`".to_owned()));
        }
        let key = (project.to_owned(), reference.to_owned());
        if let Some(commit) = self.fetched.borrow().get(&key) {
            return Ok(commit.clone());
        }
        let address = format!("{}/{project}.git", self.server);
        self.run(&["fetch", "--quiet", "--depth=1", "--no-tags", &address, reference])?;
        let commit = self.text(&["rev-parse", "FETCH_HEAD^{commit}"])?;
        let mut fetched = self.fetched.borrow_mut();
        // Whoever asks for that commit next has it.
        fetched.insert((project.to_owned(), commit.clone()), commit.clone());
        fetched.insert(key, commit.clone());
        Ok(commit)
    }
}

impl Forge for Git {
    fn commit(&self, project: &str, reference: Option<&str>) -> Result<String, Failure> {
        self.fetch(project, reference.unwrap_or("HEAD"))
    }

    fn version(&self, project: &str, version: &str) -> Result<String, Failure> {
        if version::is_range(version) {
            let address = format!("{}/{project}.git", self.server);
            let listed = self.text(&["ls-remote", "--tags", "--refs", &address])?;
            let tags = listed.lines().filter_map(|line| line.split_once("refs/tags/").map(|(_, tag)| tag));
            let absent = || Failure::Absent(format!("no tag of `{project}` is what `{version}` stands for"));
            let newest = version::newest(version, tags).ok_or_else(absent)?.to_owned();
            return self.fetch(project, &format!("refs/tags/{newest}"));
        }
        let names = [format!("refs/tags/{version}"), format!("refs/heads/{version}"), version.to_owned()];
        let is_commit = version.len() >= 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut last = Failure::Absent(format!("`{project}` has no `{version}`"));
        for name in names.iter().skip(if is_commit { 2 } else { 0 }) {
            match self.fetch(project, name) {
                Ok(commit) => return Ok(commit),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn file(&self, project: &str, commit: &str, path: &str) -> Result<Vec<u8>, Failure> {
        self.fetch(project, commit)?;
        let object = format!("{commit}:{}", path.trim_start_matches('/'));
        let size: usize = self.text(&["cat-file", "-s", &object])?.parse().unwrap_or(usize::MAX);
        if size > MAX_BYTES {
            return Err(Failure::TooLarge(MAX_BYTES));
        }
        self.run(&["cat-file", "blob", &object])
    }

    fn paths(&self, project: &str, commit: &str) -> Result<Vec<String>, Failure> {
        self.fetch(project, commit)?;
        let listed = self.run(&["ls-tree", "-r", "-z", "--name-only", commit])?;
        let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    fn template(&self, name: &str) -> Result<Vec<u8>, Failure> {
        self.api.template(name)
    }

    fn remote(&self, address: &str) -> Result<Vec<u8>, Failure> {
        self.api.remote(address)
    }

    fn is_host(&self, host: &str) -> bool {
        self.api.is_host(host)
    }
}
