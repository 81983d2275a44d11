//! Hooks of GitLab: who may send them, what the merge request is told, and that nothing in it helps it past the gate.

mod stand_in;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{self, HMAC_SHA256, Key};
use serde_json::{Value, json};

use super::server::{Answer, Server};
use crate::support::{FLAWED, MEMORY, Project, QUIET, bounded, finished};
use stand_in::StandIn;

const MARK: &str = "<!-- engine: the verdict on this merge request -->";

/// A project of GitLab's, the server that judges its merge requests, and the stand-in between them.
struct Setting {
    repository: Project,
    gitlab: StandIn,
    server: Server,
    /// Where the server's own configuration is; it goes with the test.
    _own: Project,
}

/// Secrets, arguments, and files of the branch `main`.
fn setting(secrets: &str, args: &[&str], files: &[(&str, &str)]) -> Setting {
    let repository = Project::with(files);
    repository.git(&["init", "-q", "-b", "main"]);
    commit(&repository);
    let gitlab = StandIn::start();
    gitlab.state().projects.insert(7, repository.path().to_path_buf());
    let own = Project::with(&[("token", "glpat-own\n"), ("secrets", secrets)]);
    let url = format!("http://{}", gitlab.address);
    let server = started(&own, &url, &[&["--gitlab-network", "127.0.0.0/8"], args].concat());
    Setting { repository, gitlab, server, _own: own }
}

fn started(own: &Project, url: &str, args: &[&str]) -> Server {
    let all = ["--gitlab", url, "--gitlab-token", "token", "--gitlab-secrets", "secrets"];
    Server::start(own.path(), &[&all, args].concat())
}

fn commit(repository: &Project) -> String {
    repository.git(&["add", "-A"]);
    repository.git(&[
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "a",
    ]);
    let head = std::process::Command::new("git").arg("-C").arg(repository.path()).args(["rev-parse", "HEAD"]).output();
    String::from_utf8(head.unwrap().stdout).unwrap().trim().to_owned()
}

impl Setting {
    /// A branch off `main` with these files, and the merge request `number` of it.
    fn propose(&self, number: u64, files: &[(&str, &str)]) -> String {
        self.repository.git(&["checkout", "-q", "-B", &format!("feature-{number}"), "main"]);
        files.iter().for_each(|(path, text)| self.repository.write(path, text));
        let sha = commit(&self.repository);
        self.open(number, &sha, 7);
        sha
    }

    /// Has the API show a merge request at a commit.
    fn open(&self, number: u64, sha: &str, source: u64) {
        let request = json!({
            "sha": sha, "state": "opened", "target_branch": "main", "source_branch": format!("feature-{number}"),
            "source_project_id": source, "head_pipeline": { "id": 900 + number, "project_id": source },
        });
        self.gitlab.state().requests.insert(number, request);
    }

    /// The hook of a merge request at a commit.
    fn hook(&self, number: u64, sha: &str) -> Value {
        json!({
            "object_kind": "merge_request",
            "project": { "id": 7, "web_url": format!("http://{}/a/b", self.gitlab.address) },
            "object_attributes": {
                "iid": number, "action": "open", "target_project_id": 7, "source_project_id": 7,
                "last_commit": { "id": sha, "url": format!("http://{}/a/b/-/commit/{sha}", self.gitlab.address) },
            },
        })
    }

    fn send(&self, hook: &Value) -> Answer {
        let head =
            "POST /hooks/gitlab HTTP/1.1\nContent-Type: application/json\nX-Gitlab-Token: hunter2-hunter2-hunter2";
        self.server.send(head, hook.to_string().as_bytes())
    }

    /// Sends the hook, and waits until the merge request is decided.
    fn decide(&mut self, number: u64, sha: &str) -> String {
        let answer = self.send(&self.hook(number, sha));
        assert_eq!(answer.status, 202, "{}", answer.body);
        let line = self.server.wait_for("merge request decided");
        line["detail"].as_str().unwrap().to_owned()
    }

