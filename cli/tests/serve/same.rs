//! What comes over HTTP is what the command line prints, to the byte.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::server::Server;
use crate::support::{Project, bounded, finished};

/// The files of a folder below the repository's top, path first.
#[expect(clippy::disallowed_methods, reason = "the repository's own samples")]
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn archive(files: &[(String, String)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

/// Checks that a folder of samples gets the same report by every door.
#[track_caller]
fn check(folder: &str) {
    let files = files(folder);
    let project = Project::with(&[]);
    files.iter().for_each(|(path, text)| project.write(path, text));
    let expect = finished(bounded(1 << 20, &["check", "--format", "json"]).current_dir(project.path())).out;
    assert!(expect.contains("\"verdict\""), "{expect}");

    let server = Server::start(project.path(), &[]);
    let map: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(path, text)| (path.clone(), text.as_str().into())).collect();
    let documents = json!({"files": map});
    let tar = archive(&files);
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&tar).unwrap();
    let event = json!({"specversion": "1.0", "id": "7", "source": "/ci", "type": "engine.v1.check", "data": documents});
    let bodies = [
        ("application/json", documents.to_string().into_bytes()),
        ("application/x-tar", tar),
        ("application/gzip", packer.finish().unwrap()),
        ("application/cloudevents+json", event.to_string().into_bytes()),
    ];
    for (content_type, body) in &bodies {
        let answer = server.post("/v1/check", content_type, body);
        assert_eq!(answer.status, 200, "{content_type}: {answer:?}");
        assert_eq!(answer.body, expect, "{content_type}");
    }
    let head = "POST /v1/check HTTP/1.1\nContent-Type: application/json\nce-specversion: 1.0\nce-id: 8\nce-source: /ci\n\
                ce-type: engine.v1.check";
    let answer = server.send(head, &bodies[0].1);
    assert_eq!((answer.body.as_str(), answer.header("ce-id")), (expect.as_str(), Some("8")));
    assert_eq!(answer.header("ce-type"), Some("engine.v1.verdict"));
}

#[test]
fn a_repository_that_is_sent_gets_the_report_of_the_command_line() {
    check("testdata/collaborative/careful");
    check("testdata/collaborative/wild");
}
