//! What is proved of all pipelines at once, held against another evaluator that looks at one at a time.
//!
//! `concrete` was written from the numbered facts by somebody who had not seen the search, and so were the cases of
//! `judged/rules.yaml`, each of which names its fact. Every witness is confirmed by it, and thousands of pipelines made
//! at random from the words of a case look for a way to start that nothing speaks of.

#[cfg(test)]
mod concrete;
#[cfg(test)]
#[path = "support/files.rs"]
mod files;
#[cfg(test)]
#[path = "support/numbers.rs"]
mod numbers;

use std::collections::{BTreeMap, BTreeSet};

use concrete::{Answer, Environment, Kind, Pipeline};
use engine_facts::gitlab::{Job, Project, Ref, RefKind, RefName, Start, Witness};
use files::Files;
use numbers::Numbers;
use yaml_serde::Value;

/// A case of `judged/rules.yaml`.
#[cfg(test)]
struct Case {
    title: String,
    pipeline: String,
    environment: Environment,
    /// `None` where GitLab refuses the file.
    expect: Option<BTreeMap<String, String>>,
}

#[cfg(test)]
fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
fn texts(value: &Value, key: &str) -> Option<Vec<String>> {
    let list = value.get(key)?.as_sequence()?;
    Some(list.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
}

#[cfg(test)]
fn cases() -> Vec<Case> {
    let cases: Value = yaml_serde::from_str(include_str!("judged/rules.yaml")).unwrap();
    let read = |case: &Value| {
        let written = case.get("environment").unwrap();
        let kind = text(written, "kind").unwrap_or_else(|| "branch".to_owned());
        let (kind, source, name, target) = match kind.as_str() {
            "branch" => (Kind::Branch, "push", "main", ""),
            "tag" => (Kind::Tag, "push", "v1.0.0", ""),
            _ => (Kind::MergeRequest, "merge_request_event", "feature", "main"),
        };
        let or = |key: &str, usual: &str| text(written, key).unwrap_or_else(|| usual.to_owned());
        let truth = |key: &str| written.get(key).and_then(Value::as_bool).unwrap_or(false);
        let pairs = |value: Option<&Value>| -> BTreeMap<String, String> {
            let pairs = value.and_then(Value::as_mapping).into_iter().flatten();
            pairs.map(|(name, value)| (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned())).collect()
        };
        Case {
            title: format!("{} {}", text(case, "fact").unwrap(), text(case, "title").unwrap()),
            pipeline: text(case, "pipeline").unwrap(),
            environment: Environment {
                kind,
                source: or("source", source),
                name: or("name", name),
                target: or("target", target),
                fork: truth("fork"),
                protected: truth("protected"),
                default_branch: or("default_branch", "main"),
                variables: pairs(written.get("variables")),
                changed: texts(written, "changed"),
                exists: texts(written, "exists").unwrap_or_default(),
            },
            expect: (text(case, "expect").is_none()).then(|| pairs(case.get("expect"))),
        }
    };
    cases.as_sequence().unwrap().iter().map(read).collect()
}

/// An answer in the words of a case: `manual+`.
#[cfg(test)]
fn word(answer: Option<&Answer>) -> String {
    match answer {
        None | Some(Answer::Absent) => "absent".to_owned(),
        Some(Answer::Present { when, allow_failure }) => format!("{when}{}", if *allow_failure { "+" } else { "" }),
    }
}

#[test]
fn the_other_evaluator_answers_as_its_cases_say() {
    let cases = cases();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    for case in &cases {
        let read = Pipeline::read(&case.pipeline);
        let Some(expect) = &case.expect else {
            assert!(read.is_err(), "{}", case.title);
            continue;
        };
        let answers = read.unwrap().answers(&case.environment);
        for (job, wanted) in expect {
            assert_eq!(word(answers.get(job)), *wanted, "{}: {job}", case.title);
        }
    }
}

/// A way to start in the words of a case; `None` where it depends on something.
#[cfg(test)]
fn way(start: &Start) -> Option<String> {
    let when = start.when.get()?;
    Some(format!("{when}{}", if *start.allow_failure.get()? { "+" } else { "" }))
}

/// The pipeline that a witness stands for.
#[cfg(test)]
fn environment(kind: RefKind, witness: &Witness) -> Environment {
    let set = witness.gitlab.iter().chain(&witness.variables);
    let kind = match kind {
        RefKind::Branch => Kind::Branch,
        RefKind::Tag => Kind::Tag,
        RefKind::MergeRequest => Kind::MergeRequest,
    };
    let is_request = kind == Kind::MergeRequest;
    let target = witness.target.clone().unwrap_or_else(|| "trunk".to_owned());
    // Two projects that are not one have two paths of their own there.
    let set = set.filter(|(name, _)| !name.contains("PROJECT_"));
    Environment {
        kind,
        source: witness.source.clone(),
        name: witness.name.clone(),
        target: if is_request { target } else { String::new() },
        fork: witness.fork,
        protected: witness.protected.unwrap_or(false),
        default_branch: witness.default_branch.clone().unwrap_or_else(|| "trunk".to_owned()),
        variables: set.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect(),
        changed: (!witness.fresh).then(|| witness.changed.clone()),
        exists: witness.exists.clone(),
    }
}

/// Holds the witnesses of a pipeline against the other evaluator; how many there are.
#[cfg(test)]
fn confirmed(title: &str, text: &str, wrong: &mut Vec<String>) -> usize {
    let mut count = 0;
    {
        let judge = Pipeline::read(text).unwrap();
        let read = Files::new(&format!("//- .gitlab-ci.yml\n{text}")).pipeline();
        for (job, start) in read.jobs.iter().flat_map(|job| job.starts.iter().map(move |start| (job, start))) {
            for entry in &start.refs {
                let Some(witness) = &entry.witness else { continue };
                let by_variable = |name: &str| witness.variables.iter().any(|(own, _)| format!("${own}") == name);
                if entry.doubt.as_ref().is_some_and(|doubt| !by_variable(&doubt.on)) {
                    continue;
                }
                count += 1;
                let environment = environment(entry.kind, witness);
                let answer = word(judge.answers(&environment).get(&job.name));
                if way(start).is_some_and(|way| way != answer) {
                    let wanted = way(start).unwrap();
                    wrong.push(format!("{title}: {} is {answer}, not {wanted}\n  {environment:?}", job.name));
                }
            }
        }
    }
    count
}

#[test]
fn every_witness_is_confirmed() {
    let mut wrong = Vec::new();
    let cases = cases();
    let judged = cases.iter().filter(|case| case.expect.is_some());
    let count: usize = judged.map(|case| confirmed(&case.title, &case.pipeline, &mut wrong)).sum();
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 400, "{count} witnesses");
}

