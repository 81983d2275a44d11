//! Who one is to the broker: a certificate that it maps to a user, an NKey, and what happens without.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

use super::broker::{Broker, Worker, submit};
use crate::support::{Ended, FLAWED, Project, bounded, finished};

fn openssl(dir: &Path, args: &[&str]) -> bool {
    Command::new("openssl").args(args).current_dir(dir).output().is_ok_and(|output| output.status.success())
}

/// An authority, and certificates that it signs for a server and a client.
fn certificates(dir: &Path) -> bool {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let own = ["req", "-x509", "-subj", "/CN=authority", "-out", "ca.crt", "-keyout", "ca.key"];
    let signed = |name: &str, subject: &str, more: &str| {
        let (certificate, secret) = (format!("{name}.crt"), format!("{name}.key"));
        let args = ["req", "-x509", "-CA", "ca.crt", "-CAkey", "ca.key", "-subj", subject, "-addext", more];
        let end = ["-addext", "basicConstraints=critical,CA:FALSE"];
        openssl(dir, &[&args[..], &end, &["-out", &certificate, "-keyout", &secret], &key].concat())
    };
    openssl(dir, &[&own[..], &key].concat())
        && signed("server", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        && signed("client", "/CN=acme", "extendedKeyUsage=clientAuth")
}

fn run(dir: &Path, url: &str, args: &[&str]) -> Ended {
    let all = [&["submit", "--server", url, "--project", "acme", "--wait", "30"], args].concat();
    finished(bounded(1 << 20, &all).current_dir(dir))
}

#[test]
fn a_certificate_is_who_one_is() {
    let keys = Project::with(&[]);
    let dir = keys.path();
    if !certificates(dir) {
        println!("skipped: there is no openssl that signs");
        return;
    }
    let file = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (authority, certificate, secret) = (file("ca.crt"), file("client.crt"), file("client.key"));
    let config = format!(
        "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {authority:?}, verify_and_map: true }}\n\
         authorization {{ users = [ {{ user: \"CN=acme\" }} ] }}\n",
        file("server.crt"),
        file("server.key"),
    );
    let Some(broker) = Broker::start(&config) else { return };
    let url = broker.url.replace("nats://", "tls://");
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    let shown = ["--tls-ca", &authority, "--tls-cert", &certificate, "--tls-key", &secret];
    let mut worker = Worker::begin(project.path(), &url, &shown);
    worker.wait_for("working");
    let ended = run(project.path(), &url, &shown);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    // Without a certificate, and with an authority that did not sign the server's.
    let ended = run(project.path(), &url, &["--tls-ca", &authority]);
    assert_eq!(ended.code, Some(3), "{}{}", ended.out, ended.err);
    let wrong = ["--tls-ca", &certificate, "--tls-cert", &certificate, "--tls-key", &secret];
    let ended = run(project.path(), &url, &wrong);
    assert_eq!(ended.code, Some(3), "{}{}", ended.out, ended.err);
}

/// An NKey of a user that was made for this test, and is nobody's.
const SEED: &str = "SUAKU4TBIKV7V6HWK7SZD6IA2PWBVEDLMM6T6UFZ47MFSQQYMGVH5O55OU";
const PUBLIC: &str = "UBMASYNOKJLJNLB24JKFF6M424JF43JY5TMBFGWZL4O6VTECPFAW4BTR";

#[test]
fn an_nkey_is_who_one_is() {
    let config = format!("authorization {{ users = [ {{ nkey: {PUBLIC} }} ] }}\n");
    let Some(broker) = Broker::start(&config) else { return };
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    let keys = Project::with(&[("seed.nk", &format!("{SEED}\n")), ("broken.nk", "SUNOTHING\n")]);
    let (seed, broken) = (keys.path().join("seed.nk"), keys.path().join("broken.nk"));
    let (seed, broken) = (seed.to_str().unwrap(), broken.to_str().unwrap());
    let _worker = Worker::start(project.path(), &broker, &["--nkey", seed]);
    assert_eq!(submit(project.path(), &broker, &["--nkey", seed]).code, Some(1));
    for args in [&[][..], &["--nkey", broken], &["--nkey", "nowhere"]] {
        let ended = submit(project.path(), &broker, args);
        assert_eq!(ended.code, Some(3), "{}{}", ended.out, ended.err);
        assert!(!ended.err.contains("SUNOTHING"), "{}", ended.err);
    }
}

/// A claim of `issuer` about whoever has the key `subject`, signed as NATS signs its own.
fn claim(issuer: &KeyPair, subject: &KeyPair, nats: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "jti": "made-for-a-test", "iat": 1_800_000_000, "iss": issuer.public_key(), "sub": subject.public_key(),
        "name": "acme", "nats": nats,
    });
    let signed = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })), part(&claims));
    let signature = issuer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A file with a claim and the seed of whom it is about, as `nsc` writes it.
fn credentials(claim: &str, key: &KeyPair) -> String {
    format!(
        "-----BEGIN NATS USER JWT-----\n{claim}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        key.seed().unwrap()
    )
}

#[test]
fn a_claim_of_an_account_is_who_one_is() {
    let (operator, account, system) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account());
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let none = json!({ "subs": -1, "data": -1, "payload": -1, "conn": -1, "leaf": -1 });
    let of_account = |key: &KeyPair, limits: &Value| {
        claim(&operator, key, &json!({ "type": "account", "version": 2, "limits": limits }))
    };
    let config = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload {{ {}: {}, {}: {} }}\n",
        claim(&operator, &operator, &json!({ "type": "operator", "version": 2 })),
        system.public_key(),
        account.public_key(),
        of_account(&account, &limits),
        system.public_key(),
        of_account(&system, &none),
    );
    let Some(broker) = Broker::start(&config) else { return };
    let user = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
    let (known, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    let keys = Project::with(&[
        ("known.creds", &credentials(&claim(&account, &known, &user), &known)),
        // A claim about somebody else, and one that nobody who may made.
        ("stolen.creds", &credentials(&claim(&account, &known, &user), &stranger)),
        ("own.creds", &credentials(&claim(&KeyPair::new_account(), &stranger, &user), &stranger)),
        ("broken.creds", "nothing"),
    ]);
    let file = |name: &str| keys.path().join(name).to_str().unwrap().to_owned();
    let _worker = Worker::start(project.path(), &broker, &["--creds", &file("known.creds")]);
    let ended = submit(project.path(), &broker, &["--creds", &file("known.creds")]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    for name in ["stolen.creds", "own.creds", "broken.creds", "nowhere"] {
        let ended = submit(project.path(), &broker, &["--creds", &file(name)]);
        assert_eq!(ended.code, Some(3), "{name}: {}{}", ended.out, ended.err);
    }
}
