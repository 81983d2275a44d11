//! Files that nobody should write: each is a finding or a sentence with its place, none hides what is wrong in the file
//! beside it, none is a pass, and all of them end within the bounds that every run has.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode};

use crate::support::{Checked, FLAWED, Project, QUIET, bounded, checked, engine, engine_with, finished, obeyed};

/// How deep is deep.
const DEEP: usize = 100_000;

const PIPELINE: &str = ".gitlab-ci.yml";

/// Writes `bytes` to `file`, and expects each of `says` to begin a line of what is said (see [`Checked::said`]), and
/// the exit code `alone` where the file is all there is.
fn check(file: &str, bytes: impl AsRef<[u8]>, says: &[&str], alone: i32) {
    let write = |path: &Path| std::fs::write(path.join(file), bytes.as_ref()).unwrap();
    let start = String::from_utf8_lossy(bytes.as_ref()).chars().take(60).collect::<String>();
    check_disk(&format!("{file} beginning {start:?}"), write, says, alone);
}

/// The same with what `prepare` does to a directory.
fn check_disk(name: &str, prepare: impl Fn(&Path), says: &[&str], alone: i32) {
    let project = Project::with(&[]);
    prepare(project.path());
    let on_its_own = checked(project.path(), &["."]);
    expect(name, &on_its_own, says);
    assert_eq!(on_its_own.code, alone, "{name}, alone:\n{}", on_its_own.text);

    project.write("beside/.gitlab-ci.yml", FLAWED);
    let both = checked(project.path(), &["."]);
    expect(name, &both, says);
    expect(name, &both, &["apply-unattended beside/.gitlab-ci.yml:1", "unreviewed-plan beside/.gitlab-ci.yml:4"]);
    assert_eq!(both.code, 1, "{name}:\n{}", both.text);
}

fn expect(name: &str, checked: &Checked, says: &[&str]) {
    for line in says {
        assert!(checked.says(line), "{name}: nothing begins `{line}` in\n{:#?}", checked.said);
    }
}

#[test]
fn a_broken_document_is_a_finding_at_its_place() {
    check(PIPELINE, "a: [1\nb: {", &["broken-document .gitlab-ci.yml:2", "undecided broken-document"], 1);
    check(PIPELINE, "a:\n\tscript: x\n", &["broken-document .gitlab-ci.yml:2", "undecided broken-document"], 1);
    check(PIPELINE, "a:\n  script: *b\n", &["broken-document .gitlab-ci.yml:2", "undecided broken-document"], 1);
    check(
        "main.tf",
        "resource \"a\" {\n  b = \n",
        &["broken-document main.tf:1", "undecided broken-document main.tf:1"],
        1,
    );
    check("main.tf", "locals {\n  a = 1\n}\n}\n", &["broken-document main.tf:4"], 1);
    check("prod.tfvars", "a = 1\nb = \n", &["broken-document prod.tfvars:2"], 1);
}

#[test]
fn a_template_is_not_rendered_and_not_guessed() {
    let says = &["undecided not-rendered", "undecided not-rendered: `.gitlab-ci.yml`"];
    check(PIPELINE, "{% if fast %}\na: {{ b }}\n{% endif %}\n", says, 2);
    check(PIPELINE, "a:\n  script: {{ .Values.script }}\n{{- if .Values.b }}\n", says, 2);
    check("main.tf", "{% if fast %}\nlocals {}\n{% endif %}\n", &["broken-document main.tf:1"], 1);
}

