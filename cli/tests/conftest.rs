//! Policies that are written for conftest: what they are asked, what their answers come to, and that nothing they say is
//! lost. The examples of conftest itself judge where somebody has them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::rego::{found, undecided};
use crate::support::{Ended, MEMORY, Project, bounded, finished};

/// Runs `engine check --format json` in `directory`, with a cache outside of it.
fn run(directory: &Path, args: &[&str]) -> (Ended, Value) {
    let cache = Project::with(&[]);
    let mut command = bounded(4 * MEMORY, &[&["check", "--format", "json"], args].concat());
    let ended = finished(command.current_dir(directory).env("ENGINE_CACHE_DIR", cache.path().join("cache")));
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    let report = serde_json::from_str(&ended.out).unwrap_or(Value::Null);
    (ended, report)
}

/// Files, arguments behind `--policy policy`, the exit code, and lines: `rule line:column message` of a finding,
/// `? rules: message` of what is undecided, else a part of what is said on standard error.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str], i32, &'a [&'a str]);

#[track_caller]
fn check((what, files, args, code, expect): &Case<'_>) {
    let project = Project::with(files);
    let (ended, report) = run(project.path(), &[&["--policy", "policy"], *args].concat());
    // What the engine's own rules leave open is not asked here.
    let own = |line: &String| line.starts_with("local-state: ");
    let open = undecided(&report).into_iter().filter(|line| !own(line)).map(|line| format!("? {line}"));
    let words = |line: &&str| line.starts_with("error") || line.contains("-->");
    let complaints = ended.err.lines().filter(words).map(str::to_owned);
    let said: Vec<String> = found(&report).into_iter().chain(open).chain(complaints).collect();
    assert_eq!(ended.code, Some(*code), "{what}: {said:#?}");
    assert_eq!(said.len(), expect.len(), "{what}: {said:#?}");
    for (line, expect) in said.iter().zip(*expect) {
        assert!(line.contains(expect), "{what}: `{line}` and not `{expect}`");
    }
}

const POD: &str = "kind: Pod\nspec:\n  hostNetwork: true\n";

