//! Rules run over facts: what reaches them, and what is said where they cannot judge.

use engine_sdk::prelude::*;
use engine_sdk::testing::{check, run};
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "job")]
struct Job {
    name: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "pipeline")]
struct Pipeline {
    branch: String,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "job")]
#[expect(dead_code, reason = "only the kind matters")]
struct Name {
    name: String,
}

const PAGE: &str = include_str!("../testdata/rule.md");

fn each() -> Rule {
    Rule::item(PAGE, |job: &Item<Job>, report| {
        for (index, tag) in job.tags.iter().enumerate() {
            let end = tag.len();
            report
                .finding(job.at("tags").index(index).range(1..end), format!("tag `{tag}` of `{}`", job.name))
                .related(job.place(), "the job")
                .fix(
                    Fix::replace("rename it", job.at("tags").index(index), "x").and_replace(job.at("name"), "y").safe(),
                );
        }
    })
}

fn together() -> Rule {
    Rule::repository(PAGE, |(pipelines, jobs): &(Items<Pipeline>, Items<Job>), report| {
        log::info(format!("{} pipelines, {} jobs", pipelines.len(), jobs.len()));
        for pipeline in pipelines {
            if !jobs.iter().any(|job| job.name == pipeline.branch) {
                report.finding(pipeline.at("branch"), format!("no job is called `{}`", pipeline.branch));
            }
        }
    })
}

#[test]
fn a_finding_keeps_its_place_and_all_that_was_said_of_it() {
    check(
        [each()],
        [("other", "[]"), ("job", r#"[{"name": "a"}, {"name": "b", "tags": ["one", "two"]}]"#)],
        "
        silent-failure @ job[1].tags[0](1..3): tag `one` of `b`
          = related job[1]: the job
          = safe fix: rename it
          = replace job[1].tags[0]: x
          = replace job[1].name: y
        silent-failure @ job[1].tags[1](1..3): tag `two` of `b`
          = related job[1]: the job
          = safe fix: rename it
          = replace job[1].tags[1]: x
          = replace job[1].name: y
        ",
    );
}

#[test]
fn an_item_that_does_not_read_is_undecided_and_hides_no_other() {
    check(
        [each()],
        [("job", r#"[{"tags": []}, {"name": {"$unknown": "dynamic", "on": "$N"}, "when": {"$unknown": "dynamic", "on": "$W"}}, {"name": "c", "tags": ["t"]}]"#)],
        "
        silent-failure @ job[2].tags[0](1..1): tag `t` of `c`
        silent-failure ? job[0]: the fact does not read as the rule expects it: missing field `name`
        silent-failure ? job[1].name: the fact does not read as the rule expects it: invalid type: map, expected a string
        ",
    );
    let broken = "silent-failure ? job[0]: the facts `job` are not a JSON array: EOF while parsing a list";
    check([each()], [("job", "[")], broken);
}

#[test]
fn a_repository_rule_sees_all_kinds_together_or_is_not_asked() {
    let pipelines = r#"[{"branch": "main"}, {"branch": "apply"}]"#;
    check(
        [together()],
        [("pipeline", pipelines), ("job", r#"[{"name": "apply"}]"#)],
        "silent-failure @ pipeline[0].branch: no job is called `main`",
    );
    check(
        [together()],
        [("pipeline", pipelines), ("job", r#"[{"name": "apply"}, {}]"#)],
        "silent-failure ? job[1]: the fact does not read as the rule expects it: missing field `name`",
    );
}

#[test]
fn a_kind_that_was_not_handed_over_runs_no_item_rule_and_is_empty_for_others() {
    check([each()], [("pipeline", r#"[{"branch": "main"}]"#)], "");
    let outcome = run([together()], [("pipeline", r#"[{"branch": "main"}]"#)]);
    assert_eq!(outcome.log, [(log::Level::Info, "1 pipelines, 0 jobs".into())]);
}

#[test]
fn facts_are_read_once_for_all_rules_of_a_struct() {
    thread_local! { static READ: std::cell::Cell<u32> = const { std::cell::Cell::new(0) }; }

    #[derive(Facts)]
    #[facts(kind = "job")]
    struct Counted {}

    impl<'de> Deserialize<'de> for Counted {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            READ.set(READ.get() + 1);
            serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self {})
        }
    }

    const OTHER: &str = include_str!("../testdata/other.md");
    let rules = [Rule::item(PAGE, |_: &Item<Counted>, _| {}), Rule::item(OTHER, |_: &Item<Counted>, _| {})];
    check(rules, [("job", "[{}, {}, {}]")], "");
    assert_eq!(READ.get(), 3);
}

#[test]
fn a_rule_says_what_it_reads() {
    let reads: Vec<_> = together().reads().into_iter().map(|reads| (reads.kind, reads.fields.join(" "))).collect();
    assert_eq!(reads, [("pipeline", "branch".into()), ("job", "name tags".into())]);
    let twice = Rule::repository(PAGE, |_: &(Items<Job>, Items<Name>), _| {});
    assert_eq!(twice.reads().len(), 1, "a kind that two structs read is asked for once");
    assert_eq!(format!("{:?}", each()), "Rule { id: \"silent-failure\", scope: Item, .. }");
}

#[test]
#[should_panic(expected = "rule `silent-failure` stands twice in plugin `testing`")]
fn a_rule_that_stands_twice_is_refused() {
    check([each(), together()], [("job", "[]")], "");
}

#[test]
#[should_panic(expected = "page of rule `x`, line 1: the first line must be `---`")]
fn a_page_that_is_wrong_is_refused() {
    check([Rule::item("# x\n", |_: &Item<Job>, _| {})], [("job", "[]")], "");
}

#[test]
#[should_panic(expected = "--- expected\nsilent-failure @ job[0]: something\n--- found\n\n---")]
fn a_finding_that_does_not_come_fails_the_test() {
    check([each()], [("job", r#"[{"name": "a"}]"#)], "silent-failure @ job[0]: something");
}

#[test]
#[should_panic(expected = "rule `silent-failure` points at `job[0].script[1]`, which it does not read")]
fn a_place_that_the_engine_would_not_hand_over_fails_the_test() {
    let rule = Rule::item(PAGE, |job: &Item<Job>, report| {
        report.finding(job.at("tags").index(3), "").related(job.at("script").index(1), "");
    });
    run([rule], [("job", r#"[{"name": "a"}]"#)]);
}
