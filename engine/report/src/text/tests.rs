//! What the text looks like. Blanks at the start of a line count: it is drawn.

use std::sync::Arc;

use engine_model::{
    Applicability, Class, Edit, Fix, Location, Related, Severity, SourceFile, Span, Undecided, Use, Verdict,
};

use crate::sample::{self, at, file};

use super::{TextOptions, explain, rules_text, text};

const FULL: &str = "\
1 job changes production: `Terraform Apply` (on every push to `main`)
0 of 1 includes resolved

error[apply-without-hand]: `terraform apply` changes production and nobody presses play (mandatory)
  --> .gitlab-ci.yml:9:7
   |
 9 |     - terraform apply -auto-approve
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
10 |   rules:
11 |     - if: $CI_COMMIT_BRANCH == \"main\"
   |       ------------------------------- every push to `main` gets here
   |
   = used by: job `Terraform Apply` at line 13
   = help: let a person start the job that applies
   = fix: ask for a person
       .gitlab-ci.yml:11:38
             - if: $CI_COMMIT_BRANCH == \"main\"
       +       when: manual

error[credential-in-the-open]: a Vault token is written in the pipeline (mandatory)
  --> .gitlab-ci.yml:16:18
   |
16 |     VAULT_TOKEN: hvs.0000
   |                  ^^^^^^^^
   |
   = help: revoke it, then let the job log in with its ID token
   = fix, to be reviewed: log in with an ID token
       id_tokens:
         VAULT_ID_TOKEN:
           aud: https://vault.example.com

error[secret-default]: the default of `token` is a secret
 --> env/prod/variables.tf:2:13
  |
2 |   default = \"s3cr3t\"
  |             ^^^^^^^^

2 more findings
  .gitlab-ci.yml:2:5  medium    unpinned-include  the include has no `ref`
  .gitlab-ci.yml:6:3  info      odd-stage         `deploy` has one job

undecided
  1 include or module not vendored -> 2 rules undecided: run `engine vendor`
      .gitlab-ci.yml:2:5  `platform/ci` at its default branch is not here

waived
  ci/tools.yml:3:7  unverified-download  what is downloaded is run unverified: waived by jane@example.com until 2027-01-31
      engine.yaml:1:1  the vendor has no checksum

assumed
  `infra/ci` is not here -> 1 rule settled by jane@example.com until 2027-01-31
      engine.yaml:1:1  it only lints

not seen (no rule that ran depends on it)
  1 value known only at run time
      `$COMMAND` has no value here

11 of 14 rules evaluated, 1 not applicable; 9 documents in 23 files
FAIL: 2 mandatory findings, 1 at or above high
";

#[test]
fn the_first_screen_says_what_was_understood_then_what_is_wrong() {
    let shown = text(&sample::full(), &TextOptions::default());
    assert_eq!(shown, FULL, "\n{shown}");
}

#[test]
fn colour_changes_nothing_but_styles() {
    let shown = text(&sample::full(), &TextOptions { color: true, ..TextOptions::default() });
    assert!(shown.contains("\u{1b}[") && !text(&sample::full(), &TextOptions::default()).contains('\u{1b}'));
    let plain: String =
        shown.split('\u{1b}').enumerate().map(|(i, s)| if i == 0 { s } else { s.split_once('m').unwrap().1 }).collect();
    // A style may end behind blanks that plain text leaves out.
    let trimmed: String = plain.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    assert_eq!(trimmed, FULL);
}

#[test]
fn nothing_found_is_two_lines() {
    let shown = text(&sample::clean(), &TextOptions::default());
    assert_eq!(shown, "1 of 1 rule evaluated; 1 document in 1 file\nPASS: nothing closes the gate\n");
}

/// The drawing of one finding at the place of `mark` in a file, without its first line.
#[track_caller]
fn check(text_of_file: &str, mark: &str, expected: &str) {
    let found = file("a.yml", text_of_file);
    let shown = draw(at(&found, mark), |_| {});
    let (_, shown) = shown.split_once('\n').unwrap();
    let shown = shown.split("\n\n").next().unwrap();
    assert_eq!(shown, expected, "\n{shown}");
}

