//! Facts through policies: one call for each kind that item rules read, one for repository rules. What is a stream
//! goes its own way, see [`stream`].

use std::collections::BTreeMap;

use engine_config::CONFIG;
use engine_facts::terraform::plan::{CHANGE, Change};
use engine_facts::wire::{Fields, Item};
use engine_host as host;
use engine_model::{Applicability, Edit, Finding, Fix, Related, RuleId, Undecided};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::derive::FactSet;
use crate::library::Library;
use crate::locate::{Located, locate};
use crate::policy::{Input, Policy};
use crate::progress::{Progress, Step};
use crate::rulebook::Rulebook;
use crate::stream::{self, Consumer};

/// How much JSON one call for item rules is handed.
pub(crate) const BATCH_BYTES: usize = 1024 * 1024;

/// How much JSON one call for repository rules is handed at most.
const REPOSITORY_BYTES: usize = 64 * 1024 * 1024;

/// What the policies said.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) findings: Vec<Finding>,
    pub(crate) undecided: Vec<Undecided>,
    /// Rules that ran to an end on at least one fact.
    pub(crate) evaluated: Vec<RuleId>,
    /// Rules none of whose kinds has an item.
    pub(crate) not_applicable: Vec<RuleId>,
}

impl Outcome {
    pub(crate) fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.undecided.extend(other.undecided);
        self.evaluated.extend(other.evaluated);
        self.not_applicable.extend(other.not_applicable);
    }
}

/// The items of one kind that a call was handed.
pub(crate) enum Handed<'a> {
    /// Items that are held for as long as the check runs.
    Held(&'a [&'a Item]),
    /// Changes of a plan, which become items again where a place of theirs is asked for.
    Streamed(&'a [Change]),
}

impl Handed<'_> {
    fn locate(&self, place: &host::Place) -> Option<Located> {
        match self {
            Self::Held(items) => locate(items.get(place.item)?, &place.route, place.range),
            Self::Streamed(changes) => locate(&changes.get(place.item)?.item()?, &place.route, place.range),
        }
    }
}

/// How much JSON a call is handed at least to be made alone, so that the memory of several does not add up.
const LARGE_BYTES: usize = 256 * 1024;

/// How much JSON is kept from planning to calling; what is beyond is written when its call is made.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// How many rules of one policy may overrun alone, after all of them did together, before the others are given up.
const MAX_OVERRUNS: usize = 8;

/// One call of one policy.
struct Call<'a> {
    policy: &'a Policy,
    scope: host::Scope,
    rules: Vec<&'a host::Rule>,
    facts: Vec<Given<'a>>,
    /// How many bytes of JSON that is.
    bytes: usize,
    /// Set where the call is not made, and why.
    refused: Option<String>,
}

/// Items of one kind for a call.
struct Given<'a> {
    kind: &'a str,
    items: Vec<&'a Item>,
    /// What the items are cut to.
    fields: Fields,
    /// The items as the policy takes them; nothing where they are written when the call is made.
    input: Option<Input>,
}

/// Runs every policy over the facts.
pub(crate) fn run(
    policies: &[Policy],
    facts: &FactSet,
    library: &Library<'_>,
    rulebook: &Rulebook,
    progress: &dyn Progress,
) -> Outcome {
    let mut planned = Planned::default();
    for policy in policies {
        plan(policy, facts, rulebook, &mut planned);
    }
    let Planned { calls, consumers, mut outcome, .. } = planned;
    progress.begin(Step::Judge, calls.len().saturating_add(facts.plans.len()));
    let make = |call: Call<'_>| {
        let made = made(call, rulebook);
        progress.advance();
        made
    };
    let (large, small): (Vec<Call<'_>>, Vec<Call<'_>>) = calls.into_iter().partition(|call| call.bytes >= LARGE_BYTES);
    let made: Vec<Outcome> =
        if small.len() < 2 { small.into_iter().map(make).collect() } else { small.into_par_iter().map(make).collect() };
    made.into_iter().chain(large.into_iter().map(make)).for_each(|made| outcome.add(made));
    outcome.add(stream::run(&consumers, &facts.plans, library, rulebook));
    outcome.evaluated.sort_unstable();
    outcome.evaluated.dedup();
    // A rule that a limit stopped in one batch has not run to its end.
    let stopped = |rule: &RuleId| {
        outcome.undecided.iter().any(|undecided| undecided.cause.is_none() && undecided.rules.contains(rule))
    };
    outcome.evaluated = outcome.evaluated.iter().filter(|rule| !stopped(rule)).cloned().collect();
    outcome
}

