//! Beginning, change and end of a server.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;

use super::server::{Answer, Server};
use crate::support::{FLAWED, Project, bounded, finished};

fn verdict(server: &Server, text: &str) -> String {
    let body = json!({"files": {".gitlab-ci.yml": text}}).to_string();
    let answer = server.post("/v1/check", "application/json", body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_server_says_how_it_goes() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &[]);
    assert_eq!((server.get("/healthz").status, server.get("/readyz").status), (200, 200));
    assert_eq!(verdict(&server, FLAWED), "fail");
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("engine_verdicts_total{route=\"/v1/check\",verdict=\"fail\"} 1"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    let document = server.get("/openapi.json").json();
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    for path in document["paths"].as_object().unwrap().keys() {
        assert_ne!(server.get(path).status, 404, "{path}");
    }
    let head = "GET /healthz HTTP/1.1\nX-Request-Id: mine-7";
    assert_eq!(server.send(head, b"").header("x-request-id"), Some("mine-7"));
}

#[test]
fn what_is_in_flight_is_answered_before_the_end() {
    let project = Project::with(&[]);
    let mut server = Server::start(project.path(), &[]);
    let body = json!({"files": {".gitlab-ci.yml": FLAWED}}).to_string();
    let mut stream = server.connect();
    let head = format!(
        "POST /v1/check HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut line = [0; 25];
    std::io::Read::read_exact(&mut stream, &mut line).unwrap();
    server.signal("TERM");
    server.wait_for("stopping");
    assert!(TcpStream::connect(&server.address).is_err(), "it still listens");
    stream.write_all(body.as_bytes()).unwrap();
    let answer = Answer::read(stream);
    assert_eq!((answer.status, answer.json()["verdict"].as_str()), (200, Some("fail")));
    assert_eq!(server.ended(), Some(0));
    assert!(server.log.iter().any(|line| line.contains("\"stopped\"")), "{:#?}", server.log);
}

#[test]
fn configuration_is_loaded_anew_or_stays() {
    let quiet = "version: 1\npolicies: [secret-ttl]\n";
    let project = Project::with(&[("engine.yaml", "version: 1\n")]);
    let mut server = Server::start(project.path(), &[]);
    assert_eq!(verdict(&server, FLAWED), "fail");
    project.write("engine.yaml", "version: 1\npolicy: []\n");
    server.signal("HUP");
    let said = server.wait_for("the policies that were in force stay so");
    assert!(said["detail"].as_str().unwrap().starts_with("engine.yaml:2:1: "), "{said}");
    assert_eq!(verdict(&server, FLAWED), "fail");
    project.write("engine.yaml", quiet);
    server.signal("HUP");
    server.wait_for("policies loaded");
    assert_eq!(verdict(&server, FLAWED), "pass");
    let metrics = server.get("/metrics").body;
    for outcome in ["kept", "loaded"] {
        let line = format!("engine_reloads_total{{outcome=\"{outcome}\"}} 1");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[test]
fn what_is_wrong_at_the_start_is_said_and_nothing_listens() {
    let check = |files: &[(&str, &str)], args: &[&str], part: &str| {
        let project = Project::with(files);
        let listen: &[&str] = if args.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        let all = [&["serve"], listen, args].concat();
        let ended = finished(bounded(1 << 20, &all).current_dir(project.path()));
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        assert!(ended.err.contains(part) && !ended.err.contains("listening"), "{} and not {part}", ended.err);
    };
    check(&[("engine.yaml", "version: 2\n")], &[], "engine.yaml:1:10");
    check(&[], &["--policy", "nowhere"], "cannot read `nowhere`");
    check(&[], &["--tls-cert", "a.pem"], "--tls-key");
    check(&[], &["--tls-cert", "a.pem", "--tls-key", "b.pem"], "cannot read `a.pem`");
    check(
        &[("a.pem", "x"), ("b.pem", "y")],
        &["--tls-cert", "a.pem", "--tls-key", "b.pem"],
        "`a.pem` holds no certificate",
    );
    check(&[], &["--listen", "192.0.2.1:1"], "cannot listen on 192.0.2.1:1");
    check(&[], &["--threads", "0"], "--threads");
}

#[test]
fn the_manifests_are_read_by_kubectl_and_pass_our_own_rules() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let checked = finished(bounded(1 << 20, &["check", "--format", "json", "deploy/kubernetes"]).current_dir(&root));
    let report: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((&report["verdict"], &report["findings"]), (&json!("pass"), &json!([])));
    let Ok(rendered) =
        std::process::Command::new("kubectl").args(["kustomize", "deploy/kubernetes"]).current_dir(&root).output()
    else {
        println!("skipped: there is no kubectl");
        return;
    };
    let text = String::from_utf8(rendered.stdout).unwrap();
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    let project = Project::with(&[("rendered.yaml", &text)]);
    let checked = finished(bounded(1 << 20, &["check", "--format", "json"]).current_dir(project.path()));
    let report: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((&report["verdict"], &report["findings"]), (&json!("pass"), &json!([])), "{text}");
    assert_eq!(text.matches("\nkind: ").count(), 10, "{text}");
}