    /// The states of the statuses that a commit got, and the last description.
    fn statuses(&self, sha: &str) -> (Vec<String>, String) {
        let state = self.gitlab.state();
        let of: Vec<&Value> =
            state.statuses.iter().map(|(_, status)| status).filter(|status| status["sha"] == sha).collect();
        assert!(of.iter().all(|status| status["name"] == "engine: main"), "{of:?}");
        let last = of.last().map_or(String::new(), |status| status["description"].as_str().unwrap().to_owned());
        (of.iter().map(|status| status["state"].as_str().unwrap().to_owned()).collect(), last)
    }

    /// The texts of the notes on a merge request.
    fn notes(&self, number: u64) -> Vec<String> {
        let state = self.gitlab.state();
        state.notes.iter().filter(|note| note.1 == number).map(|note| note.3.clone()).collect()
    }
}

/// What `engine check --trusted main` reports of a checkout.
fn report(repository: &Path) -> String {
    let cache = Project::with(&[]);
    let mut command = bounded(4 * MEMORY, &["check", "--trusted", "main", "--format", "markdown"]);
    let ended = finished(command.current_dir(repository).env("ENGINE_CACHE_DIR", cache.path().join("cache")));
    assert!(ended.err.is_empty(), "{}", ended.err);
    ended.out
}

const RULE: &str = "package main\ndeny contains \"a secret\" if input.secret\n";

#[test]
fn a_merge_request_is_told_what_a_check_of_it_says() {
    let files =
        [(".gitlab-ci.yml", QUIET), ("engine.yaml", "version: 1\nplugins: [policy]\n"), ("policy/a.rego", RULE)];
    let mut setting = setting("hunter2-hunter2-hunter2\n", &[], &files);
    let foreign = (1, 3, 5, format!("{MARK}\nsomebody else's"));
    setting.gitlab.state().notes.push(foreign.clone());
    // The change takes the rule away that it breaks.
    let bad = setting.propose(
        3,
        &[
            ("x.yaml", "secret: 1\n"),
            (".gitlab-ci.yml", FLAWED),
            ("policy/a.rego", "package main\nwarn contains \"w\"\n"),
        ],
    );
    assert!(setting.decide(3, &bad).ends_with(": fail"));
    let (states, description) = setting.statuses(&bad);
    assert_eq!(states, ["running", "failed"]);
    assert!(description.starts_with("fail: "), "{description}");
    let expected = report(setting.repository.path());
    assert!(expected.contains("a secret") && expected.contains("main-deny"), "{expected}");
    let notes = setting.notes(3);
    assert_eq!(notes.len(), 2, "{notes:#?}");
    assert!(notes[1].starts_with(&format!("{MARK}\n{expected}")), "{}\nand not\n{expected}", notes[1]);
    assert!(notes[1].contains(&format!("Of commit {}, judged by the configuration of `main` at ", bad.split_at(8).0)));
    {
        let state = setting.gitlab.state();
        assert!(state.statuses.iter().all(|(project, status)| *project == 7 && status["pipeline_id"] == 903));
        assert!(state.asked.iter().all(|path| !path.contains("169.254")), "{:#?}", state.asked);
    }
    // The next push changes the same note.
    let good = setting.propose(3, &[("x.yaml", "secret: false\n"), ("policy/a.rego", RULE), (".gitlab-ci.yml", QUIET)]);
    assert!(setting.decide(3, &good).ends_with(": pass"));
    let (states, description) = setting.statuses(&good);
    assert_eq!(
        (states.join(" "), description.as_str()),
        ("running success".to_owned(), "pass: nothing closes the gate")
    );
    let notes = setting.notes(3);
    assert_eq!(notes.len(), 2, "{notes:#?}");
    assert!(notes[1].contains("## The gate passes"), "{}", notes[1]);
    assert_eq!(setting.gitlab.state().notes[0], foreign);
    let metrics = setting.server.get("/metrics").body;
    for line in ["engine_hooks_total{outcome=\"queued\"} 2", "engine_merge_requests_total{outcome=\"fail\"} 1"] {
        assert!(metrics.contains(line), "no `{line}` in {metrics}");
    }
    let log = setting.server.log.join("\n");
    assert!(!log.contains("hunter2-hunter2-hunter2") && !log.contains("glpat-own"), "{log}");
}

