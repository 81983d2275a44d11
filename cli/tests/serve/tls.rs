//! TLS, with the peers that everybody has: openssl makes the certificates, curl speaks.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use super::server::{Answer, Server};
use crate::support::Project;

fn run(dir: &Path, program: &str, args: &[&str]) -> Option<Output> {
    Command::new(program).args(args).current_dir(dir).output().ok()
}

/// Makes `name.crt` and `name.key` for `localhost`.
fn certificate(dir: &Path, name: &str) -> bool {
    let (certificate, key) = (format!("{name}.crt"), format!("{name}.key"));
    let subject = format!("/CN={name}");
    let args = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        &subject,
        "-addext",
        "subjectAltName=DNS:localhost",
        "-out",
        &certificate,
        "-keyout",
        &key,
    ];
    run(dir, "openssl", &args).is_some_and(|output| output.status.success())
}

/// What curl gets from a server whose authority is `name`.
fn curl(dir: &Path, server: &Server, name: &str, more: &[&str]) -> Output {
    let port = server.address.rsplit(':').next().unwrap();
    let (authority, url) = (format!("{name}.crt"), format!("https://localhost:{port}/healthz"));
    let args = ["--silent", "--show-error", "--cacert", &authority, "--resolve"];
    let resolve = format!("localhost:{port}:127.0.0.1");
    run(dir, "curl", &[&args[..], &[&resolve, &url], more].concat()).unwrap()
}

#[test]
fn a_certificate_is_shown_and_taken_anew() {
    let project = Project::with(&[]);
    let dir = project.path();
    if !certificate(dir, "one") || !certificate(dir, "two") || run(dir, "curl", &["--version"]).is_none() {
        println!("skipped: there is no openssl or no curl");
        return;
    }
    let install = |name: &str, key: &str| {
        std::fs::copy(dir.join(format!("{name}.crt")), dir.join("tls.crt")).unwrap();
        std::fs::copy(dir.join(format!("{key}.key")), dir.join("tls.key")).unwrap();
    };
    install("one", "one");
    let mut server = Server::start(dir, &["--tls-cert", "tls.crt", "--tls-key", "tls.key"]);
    let good = |server: &Server, name: &str| curl(dir, server, name, &[]).status.success();
    assert!(good(&server, "one") && !good(&server, "two"));
    let old = curl(dir, &server, "one", &["--tls-max", "1.1"]);
    assert!(!old.status.success(), "it speaks TLS 1.1");

    // A certificate without its key leaves the old one in force.
    install("two", "one");
    server.signal("HUP");
    let said = server.wait_for("the certificate that was in force stays so");
    assert!(said["detail"].as_str().unwrap().contains("do not go together"), "{said}");
    assert!(good(&server, "one"));
    install("two", "two");
    server.signal("HUP");
    server.wait_for("certificate loaded");
    assert!(good(&server, "two") && !good(&server, "one"));

    // Who speaks no TLS, or breaks off, stops nobody.
    let plain = server.get("/healthz");
    assert!(matches!(plain.status, 0 | 400), "{plain:?}");
    let mut broken = server.connect();
    broken.write_all(&[0x16, 0x03, 0x01, 0x40, 0x00, 0x01]).unwrap();
    drop(broken);
    let mut odd = server.connect();
    odd.write_all(&[0x16, 0x03, 0x01, 0x00, 0x05, 0xff, 0xff, 0xff, 0xff, 0xff]).unwrap();
    assert_ne!(Answer::read_bytes(odd), b"HTTP");
    assert!(good(&server, "two"));
}