const CASES: &[Case<'_>] = &[
    (
        "a message of each kind",
        &[
            ("pod.yml", POD),
            (
                "policy/all.rego",
                "package main\ndeny contains \"a\" if input.spec.hostNetwork\n\
                 violation_b contains {\"msg\": \"b\", \"id\": 7} if input.kind == \"Pod\"\n\
                 warn contains \"w\" if input.kind == \"Pod\"\ndeny contains \"\" if true\n",
            ),
        ],
        &[],
        1,
        &["main-deny 1:1 a", "main-violation-b 1:1 b", "main-warn 1:1 w"],
    ),
    (
        "a warning alone",
        &[("pod.yml", POD), ("policy/a.rego", "package main\nwarn contains \"w\" if input.kind == \"Pod\"\n")],
        &[],
        0,
        &["main-warn 1:1 w"],
    ),
    (
        "a warning that shall fail",
        &[("pod.yml", POD), ("policy/a.rego", "package main\nwarn contains \"w\" if input.kind == \"Pod\"\n")],
        &["--fail-on", "low"],
        1,
        &["main-warn 1:1 w"],
    ),
    (
        "nothing wrong",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny contains \"a\" if input.kind == \"Job\"\n")],
        &[],
        0,
        &[],
    ),
    (
        "a route of our own, and a place that only the policy knows",
        &[
            ("pod.yml", POD),
            (
                "policy/a.rego",
                "package main\ndeny contains {\"msg\": \"a\", \"route\": [\"spec\", \"hostNetwork\"]}\n\
                 deny contains {\"msg\": \"b\", \"_loc\": {\"file\": \"x\", \"line\": 3}}\n",
            ),
        ],
        &[],
        1,
        &["main-deny 1:1 b (`x`, line 3)", "main-deny 3:16 a"],
    ),
    (
        "an exception",
        &[
            ("one.yml", "kind: Pod\nname: one\n"),
            ("two.yml", "kind: Pod\nname: two\n"),
            (
                "policy/a.rego",
                "package main\ndeny_pod contains input.name\nexception contains [\"pod\"] if input.name == \"one\"\n",
            ),
        ],
        &[],
        1,
        &["main-deny-pod 1:1 two", "main-exception 1:1 `deny_pod` is not asked here"],
    ),
    (
        "an exception of the rule without a name",
        &[
            ("one.yml", "kind: Pod\n"),
            ("policy/a.rego", "package main\ndeny contains \"a\"\nexception contains [\"\"]\n"),
        ],
        &[],
        0,
        &["main-exception 1:1 `deny` is not asked here"],
    ),
    (
        "every document of a stream, every item of a list",
        &[
            ("a.yml", "k: 1\n---\nk: 2\n"),
            ("b.json", "[{\"k\": 3},\n {\"k\": 4}]"),
            (
                "policy/a.rego",
                "package main\ndeny contains {\"msg\": sprintf(\"%d\", [input.k]), \"route\": [\"k\"]}\n",
            ),
        ],
        &[],
        1,
        &["main-deny 1:4 1", "main-deny 3:4 2", "main-deny 1:8 3", "main-deny 2:8 4"],
    ),
    (
        "all files together",
        &[
            ("a.yml", "name: x\n"),
            ("b.yml", "name: x\n"),
            (
                "policy/a.rego",
                "package main\ndeny contains {\"msg\": file.path, \"route\": [i, \"contents\", \"name\"]} if {\n\
                 \tsome i, file in input\n\tsome j, other in input\n\tj < i\n\tother.contents.name == file.contents.name\n}\n",
            ),
        ],
        &["--combine"],
        1,
        &["main-deny 1:7 b.yml"],
    ),
    (
        "HCL in conftest's shape",
        &[
            ("main.tf", "resource \"a_b\" \"c\" {\n  open = true\n  tag { key = \"${var.k}-1\" }\n}\n"),
            (
                "policy/a.rego",
                "package main\ndeny contains {\"msg\": block.tag[0].key, \"route\": [\"resource\", \"a_b\", name, i, \"open\"]} if {\n\
                 \tsome name, blocks in input.resource.a_b\n\tsome i, block in blocks\n\tblock.open\n}\n",
            ),
        ],
        &[],
        1,
        &["main-deny 2:10 ${var.k}-1"],
    ),
    (
        "data of a folder, of a folder in it, and of a file",
        &[
            ("pod.yml", POD),
            ("data/top.yml", "ports: [22]\n"),
            ("data/more/deep.json", "{\"x\": 1}"),
            ("one.json", "{\"y\": 2}"),
            (
                "policy/a.rego",
                "package main\ndeny contains sprintf(\"%d %d %d\", [data.ports[0], data.more.x, data.y]) if input.kind == \"Pod\"\n",
            ),
        ],
        &["--data", "data", "--data", "one.json", "pod.yml"],
        1,
        &["main-deny 1:1 22 1 2"],
    ),
    (
        "the file that is asked about",
        &[
            ("a/pod.yml", POD),
            (
                "policy/a.rego",
                "package main\ndeny contains sprintf(\"%s in %s\", [data.conftest.file.name, data.conftest.file.dir])\n",
            ),
        ],
        &[],
        1,
        &["main-deny 1:1 pod.yml in a"],
    ),
    (
        "packages by name and by pattern",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\ndeny contains \"main\"\n"),
            ("policy/b.rego", "package main.net\ndeny contains \"net\"\n"),
            ("policy/c.rego", "package other\ndeny contains \"other\"\n"),
        ],
        &["--namespace", "main.*", "--namespace", "other"],
        1,
        &["main-net-deny 1:1 net", "other-deny 1:1 other"],
    ),
    (
        "every package",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\ndeny contains \"main\"\n"),
            ("policy/b.rego", "package main.net\ndeny contains \"net\"\n"),
        ],
        &["--all-namespaces"],
        1,
        &["main-deny 1:1 main", "main-net-deny 1:1 net"],
    ),
    (
        "an empty file is asked about too",
        &[("empty.yml", ""), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &[],
        1,
        &["main-deny 1:1 a"],
    ),
    (
        "a built-in that fails is undefined, as it is for OPA",
        &[
            ("pod.yml", POD),
            (
                "policy/a.rego",
                "package main\ndeny contains \"a\" if to_number(input.kind) == 1\ndeny contains \"b\" if input.kind == \"Pod\"\n",
            ),
        ],
        &[],
        1,
        &["main-deny 1:1 b"],
    ),
    // What must never look like a pass.
    (
        "a rule that is no set",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny if input.kind == \"Pod\"\n")],
        &[],
        2,
        &["? main-deny: the rule `main-deny` failed: `deny` must be a set of messages, and is a boolean"],
    ),
    (
        "a finding of nothing that is written",
        &[("empty.json", "[]"), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &["--combine"],
        2,
        &["? main-deny: the rule `main-deny` says of what is written nowhere: a"],
    ),
    (
        "a rule that is an object",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny[msg] if msg := \"a\"\n")],
        &[],
        2,
        &["? main-deny: the rule `main-deny` failed: `deny` must be a set of messages, and is an object"],
    ),
    (
        "messages that are none",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny contains 7\nwarn contains {\"message\": \"a\"}\n")],
        &[],
        2,
        &["? main-deny: ", "? main-warn: "],
    ),
    (
        "a file that cannot be parsed",
        &[
            ("pod.yml", POD),
            ("broken.json", "{\"a\": }"),
            ("policy/a.rego", "package main\ndeny contains \"a\" if input.kind == \"Job\"\n"),
        ],
        &[],
        1,
        &["broken-document 1:7", "? main-deny: `broken.json` could not be parsed"],
    ),
    (
        "a policy that cannot be compiled",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\ndeny contains \"a\"\n"),
            ("policy/b.rego", "package main\ndeny contains x if x := nothing.like(1)\n"),
        ],
        &[],
        2,
        &["? conftest: the policy cannot be loaded: "],
    ),
    (
        "what runs without an end",
        &[
            ("pod.yml", POD),
            (
                "policy/a.rego",
                "package main\nn := numbers.range(1, 3000)\ndeny contains \"a\" if {\n\tsome a in n\n\tsome b in n\n\tsome c in n\n\ta + b + c < 0\n}\n\
                 warn contains \"w\"\n",
            ),
        ],
        &[],
        2,
        &["main-warn 1:1 w", "? main-deny: the policy `conftest` was stopped"],
    ),
    (
        "a format that is not read",
        &[("Cargo.toml", "a = 1\n"), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &["Cargo.toml"],
        2,
        &["? main-deny: `Cargo.toml` is TOML, which the engine does not read"],
    ),
    (
        "a warning that cannot be asked",
        &[("pod.yml", "k: .nan\n"), ("policy/a.rego", "package main\nwarn contains \"w\"\n")],
        &["--allow-empty"],
        0,
        &["? main-warn: `pod.yml` cannot be shown to policies"],
    ),
    (
        "one of several packages that is not there",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &["--namespace", "main", "--namespace", "mian"],
        3,
        &["no package is called `mian`; the packages there are: `main`"],
    ),
    (
        "a package whose name is written with brackets",
        &[("pod.yml", POD), ("policy/a.rego", "package main[\"sub\"]\ndeny contains \"a\"\n")],
        &["--namespace", "main.sub"],
        1,
        &["main-sub-deny 1:1 a"],
    ),
    (
        "a rule in a file of tests",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\nwarn contains \"w\"\n"),
            ("policy/pen_test.rego", "package main\n\ndeny_pen contains \"a\"\n"),
        ],
        &[],
        2,
        &["main-warn 1:1 w", "`deny_pen` is in a file of tests, and would never be asked at policy/pen_test.rego:3:1"],
    ),
    (
        "a file of Rego in capitals",
        &[("pod.yml", POD), ("policy/a.REGO", "package main\ndeny contains \"a\"\n")],
        &[],
        1,
        &["main-deny 1:1 a"],
    ),
    (
        "a rule of both forms in one file",
        &[
            ("pod.yml", POD),
            (
                "policy/a.rego",
                "# METADATA\n# title: A job\n# custom:\n#   class: default\n#   severity: high\n#   scope: item\n#   reads:\n\
                 #     gitlab.job: [name]\npackage main.job\nfindings contains {\"message\": \"j\"} if input.no\n\
                 deny contains \"a\" if input.kind == \"Pod\"\n",
            ),
        ],
        &["--namespace", "main.job"],
        1,
        &["main-job-deny 1:1 a"],
    ),
    (
        "a file that is named does not hide what else a folder of policies holds",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\ndeny contains \"a\" if data.on\n"),
            ("policy/b.rego", "package main\ndeny contains \"b\"\n"),
            ("data/on.json", "{\"on\": true}"),
            ("data/off.json", "{\"off\": true}"),
        ],
        &["--data", "data", "pod.yml", "policy/b.rego", "data/off.json"],
        1,
        &["main-deny 1:1 a", "main-deny 1:1 b", "main-deny 1:1 a", "main-deny 1:1 b"],
    ),
    (
        "data that says what a rule says",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\nimport data.lib\ndeny contains \"a\" if lib.bad\n"),
            ("policy/lib.rego", "package lib\nbad if input.kind == \"Pod\"\n"),
            ("data.json", "{\"lib\": {\"bad\": false}}"),
        ],
        &["--data", "data.json", "pod.yml"],
        2,
        &["a file of data says what `data.lib.bad` is, and so does the rule in `policy/lib.rego`"],
    ),
    (
        "data that says what a function says",
        &[
            ("pod.yml", POD),
            ("policy/a.rego", "package main\nbad(x) if x == \"Pod\"\ndeny contains \"a\" if bad(input.kind)\n"),
            ("data.json", "{\"main\": {\"bad\": false}}"),
        ],
        &["--data", "data.json", "pod.yml"],
        2,
        &["a file of data says what `data.main.bad` is"],
    ),
    (
        "a list as data",
        &[
            ("pod.yml", POD),
            (
                "policy/a.rego",
                "package main\ndeny contains x if some x in data.deep.names\ndeny contains y if some y in data.deep.more.names\n",
            ),
            ("data/deep/names/list.yaml", "- one\n- two\n"),
            ("data/deep/more/names/list.json", "[\"three\"]"),
        ],
        &["--data", "data", "pod.yml"],
        1,
        &["main-deny 1:1 one", "main-deny 1:1 three", "main-deny 1:1 two"],
    ),
    (
        "a package that is not there",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &["--namespace", "nowhere"],
        3,
        &["in the package `nowhere`; the packages there are: `main`"],
    ),
    (
        "a folder without a rule",
        &[("pod.yml", POD), ("policy/a.rego", "package lib\nhelps if true\n")],
        &[],
        3,
        &["in the package `main`; the packages there are: `lib`"],
    ),
    (
        "data that disagrees",
        &[
            ("a.json", "{\"x\": {\"y\": 1}}"),
            ("b.json", "{\"x\": {\"y\": 2}}"),
            ("policy/a.rego", "package main\ndeny contains \"a\"\n"),
        ],
        &["--data", "a.json", "--data", "b.json"],
        3,
        &["`b.json` says otherwise of `data.x.y` than another file of data", "--> b.json:1:1"],
    ),
    (
        "data that is no object",
        &[("a.json", "[1]"), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &["--data", "a.json"],
        3,
        &["`a.json` holds no object at its top", "--> a.json:1:1"],
    ),
    (
        "data that is not there",
        &[("pod.yml", POD), ("policy/a.rego", "package main\ndeny contains \"a\"\n")],
        &["--data", "nowhere"],
        3,
        &["cannot read `nowhere`"],
    ),
];