#[test]
fn what_an_archive_leaves_out_is_judged_all_the_same() {
    let mut setting = setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET)]);
    let many: Vec<(String, String)> = (0..20).map(|i| (format!("a/{i}.txt"), format!("{i}"))).collect();
    let mut files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files
        .extend([(".gitlab-ci.yml", FLAWED), (".gitattributes", ".gitlab-ci.yml export-ignore\n*.txt export-subst\n")]);
    let sha = setting.propose(1, &files);
    assert!(setting.decide(1, &sha).ends_with(": fail"));
    assert!(setting.gitlab.state().asked.iter().any(|path| path.contains("archive.tar.gz")));
    // A content that is not what its name says is not taken for the file.
    let sha = setting.propose(2, &[(".gitlab-ci.yml", &format!("{FLAWED}# altered\n"))]);
    setting.gitlab.state().altered = Some("# altered");
    assert!(setting.decide(2, &sha).ends_with(": undecided"));
    let (states, description) = setting.statuses(&sha);
    assert_eq!(states, ["running", "failed"]);
    assert!(description.starts_with("undecided: "), "{description}");
}

#[test]
fn an_event_that_comes_late_is_of_what_the_merge_request_is_now() {
    let mut setting = setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET)]);
    let old = setting.propose(1, &[("a", "1")]);
    let new = setting.propose(1, &[("a", "2")]);
    assert!(setting.decide(1, &old).ends_with(&format!("commit {new}: pass")));
    assert!(setting.statuses(&old).0.is_empty());
    assert_eq!(setting.statuses(&new).0, ["running", "success"]);
    // One that changes while it is checked is told nothing of what it was.
    let next = setting.propose(1, &[("a", "3")]);
    setting.open(1, &new, 7);
    setting.gitlab.state().statuses.clear();
    setting.gitlab.state().moves = Some((1, next.clone()));
    assert!(setting.decide(1, &new).ends_with("it changed meanwhile, or is closed"));
    assert_eq!(setting.statuses(&new).0, ["running"]);
    setting.gitlab.state().requests.get_mut(&1).unwrap()["state"] = "merged".into();
    assert!(setting.decide(1, &next).ends_with("it changed meanwhile, or is closed"));
    assert!(setting.statuses(&next).0.is_empty());
}

#[test]
fn a_merge_request_that_goes_elsewhere_while_it_is_judged_keeps_the_verdict_of_who_judged() {
    let mut setting = setting(
        "hunter2-hunter2-hunter2",
        &[],
        &[(".gitlab-ci.yml", QUIET), ("policy/a.rego", RULE), ("engine.yaml", "version: 1\nplugins: [policy]\n")],
    );
    setting.repository.git(&["checkout", "-q", "-b", "lax"]);
    setting.repository.write("engine.yaml", "version: 1\n");
    commit(&setting.repository);
    let sha = setting.propose(1, &[("x.yaml", "secret: 1\n")]);
    setting.gitlab.state().requests.get_mut(&1).unwrap()["target_branch"] = "lax".into();
    setting.gitlab.state().goes = Some((1, "main"));
    setting.decide(1, &sha);
    let state = setting.gitlab.state();
    assert!(state.statuses.iter().all(|(_, status)| status["name"] == "engine: lax"), "{:#?}", state.statuses);
    assert_eq!(state.statuses.len(), 2);
    assert!(state.notes.is_empty(), "{:#?}", state.notes);
}

