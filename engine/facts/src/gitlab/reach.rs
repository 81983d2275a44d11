//! Which refs reach a job: every kind of pipeline that its text tells apart, tried on its rules.
//!
//! Each of the pipelines that [`Mentioned`] tells apart walks through `workflow:rules`, then through the job's rules in
//! order, where the first match wins, or through `only` and `except`. An answer is yes, no, or why it cannot be told. Whoever starts a pipeline sets its variables, so that only
//! GitLab's own are believed; that those can be overridden too, where a project allows it, is not seen here.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use engine_model::{Unknown, Value, Why};

use super::atom::{Atom, Mentioned, Name, pattern_of, source_of};
use super::condition::{Pipeline as _, Truth};
use super::start::{Limit, Rule};
use crate::sourced::Sourced;

/// How many names one job may tell apart.
const MAX_NAMES: usize = 64;

/// How many steps the jobs of one pipeline may take together: a step is a character of a name in a state of a pattern.
pub(super) const MAX_STEPS: usize = 100_000_000;

/// What can take a way to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// What the pipeline is for.
    pub kind: RefKind,
    /// The ref's name; of a merge request, its source branch.
    pub name: RefName,
    /// Whether only refs that are protected can.
    pub protected: bool,
    /// The sources of the pipeline, sorted; empty for any.
    pub sources: Vec<String>,
    /// Why it cannot be told whether it can; `None` where it can.
    pub doubt: Option<Unknown>,
}

/// What a pipeline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A merge request.
    MergeRequest,
}

/// Names of refs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefName {
    /// Any, or any but a few.
    Any,
    /// The default branch's.
    Default,
    /// This one.
    Exact(String),
    /// Those that match, `*` standing for any number of characters.
    Pattern(String),
}

/// A job as it is asked about.
pub(super) struct Asked<'j> {
    /// `workflow:rules`; `None` where there are none.
    pub(super) workflow: Option<&'j [Rule]>,
    /// The job's rules; `None` where it has none.
    pub(super) rules: Option<&'j [Rule]>,
    pub(super) only: Option<&'j Limit>,
    pub(super) except: Option<&'j Limit>,
    /// Variables that the pipeline's text sets, so that they are not GitLab's.
    pub(super) declared: BTreeSet<&'j str>,
    /// Set where something that is not in the tree may change all of it.
    pub(super) doubt: Option<Unknown>,
    /// What is left of [`MAX_STEPS`].
    pub(super) steps: &'j Cell<usize>,
}

/// Whether a pipeline gets somewhere.
#[derive(Clone, Copy, Debug)]
enum Reached<'j> {
    No,
    Maybe(&'j Unknown),
    Yes,
}

impl Reached<'_> {
    /// Whether a pipeline gets to both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Maybe(why), _) | (_, Self::Maybe(why)) => Self::Maybe(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// Whether it gets to one of them.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Maybe(why), _) | (_, Self::Maybe(why)) => Self::Maybe(why),
            (Self::No, Self::No) => Self::No,
        }
    }
}

impl<'j> From<Truth<'j>> for Reached<'j> {
    fn from(truth: Truth<'j>) -> Self {
        match truth {
            Truth::No => Self::No,
            Truth::Yes => Self::Yes,
            Truth::Unknown(why) => Self::Maybe(why),
        }
    }
}

