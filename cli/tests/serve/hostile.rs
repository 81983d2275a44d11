//! Whatever is sent, the server says why it does not answer, and goes on.

use std::io::Write as _;

use super::server::{Answer, Server};
use crate::support::{FLAWED, Project};

/// A request without `Host` and length, its body, the status, and a part of what is said.
type Case<'a> = (&'a str, &'a [u8], u16, &'a str);

const CASES: &[Case<'_>] = &[
    ("POST /v1/check HTTP/1.1\nContent-Type: application/json", b"{\"files\": {\"a", 400, "not the JSON"),
    ("POST /v1/check HTTP/1.1\nContent-Type: text/html", b"", 415, "`text/html` is not read"),
    ("POST /v1/check HTTP/1.1", b"", 415, "no `Content-Type`"),
    ("POST /v1/check HTTP/1.1\nContent-Type: application/x-tar", b"no tar", 400, "cannot be read"),
    ("POST /v1/check HTTP/1.1\nContent-Type: application/gzip", b"\x1f\x8b\x08", 400, "cannot be read"),
    ("POST /v1/check HTTP/1.1\nContent-Type: application/json", b"\xff\xfe", 400, "not the JSON"),
    (
        "POST /v1/check HTTP/1.1\nContent-Type: application/json\nce-specversion: 9",
        b"{\"files\": {}}",
        400,
        "CloudEvents `9` is not read",
    ),
    ("GET /v1/check HTTP/1.1", b"", 405, "another method"),
    ("GET /../etc/passwd HTTP/1.1", b"", 404, "nothing at this path"),
    ("GET /admission HTTP/1.1", b"", 405, "another method"),
];

#[test]
fn what_is_wrong_is_said() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &["--max-body", "1"]);
    for (head, body, status, detail) in CASES {
        let answer = server.send(head, body);
        assert_eq!(answer.status, *status, "{head}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(detail), "{answer:?}");
    }
    let head = "POST /v1/check HTTP/1.1\nContent-Type: application/json";
    let answer = server.send(head, &vec![b' '; (1 << 20) + 1]);
    assert_eq!(answer.status, 413, "{answer:?}");
    // Nobody says how much it is, and it is too much.
    let mut stream = server.connect();
    let chunked = "POST /v1/check HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n\
                   Transfer-Encoding: chunked\r\n\r\n";
    let mut sent = stream.write_all(chunked.as_bytes());
    for _ in 0..40 {
        sent = sent.and_then(|()| stream.write_all(b"8000\r\n")).and_then(|()| stream.write_all(&[b' '; 0x8000]));
        sent = sent.and_then(|()| stream.write_all(b"\r\n"));
    }
    assert_eq!(Answer::read(stream).status, 413);
    // A head that is too large, and one that is none.
    let large = format!("GET /healthz HTTP/1.1\nX: {}", "x".repeat(64 * 1024));
    assert_eq!(server.send(&large, b"").status, 431);
    assert_eq!(server.send("BREW /coffee\n\u{1}", b"").status, 400);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn who_is_slow_is_given_up() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &["--body-time", "1", "--head-time", "1"]);
    let mut stream = server.connect();
    let head = "POST /v1/check HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = Answer::read(stream);
    assert_eq!((answer.status, answer.json()["detail"].as_str()), (408, Some("the body did not come in time")));
    // A head that never ends gets no answer, and its connection ends.
    let mut stream = server.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").unwrap();
    assert!(matches!(Answer::read(stream).status, 0 | 408));
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn more_than_is_held_is_told_to_come_again() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &["--max-requests", "1"]);
    let body = format!("{{\"files\": {{\".gitlab-ci.yml\": {}}}}}", serde_json::to_string(FLAWED).unwrap());
    let (first, rest) = body.split_at(10);
    let mut held = server.connect();
    let head = format!(
        "POST /v1/check HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    held.write_all(head.as_bytes()).unwrap();
    // The server asks for the body when it has taken the request in.
    let mut line = [0; 25];
    std::io::Read::read_exact(&mut held, &mut line).unwrap();
    assert!(line.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&line));
    held.write_all(first.as_bytes()).unwrap();
    let answer = server.post("/v1/check", "application/json", body.as_bytes());
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
    // Who asks how it goes is answered all the same, and so is the one that was first.
    assert_eq!(server.get("/healthz").status, 200);
    held.write_all(rest.as_bytes()).unwrap();
    let answer = Answer::read(held);
    assert_eq!((answer.status, answer.json()["verdict"].as_str()), (200, Some("fail")));
    assert_eq!(server.post("/v1/check", "application/json", body.as_bytes()).status, 200);
}

#[test]
fn what_may_unpack_needs_more_room() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &["--max-body", "1", "--max-held", "1"]);
    // Ten times a mebibyte is there at least: an archive takes all of it, and a second one finds none.
    let head = |kind: &str| {
        format!(
            "POST /v1/check HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: {kind}\r\n\
                 Content-Length: 1048576\r\n\r\n"
        )
    };
    let mut held = server.connect();
    held.write_all(head("application/gzip").as_bytes()).unwrap();
    let mut line = [0; 25];
    std::io::Read::read_exact(&mut held, &mut line).unwrap();
    for kind in ["application/gzip", "application/json"] {
        let mut second = server.connect();
        second.write_all(head(kind).as_bytes()).unwrap();
        assert_eq!(Answer::read(second).status, 503, "{kind}");
    }
    drop(held);
}

#[test]
fn no_secret_is_in_a_log_or_a_metric() {
    let project = Project::with(&[]);
    let mut server = Server::start(project.path(), &[]);
    let secret = "hvs.CAESIJ2kq7t9b1Wm0pXn4yZ8";
    let body = format!("{{\"files\": {{\".gitlab-ci.yml\": \"a: {secret}\", \"b.json\": \"{{{secret}\"}}}}");
    let head = format!(
        "POST /v1/check?token={secret} HTTP/1.1\nContent-Type: application/json\nAuthorization: Bearer {secret}"
    );
    let head = format!("{head}\nX-Request-Id: {secret}\"\nCookie: {secret}");
    assert_eq!(server.send(&head, body.as_bytes()).status, 200);
    assert_eq!(server.send(&head, format!("{{{secret}").as_bytes()).status, 400);
    let metrics = server.get("/metrics");
    server.signal("TERM");
    assert_eq!(server.ended(), Some(0));
    let log = server.log.join("\n");
    assert!(log.contains("\"status\":400") && !log.contains(secret), "{log}");
    assert!(metrics.body.contains("engine_requests_total{route=\"/v1/check\",status=\"200\"} 1"), "{}", metrics.body);
    assert!(!metrics.body.contains(secret), "{}", metrics.body);
}

/// Whatever fits the document that the server hands out gets an answer that fits it too, and what does not is refused.
/// Which of it a check can be made of is more than a schema says: that a name is among the files, that a text is base64.
#[test]
fn what_is_sent_and_answered_is_as_the_document_says() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &[]);
    let url = format!("http://{}/openapi.json", server.address);
    let args = ["run", &url, "--max-examples", "100", "--seed", "7", "--exclude-checks", "positive_data_acceptance"];
    let mut command = std::process::Command::new("schemathesis");
    let Ok(output) = command.args(args).current_dir(project.path()).output() else {
        println!("skipped: there is no schemathesis");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