#[test]
fn a_listing_that_does_not_say_where_it_ends_is_no_listing() {
    let mut setting = setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET)]);
    let many: Vec<(String, String)> = (0..120).map(|i| (format!("{i}.txt"), format!("{i}"))).collect();
    let files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let sha = setting.propose(1, &files);
    setting.gitlab.state().page = 1000;
    setting.gitlab.state().silent = true;
    assert_eq!(setting.send(&setting.hook(1, &sha)).status, 202);
    let line = setting.server.wait_for("a merge request has no verdict");
    assert!(line["detail"].as_str().unwrap().contains("does not say that it does"), "{line}");
    assert_eq!(setting.statuses(&sha).0, ["running", "failed"]);
    // A full last page is looked at twice.
    let exact: Vec<(&str, &str)> = files.iter().take(99).copied().collect();
    setting.repository.git(&["checkout", "-q", "main"]);
    let sha = setting.propose(2, &exact);
    setting.gitlab.state().silent = false;
    assert!(setting.decide(2, &sha).ends_with(": pass"));
}

#[test]
fn a_fork_is_judged_and_told_where_this_token_may_write() {
    let mut setting = setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET)]);
    let fork = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    fork.git(&["init", "-q", "-b", "main"]);
    let sha = commit(&fork);
    setting.gitlab.state().projects.insert(8, fork.path().to_path_buf());
    setting.gitlab.state().forbidden.push(8);
    setting.open(1, &sha, 8);
    assert!(setting.decide(1, &sha).ends_with(": fail"));
    let state = setting.gitlab.state();
    let told: Vec<_> =
        state.statuses.iter().map(|(project, status)| (*project, status["pipeline_id"].is_null())).collect();
    assert_eq!(told, [(7, true), (7, true)]);
}

#[test]
fn who_is_not_gitlab_is_sent_away_before_anything_is_asked() {
    let key = [9_u8; 32];
    let mut setting = setting(
        &format!("hunter2-hunter2-hunter2\nwhsec_{}\n", STANDARD.encode(key)),
        &[],
        &[(".gitlab-ci.yml", QUIET)],
    );
    let sha = setting.propose(1, &[("a", "1")]);
    let hook = setting.hook(1, &sha).to_string();
    let send = |head: &str, body: &str| {
        setting.server.send(&format!("POST /hooks/gitlab HTTP/1.1\n{head}"), body.as_bytes()).status
    };
    let json = "Content-Type: application/json";
    assert_eq!(send(json, &hook), 401, "no token");
    assert_eq!(send(&format!("{json}\nX-Gitlab-Token: hunter3-hunter3-hunter3"), &hook), 401, "a wrong token");
    assert_eq!(send("Content-Type: text/plain\nX-Gitlab-Token: hunter2-hunter2-hunter2", &hook), 415);
    let known = format!("{json}\nX-Gitlab-Token: hunter2-hunter2-hunter2");
    assert_eq!(send(&known, "{"), 400);
    assert_eq!(send(&known, "{\"object_kind\":\"push\"}"), 200);
    let elsewhere = hook.replacen(&format!("http://{}", setting.gitlab.address), "http://169.254.169.254", 1);
    assert_eq!(send(&known, &elsewhere), 403);
    let signed = |stamp: u64, body: &str| {
        let content = format!("id-1.{stamp}.{hook}");
        let tag = STANDARD.encode(hmac::sign(&Key::new(HMAC_SHA256, &key), content.as_bytes()));
        send(&format!("{json}\nwebhook-id: id-1\nwebhook-timestamp: {stamp}\nwebhook-signature: v1,{tag}"), body)
    };
    #[expect(clippy::disallowed_methods, reason = "what is signed now")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(signed(now - 1000, &hook), 401, "an old signature");
    assert_eq!(signed(now, &format!("{hook} ")), 401, "another body");
    assert!(setting.gitlab.state().asked.is_empty(), "{:#?}", setting.gitlab.state().asked);
    assert_eq!(signed(now, &hook), 202);
    assert_eq!(signed(now, &hook), 401, "the same again");
    setting.server.wait_for("merge request decided");
}