/// What can take each of the job's ways to start: for each rule in order, also those that say `never`, or for its only
/// way where it has no rules.
pub(super) fn refs(asked: &Asked<'_>) -> Vec<Vec<Ref>> {
    let ways = asked.rules.map_or(1, <[Rule]>::len);
    let mentioned = Mentioned::of(asked);
    let all = asked.workflow.into_iter().flatten().chain(asked.rules.into_iter().flatten());
    let size: usize = all.map(Rule::size).fold(16, usize::saturating_add);
    let limits = asked.only.into_iter().chain(asked.except).map(Limit::size);
    let size = limits.fold(size, usize::saturating_add);
    let atoms = mentioned.names.len().saturating_mul(mentioned.sources.len().saturating_add(2)).saturating_mul(6);
    let cost = size.saturating_mul(atoms).saturating_mul(mentioned.longest());
    let left = asked.steps.get().checked_sub(cost).filter(|_| mentioned.names.len() <= MAX_NAMES);
    let Some(left) = left else {
        let why = Unknown { why: Why::NotEvaluated, on: "more rules and names than are followed".to_owned() };
        let kinds = [RefKind::Branch, RefKind::Tag, RefKind::MergeRequest];
        let entry =
            |kind| Ref { kind, name: RefName::Any, protected: false, sources: Vec::new(), doubt: Some(why.clone()) };
        return vec![kinds.map(entry).to_vec(); ways];
    };
    asked.steps.set(left);
    let mut tables: Vec<Table<'_>> = vec![Table::default(); ways];
    for atom in mentioned.atoms(&asked.declared) {
        let exists = asked.workflow.map_or(Reached::Yes, |rules| {
            let hits = walked(rules, &atom).into_iter().zip(rules).filter(|(_, rule)| !rule.is_never());
            hits.fold(Reached::No, |exists, (hit, _)| exists.or(hit))
        });
        let hits = match asked.rules {
            Some(rules) => walked(rules, &atom),
            None => vec![limited(asked, &atom)],
        };
        for (table, hit) in tables.iter_mut().zip(hits) {
            let hit = hit.and(exists);
            let hit = asked.doubt.as_ref().map_or(hit, |why| hit.and(Reached::Maybe(why)));
            table.add(&atom, hit);
        }
    }
    tables.into_iter().map(Table::refs).collect()
}

/// For each rule whether the pipeline gets there and matches, the first match being the last.
fn walked<'j>(rules: &'j [Rule], atom: &Atom<'_>) -> Vec<Reached<'j>> {
    let mut out = Vec::new();
    let mut comes = Reached::Yes;
    for rule in rules {
        let matches = match &rule.condition {
            _ if matches!(comes, Reached::No) => Reached::No,
            Ok(None) => Reached::Yes,
            Ok(Some(condition)) => condition.holds(atom).into(),
            Err(unknown) => Reached::Maybe(unknown),
        };
        let hit = matches.and(comes);
        // A rule whose `when` is unknown may say `never`.
        out.push(match &rule.start.when.value {
            Value::Unknown(why) => hit.and(Reached::Maybe(why)),
            _ => hit,
        });
        comes = match matches {
            // Whoever pushes chooses which files change, and which exist.
            Reached::Yes if rule.asks_for_files(atom.is_pushed()) => comes,
            Reached::Yes => Reached::No,
            Reached::Maybe(why) => comes.and(Reached::Maybe(why)),
            Reached::No => comes,
        };
    }
    out
}

/// Whether the pipeline passes `only` and `except`, or GitLab's default for a job that has neither.
fn limited<'j>(asked: &Asked<'j>, atom: &Atom<'_>) -> Reached<'j> {
    let ref_of_git = Reached::from(Truth::from(atom.kind != RefKind::MergeRequest));
    let any = |limit: &'j Limit| {
        let each = limit.refs.iter().map(|name| selected(name, atom));
        each.fold(Reached::No, Reached::or)
    };
    let variables = |limit: &'j Limit| {
        let each = limit.conditions.iter().map(|condition| match condition {
            Ok(condition) => condition.holds(atom).into(),
            Err(unknown) => Reached::Maybe(unknown),
        });
        each.fold(Reached::No, Reached::or)
    };
    let included = match asked.only {
        Some(only) => {
            let refs = if only.refs.is_empty() { ref_of_git } else { any(only) };
            if only.conditions.is_empty() { refs } else { refs.and(variables(only)) }
        }
        None if asked.workflow.is_some() => Reached::Yes,
        None => ref_of_git,
    };
    let excluded = match asked.except {
        // Which files change is the choice of whoever pushes; without a push every file counts as changed.
        Some(except) if !except.changes.is_empty() && !atom.is_pushed() => Reached::Yes,
        Some(except) => any(except).or(variables(except)),
        None => Reached::No,
    };
    match excluded {
        Reached::Yes => Reached::No,
        Reached::Maybe(why) => included.and(Reached::Maybe(why)),
        Reached::No => included,
    }
}

