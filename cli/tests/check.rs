//! `engine check`: what it reads, and how it prints what it found.

use std::path::Path;
use std::process::Command;

use crate::support::{FLAWED, MEMORY, Project, QUIET, bounded, checked, engine, engine_with, finished, obeyed};

/// The files in which a job is found to start by itself, sorted, by `engine check` with these arguments in `dir`.
fn flawed(dir: &Path, args: &[&str]) -> Vec<String> {
    let checked = checked(dir, args);
    assert_eq!(checked.code, 1, "{args:?}\n{}", checked.text);
    let found = checked.said.iter().filter_map(|line| line.strip_prefix("apply-unattended "));
    let mut files: Vec<String> = found.map(|line| line.split(':').next().unwrap().to_owned()).collect();
    files.sort();
    files
}

/// Writes `files`, and expects each of `says` to begin a line of what is said, and the exit code.
fn check(files: &[(&str, &str)], says: &[&str], code: i32) {
    let project = Project::with(files);
    let checked = checked(project.path(), &[]);
    for line in says {
        assert!(checked.says(line), "nothing begins `{line}` in\n{:#?}", checked.said);
    }
    assert_eq!(checked.code, code, "{}", checked.text);
}

#[test]
fn the_sample_repositories_end_as_their_readme_says() {
    let samples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/collaborative"));
    assert_eq!(checked(samples, &["careful"]).code, 0);
    assert_eq!(checked(samples, &["wild"]).code, 1);
}

#[test]
fn a_path_says_what_is_read() {
    let project = Project::with(&[
        (".gitlab-ci.yml", FLAWED),
        ("sub/dir/.gitlab-ci.yml", FLAWED),
        ("sub/dir/deeper/.gitlab-ci.yml", FLAWED),
        ("sub/jobs.yml", FLAWED),
        ("a name/ü 日本.yml", FLAWED),
    ]);
    let all = [".gitlab-ci.yml", "sub/dir/.gitlab-ci.yml", "sub/dir/deeper/.gitlab-ci.yml"];
    let root = project.path();
    let absolute = root.to_str().unwrap();
    let cases: [(&str, &[&str], &[&str]); 13] = [
        ("", &[], &all),
        ("", &["."], &all),
        ("", &["./"], &all),
        ("", &[absolute], &all),
        ("sub", &[".."], &all),
        ("sub/dir", &[], &[".gitlab-ci.yml", "deeper/.gitlab-ci.yml"]),
        ("", &["sub/dir"], &[".gitlab-ci.yml", "deeper/.gitlab-ci.yml"]),
        ("", &["sub/dir/", ".gitlab-ci.yml"], &all),
        ("", &["sub/jobs.yml"], &["sub/jobs.yml"]),
        ("", &["sub/jobs.yml", ".gitlab-ci.yml"], &[".gitlab-ci.yml", "sub/jobs.yml"]),
        ("", &["sub/jobs.yml", "sub/jobs.yml", "./sub/../sub/jobs.yml"], &["sub/jobs.yml"]),
        ("sub/dir", &["../jobs.yml"], &["jobs.yml"]),
        ("", &["a name/ü 日本.yml"], &["a name/ü 日本.yml"]),
    ];
    for (dir, args, files) in cases {
        assert_eq!(flawed(&root.join(dir), args), files, "{args:?} in `{dir}`");
    }
}

#[test]
fn a_path_that_is_printed_can_be_opened_from_where_the_reader_stands() {
    let project = Project::with(&[("sub/dir/.gitlab-ci.yml", FLAWED), ("sub/other/x.yml", FLAWED)]);
    let cases: [(&str, &[&str]); 4] =
        [("", &[]), ("", &["sub/dir"]), ("sub/other", &["../dir"]), ("sub/dir", &["../other/x.yml"])];
    for (dir, args) in cases {
        let dir = project.path().join(dir);
        let ended = engine(&dir, &[&["check"], args].concat());
        let arrow = ended.out.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).unwrap();
        let file = arrow.split(':').next().unwrap();
        assert!(dir.join(file).is_file(), "{args:?} in {}: no `{file}`", dir.display());
    }
}

