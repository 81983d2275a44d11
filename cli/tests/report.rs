//! Reports in files: several in one run, whole or not at all, and never a pass where one is missing.

#![expect(clippy::disallowed_methods, reason = "files that the tests themselves made")]

use crate::support::{FLAWED, Project, QUIET, engine, engine_with};

fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path().join(name)).unwrap()
}

#[test]
fn several_reports_are_written_in_one_run_and_say_the_same() {
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    let args = [
        "check",
        "--report",
        "codequality=cq.json",
        "--report",
        "junit=j.xml",
        "--report",
        "sarif=s.sarif",
        "--report",
        "markdown=n.md",
        "--report",
        "json=r.json",
        "--report",
        "text=r.txt",
    ];
    let ended = engine(project.path(), &args);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert_eq!(read(&project, "r.txt"), ended.out);
    let json: serde_json::Value = serde_json::from_str(&read(&project, "r.json")).unwrap();
    let quality: serde_json::Value = serde_json::from_str(&read(&project, "cq.json")).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&read(&project, "s.sarif")).unwrap();
    let (junit, note) = (read(&project, "j.xml"), read(&project, "n.md"));
    let findings = json["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for (index, finding) in findings.iter().enumerate() {
        let (line, rule) = (&finding["location"]["start"]["line"], finding["rule"].as_str().unwrap());
        let region = &sarif["runs"][0]["results"][index]["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&quality[index]["location"]["lines"]["begin"], &region["startLine"]), (line, line), "{rule}");
        assert_eq!(quality[index]["fingerprint"], finding["fingerprint"]);
        assert_eq!(sarif["runs"][0]["results"][index]["partialFingerprints"]["engine/v1"], finding["fingerprint"]);
        assert!(junit.contains(&format!("name=\"{rule}\"")) && note.contains(&format!("`{rule}`")), "{rule}");
    }
    assert!(note.starts_with("## The gate fails"));
    // Nothing is left of the writing.
    let left = std::fs::read_dir(project.path()).unwrap().filter_map(Result::ok);
    assert!(left.map(|entry| entry.file_name().into_string().unwrap()).all(|name| !name.starts_with(".engine-report")));
}

#[test]
fn a_report_that_cannot_be_written_stops_no_other_and_is_no_pass() {
    for (pipeline, code) in [(QUIET, 3), (FLAWED, 1)] {
        let project = Project::with(&[(".gitlab-ci.yml", pipeline)]);
        let args = ["check", "--report", "sarif=no/such/folder/s.sarif", "--report", "junit=j.xml"];
        let mut command = crate::support::bounded(crate::support::MEMORY, &args);
        let ended = crate::support::finished(command.current_dir(project.path()));
        assert_eq!(ended.code, Some(code), "{}", ended.err);
        assert!(ended.err.contains("cannot write the report `no/such/folder/s.sarif`"), "{}", ended.err);
        assert!(ended.out.contains("understood") || !ended.out.is_empty());
        assert!(read(&project, "j.xml").starts_with("<?xml"));
    }
}

#[test]
fn what_is_no_report_is_wrong_usage() {
    let project = Project::with(&[(".gitlab-ci.yml", QUIET)]);
    for (args, expected) in [
        (vec!["--report", "pdf=a.pdf"], "`pdf` is not one of"),
        (vec!["--report", "sarif"], "write a kind and a file"),
        (vec!["--report", "sarif=-"], "name a file"),
        (vec!["--report", "sarif=a", "--report", "junit=a"], "two reports cannot go into one file, `a`"),
        (vec!["--report", "sarif=."], "it is a directory"),
    ] {
        let ended = engine_with(project.path(), &[vec!["check"], args.clone()].concat(), &[]);
        assert_eq!(ended.code, Some(3), "{args:?}");
        assert!(ended.err.contains(expected), "{args:?}: {}", ended.err);
    }
}

#[test]
fn two_reports_never_go_into_one_file_by_whichever_way_it_is_written() {
    let project = Project::with(&[(".gitlab-ci.yml", QUIET), ("there.xml", "")]);
    std::os::unix::fs::symlink("there.xml", project.path().join("link.xml")).unwrap();
    for (one, other) in [("o.xml", "./o.xml"), ("o.xml", "x/../o.xml"), ("there.xml", "link.xml")] {
        std::fs::create_dir_all(project.path().join("x")).unwrap();
        let (one, other) = (format!("junit={one}"), format!("sarif={other}"));
        let ended = engine(project.path(), &["check", "--report", &one, "--report", &other]);
        assert_eq!(ended.code, Some(3), "{one} {other}");
        assert!(ended.err.contains("two reports cannot go into one file"), "{}", ended.err);
    }
}
