//! What could not be decided or seen, grouped by cause, each with the way out.

use std::collections::{BTreeMap, BTreeSet};

use engine_model::{Evaluation, GapCause, Location, RuleId};

use crate::clean;

use super::paint::{HEADING, Paint, QUIET};
use super::{TextOptions, plural};

/// How many places of one cause are shown.
const PLACES: usize = 3;

/// What has one cause and one way out.
#[derive(Default)]
struct Group<'a> {
    rules: BTreeSet<&'a RuleId>,
    places: Vec<(Option<&'a Location>, &'a str)>,
}

type Groups<'a> = BTreeMap<(Option<GapCause>, Option<&'a str>), Group<'a>>;

/// Appends a section for undecided rules and one for what was not seen, where there is any.
pub(super) fn sections(evaluation: &Evaluation, options: &TextOptions, out: &mut String) {
    let mut undecided = Groups::new();
    for one in &evaluation.undecided {
        let group = undecided.entry((one.cause, one.way_out.as_deref())).or_default();
        group.rules.extend(&one.rules);
        group.places.push((one.location.as_ref(), &one.message));
    }
    section("undecided", undecided, options, out);
    waived(evaluation, options, out);
    assumed(evaluation, options, out);
    let mut unseen = Groups::new();
    for gap in &evaluation.gaps {
        let group = unseen.entry((Some(gap.cause), gap.way_out.as_deref())).or_default();
        group.places.push((gap.location.as_ref(), &gap.message));
    }
    section("not seen (no rule that ran depends on it)", unseen, options, out);
}

/// What somebody has accepted, with who and until when.
fn waived(evaluation: &Evaluation, options: &TextOptions, out: &mut String) {
    if evaluation.waived.is_empty() {
        return;
    }
    let paint = Paint { color: options.color };
    out.push_str(&format!("{}\n", paint.styled(HEADING, "waived")));
    for one in &evaluation.waived {
        let (finding, owner) = (&one.finding, clean::line(&one.owner));
        let (place, message) = (options.place(&finding.location), clean::line(&finding.message));
        out.push_str(&format!("  {place}  {}  {message}: waived by {owner} until {}\n", finding.rule, one.expires));
        out.push_str(&format!("      {}  {}\n", options.place(&one.by), clean::line(&one.reason)));
    }
    out.push('\n');
}

/// What somebody vouches for, with who and until when.
fn assumed(evaluation: &Evaluation, options: &TextOptions, out: &mut String) {
    if evaluation.assumed.is_empty() {
        return;
    }
    let paint = Paint { color: options.color };
    out.push_str(&format!("{}\n", paint.styled(HEADING, "assumed")));
    for one in &evaluation.assumed {
        let rules = plural(one.rules.len(), "rule", "rules");
        let (message, owner) = (clean::line(&one.message), clean::line(&one.owner));
        out.push_str(&format!("  {message} -> {rules} settled by {owner} until {}\n", one.expires));
        let reason = clean::line(&one.reason);
        out.push_str(&format!("      {}  {reason}\n", options.place(&one.by)));
    }
    out.push('\n');
}

fn section(title: &str, groups: Groups<'_>, options: &TextOptions, out: &mut String) {
    if groups.is_empty() {
        return;
    }
    let paint = Paint { color: options.color };
    out.push_str(&format!("{}\n", paint.styled(HEADING, title)));
    // What keeps most rules undecided first.
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse((group.rules.len(), group.places.len())));
    for ((cause, way_out), group) in groups {
        let mut line = format!("  {}", causes(cause, group.places.len()));
        if !group.rules.is_empty() {
            line.push_str(&format!(" -> {}", plural(group.rules.len(), "rule undecided", "rules undecided")));
        }
        if let Some(way_out) = way_out {
            line.push_str(&format!(": {}", clean::line(way_out)));
        }
        out.push_str(&line);
        out.push('\n');
        let limit = if options.all { usize::MAX } else { PLACES };
        for (location, message) in group.places.iter().take(limit) {
            let message = clean::line(message);
            match location {
                Some(place) => out.push_str(&format!("      {}  {message}\n", options.place(place))),
                None => out.push_str(&format!("      {message}\n")),
            }
        }
        if group.places.len() > limit {
            let left = group.places.len().saturating_sub(limit);
            out.push_str(&paint.styled(QUIET, format_args!("      and {left} more\n")));
        }
    }
    out.push('\n');
}

/// So many of a cause: "2 includes not vendored".
fn causes(cause: Option<GapCause>, count: usize) -> String {
    let Some(cause) = cause else {
        return plural(count, "policy failed", "policies failed");
    };
    let several = match cause {
        GapCause::BrokenDocument => "broken documents",
        GapCause::UnreadFile => "unread files",
        GapCause::NotVendored => "includes or modules not vendored",
        GapCause::NotRendered => "templates not rendered",
        GapCause::Dynamic => "values known only at run time",
        GapCause::NotEvaluated => "constructs not evaluated",
    };
    plural(count, cause.noun(), several)
}
