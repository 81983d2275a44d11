//! What can take a way to start, put together from every way of the ref's name in every kind of pipeline.

use std::collections::{BTreeMap, BTreeSet};

use engine_model::{Unknown, Why};

use super::formula::{Term, Title};
use super::mentioned::Mentioned;
use super::model::Literals;
use super::search::Cell;
use super::witness::Witness;
use super::world::{Hands, World};
use super::{Ref, RefKind, RefName};

/// Why nothing is known where the search was given up.
pub(super) const TOO_MUCH: &str = "more rules and names than are followed";

/// What is said where the search was given up.
pub(super) fn open() -> Vec<Ref> {
    let why = Unknown { why: Why::NotEvaluated, on: TOO_MUCH.to_owned() };
    let entry = |kind| Ref {
        kind,
        name: RefName::Any,
        protected: false,
        fork: kind == RefKind::MergeRequest,
        sources: Vec::new(),
        doubt: Some(why.clone()),
        witness: None,
    };
    [RefKind::Branch, RefKind::Tag, RefKind::MergeRequest].map(entry).to_vec()
}

/// What a way to start is taken by, by the kind and name of the ref, whether it has to be protected, and whether it may
/// be a fork's.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways(BTreeMap<(RefKind, RefName, bool, bool), Way>);

/// The sources by which a pipeline gets there, and those by which it may.
#[derive(Clone, Debug, Default)]
struct Way {
    sure: BTreeSet<&'static str>,
    shown: Option<Witness>,
    open: BTreeSet<&'static str>,
    doubt: Option<(Unknown, Witness)>,
}

impl Ways {
    pub(super) fn add(&mut self, world: &World<'_>, cell: &Cell) {
        let protected = world.protected == Some(true);
        let fork = world.kind == RefKind::MergeRequest && world.fork != Some(false);
        let name = named(world, &cell.name);
        let witness = Witness::of(world, cell);
        let doubt = match doubt(world, cell, &witness) {
            Doubt::None => None,
            Doubt::Some(why) => Some(why),
            Doubt::Said => return,
        };
        let way = self.0.entry((world.kind, name, protected, fork)).or_default();
        match doubt {
            None => {
                way.sure.insert(world.root);
                way.shown.get_or_insert(witness);
            }
            Some(why) => {
                way.open.insert(world.root);
                way.doubt.get_or_insert((why, witness));
            }
        }
    }

    pub(super) fn refs(self, mentioned: &Mentioned) -> Vec<Ref> {
        let mut groups: BTreeMap<(RefKind, RefName), Vec<Ref>> = BTreeMap::new();
        for ((kind, name, protected, fork), way) in self.0 {
            let group = groups.entry((kind, name.clone())).or_default();
            let (doubt, shown) = way.doubt.unzip();
            for (sources, doubt, witness) in [(way.sure, None, way.shown), (way.open, doubt, shown)] {
                if sources.is_empty() {
                    continue;
                }
                let all = kind == RefKind::MergeRequest || mentioned.is_all(kind, &sources);
                let sources =
                    if all { Vec::new() } else { sources.iter().map(|source| (*source).to_owned()).collect() };
                group.push(Ref { kind, name: name.clone(), protected, fork, sources, doubt, witness });
            }
        }
        let mut out: Vec<Ref> = Vec::new();
        for group in groups.into_values() {
            let said = |at: usize, entry: &Ref| {
                group.iter().enumerate().any(|(other, known)| {
                    other != at && known.says_more_than(entry) && (other < at || !entry.says_more_than(known))
                })
            };
            let kept = group.iter().enumerate().filter(|(at, entry)| !said(*at, entry));
            let kept: Vec<Ref> = kept.map(|(_, entry)| entry.clone()).collect();
            out.extend(kept);
        }
        let any: Vec<Ref> = out.iter().filter(|entry| entry.name == RefName::Any).cloned().collect();
        out.retain(|entry| entry.name == RefName::Any || !any.iter().any(|any| any.says_more_than(entry)));
        out
    }
}

/// Whether it is certain that a way is there.
pub(super) enum Doubt {
    None,
    Some(Unknown),
    /// It is told where nobody sets a variable.
    Said,
}

pub(super) fn doubt(world: &World<'_>, cell: &Cell, witness: &Witness) -> Doubt {
    match (&cell.doubt, world.hands) {
        (Some(why), _) => Doubt::Some(why.clone()),
        (None, Hands::Project) => match witness.variables.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Doubt::Some(Unknown { why: Why::Dynamic, on: format!("${name}") }),
            None => Doubt::Said,
        },
        (None, Hands::Nobody | Hands::Starter | Hands::Told) => Doubt::None,
    }
}

/// The names that were told apart, for people.
fn named(world: &World<'_>, name: &Literals) -> RefName {
    if let Some(text) = &name.is {
        return RefName::Exact(text.to_string());
    }
    let default = |term: &Term| world.table.holder(*term).is_some_and(|holder| holder.title == Title::Default);
    if name.same.iter().any(default) {
        return RefName::Default;
    }
    let globs = name.within.iter().map(|language| world.languages.glob(*language));
    // Of several patterns the one that says most.
    match globs.max_by_key(String::len) {
        Some(glob) => RefName::Pattern(glob),
        None => RefName::Any,
    }
}

impl Ref {
    /// Whether `other`, of the same kind and of no name that is not one of these, goes without saying.
    fn says_more_than(&self, other: &Self) -> bool {
        let sources = self.sources.is_empty()
            || !other.sources.is_empty() && other.sources.iter().all(|s| self.sources.contains(s));
        let sure = self.doubt.is_none() || other.doubt.is_some();
        let wide = (!self.protected || other.protected) && (self.fork || !other.fork);
        self.kind == other.kind && sure && sources && wide
    }
}
