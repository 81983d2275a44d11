//! What is refused, and where.

use std::io::{self, Read};

use engine_formats::plan::{self, Broken, MAX_CHANGE_BYTES};

use crate::told;

/// The last line that a text comes to, however it is cut into pieces.
#[track_caller]
fn check(text: &str, expect: &str) {
    for chunk in [1, 5, usize::MAX] {
        let told = told(text.as_bytes(), chunk);
        assert_eq!(told.lines().last(), Some(expect), "{chunk} bytes at a time");
    }
}

#[test]
fn a_plan_that_ends_too_early_says_where() {
    check("{\"format_version\":\"1.2\",\n \"a\":[1,2", "2:10: the plan ends too early: `,` or `]` is expected");
    check("{\"format_version\":\"1.2", "1:23: the plan ends too early: a string has no end");
    check("{\"a\":\"\\", "1:8: the plan ends too early: a string has no end");
    check("{\"a\"", "1:5: the plan ends too early: `:` is expected after a key");
    check("{\"a\":", "1:6: the plan ends too early: a value is expected");
    check("{\"a\":1", "1:7: the plan ends too early: `,` or `}` is expected");
    check("{\"a\":1,", "1:8: the plan ends too early: a key in quotes is expected");
    check("{\"resource_changes\":[{},", "1:25: the plan ends too early: a value is expected");
    check("", "1:1: the file is empty");
}

#[test]
fn what_is_no_json_says_where() {
    check("{\"a\":{\"b\" 1}}", "1:11: this is not JSON: `:` is expected after a key");
    check("{\"a\":[1 2]}", "1:9: this is not JSON: `,` or `]` is expected");
    check("{\"a\":[1}", "1:8: this is not JSON: `,` or `]` is expected");
    check("{\"a\":{\"b\":1]}", "1:12: this is not JSON: `,` or `}` is expected");
    check("{\"a\":1,}", "1:8: this is not JSON: a key in quotes is expected");
    check("{\"a\":[1,]}", "1:9: this is not JSON: a value is expected");
    check("{\"format_version\":\"1.2\",\"resource_changes\":[]} {}", "1:48: something follows the end of the plan");
    check("Terraform will perform", "1:1: this is not JSON: `{` is expected");
    let deep = format!("{{\"a\":{}", "[".repeat(600));
    check(&deep, "1:518: more than 512 levels are nested here");
}

#[test]
fn bytes_that_are_no_text_say_where() {
    let told = told(b"{\"format_version\":\"1.2\",\"resource_changes\":[{\"a\":\"\xff\"}]}", usize::MAX);
    assert_eq!(told, "1:51: not UTF-8 from here on\n");
    let told = crate::told(b"\xff\xfe{\0}\0", usize::MAX);
    assert_eq!(told, "1:1: this is UTF-16: write the plan as UTF-8 (PowerShell's `>` does not)\n");
}

#[test]
fn another_file_is_named_for_what_it_is() {
    check(
        r#"{"version":4,"serial":1,"lineage":"x","resources":[]}"#,
        "this is no Terraform plan: a state file, which holds what is and not what changes",
    );
    check(
        r#"{"format_version":"1.0","values":{}}"#,
        "this is no Terraform plan: a state, as `terraform show -json` writes it without a plan",
    );
    check(r#"{"resource_changes":[]}"#, "this is no Terraform plan: it has changes, and no `format_version`");
    check(r#"{"hello":1}"#, "this is no Terraform plan: a JSON object without `format_version` and `resource_changes`");
    check("[]", "this is no Terraform plan: a JSON array");
    check(
        "PK\x03\x04",
        "this is no Terraform plan: a binary plan; give it to `terraform show -json` and check what that writes",
    );
}

#[test]
fn a_format_that_nobody_knows_is_refused() {
    for version in ["99.0", "2.0", "one", ""] {
        let text = format!(r#"{{"format_version":"{version}","resource_changes":[]}}"#);
        check(&text, &format!("1:19: this plan has the format version `{version}`, and this engine reads 0.1 to 1.x"));
    }
    check(
        r#"{"format_version":1,"resource_changes":[]}"#,
        "1:19: this plan has the format version `1`, and this engine reads 0.1 to 1.x",
    );
}

/// `before`, then bytes without end, which no test could hold.
struct Endless<'t> {
    before: &'t [u8],
    given: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if !self.before.is_empty() {
            return self.before.read(room);
        }
        assert!(self.given <= 1 << 30, "more than a gigabyte was asked for");
        room.fill(b'x');
        self.given += room.len() as u64;
        Ok(room.len())
    }
}

#[test]
fn a_change_without_end_is_not_held() {
    let before: &[u8] = b"{\"format_version\":\"1.2\",\"resource_changes\":[\n{\"address\":\"";
    let broken = plan::read(Endless { before, given: 0 }, &mut |_| {}).unwrap_err();
    let Broken::TooLarge { limit, at, .. } = broken else { panic!("{broken}") };
    assert_eq!((limit, at.at.line, at.at.column), (MAX_CHANGE_BYTES, 2, 1));
}

/// A gigabyte of one string that nobody reads, then the rest of the plan.
struct Line {
    left: u64,
}

impl Read for Line {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = room.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        room.get_mut(..len).unwrap().fill(b'x');
        self.left -= len as u64;
        Ok(len)
    }
}

#[test]
fn a_gigabyte_that_nobody_reads_is_passed_over() {
    let before: &[u8] = b"{\"format_version\":\"1.2\",\"prior_state\":\"";
    let after: &[u8] = b"\",\"resource_changes\":[{}]}";
    let mut changes = 0;
    let header = plan::read(before.chain(Line { left: 1 << 30 }).chain(after), &mut |_| changes += 1).unwrap();
    assert_eq!((changes, header.format.minor), (1, 2));
}