/// What is to be done.
#[derive(Default)]
struct Planned<'a> {
    calls: Vec<Call<'a>>,
    consumers: Vec<Consumer<'a>>,
    outcome: Outcome,
    /// How much JSON is kept.
    kept: usize,
}

impl Planned<'_> {
    /// Keeps JSON for its call, as long as there is room.
    fn keep(&mut self, input: Input) -> Option<Input> {
        let kept = self.kept.saturating_add(input.bytes());
        if kept > KEPT_BYTES {
            return None;
        }
        self.kept = kept;
        Some(input)
    }
}

/// The calls that a policy's rules need.
fn plan<'a>(policy: &'a Policy, facts: &'a FactSet, rulebook: &Rulebook, planned: &mut Planned<'a>) {
    let mut by_kind: BTreeMap<&str, Vec<&host::Rule>> = BTreeMap::new();
    let mut together: Vec<&host::Rule> = Vec::new();
    for rule in policy.manifest().rules.iter().filter(|rule| rulebook.runs(&rule.info.id)) {
        // The configuration is always there: it is what a rule judges by, never what it judges.
        let has_subject = rule.reads.iter().any(|reads| reads.kind != CONFIG && facts.has(&reads.kind));
        let is_streamed = |reads: &host::Reads| reads.kind == CHANGE;
        if !has_subject {
            planned.outcome.not_applicable.push(rule.info.id.clone());
        } else if rule.scope == host::Scope::Repository && rule.reads.iter().any(is_streamed) {
            let message = format!("`{CHANGE}` is a stream: only a rule that looks at one item at a time can read it");
            planned.outcome.undecided.push(stopped(policy, &[rule], &message));
        } else if rule.scope == host::Scope::Repository {
            together.push(rule);
        } else {
            for reads in &rule.reads {
                by_kind.entry(&reads.kind).or_default().push(rule);
            }
        }
    }
    if let Some(rules) = by_kind.remove(CHANGE) {
        let fields = fields(&rules, CHANGE);
        planned.consumers.push(Consumer { policy, rules, fields });
    }
    for (kind, rules) in by_kind {
        let fields = fields(&rules, kind);
        for Batch { items, input, bytes } in batches(policy, facts.items.get(kind).map_or(&[], Vec::as_slice), &fields)
        {
            let input = input.and_then(|input| planned.keep(input));
            let facts = vec![Given { kind, items, fields: fields.clone(), input }];
            let (scope, rules) = (host::Scope::Item, rules.clone());
            planned.calls.push(Call { policy, scope, rules, facts, bytes, refused: None });
        }
    }
    if together.is_empty() {
        return;
    }
    let mut kinds: Vec<&str> = together.iter().flat_map(|rule| &rule.reads).map(|reads| reads.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut bytes = 0_usize;
    let mut given = Vec::new();
    for kind in kinds {
        let fields = fields(&together, kind);
        let items: Vec<&Item> = facts.items.get(kind).map_or_else(Vec::new, |items| items.iter().collect());
        // What is over the limit is not called for, and need not be written to its end.
        let mut input = policy.input();
        if let Policy::Sandboxed(_) = policy {
            for item in &items {
                input.add(item, &fields);
                if bytes.saturating_add(input.bytes()) > REPOSITORY_BYTES {
                    break;
                }
            }
            input.close();
        }
        bytes = bytes.saturating_add(input.bytes());
        let input = if matches!(input, Input::Json(_)) { planned.keep(input) } else { None };
        given.push(Given { kind, items, fields, input });
    }
    let refused = (bytes > REPOSITORY_BYTES)
        .then(|| format!("the facts it reads are more than the limit of {REPOSITORY_BYTES} bytes"));
    let scope = host::Scope::Repository;
    planned.calls.push(Call { policy, scope, rules: together, facts: given, bytes, refused });
}

fn fields(rules: &[&host::Rule], kind: &str) -> Fields {
    let reads = rules.iter().flat_map(|rule| &rule.reads).filter(|reads| reads.kind == kind);
    Fields::new(reads.flat_map(|reads| reads.fields.iter().map(String::as_str)))
}

/// Items that go into one call.
struct Batch<'a> {
    items: Vec<&'a Item>,
    /// As the policy takes them, where that is written already.
    input: Option<Input>,
    bytes: usize,
}

