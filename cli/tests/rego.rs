//! Rules in Rego from disk: what they find, what is wrong with them, and that one of them never costs another.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ended, MEMORY, Project, bounded, finished};

/// A rule that finds every job of a name.
fn rule(name: &str, body: &str) -> String {
    format!(
        "# METADATA\n# title: A job is named so\n# custom:\n#   class: default\n#   severity: high\n#   scope: item\n\
         #   reads:\n#     gitlab.job: [name]\npackage house.{name}\n\n{body}\n"
    )
}

/// It fires on every job, at its name.
const FIRES: &str = "findings contains {\"message\": sprintf(\"job `%s`\", [input.name]), \"route\": [\"name\"]}";

const PIPELINE: &str = "one:\n  script: [make]\ntwo:\n  script: [make]\n";

fn project(rules: &[(&str, String)]) -> Project {
    let project = Project::with(&[(".gitlab-ci.yml", PIPELINE)]);
    for (path, text) in rules {
        project.write(format!("house/{path}"), text);
    }
    project
}

/// Runs `engine check --policy house` with a cache outside of the project. The interpreter has a memory of its own.
fn check(project: &Project, args: &[&str]) -> (Ended, Value) {
    let cache = Project::with(&[]);
    let mut command = bounded(4 * MEMORY, &[&["check", "--format", "json", "--policy", "house"], args].concat());
    let ended = finished(command.current_dir(project.path()).env("ENGINE_CACHE_DIR", cache.path().join("cache")));
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    let report = serde_json::from_str(&ended.out).unwrap_or(Value::Null);
    (ended, report)
}

/// `rule line:column message` of each finding.
pub(crate) fn found(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |finding: &Value| {
        let start = &finding["location"]["start"];
        format!("{} {}:{} {}", text(&finding["rule"]), start["line"], start["column"], text(&finding["message"]))
    };
    report["findings"].as_array().into_iter().flatten().map(line).collect()
}

