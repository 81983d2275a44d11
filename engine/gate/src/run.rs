//! Facts through policies: one call for each kind that item rules read, one for repository rules. What is a stream
//! goes its own way, see [`stream`].

use std::collections::BTreeMap;

use engine_config::CONFIG;
use engine_facts::terraform::plan::{CHANGE, Change};
use engine_facts::wire::{self, Fields, Item};
use engine_host as host;
use engine_model::{Applicability, Edit, Finding, Fix, Related, RuleId, Undecided};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::derive::FactSet;
use crate::library::Library;
use crate::locate::{Located, locate};
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

/// One call of one plugin.
struct Call<'a> {
    plugin: &'a host::Plugin,
    scope: host::Scope,
    rules: Vec<&'a host::Rule>,
    /// Kinds and their items, with the fields to be cut to. The JSON is written when the call is made.
    facts: Vec<(&'a str, Vec<&'a Item>, Fields)>,
    /// How many bytes of JSON that is.
    bytes: usize,
    /// Set where the call is not made, and why.
    refused: Option<String>,
}

/// Runs every policy over the facts.
pub(crate) fn run(
    plugins: &[host::Plugin],
    facts: &FactSet,
    library: &Library<'_>,
    rulebook: &Rulebook,
    progress: &dyn Progress,
) -> Outcome {
    let mut planned = Planned::default();
    for plugin in plugins {
        plan(plugin, facts, rulebook, &mut planned);
    }
    let Planned { calls, consumers, mut outcome } = planned;
    progress.begin(Step::Judge, calls.len().saturating_add(facts.plans.len()));
    let make = |call: &Call<'_>| {
        let made = made(call, rulebook);
        progress.advance();
        made
    };
    let (large, small): (Vec<Call<'_>>, Vec<Call<'_>>) = calls.into_iter().partition(|call| call.bytes >= LARGE_BYTES);
    let made: Vec<Outcome> =
        if small.len() < 2 { small.iter().map(make).collect() } else { (&small).into_par_iter().map(make).collect() };
    made.into_iter().chain(large.iter().map(make)).for_each(|made| outcome.add(made));
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
}

/// The calls that a plugin's rules need.
fn plan<'a>(plugin: &'a host::Plugin, facts: &'a FactSet, rulebook: &Rulebook, planned: &mut Planned<'a>) {
    let Planned { calls, consumers, outcome } = planned;
    let mut by_kind: BTreeMap<&str, Vec<&host::Rule>> = BTreeMap::new();
    let mut together: Vec<&host::Rule> = Vec::new();
    for rule in plugin.manifest().rules.iter().filter(|rule| rulebook.runs(&rule.info.id)) {
        // The configuration is always there: it is what a rule judges by, never what it judges.
        let has_subject = rule.reads.iter().any(|reads| reads.kind != CONFIG && facts.has(&reads.kind));
        let is_streamed = |reads: &host::Reads| reads.kind == CHANGE;
        if !has_subject {
            outcome.not_applicable.push(rule.info.id.clone());
        } else if rule.scope == host::Scope::Repository && rule.reads.iter().any(is_streamed) {
            let message = format!("`{CHANGE}` is a stream: only a rule that looks at one item at a time can read it");
            outcome.undecided.push(stopped(plugin, &[rule], &message));
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
        consumers.push(Consumer { plugin, rules, fields });
    }
    for (kind, rules) in by_kind {
        let fields = fields(&rules, kind);
        for (items, bytes) in batches(facts.items.get(kind).map_or(&[], Vec::as_slice), &fields) {
            let (scope, rules, facts) = (host::Scope::Item, rules.clone(), vec![(kind, items, fields.clone())]);
            calls.push(Call { plugin, scope, rules, facts, bytes, refused: None });
        }
    }
    if together.is_empty() {
        return;
    }
    let mut kinds: Vec<&str> = together.iter().flat_map(|rule| &rule.reads).map(|reads| reads.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut bytes = 0_usize;
    let handed = kinds.iter().map(|kind| {
        let fields = fields(&together, kind);
        let items: Vec<&Item> = facts.items.get(*kind).map_or_else(Vec::new, |items| items.iter().collect());
        bytes = items.iter().fold(bytes, |bytes, item| bytes.saturating_add(wire::size(item, &fields)));
        (*kind, items, fields)
    });
    let handed: Vec<_> = handed.collect();
    let refused = (bytes > REPOSITORY_BYTES)
        .then(|| format!("the facts it reads are {bytes} bytes, the limit is {REPOSITORY_BYTES} bytes"));
    calls.push(Call { plugin, scope: host::Scope::Repository, rules: together, facts: handed, bytes, refused });
}

fn fields(rules: &[&host::Rule], kind: &str) -> Fields {
    let reads = rules.iter().flat_map(|rule| &rule.reads).filter(|reads| reads.kind == kind);
    Fields::new(reads.flat_map(|reads| reads.fields.iter().map(String::as_str)))
}

/// Items in runs of about [`BATCH_BYTES`] of JSON each, and how much that is.
fn batches<'a>(items: &'a [Item], fields: &Fields) -> Vec<(Vec<&'a Item>, usize)> {
    let mut out: Vec<(Vec<&Item>, usize)> = Vec::new();
    for item in items {
        let size = wire::size(item, fields);
        match out.last_mut() {
            Some((batch, bytes)) if bytes.saturating_add(size) <= BATCH_BYTES => {
                batch.push(item);
                *bytes = bytes.saturating_add(size);
            }
            _ => out.push((vec![item], size)),
        }
    }
    out
}

fn made(call: &Call<'_>, rulebook: &Rulebook) -> Outcome {
    let mut outcome = Outcome::default();
    if let Some(refused) = &call.refused {
        outcome.undecided.push(stopped(call.plugin, &call.rules, refused));
        return outcome;
    }
    let written: Vec<String> =
        call.facts.iter().map(|(_, items, fields)| wire::json(items.iter().copied(), fields)).collect();
    let facts = call.facts.iter().zip(&written);
    let facts: Vec<host::Facts<'_>> =
        facts.map(|((kind, items, _), json)| host::Facts { kind, json, items: items.len() }).collect();
    let report = match call.plugin.check(call.scope, &facts) {
        Ok(report) => report,
        Err(error) => {
            outcome.undecided.push(stopped(call.plugin, &call.rules, &error.to_string()));
            return outcome;
        }
    };
    let handed: Vec<Handed<'_>> = call.facts.iter().map(|(_, items, _)| Handed::Held(items)).collect();
    outcome = answered(&report, &call.rules, &handed, rulebook);
    outcome.evaluated = call.rules.iter().map(|rule| rule.info.id.clone()).collect();
    outcome
}

/// Rules that a limit or a trap stopped, or that were not run at all.
pub(crate) fn stopped(plugin: &host::Plugin, rules: &[&host::Rule], message: &str) -> Undecided {
    let mut rules: Vec<RuleId> = rules.iter().map(|rule| rule.info.id.clone()).collect();
    rules.sort_unstable();
    rules.dedup();
    let message = format!("the policy `{}` was stopped: {message}", plugin.id());
    Undecided { cause: None, message, location: None, way_out: None, rules }
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
    Outcome {
        findings: findings.filter_map(|finding| answer.found(finding)).collect(),
        undecided: undecided.map(|undecided| answer.undecidable(undecided)).collect(),
        ..Outcome::default()
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
            message: undecided.message.clone(),
            location: place.map(|place| place.location),
            way_out: None,
            rules: vec![undecided.rule.clone()],
        }
    }
}
