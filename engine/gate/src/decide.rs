//! Findings and gaps to a verdict, sorted and without repetition.

use std::collections::BTreeSet;

use engine_model::{Class, Evaluation, FailOn, Finding, Gap, GapCause, Location, RuleId, Undecided, Verdict};

/// One finding for each rule, place and message; who uses the place is added up. Sorted: what closes the gate first,
/// then by severity, file, place, rule.
pub(crate) fn merged(mut findings: Vec<Finding>, fail_on: FailOn) -> Vec<Finding> {
    fn key(finding: &Finding) -> (&Location, &RuleId, &str) {
        (&finding.location, &finding.rule, &finding.message)
    }
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut out: Vec<Finding> = Vec::new();
    for finding in findings {
        match out.last_mut() {
            Some(first) if key(first) == key(&finding) => {
                first.used_by.extend(finding.used_by);
                for related in finding.related {
                    if !first.related.contains(&related) {
                        first.related.push(related);
                    }
                }
            }
            _ => out.push(finding),
        }
    }
    for finding in &mut out {
        finding.used_by.sort();
        finding.used_by.dedup();
    }
    let weight = |finding: &Finding| (!fail_on.closes(finding), std::cmp::Reverse((finding.class, finding.severity)));
    // Stable: what weighs the same stays sorted by place.
    out.sort_by_key(weight);
    out
}

/// The rules that each gap keeps undecided, a line for each cause; gaps that touch no rule are returned apart. `closes`
/// says which gaps close the gate.
pub(crate) fn undecided_by(
    gaps: Vec<Gap>,
    readers: &dyn Fn(&Gap) -> Vec<RuleId>,
    closes: &dyn Fn(&Gap) -> bool,
) -> (Vec<Undecided>, Vec<Gap>) {
    let mut undecided = Vec::new();
    let mut rest = Vec::new();
    for gap in gaps {
        let rules = readers(&gap);
        if rules.is_empty() {
            rest.push(gap);
            continue;
        }
        let closes = closes(&gap);
        let Gap { cause, message, location, way_out, .. } = gap;
        undecided.push(Undecided { cause: Some(cause), closes, message, location, way_out, rules });
    }
    (undecided, rest)
}

/// Undecided lines with equal cause, message and place as one, sorted by cause and place.
pub(crate) fn grouped(mut undecided: Vec<Undecided>) -> Vec<Undecided> {
    fn key(one: &Undecided) -> (Option<GapCause>, Option<&Location>, &str) {
        (one.cause, one.location.as_ref(), &one.message)
    }
    undecided.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut out: Vec<Undecided> = Vec::new();
    for one in undecided {
        match out.last_mut() {
            Some(first) if key(first) == key(&one) => {
                first.way_out = first.way_out.take().or(one.way_out);
                first.rules.extend(one.rules);
                first.closes |= one.closes;
            }
            _ => out.push(one),
        }
    }
    for one in &mut out {
        one.rules.sort_unstable();
        one.rules.dedup();
    }
    out
}

/// The outcome and why. Fail outranks undecided; nothing evaluated is no pass. A `strict` gate is closed by default
/// rules that could not be decided too.
pub(crate) fn verdict(evaluation: &Evaluation, allow_empty: bool, strict: bool) -> (Verdict, String) {
    let closing = evaluation.findings.iter().filter(|finding| evaluation.closes(finding)).count();
    if closing > 0 {
        let mandatory = evaluation.findings.iter().filter(|finding| finding.class == Class::Mandatory).count();
        return (Verdict::Fail, fail_reason(mandatory, closing.saturating_sub(mandatory), evaluation.fail_on));
    }
    let class = |rule: &RuleId| evaluation.class_of(rule);
    // What a policy could not be asked, or not run to its end, is no question of what is known: who can make a rule
    // overrun, or keep a file from it, must not get past it.
    let failed = evaluation.undecided.iter().filter(|one| one.closes).flat_map(|one| &one.rules);
    let counts = |rule: &RuleId| {
        evaluation
            .rules
            .iter()
            .any(|info| info.id == *rule && info.class == Class::Default && info.severity >= evaluation.fail_on.0)
    };
    let failed: BTreeSet<&RuleId> = failed.filter(|rule| counts(rule)).collect();
    let all: BTreeSet<&RuleId> = evaluation.undecided.iter().flat_map(|one| &one.rules).collect();
    let open = |classes: &[Class]| all.iter().filter(|rule| classes.contains(&class(rule))).count();
    let noun = |count: usize| if count == 1 { "rule" } else { "rules" };
    match (open(&[Class::Mandatory]), open(&[Class::Default])) {
        (0, 0) => {}
        (0, _) if !strict && !failed.is_empty() => {
            let reason = format!("{} {} could not be asked, or not run to an end", failed.len(), noun(failed.len()));
            return (Verdict::Undecided, reason);
        }
        (0, _) if !strict => {}
        (0, count) => {
            let reason = format!("{count} {} could not be decided, and the profile is strict", noun(count));
            return (Verdict::Undecided, reason);
        }
        (count, _) => {
            return (Verdict::Undecided, format!("{count} mandatory {} could not be decided", noun(count)));
        }
    }
    if evaluation.counts.evaluated == 0 && !allow_empty {
        return (Verdict::Undecided, "nothing to check".to_owned());
    }
    (Verdict::Pass, "nothing closes the gate".to_owned())
}

fn fail_reason(mandatory: usize, default: usize, fail_on: FailOn) -> String {
    let plural = |n: usize| if n == 1 { "finding" } else { "findings" };
    match (mandatory, default) {
        (0, n) => format!("{n} {} at or above {}", plural(n), fail_on.0),
        (n, 0) => format!("{n} mandatory {}", plural(n)),
        (n, m) => format!("{n} mandatory {}, {m} at or above {}", plural(n), fail_on.0),
    }
}