fn draw(place: Location, change: impl FnOnce(&mut engine_model::Finding)) -> String {
    let mut finding = sample::finding("odd-place", Class::Default, Severity::High, "it is odd", place);
    change(&mut finding);
    let mut evaluation = sample::clean();
    evaluation.findings.push(finding);
    text(&evaluation, &TextOptions::default())
}

#[test]
fn every_kind_of_place_is_drawn() {
    check("a: b\n", "b", " --> a.yml:1:4\n  |\n1 | a: b\n  |    ^");
    check("a: b\r\nc: d\r\n", "d", " --> a.yml:2:4\n  |\n2 | c: d\n  |    ^");
    check("日本: 語 # é\n", "語", " --> a.yml:1:5\n  |\n1 | 日本: 語 # é\n  |       ^^");
    check("\tb:\tc\n", "c", " --> a.yml:1:5\n  |\n1 |     b:    c\n  |           ^");
    check("\u{feff}a: b\n", "b", " --> a.yml:1:4\n  |\n1 | a: b\n  |    ^");
    check("", "", " --> a.yml:1:1");
    check("a: b", "", " --> a.yml:1:1\n  |\n1 | a: b\n  | ^");
    check("a: b\n", "\n", " --> a.yml:1:5\n  |\n1 | a: b\n  |     ^");
    check("a:\n  b: c\n  d: e\n", "b: c\n  d", " --> a.yml:2:3\n  |\n2 |   b: c\n  |   ^^^^");
}

#[test]
fn a_place_past_the_end_of_the_file_is_drawn_at_its_end() {
    let found = file("a.yml", "a: b\n");
    let shown = draw(Location { file: found, span: Span::new(90, 99) }, |_| {});
    assert!(shown.contains(" --> a.yml:2:1\n"), "{shown}");
}

#[test]
fn a_line_without_end_is_cut_around_the_place() {
    let text_of_file = format!("{}X{}", "é".repeat(50_000), "b".repeat(50_000));
    let (before, after) = ("é".repeat(30), "b".repeat(60));
    let expected = format!(" --> a.yml:1:50001\n  |\n1 | …{before}X{after}…\n  |  {:30}^", "");
    check(&text_of_file, "X", &expected);
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let hostile = "x\u{1b}]0;title\u{7}\u{9b}31m\u{202e}y\u{8}\r!";
    let found = file("esc\u{1b}[2J.yml", hostile);
    let place = Location { file: Arc::clone(&found), span: Span::from_range(0..hostile.len()) };
    let mut evaluation = sample::full();
    let mut finding = sample::finding("odd-place", Class::Mandatory, Severity::Critical, hostile, place.clone());
    finding.help = Some(hostile.into());
    finding.used_by = vec![Use { user: hostile.into(), location: place.clone() }];
    finding.related = vec![Related { message: hostile.into(), location: at(&file("far.yml", hostile), hostile) }];
    let edit = Edit { location: place.clone(), replacement: hostile.into() };
    finding.fix = Some(Fix {
        title: hostile.into(),
        applicability: Applicability::Safe,
        edits: vec![edit],
        snippet: Some(hostile.into()),
    });
    evaluation.findings = vec![finding; 5];
    evaluation.understood = vec![hostile.into()];
    evaluation.reason = hostile.into();
    let undecided = Undecided {
        cause: None,
        closes: true,
        message: hostile.into(),
        location: Some(place),
        way_out: Some(hostile.into()),
        rules: vec![],
    };
    evaluation.undecided = vec![undecided];
    let shown = text(&evaluation, &TextOptions::default());
    let bad: Vec<char> = shown.chars().filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}').collect();
    assert_eq!(bad, [], "{shown:?}");
    let mut rule = sample::rule_info();
    (rule.title, rule.page) = (hostile.into(), hostile.into());
    for shown in [explain(&rule, &TextOptions::default()), rules_text(&[rule], &TextOptions::default())] {
        assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    }
}