/// Items in runs of about [`BATCH_BYTES`] of JSON each; all together for a policy that takes values.
fn batches<'a>(policy: &Policy, items: &'a [Item], fields: &Fields) -> Vec<Batch<'a>> {
    if let Policy::Native(_) = policy {
        return vec![Batch { items: items.iter().collect(), input: None, bytes: 0 }];
    }
    let mut out = Vec::new();
    let mut batch: Vec<&Item> = Vec::new();
    let mut json = String::new();
    let mut finish = |batch: &mut Vec<&'a Item>, json: &mut String| {
        let mut input = Input::Json(std::mem::take(json));
        input.close();
        let bytes = input.bytes();
        out.push(Batch { items: std::mem::take(batch), input: Some(input), bytes });
    };
    for item in items {
        let before = json.len();
        json.push(if json.is_empty() { '[' } else { ',' });
        engine_facts::wire::append(item, fields, &mut json);
        if json.len() > BATCH_BYTES && !batch.is_empty() {
            let last = json.split_off(before);
            finish(&mut batch, &mut json);
            json = last;
            json.replace_range(..1, "[");
        }
        batch.push(item);
    }
    if !batch.is_empty() {
        finish(&mut batch, &mut json);
    }
    out
}

fn made(call: Call<'_>, rulebook: &Rulebook) -> Outcome {
    let Call { policy, scope, rules, facts, refused, .. } = call;
    let mut outcome = Outcome::default();
    if let Some(refused) = &refused {
        outcome.undecided.push(stopped(policy, &rules, refused));
        return outcome;
    }
    let mut handed = Vec::with_capacity(facts.len());
    let mut items: Vec<Vec<&Item>> = Vec::with_capacity(facts.len());
    for given in facts {
        let input = given.input.unwrap_or_else(|| {
            let mut input = policy.input();
            given.items.iter().for_each(|item| input.add(item, &given.fields));
            input.close();
            input
        });
        handed.push((given.kind, input, given.items.len()));
        items.push(given.items);
    }
    let held: Vec<Handed<'_>> = items.iter().map(|items| Handed::Held(items)).collect();
    judged(policy, scope, &rules, &handed, &held, rulebook, &mut outcome);
    outcome.evaluated = rules.iter().map(|rule| rule.info.id.clone()).collect();
    outcome
}