/// Whether an entry speaks of a concrete pipeline.
#[cfg(test)]
fn speaks(entry: &Ref, environment: &Environment) -> bool {
    let kind = match environment.kind {
        Kind::Branch => RefKind::Branch,
        Kind::Tag => RefKind::Tag,
        Kind::MergeRequest => RefKind::MergeRequest,
    };
    let named = match &entry.name {
        RefName::Any => true,
        RefName::Default => environment.name == environment.default_branch,
        RefName::Exact(name) => *name == environment.name,
        RefName::Pattern(glob) => globset::GlobBuilder::new(&glob.replace(['[', ']', '{', '}', '?'], "*"))
            .build()
            .is_ok_and(|glob| glob.compile_matcher().is_match(&environment.name)),
    };
    kind == entry.kind
        && named
        && (entry.sources.is_empty() || entry.sources.contains(&environment.source))
        && (!entry.protected || environment.protected)
        && (entry.fork || !environment.fork)
}

/// Whether something speaks of what became of a job.
#[cfg(test)]
fn is_said(job: &Job, answer: &Answer, environment: &Environment) -> bool {
    let wanted = word(Some(answer));
    *answer == Answer::Absent
        || job.starts.iter().any(|start| {
            way(start).is_none_or(|way| way == wanted) && start.refs.iter().any(|entry| speaks(entry, environment))
        })
}

#[test]
fn what_a_case_says_is_among_the_refs() {
    for case in cases().iter().filter(|case| case.expect.is_some()) {
        let judge = Pipeline::read(&case.pipeline).unwrap();
        let read = Files::new(&format!("//- .gitlab-ci.yml\n{}", case.pipeline)).pipeline_of(&open());
        let answers = judge.answers(&case.environment);
        for job in &read.jobs {
            let answer = answers.get(&job.name).unwrap_or(&Answer::Absent);
            assert!(is_said(job, answer, &case.environment), "{}: {} {answer:?}", case.title, job.name);
        }
    }
}