#[test]
fn git_says_what_a_directory_holds() {
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: there is no git");
        return;
    }
    let project = Project::with(&[
        (".gitignore", ".gitlab-ci.yml\nbuilt/\n"),
        (".gitlab-ci.yml", FLAWED),
        ("new.gitlab-ci.yml", FLAWED),
        ("built/x.gitlab-ci.yml", FLAWED),
        ("sub/.gitlab-ci.yml", FLAWED),
        ("sub/kept/.gitlab-ci.yml", FLAWED),
    ]);
    project.git(&["init", "--quiet"]);
    project.git(&["add", "--force", ".gitlab-ci.yml", "sub/kept/.gitlab-ci.yml"]);
    // Ignored and tracked, untracked and not ignored; not what is ignored and untracked.
    let tracked = [".gitlab-ci.yml", "new.gitlab-ci.yml", "sub/kept/.gitlab-ci.yml"];
    assert_eq!(flawed(project.path(), &[]), tracked);
    assert_eq!(flawed(project.path(), &["sub"]), ["kept/.gitlab-ci.yml"]);
    assert_eq!(flawed(&project.path().join("sub"), &[]), ["kept/.gitlab-ci.yml"]);
    assert_eq!(flawed(&project.path().join("sub"), &[".."]), tracked);
    // What is named is read.
    assert_eq!(flawed(project.path(), &["built/x.gitlab-ci.yml"]), ["built/x.gitlab-ci.yml"]);
    assert_eq!(flawed(&project.path().join("sub"), &[".gitlab-ci.yml"]), [".gitlab-ci.yml"]);
    std::fs::remove_file(project.path().join(".gitlab-ci.yml")).unwrap();
    assert_eq!(flawed(project.path(), &[]), ["new.gitlab-ci.yml", "sub/kept/.gitlab-ci.yml"]);
}

#[test]
fn an_include_is_followed_or_named() {
    let job = "undecided not-vendored .gitlab-ci.yml:";
    check(
        &[(".gitlab-ci.yml", "include: /ci/deploy.yml\n"), ("ci/deploy.yml", FLAWED)],
        &["apply-unattended ci/deploy.yml:1", "unreviewed-plan ci/deploy.yml:4"],
        1,
    );
    check(
        &[(".gitlab-ci.yml", "include:\n  - local: /ci/*.yml\n"), ("ci/deploy.yml", FLAWED), ("ci/test.yml", QUIET)],
        &["apply-unattended ci/deploy.yml:1"],
        1,
    );
    check(
        &[(".gitlab-ci.yml", &format!("{QUIET}include:\n  - local: /no.yml\n"))],
        &["invalid-pipeline .gitlab-ci.yml:5"],
        1,
    );
    check(
        &[(".gitlab-ci.yml", &format!("include:\n  - local: /a.yml\n{FLAWED}")), ("a.yml", "b: [")],
        &["broken-document a.yml:1", "apply-unattended .gitlab-ci.yml:3"],
        1,
    );
    for include in [
        "project: group/pipelines\n    file: /a.yml",
        "remote: https://pipelines.example.com/a.yml",
        "component: $CI_SERVER_FQDN/group/pipelines/apply@1",
        "template: Terraform.gitlab-ci.yml",
        "local: /$WHERE/a.yml",
    ] {
        let line = if include.contains("file:") { 6 } else { 5 };
        check(&[(".gitlab-ci.yml", &format!("{QUIET}include:\n  - {include}\n"))], &[&format!("{job}{line}")], 2);
    }
}

#[test]
fn a_child_pipeline_and_a_component_are_pipelines() {
    check(
        &[
            (".gitlab-ci.yml", "start:\n  trigger:\n    include: /child/jobs.yml\n"),
            ("child/jobs.yml", FLAWED),
            ("child/unused.yml", "b: ["),
        ],
        &["apply-unattended child/jobs.yml:1", "unreviewed-plan child/jobs.yml:4"],
        1,
    );
    let header = "spec:\n  inputs:\n    name:\n      default: production\n---\n";
    let component = format!("{header}{}", FLAWED.replace("deploy:", "\"$[[ inputs.name ]]\":"));
    for path in ["templates/apply.yml", "templates/apply/template.yml"] {
        let place = format!("apply-unattended {path}:6");
        check(&[(path, &component), ("templates/helm.yml", "a: {{ .b }}\n")], &[&place], 1);
    }
}