#[test]
fn signs_in_a_file_are_not_taken_for_ours() {
    let (found, far) = (file("a.yml", "@1@ @0@\n"), file("@1@.yml", "@2@\n"));
    let shown = draw(at(&found, "@1@"), |finding| {
        finding.message = "it is @0@ odd".into();
        finding.related = vec![Related { message: "@1@".into(), location: at(&far, "2") }];
    });
    let expected = "\
error[odd-place]: it is @0@ odd
 --> a.yml:1:1
  |
1 | @1@ @0@
  | ^^^
  |
 ::: @1@.yml:1:2
  |
1 | @2@
  |  - @1@
";
    assert!(shown.starts_with(expected), "{shown}");
}

#[test]
fn many_users_and_places_are_counted() {
    let found = file("a.yml", "a\n");
    let place = at(&found, "a");
    let other = at(&file("b.yml", "a\n"), "a");
    let shown = draw(place.clone(), |finding| {
        let user =
            |n: usize| Use { user: format!("job `{n}`"), location: if n == 1 { other.clone() } else { place.clone() } };
        finding.used_by = (0..12).map(user).collect();
    });
    let expected = "  = used by: job `0` at line 1, job `1` at b.yml:1:1, job `2` at line 1, job `3` at line 1, job `4` at line 1 and 7 more\n";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn further_findings_are_listed_then_counted_or_all_drawn() {
    let found = file("a.yml", "a\n");
    let mut evaluation = sample::clean();
    let finding = sample::finding("odd-place", Class::Default, Severity::Low, "odd", at(&found, "a"));
    evaluation.findings = vec![finding; 30];
    let shown = text(&evaluation, &TextOptions::default());
    assert_eq!(shown.matches("warning[odd-place]: odd").count(), 3);
    assert!(shown.contains("\n27 more findings\n") && shown.contains("\n  and 7 more\n"), "{shown}");
    assert_eq!(shown.matches("  a.yml:1:1  low       odd-place  odd\n").count(), 20);
    let shown = text(&evaluation, &TextOptions { all: true, ..TextOptions::default() });
    assert_eq!(shown.matches("warning[odd-place]: odd").count(), 30);
}

#[test]
fn many_findings_of_one_rule_do_not_hide_another() {
    let found = file("a.yml", "a\n");
    let make = |rule: &str, severity| sample::finding(rule, Class::Default, severity, rule, at(&found, "a"));
    let mut evaluation = sample::clean();
    evaluation.findings = vec![make("first-rule", Severity::Critical); 5];
    evaluation.findings.extend([make("second-rule", Severity::High), make("third-rule", Severity::Low)]);
    let shown = text(&evaluation, &TextOptions::default());
    assert_eq!(shown.matches("error[first-rule]").count(), 2, "{shown}");
    assert_eq!(shown.matches("error[second-rule]").count(), 1);
    assert!(shown.contains("\n4 more findings\n") && !shown.contains("[third-rule]"));
}

/// Texts and places of every kind, with a fixed seed: what is drawn is safe, and drawing never fails.
#[test]
fn whatever_stands_in_a_file_is_drawn() {
    const PIECES: &[&str] = &[
        "a",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "é",
        "語",
        "👩‍👩‍👧",
        "e\u{301}",
        "\u{feff}",
        "\u{1b}[1m",
        "\0",
        "\u{202e}",
        "`",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 11).unwrap() % bound
    };
    for round in 0..3000 {
        let length = if round % 50 == 0 { 2000 } else { 30 };
        let body: String = (0..below(length)).map(|_| PIECES[below(PIECES.len())]).collect();
        let found = file("a.yml", &body);
        let mut place = || {
            let start = below(body.len() + 3);
            Location { file: Arc::clone(&found), span: Span::from_range(start..start + below(20)) }
        };
        let mut evaluation = sample::clean();
        let mut finding = sample::finding("odd-place", Class::Default, Severity::High, &body, place());
        finding.related = (0..3).map(|_| Related { message: body.clone(), location: place() }).collect();
        let edits = vec![Edit { location: place(), replacement: body.clone() }];
        let snippet = Some(body.clone());
        finding.fix = Some(Fix { title: body.clone(), applicability: Applicability::Review, edits, snippet });
        evaluation.findings = vec![finding];
        let shown = text(&evaluation, &TextOptions { width: 40 + round % 100, ..TextOptions::default() });
        let bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{2060}' || c == '\u{202e}';
        assert!(!shown.contains(bad), "{body:?}\n{shown:?}");
        let name = format!("> {}\n", evaluation.findings[0].location);
        assert!(shown.contains(&name), "{name:?} for {body:?}\n{shown}");
    }
}