/// A project in which whoever starts a pipeline may pass any variable.
#[cfg(test)]
fn open() -> Project {
    Project { variable_override_role: Some("developer".to_owned()), ..Project::default() }
}

/// A pipeline made of the words of a text.
#[cfg(test)]
fn random(numbers: &mut Numbers, words: &[&str], names: &[&str]) -> Environment {
    const SOURCES: &[&str] =
        &["push", "web", "schedule", "api", "trigger", "pipeline", "external_pull_request_event", "parent_pipeline"];
    let kind = [Kind::Branch, Kind::Branch, Kind::Tag, Kind::MergeRequest][numbers.below(4)];
    let usual = ["main", "feature/x", "dev", "v1.0.0", "release/1", "x"];
    let word = |numbers: &mut Numbers| {
        let word = if numbers.below(3) == 0 { numbers.one(&usual) } else { numbers.one(words) };
        match numbers.below(6) {
            0 => format!("{word}-rc"),
            1 => format!("x/{word}"),
            _ => word.to_owned(),
        }
    };
    let name = |numbers: &mut Numbers| {
        let name = word(numbers);
        let odd =
            name.is_empty() || name.contains([' ', ':', '*', '?', '[', '~', '^', '\\', '$']) || name.contains("..");
        let edge = name.starts_with(['-', '.', '/']) || name.ends_with(['/', '.']) || name.contains("//");
        if odd || edge || name.contains("/.") { "main".to_owned() } else { name }
    };
    let files = |numbers: &mut Numbers| (0..numbers.below(3)).map(|_| word(numbers)).collect::<Vec<_>>();
    let mut variables = BTreeMap::new();
    for variable in names.iter().filter(|name| !name.starts_with("CI")) {
        if numbers.below(2) == 0 {
            let value = if numbers.below(5) == 0 { String::new() } else { numbers.one(words).to_owned() };
            variables.insert((*variable).to_owned(), value);
        }
    }
    let source = match kind {
        Kind::MergeRequest => "merge_request_event",
        Kind::Tag => numbers.one(&["push", "web", "schedule", "api", "trigger", "pipeline"]),
        Kind::Branch => numbers.one(SOURCES),
    };
    let pushed = matches!(source, "push" | "merge_request_event" | "external_pull_request_event");
    Environment {
        kind,
        source: source.to_owned(),
        name: name(numbers),
        target: if kind == Kind::MergeRequest { name(numbers) } else { String::new() },
        fork: kind == Kind::MergeRequest && numbers.below(2) == 0,
        protected: numbers.below(2) == 0,
        default_branch: if numbers.below(2) == 0 { "main".to_owned() } else { name(numbers) },
        variables,
        changed: (pushed && (source != "push" || numbers.below(4) > 0)).then(|| files(numbers)),
        exists: files(numbers),
    }
}

/// Tries pipelines made of a case's words on both, and counts the jobs that started.
#[cfg(test)]
fn tried(title: &str, text: &str, seed: u64, each: usize) -> usize {
    let mut numbers = Numbers(seed);
    let judge = Pipeline::read(text).unwrap();
    let read = Files::new(&format!("//- .gitlab-ci.yml\n{text}")).pipeline();
    let breaks = |c: char| c.is_whitespace() || "\"'/(){}[]:,^$=&|!~\\".contains(c);
    let words: BTreeSet<&str> = text.split(breaks).chain(text.split(['"', '\'', ' ', '\n'])).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| word.len() < 40).collect();
    let names = text.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or("")
    });
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut started = 0;
    for _ in 0..each {
        let environment = random(&mut numbers, &words, &names);
        let answers = judge.answers(&environment);
        for job in &read.jobs {
            let answer = answers.get(&job.name).unwrap_or(&Answer::Absent);
            started += usize::from(*answer != Answer::Absent);
            assert!(
                is_said(job, answer, &environment),
                "{}: {} {answer:?}\n{environment:?}\n{:#?}",
                title,
                job.name,
                job.starts.iter().map(|start| &start.refs).collect::<Vec<_>>()
            );
        }
    }
    started
}

#[test]
fn random_pipelines_start_nothing_that_is_not_said() {
    const EACH: usize = 10_000;
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.expect.is_some()).collect();
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let started: usize = std::thread::scope(|scope| {
        let cases = &cases;
        let part = move |worker: usize| {
            let own = cases.iter().enumerate().skip(worker).step_by(workers);
            own.map(|(seed, case)| tried(&case.title, &case.pipeline, u64::try_from(seed).unwrap(), EACH))
                .sum::<usize>()
        };
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || part(worker))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let count = cases.len() * EACH;
    assert!(started > count / 20, "{started} of {count}");
}