/// Runs rules over what is handed over. Where that fails and the policy's rules can run one by one, they do, so that
/// one which overruns costs no other.
pub(crate) fn judged(
    policy: &Policy,
    scope: host::Scope,
    rules: &[&host::Rule],
    handed: &[(&str, Input, usize)],
    held: &[Handed<'_>],
    rulebook: &Rulebook,
    outcome: &mut Outcome,
) {
    let error = match policy.check(scope, None, handed) {
        Ok(report) => {
            outcome.add(answered(&report, rules, held, rulebook));
            outcome.undecided.extend(failed(&report, rules));
            return;
        }
        Err(error) => error,
    };
    if rules.len() < 2 || !policy.is_separable() {
        outcome.undecided.push(stopped(policy, rules, &error));
        return;
    }
    let mut overruns = 0;
    for (position, rule) in rules.iter().enumerate() {
        if overruns == MAX_OVERRUNS {
            let rest = rules.get(position..).unwrap_or(&[]);
            let message = format!("{overruns} of its rules overran, and the others were not run: {error}");
            outcome.undecided.push(stopped(policy, rest, &message));
            return;
        }
        match policy.check(scope, Some(rule.info.id.as_str()), handed) {
            Ok(report) => {
                outcome.add(answered(&report, &[rule], held, rulebook));
                outcome.undecided.extend(failed(&report, &[rule]));
            }
            Err(error) => {
                overruns += 1;
                outcome.undecided.push(stopped(policy, &[rule], &error));
            }
        }
    }
}

/// Rules that could not be computed.
fn failed(report: &host::Report, rules: &[&host::Rule]) -> Vec<Undecided> {
    let asked = report.failed.iter().filter(|(id, _)| rules.iter().any(|rule| rule.info.id == *id));
    let undecided = |(id, message): &(RuleId, String)| Undecided {
        cause: None,
        closes: true,
        message: format!("the rule `{id}` failed: {message}"),
        location: None,
        way_out: None,
        rules: vec![id.clone()],
    };
    asked.map(undecided).collect()
}

/// Rules that a limit or a trap stopped, or that were not run at all.
pub(crate) fn stopped(policy: &Policy, rules: &[&host::Rule], message: &str) -> Undecided {
    let mut rules: Vec<RuleId> = rules.iter().map(|rule| rule.info.id.clone()).collect();
    rules.sort_unstable();
    rules.dedup();
    let message = format!("the policy `{}` was stopped: {message}", policy.id());
    Undecided { cause: None, closes: true, message, location: None, way_out: None, rules }
}

/// What a call said of the rules that it was made for: a plugin also speaks for rules that have no subject here.
pub(crate) fn answered(
    report: &host::Report,
    rules: &[&host::Rule],
    handed: &[Handed<'_>],
    rulebook: &Rulebook,
) -> Outcome {
    let asked = |id: &RuleId| rules.iter().any(|rule| rule.info.id == *id);
    let answer = Answer { handed, rulebook };
    let findings = report.findings.iter().filter(|finding| asked(&finding.rule));
    let undecided = report.undecided.iter().filter(|undecided| asked(&undecided.rule));
    let mut outcome =
        Outcome { undecided: undecided.map(|undecided| answer.undecidable(undecided)).collect(), ..Outcome::default() };
    for finding in findings {
        match answer.found(finding) {
            Some(found) => outcome.findings.push(found),
            None => outcome.undecided.push(lost(finding)),
        }
    }
    outcome
}

/// A finding about something that is written nowhere: it cannot be shown, and must not be lost.
fn lost(finding: &host::Finding) -> Undecided {
    Undecided {
        cause: None,
        closes: true,
        message: format!("the rule `{}` says of what is written nowhere: {}", finding.rule, finding.message),
        location: None,
        way_out: None,
        rules: vec![finding.rule.clone()],
    }
}

/// What one call was handed, to find the places of what it says.
struct Answer<'a> {
    handed: &'a [Handed<'a>],
    rulebook: &'a Rulebook,
}

impl Answer<'_> {
    fn located(&self, place: &host::Place) -> Option<Located> {
        self.handed.get(place.facts)?.locate(place)
    }

    fn found(&self, finding: &host::Finding) -> Option<Finding> {
        let rule = self.rulebook.info(&finding.rule)?;
        let place = self.located(&finding.place)?;
        let related = finding.related.iter().filter_map(|related| {
            Some(Related { message: related.message.clone(), location: self.located(&related.place)?.location })
        });
        Some(Finding {
            rule: finding.rule.clone(),
            class: rule.class,
            severity: rule.severity,
            message: finding.message.clone(),
            location: place.location,
            route: place.route,
            used_by: place.used_by.into_iter().collect(),
            related: related.collect(),
            help: finding.help.clone(),
            fix: finding.fix.as_ref().map(|fix| self.mended(fix)),
        })
    }

    fn mended(&self, fix: &host::Fix) -> Fix {
        let edit = |edit: &host::Edit| {
            Some(Edit { location: self.located(&edit.place)?.whole, replacement: edit.replacement.clone() })
        };
        Fix {
            title: fix.title.clone(),
            applicability: if fix.safe { Applicability::Safe } else { Applicability::Review },
            edits: fix.edits.iter().filter_map(edit).collect(),
            snippet: fix.snippet.clone(),
        }
    }

    fn undecidable(&self, undecided: &host::Undecided) -> Undecided {
        let place = self.located(&undecided.place);
        Undecided {
            cause: Some(engine_model::GapCause::Dynamic),
            closes: false,
            message: undecided.message.clone(),
            location: place.map(|place| place.location),
            way_out: None,
            rules: vec![undecided.rule.clone()],
        }
    }
}
