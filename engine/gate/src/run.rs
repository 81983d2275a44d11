//! Facts through policies: one call for each kind that item rules read, one for repository rules.

use std::collections::BTreeMap;

use engine_facts::wire::{self, Fields, Item};
use engine_host as host;
use engine_model::{Applicability, Edit, Finding, Fix, Related, RuleId, Undecided};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::derive::FactSet;
use crate::locate::{Located, locate};
use crate::progress::{Progress, Step};

/// How much JSON one call for item rules is handed.
const BATCH_BYTES: usize = 1024 * 1024;

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

/// One call of one plugin.
struct Call<'a> {
    plugin: &'a host::Plugin,
    scope: host::Scope,
    rules: Vec<&'a host::Rule>,
    facts: Vec<(&'a str, Vec<&'a Item>, String)>,
    /// Set where the call is not made, and why.
    refused: Option<String>,
}

/// Runs every policy over the facts.
pub(crate) fn run(plugins: &[host::Plugin], facts: &FactSet, progress: &dyn Progress) -> Outcome {
    let mut outcome = Outcome::default();
    let mut calls = Vec::new();
    for plugin in plugins {
        plan(plugin, facts, &mut calls, &mut outcome);
    }
    progress.begin(Step::Judge, calls.len());
    let make = |call: &Call<'_>| {
        let made = made(call);
        progress.advance();
        made
    };
    let made: Vec<Outcome> =
        if calls.len() < 2 { calls.iter().map(make).collect() } else { (&calls).into_par_iter().map(make).collect() };
    for made in made {
        outcome.findings.extend(made.findings);
        outcome.undecided.extend(made.undecided);
        outcome.evaluated.extend(made.evaluated);
    }
    outcome.evaluated.sort_unstable();
    outcome.evaluated.dedup();
    // A rule that a limit stopped in one batch has not run to its end.
    let stopped = |rule: &RuleId| {
        outcome.undecided.iter().any(|undecided| undecided.cause.is_none() && undecided.rules.contains(rule))
    };
    outcome.evaluated = outcome.evaluated.iter().filter(|rule| !stopped(rule)).cloned().collect();
    outcome
}

/// The calls that a plugin's rules need.
fn plan<'a>(plugin: &'a host::Plugin, facts: &'a FactSet, calls: &mut Vec<Call<'a>>, outcome: &mut Outcome) {
    let mut by_kind: BTreeMap<&str, Vec<&host::Rule>> = BTreeMap::new();
    let mut together: Vec<&host::Rule> = Vec::new();
    for rule in &plugin.manifest().rules {
        if !rule.reads.iter().any(|reads| facts.items.contains_key(reads.kind.as_str())) {
            outcome.not_applicable.push(rule.info.id.clone());
        } else if rule.scope == host::Scope::Repository {
            together.push(rule);
        } else {
            for reads in &rule.reads {
                by_kind.entry(&reads.kind).or_default().push(rule);
            }
        }
    }
    for (kind, rules) in by_kind {
        let fields = fields(&rules, kind);
        for items in batches(facts.items.get(kind).map_or(&[], Vec::as_slice), &fields) {
            let json = wire::json(items.iter().copied(), &fields);
            let (scope, rules) = (host::Scope::Item, rules.clone());
            calls.push(Call { plugin, scope, rules, facts: vec![(kind, items, json)], refused: None });
        }
    }
    if together.is_empty() {
        return;
    }
    let mut kinds: Vec<&str> = together.iter().flat_map(|rule| &rule.reads).map(|reads| reads.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let handed = |kind: &&'a str| {
        let items: Vec<&Item> = facts.items.get(*kind).map_or_else(Vec::new, |items| items.iter().collect());
        let json = wire::json(items.iter().copied(), &fields(&together, kind));
        (*kind, items, json)
    };
    let handed: Vec<_> = kinds.iter().map(handed).collect();
    let bytes: usize = handed.iter().map(|(_, _, json)| json.len()).sum();
    let refused = (bytes > REPOSITORY_BYTES)
        .then(|| format!("the facts it reads are {bytes} bytes, the limit is {REPOSITORY_BYTES} bytes"));
    calls.push(Call { plugin, scope: host::Scope::Repository, rules: together, facts: handed, refused });
}

