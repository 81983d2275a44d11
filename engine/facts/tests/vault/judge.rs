//! Policies with OpenBao as the judge: which it refuses, and what a token with just that policy may do.
//!
//! The tables are what OpenBao 2.7.2 said of generated policies. Where `bao` is on the path it is asked again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use engine_facts::terraform::Modules;
use engine_facts::vault::{Stanza, Wildcard, derive};
use serde_json::{Value, json};

use crate::support::policy_file;

/// A policy, and whether it is `accepted` or `refused`.
const ACCEPTED: &str = include_str!("judged/accepted.tsv");

/// A policy of one stanza, a path, and the capabilities there; `deny` is none.
const GRANTED: &str = include_str!("judged/granted.tsv");

fn rows(table: &str) -> impl Iterator<Item = (String, Vec<&str>)> {
    table.lines().map(|line| {
        let mut cells = line.split('\t');
        let policy = cells.next().unwrap().replace("\\n", "\n").replace("\\\\", "\\");
        (policy, cells.collect())
    })
}

#[test]
fn what_the_server_refuses_is_a_finding_and_nothing_else_is() {
    let (mut all, mut wrong) = (0, Vec::new());
    for (policy, cells) in rows(ACCEPTED) {
        let parsed = policy_file("p.hcl", &policy);
        let vault = derive(&Modules::default(), &parsed.document.into_iter().collect::<Vec<_>>());
        let broken = parsed.broken.is_some();
        let found = if broken || !vault.findings.is_empty() { "refused" } else { "accepted" };
        if found != cells[0] {
            wrong.push(format!("{found} here, {} there: {policy}", cells[0]));
        }
        if let (false, Some(policy)) = (broken, vault.policies.first()) {
            assert_eq!(policy.complete, vault.findings.is_empty());
        }
        all += 1;
    }
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(all >= 500, "{all}");
}

#[test]
fn a_stanza_grants_what_the_server_grants() {
    let mut all = 0;
    for (policy, cells) in rows(GRANTED) {
        let parsed = policy_file("p.hcl", &policy);
        let vault = derive(&Modules::default(), &parsed.document.into_iter().collect::<Vec<_>>());
        let [stanza] = vault.policies[0].paths.as_slice() else { panic!("{policy}") };
        // The server answers as for a list, and lists `a/` as `a` where the pattern does not end with `*`.
        let is_open = matches!(stanza.wildcard, Wildcard::Prefix | Wildcard::Both);
        let bare = cells[0].strip_suffix('/').filter(|_| !is_open);
        let matches = [Some(cells[0]), bare].into_iter().flatten().any(|path| matches(stanza, path));
        let grants = if matches { stanza.grants.join(" ") } else { String::new() };
        let grants = if grants.is_empty() { "deny".to_owned() } else { grants };
        assert_eq!(grants, cells[1], "{} in {policy}", cells[0]);
        all += 1;
    }
    assert!(all >= 600, "{all}");
}

/// Whether the pattern is of that path, from nothing but what a policy of the engine is told.
#[cfg(test)]
fn matches(stanza: &Stanza, path: &str) -> bool {
    let pattern = stanza.path.get().unwrap();
    match stanza.wildcard {
        Wildcard::None => pattern == path,
        Wildcard::Prefix => path.starts_with(stanza.prefix.as_deref().unwrap()),
        Wildcard::Segment | Wildcard::Both => {
            let open = stanza.wildcard == Wildcard::Both;
            let wanted: Vec<&str> = pattern.strip_suffix('*').unwrap_or(pattern).split('/').collect();
            let found: Vec<&str> = path.split('/').collect();
            if found.len() < wanted.len() || (!open && found.len() != wanted.len()) {
                return false;
            }
            wanted.iter().enumerate().all(|(at, segment)| {
                let last = open && at + 1 == wanted.len();
                *segment == "+" || found[at] == *segment || (last && found[at].starts_with(segment))
            })
        }
    }
}

/// A development server of OpenBao that ends with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// `None` where there is no `bao`.
    fn start() -> Option<Self> {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new("bao");
        command.args(["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"]);
        command.arg(format!("-dev-listen-address={address}")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().ok()?;
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(output.any(|line| line.contains("Root Token")), "the server ended before it was ready");
        // It would end if nobody read what it says.
        std::thread::spawn(move || output.for_each(drop));
        Some(Self { process, address })
    }

    /// What the server answers; nothing where it has nothing to say.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head =
            format!("{method} /v1/{path} HTTP/1.0\r\nX-Vault-Token: root\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    fn accepts(&self, policy: &str) -> bool {
        let (status, _) = self.ask("PUT", "sys/policies/acl/judged", &json!({ "policy": policy }));
        status < 300
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_tables_are_what_the_server_says_today() {
    let Some(server) = Server::start() else {
        println!("skipped: there is no `bao` to ask");
        return;
    };
    for (policy, cells) in rows(ACCEPTED) {
        let found = if server.accepts(&policy) { "accepted" } else { "refused" };
        assert_eq!(found, cells[0], "{policy}");
    }
    for (policy, cells) in rows(GRANTED) {
        assert!(server.accepts(&policy), "{policy}");
        let request = json!({ "policies": ["judged"], "no_default_policy": true, "ttl": "1h" });
        let (_, made) = server.ask("POST", "auth/token/create", &request);
        let request = json!({ "token": made["auth"]["client_token"], "paths": [cells[0]] });
        let (_, said) = server.ask("POST", "sys/capabilities", &request);
        let words = said["data"][cells[0]].as_array().unwrap_or_else(|| panic!("{made} {said}"));
        let words: Vec<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(words.join(" "), cells[1], "{} in {policy}", cells[0]);
    }
}
