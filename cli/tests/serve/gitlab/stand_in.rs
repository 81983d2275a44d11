//! A stand-in for GitLab, which cannot run here: the parts of its REST API that a check asks, written from GitLab's
//! documentation ("REST API resources": merge requests, repositories, branches, commits, notes). What it says of files
//! comes from real repositories, by git itself: listings, contents, and archives that honour `.gitattributes`.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// The user whose token it is.
const OWN: u64 = 42;

/// What it holds and was told.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Repositories by the ids of their projects.
    pub(crate) projects: HashMap<u64, PathBuf>,
    /// Merge requests of the project 7 by their numbers, as the API shows them.
    pub(crate) requests: HashMap<u64, Value>,
    /// Notes on all of them: id, number of the merge request, author, text.
    pub(crate) notes: Vec<(u64, u64, u64, String)>,
    /// Commit statuses as they were sent, with the project in front.
    pub(crate) statuses: Vec<(u64, Value)>,
    /// Projects whose statuses this token may not write.
    pub(crate) forbidden: Vec<u64>,
    /// Statuses that the next requests get whose path holds a text, and what `Retry-After` says.
    pub(crate) faults: VecDeque<(&'static str, u16)>,
    /// Contents that are other than their names say, by a part of them.
    pub(crate) altered: Option<&'static str>,
    /// The most entries of a page, whatever is asked for; two where this is nothing.
    pub(crate) page: usize,
    /// Whether nothing is said of a next page.
    pub(crate) silent: bool,
    /// A merge request that is at another commit from its second look on.
    pub(crate) moves: Option<(u64, String)>,
    /// A merge request that goes into another branch from its second look on.
    pub(crate) goes: Option<(u64, &'static str)>,
    /// Paths that were asked for.
    pub(crate) asked: Vec<String>,
    /// Whether requests wait.
    held: bool,
}

/// The server.
#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) address: String,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl StandIn {
    /// Starts one on a port that is free.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stand_in = Self { address, shared: Arc::default() };
        let own = stand_in.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.converse(stream));
            }
        });
        stand_in
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    /// Lets requests wait until [`Self::release`].
    pub(crate) fn hold(&self) {
        self.state().held = true;
    }

    pub(crate) fn release(&self) {
        self.state().held = false;
        self.shared.1.notify_all();
    }

    /// Waits until somebody asked for a path that holds a text.
    pub(crate) fn wait_for(&self, part: &str) {
        let mut state = self.state();
        while !state.asked.iter().any(|path| path.contains(part)) {
            state = self.shared.1.wait(state).unwrap();
        }
    }

    fn converse(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        while let Some((method, path, body)) = request(&mut reader) {
            let mut state = self.state();
            state.asked.push(format!("{method} {path}"));
            self.shared.1.notify_all();
            while state.held {
                state = self.shared.1.wait(state).unwrap();
            }
            let fault = state.faults.front().is_some_and(|(part, _)| path.contains(part));
            let fault = if fault { state.faults.pop_front() } else { None };
            let (status, link, bytes) = match fault {
                Some((_, status)) => (status, None, b"{}".to_vec()),
                None => answer(&mut state, &method, &path, &body),
            };
            drop(state);
            let link = link.map(|link: String| format!("Link: {link}\r\n")).unwrap_or_default();
            let head =
                format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nRetry-After: 0\r\n{link}\r\n", bytes.len());
            if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes)).is_err() {
                return;
            }
        }
    }
}

/// The next request of a connection: method, path, body. One without the token ends it.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut known) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_owned();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "private-token" => known = value == "glpat-own",
            _ => {}
        }
    }
    assert!(known, "a request without the token: {path}");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, path, body))
}

type Answer = (u16, Option<String>, Vec<u8>);