#[test]
fn what_is_not_text_is_said_where_it_stops_to_be() {
    let undecided = "undecided broken-document .gitlab-ci.yml:";
    let junk: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    check(PIPELINE, b"a:\n  script: \xff\xfe\n", &["broken-document .gitlab-ci.yml:2", undecided], 1);
    check(PIPELINE, &junk, &["broken-document .gitlab-ci.yml:1", undecided], 1);
    check(PIPELINE, b"\xff\xfea\0:\0 \0b\0", &["broken-document .gitlab-ci.yml:1", undecided], 1);
    check(PIPELINE, "\0".repeat(DEEP), &["broken-document .gitlab-ci.yml:1", undecided], 1);
    check("main.tf", &junk, &["broken-document main.tf:1"], 1);
    check("main.tf", b"a = 1\n\x80\n", &["broken-document main.tf:2"], 1);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_move_no_line() {
    let windows = format!("\u{feff}{}", FLAWED.replace('\n', "\r\n"));
    let says = &["apply-unattended .gitlab-ci.yml:1", "unreviewed-plan .gitlab-ci.yml:4"];
    check(PIPELINE, &windows, says, 1);
    check(PIPELINE, windows.replace("\r\n", "\n"), says, 1);
    check(PIPELINE, FLAWED.replace('\n', "\r\n"), says, 1);
    check("main.tf", "\u{feff}locals {\r\n  a = \r\n}\r\n", &["broken-document main.tf:2"], 1);
}

#[test]
fn a_key_that_stands_twice_is_found() {
    // It weakens a guard and is shown; the threshold decides whether it closes the gate.
    check(PIPELINE, format!("{QUIET}test:\n  script: [b]\n"), &["duplicate-key .gitlab-ci.yml:4"], 0);
    check(PIPELINE, "a:\n  script: [a]\n  \"script\": [b]\n", &["duplicate-key .gitlab-ci.yml:3"], 0);
    check("main.tf", "locals {\n  a = 1\n  a = 2\n}\n", &["broken-document main.tf:3"], 1);
}

#[test]
fn a_file_of_200_megabytes_is_not_read() {
    let sparse = |name: &'static str| {
        move |path: &Path| std::fs::File::create(path.join(name)).unwrap().set_len(200 << 20).unwrap()
    };
    check_disk("sparse YAML", sparse(PIPELINE), &["undecided unread-file: `.gitlab-ci.yml` has more than"], 2);
    check_disk("sparse HCL", sparse("main.tf"), &["undecided unread-file: `main.tf` has more than"], 2);
}

#[test]
fn what_is_no_file_is_not_waited_for_and_not_followed() {
    let fifo = |path: &Path| {
        rustix::fs::mknodat(CWD, path.join(PIPELINE), FileType::Fifo, Mode::RUSR, 0).unwrap();
    };
    check_disk("a pipe", fifo, &["undecided unread-file: `.gitlab-ci.yml` is not read"], 2);
    let socket = |path: &Path| drop(std::os::unix::net::UnixListener::bind(path.join(PIPELINE)).unwrap());
    check_disk("a socket", socket, &["undecided unread-file: `.gitlab-ci.yml` is not read"], 2);
    let dangling = |path: &Path| symlink("nowhere", path.join(PIPELINE)).unwrap();
    check_disk("a link to nothing", dangling, &["undecided unread-file: `.gitlab-ci.yml` is not read"], 2);
    let endless = |path: &Path| symlink("/dev/zero", path.join(PIPELINE)).unwrap();
    check_disk("a link to a device", endless, &["undecided unread-file: `.gitlab-ci.yml` is not read"], 2);
    let itself = |path: &Path| symlink("main.tf", path.join("main.tf")).unwrap();
    check_disk("a link to itself", itself, &["undecided unread-file: `main.tf` is not read"], 2);
}

#[test]
fn a_loop_of_directories_is_walked_once() {
    let project = Project::with(&[("beside/.gitlab-ci.yml", FLAWED), ("beside/deep/x.gitlab-ci.yml", FLAWED)]);
    for name in ["here", "beside/again", "beside/deep/twice"] {
        symlink(project.path(), project.path().join(name)).unwrap();
    }
    symlink("..", project.path().join("beside/deep/up")).unwrap();
    let checked = checked(project.path(), &["."]);
    let found = checked.said.iter().filter(|line| line.starts_with("apply-unattended ")).count();
    assert_eq!((checked.code, found), (1, 2), "{:#?}", checked.said);
    assert_eq!(checked.report["counts"]["files"], 2);
}

