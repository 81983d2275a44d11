//! What comes back from a worker is what the command line prints, and so is the exit code.

use std::path::Path;

use super::broker::{Broker, Worker, submit};
use crate::support::{FLAWED, Project, QUIET, bounded, engine_fed, finished};

/// Checks that a folder of samples gets the same output and exit code from a worker.
#[track_caller]
fn check(broker: &Broker, folder: &str, code: i32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/collaborative").join(folder);
    let worker = Worker::start(&folder, broker, &[]);
    for format in ["json", "text", "sarif"] {
        let here = finished(bounded(1 << 20, &["check", "--format", format]).current_dir(&folder));
        let there = submit(&folder, broker, &["--format", format]);
        assert_eq!((there.code, here.code), (Some(code), Some(code)), "{}", there.err);
        assert_eq!(there.out, here.out, "{format}");
    }
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn a_repository_that_is_submitted_gets_the_report_of_the_command_line() {
    let Some(broker) = Broker::start("") else { return };
    check(&broker, "careful", 0);
    check(&broker, "wild", 1);
}

#[test]
fn a_file_and_standard_input_are_submitted_alone() {
    let Some(broker) = Broker::start("") else { return };
    let project = Project::with(&[("ci/deploy.yml", FLAWED)]);
    let _worker = Worker::start(project.path(), &broker, &[]);
    let named = submit(project.path(), &broker, &["ci/deploy.yml"]);
    assert_eq!(named.code, Some(1), "{}", named.err);
    assert!(named.out.contains("ci/deploy.yml:4"), "{}", named.out);
    let args = ["submit", "--server", &broker.url, "--project", "acme", "-"];
    let fed = engine_fed(project.path(), &args, QUIET.as_bytes());
    assert_eq!(fed.code, Some(0), "{}{}", fed.out, fed.err);
}

#[test]
fn what_a_message_does_not_hold_goes_through_the_store() {
    let Some(broker) = Broker::start("max_payload: 65536") else { return };
    // Too large to be sent in a message, with a report that is too large to come back in one.
    let jobs: String = (0..400).map(|number| FLAWED.replace("deploy:", &format!("deploy-{number}:"))).collect();
    let text = format!("{jobs}\n# {}\n", "x".repeat(200_000));
    let project = Project::with(&[(".gitlab-ci.yml", &text)]);
    let _worker = Worker::start(project.path(), &broker, &[]);
    let here = finished(bounded(1 << 20, &["check", "--format", "json"]).current_dir(project.path()));
    let there = submit(project.path(), &broker, &["--format", "json", "--report", "junit=report.xml"]);
    assert_eq!(there.code, Some(1), "{}", there.err);
    assert!(there.out == here.out && there.out.len() > 65_536, "{} and {} bytes", there.out.len(), here.out.len());
    let report = std::fs::metadata(project.path().join("report.xml")).unwrap();
    assert!(report.len() > 1000);
}