#[test]
fn policies_of_conftest_are_asked_as_conftest_asks_them() {
    CASES.iter().for_each(check);
}

/// Files that have no value in JSON: whoever can write one must not get past a rule with it.
const ODD: &[(&str, &str)] = &[
    ("a.yaml", "k: !!binary aGk=\n"),
    ("a.yaml", "k: .nan\n"),
    ("a.yaml", "k: -.inf\n"),
    ("a.yaml", "null: x\n"),
    ("a.yaml", "? [a]\n: x\n"),
    ("a.yaml", "k: !!timestamp 2001-01-01\n"),
    ("a.yaml", "k: !!float foo\n"),
    ("a.yaml", "{{- if .x }}\nk: 1\n{{- end }}\n"),
    ("a.json", "{\"k\": 1e999}"),
    ("a.json", "{\"k\": "),
    ("a.tf", "k = {"),
    ("Chart.yaml/../templates/a.yaml", "k: {{ .x }}\n"),
];

#[test]
fn a_file_that_cannot_be_shown_to_a_rule_does_not_pass() {
    let policy = "package main\ndeny contains \"secret\" if input.secret\n";
    let long = |text: &str| format!("{text}# {}\n", "x".repeat(9 << 20));
    let aliases = format!("x: &x [{}]\ny: [{}]\n", vec!["1"; 1_000].join(", "), vec!["*x"; 1_100].join(", "));
    let merges: String = (0..20)
        .map(|i| {
            format!(
                "m{i}: &m{i}\n  k{i}: 1\n  <<: [{}]\n",
                (0..i).map(|j| format!("*m{j}")).collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    let large = [("a.yaml", long("k: 1\n")), ("a.yaml", aliases), ("a.yaml", merges)];
    let odd = ODD.iter().map(|(name, text)| (*name, (*text).to_owned()));
    for (name, text) in odd.chain(large) {
        let project = Project::with(&[("policy/a.rego", policy), ("good.yaml", "k: 1\n")]);
        project.write(name.replace("Chart.yaml/../", ""), &text);
        let (ended, report) = run(project.path(), &["--policy", "policy"]);
        let open = undecided(&report);
        assert!(matches!(ended.code, Some(1 | 2)), "{name} {text:.60}: {:?} {open:#?}", ended.code);
        let said = open.iter().any(|line| line.starts_with("main-deny")) || !found(&report).is_empty();
        assert!(said, "{name} {text:.60}: {open:#?}");
        // What somebody vouches for is settled.
        let assume = "version: 1\nassume:\n  - rules: [main-deny]\n    path: \"**\"\n    owner: jane\n    reason: looked at\n    expires: 2999-12-31\n";
        if open.len() == 1 && open[0].contains(" at ") && found(&report).is_empty() {
            project.write("engine.yaml", assume);
            let (ended, _) = run(project.path(), &["--policy", "policy"]);
            assert_eq!(ended.code, Some(0), "{name} {text:.60}: {}", ended.out);
        }
    }
}

/// An example of conftest's: its arguments, whether conftest fails it, and messages that it must say.
type Example<'a> = (&'a [&'a str], bool, &'a [&'a str]);

/// What conftest's own acceptance tests expect of its examples, those in formats that the engine reads.
const EXAMPLES: &[Example<'_>] = &[
    (&["--policy", "kubernetes/policy", "kubernetes/service.yaml"], false, &["services are not allowed"]),
    (&["--policy", "kubernetes/policy", "--fail-on", "low", "kubernetes/service.yaml"], true, &["services are not"]),
    (&["--policy", "kubernetes/policy", "kubernetes/deployment.yaml"], true, &["Containers must not run as root"]),
    (
        &["--policy", "kubernetes/policy", "kubernetes/deployment.yaml", "kubernetes/service.yaml"],
        true,
        &["Containers must not run as root", "services are not allowed"],
    ),
    (&["--policy", "kubernetes/policy", "kubernetes/deployment+service.yaml"], true, &["must not run as root"]),
    (&["--policy", "hcl1/policy", "--namespace", "main.gke", "hcl1/gke.tf"], true, &["File path index"]),
    (&["--policy", "hcl1/policy/base.rego", "hcl1/gke-show.json"], true, &["google_iam, google_container"]),
    (&["--policy", "hcl1/policy/gke.rego", "hcl1/gke.tf"], false, &[]),
    (
        &["--policy", "hcl2/policy", "hcl2/terraform.tf"],
        true,
        &["ALB `my-alb-listener` is using HTTP rather than HTTPS"],
    ),
    (&["--policy", "report/policy_print/labels.rego", "kubernetes/deployment.yaml"], true, &["recommended labels"]),
    (&["--policy", "data/policy", "--data", "data/exclusions", "data/service.yaml"], true, &["Cannot expose port"]),
    (&["--policy", "compose/policy", "compose/docker-compose.yml"], true, &["version 3.5", "No images tagged latest"]),
    (&["--policy", "compose/policy", "compose/docker-compose-valid.yml"], false, &[]),
    (
        &["--policy", "exceptions/policy", "exceptions/deployments.yaml"],
        true,
        &["Deployment cannot-run-as-root", "`deny_run_as_root` is not asked here"],
    ),
    (&["--policy", "configfile/test", "--namespace", "conftest", "configfile/deployment.yaml"], true, &["run as root"]),
    (&["--policy", "awssam/policy", "awssam/lambda.yaml"], true, &["python2.7 runtime not allowed"]),
    (&["--policy", "kustomize/policy", "kustomize/deployment.yaml"], true, &["Containers must not run as root"]),
];

/// Wants the folder of a checkout of conftest in `ENGINE_CONFTEST`. `docs/conftest.md` says what is not in the list.
#[test]
#[expect(clippy::disallowed_methods, reason = "where the judge is, which is no part of the project")]
fn examples_of_conftest_come_to_the_same_verdict() {
    let Some(checkout) = std::env::var_os("ENGINE_CONFTEST").map(PathBuf::from) else {
        println!("skipped: `ENGINE_CONFTEST` names no checkout of conftest");
        return;
    };
    let examples = checkout.join("examples");
    for (args, fails, messages) in EXAMPLES {
        let (ended, report) = run(&examples, args);
        let kinds = ["-deny", "-violation", "-warn", "-exception"];
        let conftest = |finding: &&Value| {
            let rule = finding["rule"].as_str().unwrap_or_default();
            kinds.iter().any(|kind| rule.contains(kind))
        };
        let findings: Vec<&Value> = report["findings"].as_array().into_iter().flatten().filter(conftest).collect();
        let counts = findings.iter().any(|finding| finding["closes"] == true);
        assert_eq!(counts, *fails, "{args:?}: {:#?} {}", findings, ended.err);
        for message in *messages {
            let says = |finding: &&Value| finding["message"].as_str().is_some_and(|text| text.contains(message));
            assert!(findings.iter().any(says), "{args:?} does not say `{message}`: {findings:#?}");
        }
    }
}