/// Parts of expressions; those before `STATIC` ask for nothing that somebody else may set.
#[cfg(test)]
const PARTS: [&str; 34] = [
    "$CI_COMMIT_BRANCH",
    "$CI_COMMIT_TAG",
    "$CI_COMMIT_BRANCH == 'main'",
    "$CI_COMMIT_BRANCH != 'main'",
    "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    "$CI_COMMIT_REF_NAME != $CI_DEFAULT_BRANCH",
    "$CI_COMMIT_TAG =~ /^v[0-9]+(\\.[0-9]+)*$/",
    "$CI_COMMIT_TAG !~ /^v/",
    "$CI_COMMIT_BRANCH =~ /^(main|release.+)$/",
    "$CI_COMMIT_BRANCH =~ /main/i",
    "$CI_COMMIT_REF_NAME =~ /^(feature|fix)-(a|b)+$/",
    "$CI_COMMIT_REF_NAME !~ /x$/",
    "$CI_COMMIT_REF_NAME == 'release'",
    "$CI_PIPELINE_SOURCE == 'push'",
    "$CI_PIPELINE_SOURCE != 'schedule'",
    "$CI_PIPELINE_SOURCE =~ /^(web|api)$/",
    "$CI_PIPELINE_SOURCE == 'merge_request_event'",
    "$CI_MERGE_REQUEST_IID",
    "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == 'main'",
    "$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH",
    "$CI_COMMIT_REF_PROTECTED == 'true'",
    "$CI_COMMIT_TAG == null",
    "null == $CI_COMMIT_BRANCH",
    "$CI",
    "$CI_COMMIT_BRANCH =~ /^$CI/",
    "$FIXED == 'one'",
    "$DEPLOY",
    "$DEPLOY == 'yes'",
    "$DEPLOY != 'yes'",
    "$DEPLOY == null",
    "$DEPLOY =~ /^y/",
    "$DEPLOY !~ /no/",
    "$DEPLOY == ''",
    "$MODE == $DEPLOY",
];
#[cfg(test)]
const STATIC: usize = 25;

#[cfg(test)]
fn expression(numbers: &mut Numbers, parts: usize, depth: usize) -> String {
    if depth == 0 || numbers.below(2) == 0 {
        return PARTS[numbers.below(parts)].to_owned();
    }
    let operator = numbers.one(&["&&", "||"]);
    let (left, right) = (expression(numbers, parts, depth - 1), expression(numbers, parts, depth - 1));
    if numbers.below(2) == 0 { format!("({left} {operator} {right})") } else { format!("{left} {operator} {right}") }
}

/// A rule in flow style.
#[cfg(test)]
fn rule(numbers: &mut Numbers, parts: usize, whens: &[&str]) -> String {
    let mut keys = Vec::new();
    if numbers.below(10) > 0 {
        keys.push(format!("if: \"{}\"", expression(numbers, parts, 2).replace('\\', "\\\\")));
    }
    if whens.len() > 2 && numbers.below(5) == 0 {
        let files = numbers.one(&["['a/*.tf']", "['**/*.md', b.tf]", "['a/**/*']", "['a/**']", "['[!b]*']"]);
        keys.push(format!("{}: {files}", numbers.one(&["changes", "exists"])));
    }
    if numbers.below(2) == 0 || keys.is_empty() {
        keys.push(format!("when: {}", numbers.one(whens)));
    }
    if whens.len() > 2 && numbers.below(6) == 0 {
        keys.push(format!("allow_failure: {}", numbers.one(&["true", "false"])));
    }
    format!("{{{}}}", keys.join(", "))
}