#[test]
fn what_may_not_be_read_is_said() {
    let project = Project::with(&[]);
    if std::fs::metadata(project.path()).unwrap().uid() == 0 {
        println!("skipped: everything may be read by root");
        return;
    }
    let locked = |path: &Path, mode: u32| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let file = |path: &Path| {
        std::fs::write(path.join(PIPELINE), FLAWED).unwrap();
        locked(&path.join(PIPELINE), 0);
    };
    check_disk("a locked file", file, &["undecided unread-file: cannot read `.gitlab-ci.yml`"], 2);
}

#[test]
fn yaml_nested_without_end_is_cut() {
    let deep = "broken-document .gitlab-ci.yml:";
    for text in [
        format!("a: {}{}\n", "[".repeat(DEEP), "]".repeat(DEEP)),
        "[".repeat(DEEP),
        "{a: ".repeat(DEEP),
        "{".repeat(DEEP),
        format!("a:\n  {}\n", "- ".repeat(DEEP)),
        "- ".repeat(DEEP),
        "? ".repeat(DEEP),
        // Each level is a column deeper than the one before: a square of the depth, so fewer of them.
        (0..2000).map(|level| format!("{}a:\n", " ".repeat(level))).collect(),
    ] {
        check(PIPELINE, text, &[deep, "undecided broken-document .gitlab-ci.yml:"], 1);
    }
}

#[test]
fn hcl_nested_without_end_is_cut() {
    let pairs = |open: &str, close: &str| format!("a = {}1{}\n", open.repeat(DEEP), close.repeat(DEEP));
    for text in [
        pairs("[", "]"),
        pairs("(", ")"),
        pairs("{a=", "}"),
        pairs("f(", ")"),
        pairs("!", ""),
        pairs("-", ""),
        pairs("1+", ""),
        pairs("a ? a : ", ""),
        pairs("a ? ", ""),
        pairs("[for x in ", "]"),
        pairs("\"${", "}\""),
        pairs("\"%{if a}", "%{endif}\""),
        format!("{}{}", "a {\n".repeat(DEEP), "}\n".repeat(DEEP)),
        "a {\n".repeat(DEEP),
        format!("a = <<X\n{}\nX\n", "${".repeat(DEEP)),
    ] {
        check("main.tf", text, &["broken-document main.tf:", "undecided broken-document main.tf:"], 1);
    }
}

#[test]
fn a_script_nested_without_end_is_cut() {
    for part in ["(", "$(", "{ ", "if ", "while ", "case a in a) ", "[[ ( ", "$((", "<("] {
        let text = format!("a:\n  script:\n    - \"{}\"\n", part.repeat(DEEP).replace('\\', "\\\\"));
        check(PIPELINE, text, &["undecided not-evaluated .gitlab-ci.yml:3"], 2);
    }
    // More work than a script may cost.
    let text = format!("a:\n  script:\n    - '{}'\n", "`\\`".repeat(DEEP));
    check(PIPELINE, text, &["undecided not-evaluated"], 2);
}

#[test]
fn what_multiplies_is_not_followed() {
    let tenfold = |item: &dyn Fn(usize) -> String| vec![item(0); 10].join(", ");
    let levels = |line: &dyn Fn(usize, &str) -> String, refer: &dyn Fn(usize) -> String| -> String {
        (1..12).map(|level| line(level, &tenfold(&|_| refer(level - 1)))).collect()
    };
    let aliases = levels(&|n, ten| format!(".b{n}: &b{n} [{ten}]\n"), &|n| format!("*b{n}"));
    let text = format!(".b0: &b0 [x, x]\n{aliases}job:\n  script: *b11\n");
    check(PIPELINE, text, &["undecided not-evaluated .gitlab-ci.yml:", "invalid-pipeline .gitlab-ci.yml:"], 1);
    let merges = levels(&|n, ten| format!(".b{n}: &b{n} {{<<: [{ten}]}}\n"), &|n| format!("*b{n}"));
    let text = format!(".b0: &b0 {{timeout: 1h}}\n{merges}job:\n  <<: *b11\n  script: [x]\n");
    check(PIPELINE, text, &["undecided not-evaluated .gitlab-ci.yml:"], 2);
    let references =
        levels(&|n, ten| format!(".b{n}:\n  script: [{ten}]\n"), &|n| format!("!reference [.b{n}, script]"));
    let text = format!(".b0:\n  script: [x, x]\n{references}job:\n  script: [!reference [.b11, script]]\n");
    check(PIPELINE, text, &["undecided not-evaluated .gitlab-ci.yml:", "invalid-pipeline .gitlab-ci.yml:"], 1);
}

