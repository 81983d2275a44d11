//! Findings and gaps to a verdict, sorted and without repetition.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine_model::{Class, Evaluation, FailOn, Finding, Gap, GapCause, Location, RuleId, RuleInfo, Undecided, Verdict};

/// One finding for each rule, place and message; who uses the place is added up. Sorted: what closes the gate first,
/// then by severity, file, place, rule.
pub(crate) fn merged(findings: Vec<Finding>, fail_on: FailOn) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    let mut known: HashMap<(RuleId, Location, String), usize> = HashMap::new();
    for finding in findings {
        let key = (finding.rule.clone(), finding.location.clone(), finding.message.clone());
        let index = *known.entry(key).or_insert(out.len());
        match out.get_mut(index) {
            Some(first) => {
                first.used_by.extend(finding.used_by);
                for related in finding.related {
                    if !first.related.contains(&related) {
                        first.related.push(related);
                    }
                }
            }
            None => out.push(finding),
        }
    }
    for finding in &mut out {
        finding.used_by.sort();
        finding.used_by.dedup();
    }
    let weight = |finding: &Finding| (!fail_on.closes(finding), std::cmp::Reverse((finding.class, finding.severity)));
    out.sort_by(|a, b| {
        let order = weight(a).cmp(&weight(b));
        order
            .then_with(|| a.location.cmp(&b.location))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.message.cmp(&b.message))
    });
    out
}

/// The rules that each gap keeps undecided, a line for each cause; gaps that touch no rule are returned apart.
pub(crate) fn undecided_by(gaps: Vec<Gap>, readers: &dyn Fn(&Gap) -> Vec<RuleId>) -> (Vec<Undecided>, Vec<Gap>) {
    let mut undecided = Vec::new();
    let mut rest = Vec::new();
    for gap in gaps {
        let rules = readers(&gap);
        if rules.is_empty() {
            rest.push(gap);
            continue;
        }
        let Gap { cause, message, location, way_out, .. } = gap;
        undecided.push(Undecided { cause: Some(cause), message, location, way_out, rules });
    }
    (undecided, rest)
}

/// Undecided lines with equal cause, message and place as one, sorted by cause and place.
pub(crate) fn grouped(undecided: Vec<Undecided>) -> Vec<Undecided> {
    let mut groups: BTreeMap<(Option<GapCause>, Option<Location>, String), (Option<String>, BTreeSet<RuleId>)> =
        BTreeMap::new();
    for one in undecided {
        let group = groups.entry((one.cause, one.location, one.message)).or_default();
        group.0 = group.0.take().or(one.way_out);
        group.1.extend(one.rules);
    }
    let line = |((cause, location, message), (way_out, rules)): (_, (Option<String>, BTreeSet<RuleId>))| Undecided {
        cause,
        message,
        location,
        way_out,
        rules: rules.into_iter().collect(),
    };
    groups.into_iter().map(line).collect()
}

/// The outcome and why. Fail outranks undecided; nothing evaluated is no pass.
pub(crate) fn verdict(evaluation: &Evaluation, allow_empty: bool) -> (Verdict, String) {
    let closing = evaluation.findings.iter().filter(|finding| evaluation.closes(finding)).count();
    if closing > 0 {
        let mandatory = evaluation.findings.iter().filter(|finding| finding.class == Class::Mandatory).count();
        return (Verdict::Fail, fail_reason(mandatory, closing.saturating_sub(mandatory), evaluation.fail_on));
    }
    let mandatory = |rule: &&RuleId| {
        let info = evaluation.rules.iter().find(|info: &&RuleInfo| info.id == **rule);
        info.is_none_or(|info| info.class == Class::Mandatory)
    };
    let open: BTreeSet<&RuleId> = evaluation.undecided.iter().flat_map(|one| &one.rules).filter(mandatory).collect();
    if !open.is_empty() {
        let noun = if open.len() == 1 { "rule" } else { "rules" };
        return (Verdict::Undecided, format!("{} mandatory {noun} could not be decided", open.len()));
    }
    if evaluation.counts.evaluated == 0 && !allow_empty {
        return (Verdict::Undecided, "nothing to check".to_owned());
    }
    (Verdict::Pass, "nothing closes the gate".to_owned())
}

fn fail_reason(mandatory: usize, default: usize, fail_on: FailOn) -> String {
    let plural = |n: usize| if n == 1 { "finding" } else { "findings" };
    let at_or_above = format!("{default} at or above {}", fail_on.0);
    match (mandatory, default) {
        (0, n) => format!("{at_or_above} ({} that count)", plural(n)),
        (n, 0) => format!("{n} mandatory {}", plural(n)),
        (n, _) => format!("{n} mandatory {}, {at_or_above}", plural(n)),
    }
}