/// Files enough that they are read by several threads, flawed in every way that is told apart.
fn many() -> Project {
    let project =
        Project::with(&[("z.tf", "a = "), (".gitlab-ci.yml", "include:\n  - remote: https://a.example/b.yml\n")]);
    for number in 0..30 {
        project.write(format!("p{number}/.gitlab-ci.yml"), FLAWED.replace("deploy", &format!("deploy{number}")));
        project.write(format!("b{number}/.gitlab-ci.yml"), "a: [\n".repeat(number + 1));
        project.write(format!("t{number}/main.tf"), "locals {\n  a = var.b\n}\n".repeat(number));
    }
    project
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = many();
    for args in [&["check"][..], &["check", "--all"], &["check", "--format", "json"], &["rules"]] {
        let first = engine(project.path(), args).out;
        assert!(first.len() > 1000, "{args:?}\n{first}");
        for threads in ["1", "2", "8"] {
            let again = engine_with(project.path(), args, &[("RAYON_NUM_THREADS", threads)]).out;
            assert!(again == first, "{args:?} with {threads} threads\n{}", difference(&first, &again));
        }
    }
}

fn difference(a: &str, b: &str) -> String {
    similar::TextDiff::from_lines(a, b).unified_diff().context_radius(2).to_string()
}

/// Arguments, variables, and whether there is colour.
type Painted = (&'static [&'static str], &'static [(&'static str, &'static str)], bool);

#[test]
fn colour_is_written_where_somebody_asks_for_it() {
    let hostile = "\"a\\e[31m\\u202eb\":\n  script: [\"terraform apply \\e[32m\"]\n";
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED), ("\u{1b}[33m.gitlab-ci.yml", hostile)]);
    let plain = engine(project.path(), &["check"]).out;
    let cases: [Painted; 9] = [
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--color", "auto"], &[], false),
        (&["--color", "auto"], &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], false),
        (&["--color", "auto"], &[("CLICOLOR_FORCE", "1")], true),
        (&["--color", "auto"], &[("CLICOLOR_FORCE", "0")], false),
        (&["--color", "auto"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["--color", "auto"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
    ];
    for (args, variables, coloured) in cases {
        let out = engine_with(project.path(), &[&["check"], args].concat(), variables).out;
        assert_eq!(obeyed(&out), coloured.then_some('\u{1b}'), "{args:?} {variables:?}\n{out}");
        let bare = without_styles(&out);
        assert!(bare == plain, "{args:?} {variables:?}\n{}", difference(&plain, &bare));
    }
    let json = engine_with(project.path(), &["check", "--format", "json", "--color", "always"], &[]).out;
    assert!(!json.contains('\u{1b}'), "{json}");
}

/// `text` without escape sequences that end with `m`. One that came from a file is missed in what is left: plain text
/// shows it.
fn without_styles(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}

#[test]
fn on_a_terminal_there_are_colours_and_a_bar() {
    let project = Project::with(&[]);
    // Long enough to be worth a bar.
    let includes: String = (0..100_000).map(|n| format!("  - local: /{n}.yml\n")).collect();
    project.write(".gitlab-ci.yml", format!("include:\n{includes}"));
    // `script` runs a command on a terminal of its own and passes on what it shows.
    let on_terminal = |variable: (&str, &str)| {
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &format!("'{}' check", env!("CARGO_BIN_EXE_engine"))]);
        script.arg("/dev/null").current_dir(project.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        finished(script.env_remove("CI").env("TERM", "xterm").envs([variable]))
    };
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no script of util-linux");
        return;
    }
    let styled = |out: &str| out.contains("\u{1b}[1") || out.contains("\u{1b}[3");
    for (variables, colours, bar) in [(("NO_COLOR", "1"), false, true), (("CI", "true"), true, false)] {
        let ended = on_terminal(variables);
        assert_eq!(ended.code, Some(1), "{variables:?}");
        assert_eq!(styled(&ended.out), colours, "{variables:?}\n{:?}", ended.out);
        assert_eq!(ended.out.contains("judging "), bar, "{variables:?}\n{:?}", ended.out);
    }
    // The same check through pipes, with the memory that so many findings take.
    let piped = finished(bounded(8 * MEMORY, &["check"]).current_dir(project.path()).env("TERM", "xterm"));
    assert_eq!((piped.code, piped.err.as_str()), (Some(1), ""));
    assert_eq!(obeyed(&piped.out), None);
}