#[test]
fn what_leads_back_to_itself_is_found_where_it_does() {
    check(PIPELINE, "a: &a\n  script: *a\n", &["broken-document .gitlab-ci.yml:2"], 1);
    check(PIPELINE, "a:\n  extends: b\n  script: [x]\nb:\n  extends: a\n", &["invalid-pipeline .gitlab-ci.yml:5"], 1);
    check(
        PIPELINE,
        "a:\n  script: [!reference [a, script]]\n",
        &["undecided not-evaluated .gitlab-ci.yml:2", "invalid-pipeline .gitlab-ci.yml:2"],
        1,
    );
    let both = |path: &Path| {
        std::fs::write(path.join(PIPELINE), "include: /a.yml\n").unwrap();
        std::fs::write(path.join("a.yml"), "include: /b.yml\n").unwrap();
        std::fs::write(path.join("b.yml"), "x:\n  script: [make]\ninclude:\n  - local: /a.yml\n").unwrap();
    };
    check_disk("includes in a circle", both, &["invalid-pipeline b.yml:4"], 1);
    check(PIPELINE, "include: /.gitlab-ci.yml\nx:\n  script: [a]\n", &["invalid-pipeline .gitlab-ci.yml:1"], 1);
}

#[test]
fn many_bad_files_at_once_are_each_said() {
    let project = Project::with(&[("z.gitlab-ci.yml", FLAWED)]);
    for number in 0..40 {
        project.write(format!("{number}.tf"), "[".repeat(DEEP));
        project.write(format!("{number}.gitlab-ci.yml"), "[".repeat(DEEP));
    }
    let checked = checked(project.path(), &["."]);
    let broken = checked.said.iter().filter(|line| line.starts_with("broken-document ")).count();
    assert_eq!(broken, 80, "{:#?}", checked.said);
    expect("many", &checked, &["apply-unattended z.gitlab-ci.yml:1"]);
}

#[test]
fn nothing_in_names_and_texts_is_obeyed_by_a_terminal() {
    let hostile = "\u{1b}[31m\u{7}\u{202e}";
    let project = Project::with(&[]);
    project.write(format!("a b/ü{hostile}.gitlab-ci.yml"), FLAWED);
    project.write(format!("a\nb{hostile}/.gitlab-ci.yml"), FLAWED);
    project.write(format!("{hostile}.tf"), "a = \n");
    project.write("raw.gitlab-ci.yml", format!("dep{hostile}loy:\n  script:\n    - terraform apply {hostile}\n"));
    let escaped = r#""a\e[31m\nb\u202e":
  script:
    - "terraform apply \e]0;x\a\r\u202e"
  environment: "\e[2J\x9b"
include:
  - local: "/\e[31m\u202e\n.yml"
"#;
    project.write("escaped.gitlab-ci.yml", escaped);
    project.write(OsStr::from_bytes(b"\xff\x1b[31m.gitlab-ci.yml"), FLAWED);
    for args in [&["check", "."][..], &["check", ".", "--all"]] {
        let ended = engine(project.path(), args);
        assert_eq!(ended.code, Some(1));
        for shown in ["a b/ü␛[31m", "a b␛[31m", "\u{fffd}␛[31m.gitlab-ci.yml"] {
            assert!(ended.out.contains(shown), "no {shown:?} in\n{}", ended.out);
        }
    }
    let json = engine_with(project.path(), &["check", "--format", "json"], &[]).out;
    assert!(!json.contains(|c: char| c < ' ' && c != '\n'), "{json}");
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
}

#[test]
fn the_bound_of_memory_is_one_that_bites() {
    let project = Project::with(&[(PIPELINE, FLAWED)]);
    let ended = finished(bounded(2 * 1024, &["check", "."]).current_dir(project.path()));
    assert_ne!(ended.code, Some(1), "{}", ended.out);
    assert_eq!(obeyed("\u{1b}[0m"), Some('\u{1b}'));
}