/// What is undecided: `rules: message at place`.
pub(crate) fn undecided(report: &Value) -> Vec<String> {
    let line = |one: &Value| {
        let rules: Vec<&str> = one["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let place = &one["location"];
        let place = match place["path"].as_str() {
            Some(path) => format!(" at {path}:{}:{}", place["start"]["line"], place["start"]["column"]),
            None => String::new(),
        };
        format!("{}: {}{place}", rules.join(","), one["message"].as_str().unwrap_or_default())
    };
    report["undecided"].as_array().into_iter().flatten().map(line).collect()
}

#[test]
fn a_rule_finds_what_it_looks_for_at_its_place() {
    let project = project(&[("fires/rule.rego", rule("fires", FIRES))]);
    let (ended, report) = check(&project, &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert_eq!(found(&report), ["fires 1:1 job `one`", "fires 3:1 job `two`"]);
    assert_eq!(report["findings"][0]["location"]["path"], ".gitlab-ci.yml");
}

/// What a rule must not do, and what is said of it, with its place if it has one.
const BAD: &[(&str, &str, &str)] = &[
    ("a syntax error", "findings contains {\"message\": \"a\" if {", "at house/bad/rule.rego:"),
    (
        "a function that does not exist",
        "findings contains {\"message\": nothing.like(\"it\")}",
        "at house/bad/rule.rego:",
    ),
    ("the clock", "findings contains {\"message\": sprintf(\"%d\", [time.now_ns()])}", "time.now_ns"),
    ("dice", "findings contains {\"message\": sprintf(\"%d\", [rand.intn(\"a\", 6)])}", "rand.intn"),
    ("the network", "findings contains http.send({\"method\": \"get\", \"url\": \"http://localhost\"})", "http.send"),
    ("no findings", "found contains 1", "no rule `findings`"),
    ("what is no finding", "findings contains {\"msg\": \"a\"}", "field `msg`"),
    ("a message that says nothing", "findings contains {\"message\": \" \"}", "its `message` says nothing"),
    ("a message that is a number", "findings contains {\"message\": 1}", "`message` must be a string"),
    ("a set that is none", "findings := 7", "must be a set of objects"),
    (
        "a built-in that fails",
        "findings contains {\"message\": sprintf(\"%d\", [to_number(input.name)])}",
        "failed: could not parse string as number",
    ),
    (
        "a division by zero",
        "findings contains {\"message\": \"a\"} if 1 / (count(input.name) - 3) > 0",
        "divided by zero",
    ),
    (
        "a remainder of zero",
        "findings contains {\"message\": \"a\"} if 5 % (count(input.name) - 3) == 0",
        "divided by zero",
    ),
    (
        "a name less one",
        "findings contains {\"message\": \"a\"} if input.name - 1 == 0",
        "`-` is given a string and a number",
    ),
    (
        "a name and one",
        "findings contains {\"message\": \"a\"} if input.name + 1 == 0",
        "`+` is given a string and a number",
    ),
    (
        "a name twice",
        "findings contains {\"message\": \"a\"} if input.name * 2 == 0",
        "`*` is given a string and a number",
    ),
    (
        "a name against a number",
        "findings contains {\"message\": \"a\"} if input.name > 5",
        "`>` is given a string and a number",
    ),
    ("many numbers", "findings contains {\"message\": \"a\"} if count(numbers.range(1, 20000000)) > 1", "was stopped"),
    (
        "no end",
        "big := numbers.range(1, 3000)\nfindings contains {\"message\": \"a\"} if {\n\tsome a in big\n\tsome b in big\n\
         \tsome c in big\n\ta + b + c < 0\n}",
        "was stopped",
    ),
    (
        "a text that explodes",
        "text := concat(\"\", [\"0123456789\" | some _ in numbers.range(1, 100000)])\n\
         findings contains {\"message\": concat(\"\", [text | some _ in numbers.range(1, 100000)])}",
        "was stopped",
    ),
    (
        "a gigabyte of findings",
        "findings contains {\"message\": sprintf(\"%d\", [i])} if some i in numbers.range(1, 60000)",
        "was stopped",
    ),
];

#[test]
fn a_bad_rule_says_what_is_wrong_and_costs_no_other() {
    for (what, body, expected) in BAD {
        let project = project(&[("bad/rule.rego", rule("bad", body)), ("fires/rule.rego", rule("fires", FIRES))]);
        let (ended, report) = check(&project, &[]);
        assert_eq!(
            found(&report),
            ["fires 1:1 job `one`", "fires 3:1 job `two`"],
            "{what}: {}{}",
            ended.err,
            ended.out
        );
        let said = undecided(&report).join("\n");
        assert!(said.starts_with("bad: ") && said.contains(expected), "{what}: {said}");
        assert_eq!(ended.code, Some(1), "{what}");
        // Alone it must not pass either.
        std::fs::remove_file(project.path().join("house/fires/rule.rego")).unwrap();
        let (ended, _) = check(&project, &[]);
        assert_eq!(ended.code, Some(2), "{what}, alone: {}", ended.out);
    }
}

#[test]
fn operators_come_to_what_they_come_to() {
    let body = "findings contains {\"message\": sprintf(\"%v\", [value])} if {\n\
                \tsome value in [7 + 2, 7 - 2, 7 * 2, 7 / 2, 7 % 2, {1, 2} - {2}, 1 < 2, 2 <= 2, \"a\" > \"b\", 3 >= 2]\n\
                \tinput.name == \"one\"\n}";
    let (_, report) = check(&project(&[("sum/rule.rego", rule("sum", body))]), &[]);
    let said: Vec<String> = found(&report);
    let values: Vec<&str> = said.iter().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(
        values,
        ["1", "14", "3.5", "5", "9", "false", "true", "{1}"],
        "{said:?} {}",
        undecided(&report).join("\n")
    );
}

#[test]
fn patterns_say_in_the_sandbox_what_they_say_elsewhere() {
    let body = "findings contains {\"message\": sprintf(\"%s\", [pattern])} if {\n\
                \tsome pattern in [`(?i)ONE`, `^\\w+$`, `\\bone\\b`, `^\\pL+$`, `^[[:alpha:]]+$`, `^[^\\d\\s]+$`, `^\\d`]\n\
                \tregex.match(pattern, input.name)\n\tinput.name == \"one\"\n}";
    let (_, report) = check(&project(&[("match/rule.rego", rule("match", body))]), &[]);
    let said = found(&report);
    assert_eq!(said.len(), 6, "{said:?} {}", undecided(&report).join("\n"));
    assert!(said.iter().all(|line| !line.ends_with(" ^\\d")), "{said:?}");
}

#[test]
fn a_rule_of_a_kind_that_does_not_exist_never_passes() {
    let misspelt = rule("fires", FIRES).replace("gitlab.job", "gitlab.jobs");
    let (ended, report) = check(&project(&[("fires/rule.rego", misspelt)]), &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.out);
    assert_eq!(undecided(&report), ["fires: the rule `fires` reads `gitlab.jobs`, and there is no such kind of fact"]);
}

#[test]
fn nothing_in_a_folder_of_policies_is_left_out_without_a_word() {
    let fires = rule("fires", FIRES);
    let whole = |report: &Value| found(report).len() == 2;
    let check = |what: &str, change: &dyn Fn(&Project)| {
        let project = project(&[
            ("fires/rule.rego", fires.clone()),
            ("calm/rule.rego", rule("calm", "findings contains 1 if input.no")),
        ]);
        change(&project);
        let (ended, report) = check(&project, &[]);
        let said = undecided(&report).join("\n");
        assert!(
            whole(&report) || (ended.code == Some(2) && said.contains("house/")),
            "{what}: {:?} {said}",
            ended.code
        );
    };
    let link = |project: &Project, from: &str, to: &str| {
        std::os::unix::fs::symlink(from, project.path().join(to)).unwrap();
    };
    let moved = |project: &Project, to: &str| {
        let to = project.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(project.path().join("house/fires"), to).unwrap();
    };
    check("nothing", &|_| {});
    check("ignored by git", &|project| {
        project.git(&["init", "-q"]);
        project.write(".gitignore", "fires\n*.rego\n");
    });
    check("in a repository of its own", &|project| {
        project.git(&["init", "-q"]);
        project.git(&["init", "-q", "house/fires"]);
    });
    check("behind a link", &|project| {
        moved(project, "elsewhere/fires");
        link(project, "../elsewhere/fires", "house/fires");
    });
    check("a file behind a link", &|project| {
        moved(project, "elsewhere/fires");
        std::fs::create_dir_all(project.path().join("house/fires")).unwrap();
        link(project, "../../elsewhere/fires/rule.rego", "house/fires/rule.rego");
    });
    check("a name of tests", &|project| {
        std::fs::rename(project.path().join("house/fires/rule.rego"), project.path().join("house/fires/pen_test.rego"))
            .unwrap();
    });
    check("a name in capitals", &|project| {
        std::fs::rename(project.path().join("house/fires/rule.rego"), project.path().join("house/fires/rule.REGO"))
            .unwrap();
    });
    check("a name that is no text", &|project| {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"house/fires/\xff.rego");
        std::fs::rename(project.path().join("house/fires/rule.rego"), project.path().join(name)).unwrap();
    });
}

#[test]
fn a_gigabyte_of_print_is_heard_by_nobody() {
    let printed = "x".repeat(900);
    let loud = format!("{FIRES} if count([i | some i in numbers.range(1, 100000); print(\"{printed}\", i)]) > 0");
    let project = project(&[("loud/rule.rego", rule("loud", &loud))]);
    let (ended, report) = check(&project, &[]);
    assert!(ended.out.len() < 100_000 && ended.err.len() < 10_000);
    assert!(found(&report).len() == 2 || undecided(&report).join("").contains("was stopped"), "{report}");
}

#[test]
fn a_route_that_leads_nowhere_ends_at_the_nearest_value() {
    let lost = "findings contains {\"message\": \"a\", \"route\": [\"name\", 7, \"nothing\"]}";
    let nowhere = "findings contains {\"message\": \"b\", \"route\": [\"no\", \"such\", \"thing\"]}";
    let project = project(&[("lost/rule.rego", rule("lost", lost)), ("nowhere/rule.rego", rule("nowhere", nowhere))]);
    let (ended, report) = check(&project, &[]);
    let expected = ["lost 1:1 a", "nowhere 1:1 b", "lost 3:1 a", "nowhere 3:1 b"];
    assert_eq!(found(&report), expected, "{}", ended.err);
}

#[test]
fn two_rules_with_one_id_are_told_and_neither_runs() {
    let project = project(&[("a/rule.rego", rule("same", FIRES)), ("b/rule.rego", rule("same", FIRES))]);
    let (ended, report) = check(&project, &[]);
    assert_eq!((ended.code, found(&report).len()), (Some(2), 0), "{}{}", ended.err, ended.out);
    let said = undecided(&report).join("\n");
    assert!(
        said.contains("exists already, in `house/a/rule.rego`") && said.contains("house/b/rule.rego:9:9"),
        "{said}"
    );
}

#[test]
fn metadata_that_is_wrong_is_told_at_its_place() {
    let good = rule("fires", FIRES);
    for (from, to, expected) in [
        ("severity: high", "severity: loud", "`loud` is no severity at house/bad/rule.rego:5:15"),
        ("scope: item", "scop: item", "`custom` has no key `scop` at house/bad/rule.rego:6:5"),
        ("gitlab.job: [name]", "gitlab.job: [\"a b\"]", "`a b` is no field at house/bad/rule.rego:8:19"),
        ("# title: A job is named so", "# titel: a", "there is no `title`"),
        ("package house.fires", "package fires", "the package `fires` names no rule at house/bad/rule.rego:9:9"),
        ("#   class: default", "#  class: default", "house/bad/rule.rego:"),
        (
            "#     gitlab.job: [name]",
            "#     gitlab.job: [name]\n#     gitlab.pipeline: [path]",
            "reads one kind of fact",
        ),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{from}");
        let (ended, report) = check(&project(&[("bad/rule.rego", text)]), &[]);
        let said = undecided(&report).join("\n");
        assert!(said.contains(expected), "{to}: {said}");
        assert_eq!(ended.code, Some(2), "{to}");
    }
}

#[test]
fn findings_that_say_not_what_they_read_are_told() {
    let silent = format!("package house.silent\n\n{FIRES}\n");
    let (ended, report) =
        check(&project(&[("silent/rule.rego", silent), ("fires/rule.rego", rule("fires", FIRES))]), &[]);
    let said = undecided(&report).join("\n");
    assert!(said.contains("does not say what it reads at house/silent/rule.rego:1:9"), "{said}");
    assert_eq!((ended.code, found(&report).len()), (Some(1), 2));
}

#[test]
fn a_folder_without_rego_is_wrong_usage() {
    let project = Project::with(&[(".gitlab-ci.yml", PIPELINE), ("house/README.md", "nothing")]);
    let (ended, _) = check(&project, &[]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.contains("there is no file of Rego in `house`"), "{}", ended.err);
}

#[test]
fn a_folder_that_the_configuration_names_is_loaded() {
    let project = project(&[("fires/rule.rego", rule("fires", FIRES))]);
    project.write("engine.yaml", "version: 1\nplugins: [house]\n");
    let cache = Project::with(&[]);
    let mut command = bounded(4 * MEMORY, &["check", "--format", "json"]);
    command.current_dir(project.path()).env("ENGINE_CACHE_DIR", cache.path().join("cache"));
    let ended = finished(&mut command);
    let report = serde_json::from_str(&ended.out).unwrap_or(Value::Null);
    assert_eq!(found(&report), ["fires 1:1 job `one`", "fires 3:1 job `two`"], "{}", ended.err);
    project.write("engine.yaml", "version: 1\nplugins: [nothing]\n");
    let ended = finished(&mut command);
    assert_eq!(ended.code, Some(3), "{}", ended.out);
    assert!(
        ended.err.contains("engine.yaml:2:11") && ended.err.contains("a folder with files of Rego"),
        "{}",
        ended.err
    );
}

#[test]
fn rules_of_the_repository_come_from_the_revision_that_judges() {
    let project = project(&[("fires/rule.rego", rule("fires", FIRES))]);
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["add", "."]);
    project.git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "first"]);
    // The tree takes the rule away, and brings one of its own.
    std::fs::remove_file(project.path().join("house/fires/rule.rego")).unwrap();
    project.write("house/other/rule.rego", rule("other", FIRES));
    let (ended, report) = check(&project, &["--trusted", "main"]);
    let fires: Vec<String> = found(&report).into_iter().filter(|line| line.contains("job `")).collect();
    assert_eq!(fires, ["fires 1:1 job `one`", "fires 3:1 job `two`"], "{}{}", ended.err, ended.out);
    // A folder that the revision does not have is not taken from the tree.
    project.git(&["rm", "-q", "--cached", "-r", "house"]);
    project.git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "none"]);
    let (ended, _) = check(&project, &["--trusted", "main"]);
    assert_eq!(ended.code, Some(3), "{}", ended.out);
    assert!(ended.err.contains("there is no file of Rego in `house` of `main`"), "{}", ended.err);
}