#[test]
fn an_internal_address_is_not_even_tried() {
    let setting = setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET)]);
    let own = Project::with(&[("token", "glpat-own\n"), ("secrets", "hunter2-hunter2-hunter2")]);
    let mut server = started(&own, &format!("http://{}", setting.gitlab.address), &["--gitlab-network", "10.0.0.0/8"]);
    let head = "POST /hooks/gitlab HTTP/1.1\nContent-Type: application/json\nX-Gitlab-Token: hunter2-hunter2-hunter2";
    let hook = setting.hook(1, "0123456789012345678901234567890123456789").to_string();
    assert_eq!(server.send(head, hook.as_bytes()).status, 202);
    let line = server.wait_for("a merge request has no verdict");
    assert!(line["detail"].as_str().unwrap().contains("an internal network"), "{line}");
    assert!(setting.gitlab.state().asked.is_empty());
}

#[test]
fn what_has_no_room_comes_again_and_what_waits_is_done_before_the_end() {
    let args = ["--gitlab-queue", "1", "--gitlab-workers", "1"];
    let mut setting = setting("hunter2-hunter2-hunter2", &args, &[(".gitlab-ci.yml", QUIET)]);
    let shas: Vec<String> = (1..=3).map(|number| setting.propose(number, &[("a", &number.to_string())])).collect();
    setting.gitlab.hold();
    assert_eq!(setting.send(&setting.hook(1, &shas[0])).status, 202);
    setting.gitlab.wait_for("merge_requests/1");
    assert_eq!(setting.send(&setting.hook(2, &shas[1])).status, 202);
    let full = setting.send(&setting.hook(3, &shas[2]));
    assert_eq!(full.status, 503, "{}", full.body);
    // Another event of one that waits takes no room.
    assert_eq!(setting.send(&setting.hook(2, &shas[1])).status, 202);
    setting.server.signal("TERM");
    setting.server.wait_for("stopping");
    setting.gitlab.release();
    assert_eq!(setting.server.ended(), Some(0));
    assert_eq!(setting.statuses(&shas[0]).0, ["running", "success"]);
    assert_eq!(setting.statuses(&shas[1]).0, ["running", "success"]);
    assert!(setting.statuses(&shas[2]).0.is_empty());
}

#[test]
fn a_gitlab_that_is_busy_is_asked_again_and_one_that_is_broken_is_no_pass() {
    let mut setting = setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET)]);
    let sha = setting.propose(1, &[("a", "1")]);
    setting.gitlab.state().faults.extend([
        ("merge_requests/1", 429),
        ("statuses", 409),
        ("statuses", 500),
        ("repository/tree", 502),
    ]);
    assert!(setting.decide(1, &sha).ends_with(": pass"));
    assert!(setting.gitlab.state().faults.is_empty());
    let sha = setting.propose(2, &[("a", "2")]);
    setting.gitlab.state().faults.extend([("repository/tree", 500); 4]);
    // The first faults are for the listing; what is asked before it passes them by.
    assert_eq!(setting.send(&setting.hook(2, &sha)).status, 202);
    setting.server.wait_for("a merge request has no verdict");
    let (states, description) = setting.statuses(&sha);
    assert_eq!(states, ["running", "failed"]);
    assert!(description.starts_with("undecided: GitLab answers with the status 500"), "{description}");
}