fn fields(rules: &[&host::Rule], kind: &str) -> Fields {
    let reads = rules.iter().flat_map(|rule| &rule.reads).filter(|reads| reads.kind == kind);
    Fields::new(reads.flat_map(|reads| reads.fields.iter().map(String::as_str)))
}

/// Items in runs of about [`BATCH_BYTES`] of JSON each.
fn batches<'a>(items: &'a [Item], fields: &Fields) -> Vec<Vec<&'a Item>> {
    let mut out: Vec<Vec<&Item>> = Vec::new();
    let mut bytes = usize::MAX;
    for item in items {
        let size = wire::json([item], fields).len();
        match out.last_mut() {
            Some(batch) if bytes.saturating_add(size) <= BATCH_BYTES => {
                batch.push(item);
                bytes = bytes.saturating_add(size);
            }
            _ => {
                out.push(vec![item]);
                bytes = size;
            }
        }
    }
    out
}

fn made(call: &Call<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let stopped = |message: String| Undecided {
        cause: None,
        message: format!("the policy `{}` was stopped: {message}", call.plugin.id()),
        location: None,
        way_out: None,
        rules: sorted(call.rules.iter().map(|rule| rule.info.id.clone()).collect()),
    };
    if let Some(refused) = &call.refused {
        outcome.undecided.push(stopped(refused.clone()));
        return outcome;
    }
    let facts: Vec<host::Facts<'_>> =
        call.facts.iter().map(|(kind, items, json)| host::Facts { kind, json, items: items.len() }).collect();
    let report = match call.plugin.check(call.scope, &facts) {
        Ok(report) => report,
        Err(error) => {
            outcome.undecided.push(stopped(error.to_string()));
            return outcome;
        }
    };
    outcome.evaluated = call.rules.iter().map(|rule| rule.info.id.clone()).collect();
    outcome.findings = report.findings.iter().filter_map(|finding| found(call, finding)).collect();
    outcome.undecided = report.undecided.iter().map(|undecided| undecidable(call, undecided)).collect();
    outcome
}

fn sorted(mut rules: Vec<RuleId>) -> Vec<RuleId> {
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn located(call: &Call<'_>, place: &host::Place) -> Option<Located> {
    let (_, items, _) = call.facts.get(place.facts)?;
    locate(items.get(place.item)?, &place.route, place.range)
}

fn found(call: &Call<'_>, finding: &host::Finding) -> Option<Finding> {
    let rule = call.rules.iter().find(|rule| rule.info.id == finding.rule)?;
    let place = located(call, &finding.place)?;
    let related = finding.related.iter().filter_map(|related| {
        Some(Related { message: related.message.clone(), location: located(call, &related.place)?.location })
    });
    Some(Finding {
        rule: finding.rule.clone(),
        class: rule.info.class,
        severity: rule.info.severity,
        message: finding.message.clone(),
        location: place.location,
        route: place.route,
        used_by: place.used_by.into_iter().collect(),
        related: related.collect(),
        help: finding.help.clone(),
        fix: finding.fix.as_ref().map(|fix| mended(call, fix)),
    })
}

fn mended(call: &Call<'_>, fix: &host::Fix) -> Fix {
    let edit = |edit: &host::Edit| {
        Some(Edit { location: located(call, &edit.place)?.whole, replacement: edit.replacement.clone() })
    };
    Fix {
        title: fix.title.clone(),
        applicability: if fix.safe { Applicability::Safe } else { Applicability::Review },
        edits: fix.edits.iter().filter_map(edit).collect(),
        snippet: fix.snippet.clone(),
    }
}

fn undecidable(call: &Call<'_>, undecided: &host::Undecided) -> Undecided {
    let place = located(call, &undecided.place);
    Undecided {
        cause: Some(engine_model::GapCause::Dynamic),
        message: undecided.message.clone(),
        location: place.map(|place| place.location),
        way_out: None,
        rules: vec![undecided.rule.clone()],
    }
}
