//! A stand-in for GitLab, which cannot run here: the parts of its REST API that `engine vendor` asks, written from GitLab's
//! documentation ("REST API resources": commits, repository files, repositories, tags, branches, releases, templates of
//! CI/CD). What it says of projects comes from real repositories, by git itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::json;

/// The token that it knows.
pub(crate) const TOKEN: &str = "glpat-standing-in-0123456789";

/// What it holds and was asked.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The folder with a repository for each project, by its path.
    pub(crate) projects: PathBuf,
    /// Tags that were released, of every project.
    pub(crate) releases: Vec<&'static str>,
    /// Texts at addresses beside the API.
    pub(crate) pages: Vec<(&'static str, String)>,
    /// Requests: method and path, and whether they had the token.
    pub(crate) asked: Vec<(String, bool)>,
    /// The status that everything gets, where there is one.
    pub(crate) fault: Option<u16>,
}

/// The server.
pub(crate) struct StandIn {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    /// Starts one on a port that is free.
    pub(crate) fn start(projects: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { projects, ..State::default() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || converse(&stream, &shared));
            }
        });
        Self { address, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn converse(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut token = false;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            token |= header.trim() == format!("private-token: {TOKEN}")
                || header.trim() == format!("PRIVATE-TOKEN: {TOKEN}");
        }
        let path = line.split(' ').nth(1).unwrap_or("").to_owned();
        let mut state = state.lock().unwrap();
        state.asked.push((path.clone(), token));
        let (status, headers, body) = answer(&state, &path, token);
        let text = format!("HTTP/1.1 {status} -\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        let mut stream = stream;
        if stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}

type Answer = (u16, String, Vec<u8>);

fn answer(state: &State, path: &str, token: bool) -> Answer {
    let none = |status: u16| (status, String::new(), Vec::new());
    if let Some(status) = state.fault {
        return none(status);
    }
    let Some(path) = path.strip_prefix("/api/v4") else {
        let page = state.pages.iter().find(|(known, _)| *known == path);
        return match page {
            Some((_, text)) if text.starts_with("to ") => {
                (302, format!("Location: {}\r\n", text.trim_start_matches("to ")), Vec::new())
            }
            Some((_, text)) => (200, String::new(), text.clone().into_bytes()),
            None => none(404),
        };
    };
    if !token {
        return none(401);
    }
    let found = |found: Option<Vec<u8>>| found.map_or_else(|| none(404), |body| (200, String::new(), body));
    if let Some(key) = path.strip_prefix("/templates/gitlab_ci_ymls/") {
        let known = key == "Jobs%2FBuild";
        return found(
            known.then(|| json!({"name": "Build", "content": "of template: {script: [t]}\n"}).to_string().into()),
        );
    }
    found(of_project(state, path))
}

fn of_project(state: &State, path: &str) -> Option<Vec<u8>> {
    let rest = path.strip_prefix("/projects/")?;
    let (project, rest) = rest.split_once('/')?;
    let folder = state.projects.join(decoded(project));
    let git = |args: &[&str]| -> Option<Vec<u8>> {
        let output = Command::new("git").current_dir(&folder).args(args).output().ok()?;
        output.status.success().then_some(output.stdout)
    };
    let commit = |name: &str| {
        let id = git(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        Some(String::from_utf8(id).ok()?.trim().to_owned())
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).map(decoded);
    if let Some(name) = rest.strip_prefix("repository/commits/") {
        return Some(json!({"id": commit(&decoded(name))?}).to_string().into());
    }
    for (kind, place) in [("tags", "refs/tags"), ("branches", "refs/heads")] {
        if let Some(name) = rest.strip_prefix(&format!("repository/{kind}/")) {
            let id = commit(&format!("{place}/{}", decoded(name)))?;
            return Some(json!({"name": decoded(name), "commit": {"id": id}}).to_string().into());
        }
    }
    if let Some(file) = rest.strip_prefix("repository/files/").and_then(|rest| rest.strip_suffix("/raw")) {
        return git(&["show", &format!("{}:{}", value("ref")?, decoded(file))]);
    }
    let page = |entries: Vec<serde_json::Value>| {
        let (size, page): (usize, usize) = (value("per_page")?.parse().ok()?, value("page")?.parse().ok()?);
        let entries: Vec<_> = entries.into_iter().skip(size * (page - 1)).take(size).collect();
        Some(json!(entries).to_string().into_bytes())
    };
    match rest {
        "repository/tree" => {
            let listed = String::from_utf8(git(&["ls-tree", "-r", "-t", &value("ref")?])?).ok()?;
            let entry = |line: &str| {
                let (meta, path) = line.split_once('\t')?;
                Some(json!({"path": path, "type": meta.split(' ').nth(1)?}))
            };
            page(listed.lines().filter_map(entry).collect())
        }
        "releases" => page(state.releases.iter().map(|tag| json!({"tag_name": tag})).collect()),
        _ => None,
    }
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: Vec<u8> = bytes.by_ref().take(2).collect();
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}