#[test]
fn undecided_is_grouped_by_cause_with_the_way_out() {
    let mut evaluation = sample::clean();
    let one = sample::full().undecided[0].clone();
    evaluation.undecided = vec![one; 5];
    let broken = Undecided {
        cause: None,
        closes: true,
        message: "`slow` ran for more than 10 s".into(),
        location: None,
        way_out: None,
        rules: vec![sample::id("slow-rule")],
    };
    evaluation.undecided.push(broken);
    evaluation.verdict = Verdict::Undecided;
    evaluation.reason = "2 mandatory rules could not be decided".into();
    let place = "      .gitlab-ci.yml:2:5  `platform/ci` at its default branch is not here\n";
    let expected = format!(
        "undecided
  5 includes or modules not vendored -> 2 rules undecided: run `engine vendor`
{place}{place}{place}      and 2 more
  1 policy failed -> 1 rule undecided
      `slow` ran for more than 10 s

1 of 1 rule evaluated; 1 document in 1 file
UNDECIDED: 2 mandatory rules could not be decided
"
    );
    let shown = text(&evaluation, &TextOptions::default());
    assert_eq!(shown, expected, "\n{shown}");
}

/// What an edit of a file looks like.
#[track_caller]
fn check_edit(found: &Arc<SourceFile>, span: Span, replacement: &str, expected: &str) {
    let place = Location { file: Arc::clone(found), span };
    let shown = draw(at(found, "a"), |finding| {
        let edits = vec![Edit { location: place, replacement: replacement.into() }];
        finding.fix = Some(Fix { title: "mend it".into(), applicability: Applicability::Safe, edits, snippet: None });
    });
    let (_, shown) = shown.split_once("= fix: mend it\n").unwrap();
    let shown = shown.split("\n\n").next().unwrap();
    assert_eq!(shown.split_once('\n').unwrap().1, expected, "\n{shown}");
}

#[test]
fn an_edit_shows_the_lines_it_changes() {
    let found = file("a.yml", "a: 1\nb: 2\nc: 3\n");
    check_edit(&found, Span::new(3, 4), "9", "      - a: 1\n      + a: 9");
    check_edit(&found, Span::new(4, 4), "\nx: y", "        a: 1\n      + x: y");
    check_edit(&found, Span::new(5, 10), "", "      - b: 2");
    check_edit(&found, Span::new(0, 0), "x: y\n", "      + x: y");
    check_edit(&found, Span::new(15, 15), "x: y\n", "      + x: y");
    check_edit(&found, Span::new(3, 9), "5\nb: 6", "      - a: 1\n      - b: 2\n      + a: 5\n      + b: 6");
}

#[test]
fn rules_are_a_list_and_a_page() {
    let rule = sample::rule_info();
    let listed = rules_text(std::slice::from_ref(&rule), &TextOptions::default());
    assert_eq!(
        listed,
        "apply-without-hand  mandatory  critical  A074  a job changes production and nobody presses play\n"
    );
    let page = "\
apply-without-hand: a job changes production and nobody presses play
critical, mandatory: always closes the gate; policy `apply-via-ci`; A074

## Why

A push is no decision: `when: manual` is.

```yaml
when: manual
```
";
    assert_eq!(explain(&rule, &TextOptions::default()), page);
    let styled = explain(&rule, &TextOptions { color: true, ..TextOptions::default() });
    assert!(styled.contains("\u{1b}[1mWhy\u{1b}[0m\n") && styled.contains("\u{1b}[36mwhen: manual\u{1b}[0m"));
}

#[test]
fn paths_are_shown_from_where_the_reader_stands() {
    let options = TextOptions { base: "sub/dir/".to_owned(), all: true, ..TextOptions::default() };
    let shown = text(&sample::full(), &options);
    let arrows: Vec<&str> = shown.lines().filter(|line| line.contains("--> ") || line.contains("::: ")).collect();
    assert!(!arrows.is_empty());
    assert!(arrows.iter().all(|line| line.contains("sub/dir/")), "{arrows:#?}");
}