fn answer(state: &mut State, method: &str, path: &str, body: &[u8]) -> Answer {
    let found = |value: Value| (200, None, value.to_string().into_bytes());
    let nothing = || (404, None, b"{\"message\":\"404 Not Found\"}".to_vec());
    let Some(path) = path.strip_prefix("/api/v4") else { return nothing() };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let argument = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if path == "/user" {
        return found(json!({ "id": OWN }));
    }
    let Some((id, rest)) = path.strip_prefix("/projects/").and_then(|rest| rest.split_once('/').or(Some((rest, ""))))
    else {
        return nothing();
    };
    let project: u64 = id.parse().unwrap();
    let Some(repository) = state.projects.get(&project).cloned() else { return nothing() };
    let parts: Vec<&str> = rest.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", [""]) => found(json!({ "default_branch": "main" })),
        ("GET", ["merge_requests", number]) => {
            let number: u64 = number.parse().unwrap();
            let Some(shown) = state.requests.get(&number).cloned() else { return nothing() };
            let request = state.requests.get_mut(&number).unwrap();
            if let Some((_, commit)) = state.moves.take_if(|(moved, _)| *moved == number) {
                request["sha"] = commit.into();
            }
            if let Some((_, branch)) = state.goes.take_if(|(gone, _)| *gone == number) {
                request["target_branch"] = branch.into();
            }
            found(shown)
        }
        ("GET", ["repository", "branches", name]) => {
            match git(&repository, &["rev-parse", &format!("refs/heads/{name}")]) {
                Some(commit) => found(json!({ "commit": { "id": text(&commit) } })),
                None => nothing(),
            }
        }
        ("GET", ["repository", "tree"]) => {
            let commit = argument("ref").unwrap();
            let Some(listing) = git(&repository, &["ls-tree", "-r", "-t", commit]) else { return nothing() };
            let entries: Vec<Value> = text(&listing).lines().map(entry).collect();
            let at: usize = argument("page_token").map_or(0, |token| token.parse().unwrap());
            let asked: usize = argument("per_page").unwrap().parse().unwrap();
            let size = asked.min(if state.page == 0 { 2 } else { state.page });
            let page: Vec<Value> = entries.iter().skip(at).take(size).cloned().collect();
            let next = at + size;
            // The address leads elsewhere: only the mark in it may be used.
            let link = (next < entries.len() && !state.silent)
                .then(|| format!("<http://169.254.169.254/api?page_token={next}>; rel=\"next\", <x>; rel=\"first\""));
            (200, link, Value::Array(page).to_string().into_bytes())
        }
        ("GET", ["repository", "archive.tar.gz"]) => {
            let commit = argument("sha").unwrap();
            let packed = git(&repository, &["archive", "--format=tar.gz", "--prefix=project/", commit]);
            packed.map_or_else(nothing, |bytes| (200, None, bytes))
        }
        ("GET", ["repository", "blobs", id, "raw"]) => {
            let Some(mut bytes) = git(&repository, &["cat-file", "blob", id]) else { return nothing() };
            if state.altered.is_some_and(|part| text(&bytes).contains(part)) {
                bytes = b"test:\n  script: [make]\n".to_vec();
            }
            (200, None, bytes)
        }
        ("POST", ["statuses", _]) if state.forbidden.contains(&project) => (403, None, b"{}".to_vec()),
        ("POST", ["statuses", commit]) => {
            let mut status: Value = serde_json::from_slice(body).unwrap();
            status["sha"] = (*commit).into();
            state.statuses.push((project, status));
            (201, None, b"{}".to_vec())
        }
        ("GET", ["merge_requests", number, "notes"]) => {
            let number: u64 = number.parse().unwrap();
            let notes = state.notes.iter().filter(|(_, of, ..)| *of == number);
            let note = |(id, _, author, body): &(u64, u64, u64, String)| json!({ "id": id, "body": body, "author": { "id": author } });
            found(Value::Array(notes.map(note).collect()))
        }
        ("POST", ["merge_requests", number, "notes"]) => {
            let id = state.notes.len() as u64 + 100;
            state.notes.push((id, number.parse().unwrap(), OWN, said(body)));
            (201, None, b"{}".to_vec())
        }
        ("PUT", ["merge_requests", _, "notes", id]) => {
            let id: u64 = id.parse().unwrap();
            state.notes.iter_mut().filter(|note| note.0 == id).for_each(|note| note.3 = said(body));
            (200, None, b"{}".to_vec())
        }
        _ => nothing(),
    }
}

fn said(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap();
    value["body"].as_str().unwrap().to_owned()
}

/// A line of `git ls-tree`, as the API has it.
fn entry(line: &str) -> Value {
    let (head, path) = line.split_once('\t').unwrap();
    let mut words = head.split(' ');
    let (mode, kind, id) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let name = path.rsplit('/').next().unwrap();
    json!({ "id": id, "name": name, "type": kind, "path": path, "mode": mode })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

/// What git prints; nothing where it fails.
fn git(repository: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("git").arg("-C").arg(repository).args(args).output().unwrap();
    output.status.success().then_some(output.stdout)
}