#[test]
fn what_a_merge_request_does_to_the_gate_does_not_help_it() {
    let mut setting =
        setting("hunter2-hunter2-hunter2", &[], &[(".gitlab-ci.yml", QUIET), ("engine.yaml", "version: 1\n")]);
    let waived = "version: 1\nprofile: continuous\n";
    let sha = setting.propose(1, &[(".gitlab-ci.yml", FLAWED), ("engine.yaml", waived)]);
    assert!(setting.decide(1, &sha).ends_with(": fail"));
    assert!(setting.notes(1)[0].contains("gate-settings-changed"), "{}", setting.notes(1)[0]);
    // A configuration of the branch itself that is wrong is no pass either.
    setting.repository.git(&["checkout", "-q", "main"]);
    setting.repository.write("engine.yaml", "version: 1\nprofil: strict\n");
    commit(&setting.repository);
    let sha = setting.propose(2, &[("a", "1")]);
    assert_eq!(setting.send(&setting.hook(2, &sha)).status, 202);
    setting.server.wait_for("a merge request has no verdict");
    let (states, description) = setting.statuses(&sha);
    assert_eq!(states, ["running", "failed"]);
    assert!(description.contains("engine.yaml") && description.contains("`profil`"), "{description}");
}

#[test]
fn a_merge_request_into_a_laxer_branch_does_not_speak_for_another_one() {
    let mut setting = setting(
        "hunter2-hunter2-hunter2",
        &[],
        &[(".gitlab-ci.yml", QUIET), ("policy/a.rego", RULE), ("engine.yaml", "version: 1\nplugins: [policy]\n")],
    );
    setting.repository.git(&["checkout", "-q", "-b", "lax"]);
    setting.repository.write("engine.yaml", "version: 1\n");
    commit(&setting.repository);
    let sha = setting.propose(1, &[("x.yaml", "secret: 1\n")]);
    assert!(setting.decide(1, &sha).ends_with(": fail"));
    setting.open(2, &sha, 7);
    setting.gitlab.state().requests.get_mut(&2).unwrap()["target_branch"] = "lax".into();
    let detail = setting.decide(2, &sha);
    let state = setting.gitlab.state();
    let named = |name: &str| -> Vec<&str> {
        let of = state.statuses.iter().filter(|(_, status)| status["name"] == name);
        of.map(|(_, status)| status["state"].as_str().unwrap()).collect()
    };
    assert_eq!(named("engine: main"), ["running", "failed"]);
    assert_eq!(named("engine: lax").len(), 2, "{detail}");
}

#[test]
fn a_server_without_a_gitlab_takes_no_hooks_and_a_wrong_one_does_not_start() {
    let own = Project::with(&[("token", "t"), ("secrets", "secret-secret-secret"), ("short", "s"), ("empty", "")]);
    let server = Server::start(own.path(), &[]);
    let answer = server.post("/hooks/gitlab", "application/json", b"{}");
    assert_eq!(answer.status, 404);
    let wrong = |args: &[&str], part: &str| {
        let all = [&["serve", "--listen", "127.0.0.1:0"], args].concat();
        let ended = finished(bounded(MEMORY, &all).current_dir(own.path()));
        assert_eq!(ended.code, Some(3), "{args:?}: {}", ended.err);
        assert!(ended.err.contains(part), "{args:?}: {}", ended.err);
    };
    let with = |url: &'static str, token: &'static str, secrets: &'static str| {
        ["--gitlab", url, "--gitlab-token", token, "--gitlab-secrets", secrets]
    };
    wrong(&["--gitlab", "https://git.example.com"], "--gitlab-token");
    wrong(&with("git.example.com", "token", "secrets"), "is no address of a GitLab");
    wrong(&with("ftp://git.example.com", "token", "secrets"), "is no address of a GitLab");
    wrong(&with("https://user@git.example.com", "token", "secrets"), "is no address of a GitLab");
    wrong(&with("https://git.example.com", "nowhere", "secrets"), "cannot read `nowhere`");
    wrong(&with("https://git.example.com", "empty", "secrets"), "the token is empty");
    wrong(&with("https://git.example.com", "token", "empty"), "it holds no secret");
    wrong(&with("https://git.example.com", "token", "short"), "at least 16 characters");
    wrong(
        &[&with("https://git.example.com", "token", "secrets")[..], &["--gitlab-network", "10"]].concat(),
        "is no network",
    );
}
