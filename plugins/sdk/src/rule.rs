//! A rule: its page, how it looks at facts, and the function that judges them.

use std::fmt;

use crate::input::Input;
use crate::{Facts, Item, Items, Report, Shape, page};

/// How a rule looks at its facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One item at a time.
    Item,
    /// All items of all kinds it reads, together.
    Repository,
}

/// A kind of fact that a rule reads, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The kind.
    pub kind: &'static str,
    /// Paths of names and `*` joined by dots, sorted.
    pub fields: Vec<String>,
}

/// One check with an id. Made by [`Rule::item`] or [`Rule::repository`]; the id is the heading of its [page](mod@page).
pub struct Rule {
    page: &'static str,
    scope: Scope,
    check: Box<dyn Check>,
}

impl Rule {
    /// A rule that judges one item at a time; what it reads follows from the function's argument.
    ///
    /// The engine may hand items over in several calls, so the function must not compare them: that is
    /// [`Rule::repository`].
    #[must_use]
    pub fn item<T: Facts>(page: &'static str, check: fn(&Item<T>, &mut Report)) -> Self {
        Self { page, scope: Scope::Item, check: Box::new(ItemCheck(check)) }
    }

    /// A rule that judges all items of one to four kinds together: `fn(&Items<Job>, ..)`, or
    /// `fn(&(Items<Pipeline>, Items<Job>), ..)`.
    ///
    /// Where one item does not read into its struct the function is not called, since it would judge a part as the
    /// whole: the rule is undecided at that item.
    #[must_use]
    pub fn repository<K: Kinds>(page: &'static str, check: fn(&K, &mut Report)) -> Self {
        Self { page, scope: Scope::Repository, check: Box::new(RepositoryCheck(check)) }
    }

    /// The id: the heading of the page. Empty where it has none, which [`page::parse`] refuses.
    #[must_use]
    pub fn id(&self) -> &'static str {
        page::id(self.page)
    }

    /// The page as it was written, front matter included.
    #[must_use]
    pub fn page(&self) -> &'static str {
        self.page
    }

    /// How it looks at its facts.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What it reads.
    #[must_use]
    pub fn reads(&self) -> Vec<Reads> {
        self.check.reads()
    }

    pub(crate) fn run(&self, input: &Input, report: &mut Report) {
        report.rule = self.id();
        self.check.run(input, report);
    }

    /// Whether a call with this scope and input is for this rule.
    pub(crate) fn wants(&self, scope: Scope, input: &Input) -> bool {
        self.scope == scope && (scope == Scope::Repository || self.check.kinds().iter().any(|kind| input.has(kind)))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("id", &self.id()).field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// What the two kinds of rule have in common, with the struct that they read forgotten.
trait Check {
    fn kinds(&self) -> Vec<&'static str>;
    fn reads(&self) -> Vec<Reads>;
    fn run(&self, input: &Input, report: &mut Report);
}

struct ItemCheck<T>(fn(&Item<T>, &mut Report));

impl<T: Facts> Check for ItemCheck<T> {
    fn kinds(&self) -> Vec<&'static str> {
        vec![T::KIND]
    }

    fn reads(&self) -> Vec<Reads> {
        vec![reads::<T>()]
    }

    fn run(&self, input: &Input, report: &mut Report) {
        let batch = input.batch::<T>();
        for (place, message) in &batch.unread {
            report.undecided(place.clone(), message.as_str());
        }
        for item in &batch.items {
            (self.0)(item, report);
        }
    }
}

struct RepositoryCheck<K>(fn(&K, &mut Report));

impl<K: Kinds> Check for RepositoryCheck<K> {
    fn kinds(&self) -> Vec<&'static str> {
        K::reads().iter().map(|reads| reads.kind).collect()
    }

    /// Each kind once, also where two structs read it.
    fn reads(&self) -> Vec<Reads> {
        let mut merged: Vec<Reads> = Vec::new();
        for reads in K::reads() {
            match merged.iter_mut().find(|held| held.kind == reads.kind) {
                Some(held) => {
                    held.fields.extend(reads.fields);
                    held.fields.sort_unstable();
                    held.fields.dedup();
                }
                None => merged.push(reads),
            }
        }
        merged
    }

    fn run(&self, input: &Input, report: &mut Report) {
        let before = report.undecided.len();
        let kinds = K::gather(&Gather { input }, report);
        if report.undecided.len() == before {
            (self.0)(&kinds, report);
        }
    }
}

fn reads<T: Facts>() -> Reads {
    Reads { kind: T::KIND, fields: <T as Shape>::fields().paths() }
}

/// What a repository rule reads: [`Items`] of one kind, or a tuple of up to four.
pub trait Kinds: Sized + 'static {
    /// What of each kind.
    fn reads() -> Vec<Reads>;

    /// Reads them; what does not read is reported as undecided.
    #[doc(hidden)]
    fn gather(from: &Gather<'_>, report: &mut Report) -> Self;
}

/// Where [`Kinds`] are gathered from.
#[doc(hidden)]
#[derive(Debug)]
pub struct Gather<'a> {
    input: &'a Input,
}

impl<T: Facts> Kinds for Items<T> {
    fn reads() -> Vec<Reads> {
        vec![reads::<T>()]
    }

    fn gather(from: &Gather<'_>, report: &mut Report) -> Self {
        let batch = from.input.batch::<T>();
        for (place, message) in &batch.unread {
            report.undecided(place.clone(), message.as_str());
        }
        Self(batch)
    }
}

macro_rules! tuples {
    ($(($($kind:ident),+))+) => { $(impl<$($kind: Kinds),+> Kinds for ($($kind,)+) {
        fn reads() -> Vec<Reads> {
            [$($kind::reads()),+].concat()
        }

        fn gather(from: &Gather<'_>, report: &mut Report) -> Self {
            ($($kind::gather(from, report),)+)
        }
    })+ };
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) }