/// Whether an entry of `only: refs` selects the pipeline.
fn selected<'j>(entry: &'j Sourced<String>, atom: &Atom<'_>) -> Reached<'j> {
    let text = match &entry.value {
        Value::Known(text) => text.as_str(),
        Value::Unknown(why) => return Reached::Maybe(why),
        Value::Absent => return Reached::No,
    };
    let (text, elsewhere) = text.split_once('@').map_or((text, false), |(text, _)| (text, true));
    let keyword = match text {
        "branches" => atom.kind == RefKind::Branch,
        "tags" => atom.kind == RefKind::Tag,
        _ => match (source_of(text), atom.source) {
            (Some(wanted), source) => Some(wanted) == source,
            (None, _) => false,
        },
    };
    let found = if keyword {
        Some(true)
    } else if atom.kind == RefKind::MergeRequest {
        Some(false)
    } else {
        match pattern_of(text) {
            Some(pattern) => atom.matches(&pattern),
            None => atom.is_named(text),
        }
    };
    match found {
        Some(false) => Reached::No,
        // The project behind `@` may be this one.
        Some(true) if elsewhere => Reached::Maybe(&OTHER_PROJECT),
        Some(true) => Reached::Yes,
        None => Reached::Maybe(&PATTERN),
    }
}

static OTHER_PROJECT: LazyLock<Unknown> =
    LazyLock::new(|| Unknown { why: Why::Dynamic, on: "the project's own path".to_owned() });
static PATTERN: LazyLock<Unknown> =
    LazyLock::new(|| Unknown { why: Why::NotEvaluated, on: "a pattern of `only` or `except`".to_owned() });

/// For each kind and name, how a pipeline gets there.
#[derive(Clone, Default)]
struct Table<'j>(BTreeMap<(RefKind, &'j Name), [Ways<'j>; 2]>);

/// The sources by which a pipeline gets there, and those by which it may; `None` is any that is not mentioned.
#[derive(Clone, Default)]
struct Ways<'j> {
    sure: BTreeSet<Option<&'j str>>,
    open: BTreeSet<Option<&'j str>>,
    doubt: Option<&'j Unknown>,
}

impl<'j> Table<'j> {
    fn add(&mut self, atom: &Atom<'j>, hit: Reached<'j>) {
        let [free, protected] = self.0.entry((atom.kind, atom.name)).or_default();
        let ways = if atom.protected { protected } else { free };
        match hit {
            Reached::No => {}
            Reached::Yes => {
                ways.sure.insert(atom.source);
            }
            Reached::Maybe(why) => {
                ways.open.insert(atom.source);
                ways.doubt.get_or_insert(why);
            }
        }
    }

    fn refs(self) -> Vec<Ref> {
        let mut out: Vec<Ref> = Vec::new();
        for ((kind, name), [free, protected]) in self.0 {
            let name = match name {
                Name::Other => RefName::Any,
                Name::Default => RefName::Default,
                Name::Exact(name) => RefName::Exact(name.clone()),
                Name::Pattern(names) => RefName::Pattern(names.glob()),
            };
            let mut entries: Vec<Ref> = Vec::new();
            for (ways, protected) in [(&free, false), (&protected, true)] {
                for (sources, doubt) in [(&ways.sure, None), (&ways.open, ways.doubt)] {
                    if sources.is_empty() {
                        continue;
                    }
                    let all = kind == RefKind::MergeRequest || sources.contains(&None);
                    let sources = sources.iter().flatten().map(|source| (*source).to_owned());
                    let sources = if all { Vec::new() } else { sources.collect() };
                    let entry = Ref { kind, name: name.clone(), protected, sources, doubt: doubt.cloned() };
                    if !entries.iter().any(|known| known.says_more_than(&entry)) {
                        entries.push(entry);
                    }
                }
            }
            out.extend(entries);
        }
        let any: Vec<Ref> = out.iter().filter(|entry| entry.name == RefName::Any).cloned().collect();
        out.retain(|entry| entry.name == RefName::Any || !any.iter().any(|any| any.says_more_than(entry)));
        out.dedup();
        out
    }
}

impl Ref {
    /// Whether `other`, of the same kind and of no name that is not one of these, goes without saying.
    fn says_more_than(&self, other: &Self) -> bool {
        let sources = self.sources.is_empty()
            || !other.sources.is_empty() && other.sources.iter().all(|s| self.sources.contains(s));
        let sure = self.doubt.is_none() || other.doubt.is_some();
        self.kind == other.kind && sure && sources && (!self.protected || other.protected)
    }
}