/// A pipeline that nobody wrote.
#[cfg(test)]
fn generated(numbers: &mut Numbers, parts: usize) -> String {
    let rules = |numbers: &mut Numbers, whens: &[&str]| {
        let count = 1 + numbers.below(4);
        (0..count).map(|_| rule(numbers, parts, whens)).collect::<Vec<_>>().join(", ")
    };
    let mut out = "variables: {FIXED: one}\n".to_owned();
    if numbers.below(3) == 0 {
        out.push_str(&format!("workflow: {{rules: [{}]}}\n", rules(numbers, &["always", "never"])));
    }
    for job in 0..1 + numbers.below(2) {
        let limits = numbers.below(4) == 0;
        let entry = if limits {
            let refs = ["[main]", "[branches]", "[tags, /^release/]", "[schedules, main]", "[merge_requests, /x$/]"];
            let only = numbers.one(&refs);
            let except = numbers.one(&["[tags]", "[/^feature/]", "[main, web]", "{variables: [$CI_COMMIT_TAG]}"]);
            match numbers.below(3) {
                0 => format!("only: {only}"),
                1 => format!("except: {except}"),
                _ => format!("only: {only}, except: {except}"),
            }
        } else {
            format!("rules: [{}]", rules(numbers, &["on_success", "manual", "never", "always"]))
        };
        let when = numbers.one(&["", "", ", when: manual"]);
        out.push_str(&format!("job{job}: {{script: [x], {entry}{when}}}\n"));
    }
    out
}

#[test]
fn what_is_static_is_decided_and_what_is_generated_is_proved() {
    const PIPELINES: u64 = 600;
    const EACH: usize = 400;
    let workers = u64::try_from(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).unwrap();
    let part = |worker: u64| {
        let (mut wrong, mut witnesses, mut started) = (Vec::new(), 0, 0);
        for seed in (worker..PIPELINES).step_by(usize::try_from(workers).unwrap()) {
            let is_static = seed % 2 == 0;
            let text = generated(&mut Numbers(seed), if is_static { STATIC } else { PARTS.len() });
            witnesses += confirmed(&format!("{seed}:\n{text}"), &text, &mut wrong);
            started += tried(&format!("{seed}:\n{text}"), &text, seed, EACH);
            let read = Files::new(&format!("//- .gitlab-ci.yml\n{text}")).pipeline();
            let refs = read.jobs.iter().flat_map(|job| &job.starts).flat_map(|start| &start.refs);
            wrong.extend(
                refs.filter(|entry| is_static && entry.doubt.is_some()).map(|entry| format!("{text}{entry:?}")),
            );
        }
        (wrong, witnesses, started)
    };
    let all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || part(worker))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let wrong: Vec<&String> = all.iter().flat_map(|(wrong, ..)| wrong).collect();
    assert!(
        wrong.is_empty(),
        "{}\n{}",
        wrong.len(),
        wrong.iter().take(4).map(|text| text.as_str()).collect::<String>()
    );
    let (witnesses, started): (usize, usize) =
        all.iter().fold((0, 0), |(a, b), (_, witnesses, started)| (a + witnesses, b + started));
    assert!(witnesses > 1000 && started > 20_000, "{witnesses} {started}");
}

/// A condition of some parts over a few variables, the ref and the source, with `&&` only where it says so.
#[cfg(test)]
fn condition(numbers: &mut Numbers, variables: usize, joined: bool) -> String {
    let part = |numbers: &mut Numbers| {
        let name = match numbers.below(variables + 3) {
            0 => "CI_COMMIT_BRANCH".to_owned(),
            1 => "CI_COMMIT_TAG".to_owned(),
            2 => return format!("$CI_PIPELINE_SOURCE == '{}'", numbers.one(&["push", "schedule", "web", "api"])),
            other => format!("V{}", other - 3),
        };
        let letter = numbers.one(&["a", "b", "c", "d", "e", "f"]);
        match numbers.below(10) {
            0..4 => format!("${name} == '{letter}'"),
            4..6 => format!("${name} != '{letter}'"),
            6 | 7 => format!("${name} =~ /^{letter}[0-9]*/"),
            8 => format!("${name} =~ /{letter}[0-9]+$/"),
            _ => format!("${name}"),
        }
    };
    let mut out = part(numbers);
    for _ in 0..=numbers.below(3) {
        let operator = if joined || numbers.below(3) > 0 { "&&" } else { "||" };
        out = format!("{out} {operator} {}", part(numbers));
    }
    out
}

/// A job with so many rules.
#[cfg(test)]
fn many(numbers: &mut Numbers, rules: usize, variables: usize) -> String {
    let joined = numbers.below(3) > 0;
    let mut out = "job:\n  script: [x]\n  rules:\n".to_owned();
    for _ in 0..rules {
        let condition = condition(numbers, variables, joined);
        let when = numbers.one(&["manual", "on_success", "always", "never", "never"]);
        out.push_str(&format!("    - {{if: \"{condition}\", when: {when}}}\n"));
    }
    out
}