/// Runs `engine policy test` in a folder.
fn tested(dir: &Path) -> Ended {
    finished(bounded(4 * MEMORY, &["policy", "test", "."]).current_dir(dir))
}

#[test]
fn tests_pages_and_fixtures_are_run() {
    let test = "package house.fires_test\n\nimport data.house.fires\n\ntest_finds if {\n\
                \tcount(fires.findings) == 1 with input as {\"name\": \"a\"}\n}\n";
    let page = "# fires\n\n## What it checks\na\n\n## Why\nb\n\n## Bad\n```yaml\n# .gitlab-ci.yml\na:\n  script: [make]\n\
                ```\n\n## Good\n```yaml\n# .gitlab-ci.yml\n.a:\n  script: [make]\n```\n\n## How to fix\nc\n\n\
                ## References\n- d\n";
    let fixture = "# error: fires\nb:\n  script: [make]\n";
    let files = |fixture: &str, test: &str| {
        let project = Project::with(&[("fires/rule.md", page), ("fires/fixtures/one/.gitlab-ci.yml", fixture)]);
        project.write("fires/rule.rego", rule("fires", FIRES));
        project.write("fires/rule_test.rego", test);
        project
    };
    let good = tested(files(fixture, test).path());
    assert_eq!((good.code, good.out.as_str()), (Some(0), "4 passed, 0 failed\n"), "{}", good.err);

    let failing = test.replace("== 1", "== 2").replace("count", "print(\"seen\", fires.findings)\n\tcount");
    let bad = tested(files("b:\n  script: [make]\n", &failing).path());
    assert_eq!(bad.code, Some(1), "{}", bad.err);
    for expected in [
        "failed: ./fires/rule_test.rego:5: house.fires_test.test_finds: it is not true",
        "failed: fixture `fires/fixtures/one`",
        "found, not marked: .gitlab-ci.yml:1: fires",
        "2 passed, 2 failed",
    ] {
        assert!(bad.out.contains(expected), "{expected}\n{}", bad.out);
    }
    let broken = tested(files(fixture, &test.replace("count(", "count((")).path());
    assert_eq!(broken.code, Some(3), "{}", broken.out);
    assert!(broken.err.contains("fires/rule_test.rego:6:"), "{}", broken.err);
    let loud = failing.replace("\"seen\"", "\"\\u001b[2Jseen\"");
    let loud = tested(files(fixture, &loud).path());
    assert!(loud.out.contains("printed:") && !loud.out.contains('\u{1b}'), "{:?}", loud.out);
    let nothing = tested(Project::with(&[("a.txt", "")]).path());
    assert_eq!(nothing.code, Some(2), "{}", nothing.out);
}