#[test]
fn jobs_of_many_rules_are_proved_too() {
    const PIPELINES: u64 = 60;
    const EACH: usize = 1_000;
    let (mut wrong, mut witnesses, mut started) = (Vec::new(), 0, 0);
    for seed in 0..PIPELINES {
        let mut numbers = Numbers(seed);
        let (rules, variables) = (50 + numbers.below(60), 2 + numbers.below(10));
        let text = many(&mut numbers, rules, variables);
        witnesses += confirmed(&format!("{seed}:\n{text}"), &text, &mut wrong);
        started += tried(&format!("{seed}:\n{text}"), &text, seed, EACH);
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.first().unwrap());
    assert!(witnesses > 1_000 && started > 5_000, "{witnesses} {started}");
}

#[test]
fn a_thousand_rules_over_twelve_variables_are_decided() {
    for seed in 0..6 {
        let text = many(&mut Numbers(seed), 1_000, 12);
        let read = Files::new(&format!("//- .gitlab-ci.yml\n{text}")).pipeline();
        let refs: Vec<&Ref> = read.jobs.iter().flat_map(|job| &job.starts).flat_map(|start| &start.refs).collect();
        let open = |entry: &&&Ref| entry.doubt.as_ref().is_some_and(|doubt| !doubt.on.starts_with('$'));
        let undecided: Vec<_> = refs.iter().filter(open).collect();
        assert!(!refs.is_empty() && undecided.is_empty(), "{seed}: {} {:?}", refs.len(), undecided.first());
    }
}

/// A rule of parts that cannot always be told.
#[cfg(test)]
fn hard_rule(numbers: &mut Numbers) -> String {
    const HARD: [&str; 5] = [
        "$CI_COMMIT_BRANCH =~ $PATTERN",
        "$CI_COMMIT_BRANCH !~ $PATTERN",
        "$CI_COMMIT_TITLE =~ /(?=x)/",
        "$CI_COMMIT_BRANCH",
        "$CI_COMMIT_TAG !~ $PATTERN",
    ];
    let part = |numbers: &mut Numbers| match numbers.below(3) {
        0 => PARTS[numbers.below(PARTS.len())].to_owned(),
        _ => numbers.one(&HARD).to_owned(),
    };
    let mut condition = part(numbers);
    if numbers.below(3) == 0 {
        condition = format!("{condition} {} {}", numbers.one(&["&&", "||"]), part(numbers));
    }
    let when = numbers.one(&["on_success", "manual", "never", "never"]);
    format!("{{if: \"{}\", when: {when}}}", condition.replace('\\', "\\\\"))
}

/// For each rule that starts a job: which kinds of refs it is for, how many of them surely.
#[cfg(test)]
fn kinds(text: &str, padding: usize) -> Vec<BTreeSet<(String, bool)>> {
    let pad: Vec<String> =
        (0..padding).map(|n| format!("{{if: \"$CI_COMMIT_MESSAGE == 'pad{n}'\", when: never}}")).collect();
    let pad = if pad.is_empty() { String::new() } else { format!("{}, ", pad.join(", ")) };
    let read = Files::new(&format!("//- .gitlab-ci.yml\n{}", text.replace("PAD", &pad))).pipeline();
    let kind = |entry: &Ref| (format!("{:?}", entry.kind), entry.doubt.is_some());
    let starts = read.jobs.iter().flat_map(|job| &job.starts);
    starts.map(|start| start.refs.iter().map(kind).collect()).collect()
}

#[test]
fn rules_that_say_nothing_change_nothing() {
    let mut some = 0;
    for seed in 0..500 {
        let mut numbers = Numbers(seed);
        let count = 1 + numbers.below(4);
        let rules: Vec<String> = (0..count).map(|_| hard_rule(&mut numbers)).collect();
        let workflow = match numbers.below(3) {
            0 => format!("workflow: {{rules: [{}]}}\n", hard_rule(&mut numbers).replace("manual", "always")),
            _ => String::new(),
        };
        let text = format!("{workflow}job: {{script: [x], rules: [PAD{}]}}\n", rules.join(", "));
        let (plain, padded) = (kinds(&text, 0), kinds(&text, 60));
        assert_eq!(plain, padded, "{seed}: {text}");
        some += usize::from(plain.iter().any(|kinds| !kinds.is_empty()));
    }
    assert!(some > 300, "{some}");
}
