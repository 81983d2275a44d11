//! Terraform plans: a header, a summary, and changes one by one. A plan is never held: what is kept of it are the
//! resources that other facts are made of.
//!
//! Sensitive values are masked before anything else looks at a change: neither a policy nor a report ever sees one.
//! What stands in a plan is what will be; the configuration that it was made from is not here.

mod change;
mod redact;
mod understood;
mod value;
mod wire;

use std::collections::BTreeMap;
use std::io::Read;

use engine_formats::BROKEN_DOCUMENT;
use engine_formats::plan::{self as stream, Broken, Header, Part, Piece};
use engine_model::{FilePath, Finding, Gap, GapCause, Location, Place, Route, SourceFile, Span};

pub use change::{Action, Brief};
pub use understood::understood;
pub use wire::{change_item, plan_item};

use super::{Provider, Resource};

/// The kind of a plan on the wire.
pub const PLAN: &str = "terraform.plan";

/// The kind of a change on the wire. Its items are a stream: they are made when they are handed over.
pub const CHANGE: &str = "terraform.change";

/// The most broken changes of one plan that are said.
const MAX_FINDINGS: usize = 20;

/// The most changes of one plan that are kept as resources: beyond it the plan counts as not seen whole.
const MAX_KEPT: usize = 5_000;

/// What is known of a plan.
#[derive(Debug)]
pub struct Plan {
    /// Its file.
    pub path: FilePath,
    /// Where it begins.
    pub place: Place,
    /// What it says of itself.
    pub header: Header,
    /// How many changes there are of each type and action.
    pub summary: BTreeMap<(String, Action), u64>,
    /// What the resources that other facts are made of will be, in the order of the plan.
    pub resources: Vec<Resource>,
    /// The configuration of its providers, as far as it is literal.
    pub providers: Vec<Provider>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

/// A file that is no plan, or none that can be read.
#[derive(Debug, Default)]
pub struct Unread {
    /// What is wrong with it; none where it is something else.
    pub findings: Vec<Finding>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

/// Reads a plan to its end. `keep` says by a resource's type whether other facts are made of it.
///
/// # Errors
/// Where the file is no plan or is not whole: then nothing of it counts but that.
pub fn read(path: &FilePath, source: impl Read, keep: &dyn Fn(&str) -> bool) -> Result<Plan, Box<Unread>> {
    let mut kept = Kept::new(path, keep);
    let header = match stream::read(source, &mut |part| kept.part(part)) {
        Ok(header) => header,
        Err(broken) => return Err(Box::new(unread(path, &broken))),
    };
    let document = change::whole(&SourceFile::new(path.clone(), String::new()));
    let mut plan = Plan {
        path: path.clone(),
        place: document,
        header,
        summary: kept.summary,
        resources: kept.resources,
        providers: kept.providers,
        findings: kept.findings,
        gaps: Vec::new(),
    };
    plan.gaps = gaps(&plan, kept.broken, kept.dropped);
    Ok(plan)
}

/// Hands over every change of a plan as an item, as far as they can be read. A plan that [`read`] has refused gives
/// none that counts.
///
/// `values` says whether the values before and after are wanted, which costs most of the work.
pub fn changes(path: &FilePath, source: impl Read, values: bool, each: &mut dyn FnMut(Handed<'_>)) {
    let end = stream::read(source, &mut |part| {
        if let Part::Change(piece) = part {
            each(Handed { path, piece, values });
        }
    });
    // What is wrong was said when the plan was read first.
    drop(end);
}

/// A change that is handed over: not parsed before it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Handed<'b> {
    path: &'b FilePath,
    piece: Piece<'b>,
    values: bool,
}

impl Handed<'_> {
    /// The item, with the places of its values only where `values` are wanted; `None` for a change that is broken,
    /// which was said when the plan was read.
    #[must_use]
    pub fn item(&self) -> Option<crate::wire::Item> {
        if self.values {
            return self.keep().item();
        }
        let brief = Brief::read(self.piece.text).ok()?;
        Some(change_item(self.path, &brief, None))
    }

    /// The change on its own, to be kept for as long as somebody may ask where its values are.
    #[must_use]
    pub fn keep(&self) -> Change {
        Change { path: self.path.clone(), text: self.piece.text.into(), start: self.piece.start }
    }
}

/// A change that is kept: its text, and where that begins.
#[derive(Clone, Debug)]
pub struct Change {
    path: FilePath,
    text: Box<str>,
    start: engine_model::Start,
}

impl Change {
    /// How many bytes are kept for it.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.len().saturating_add(size_of::<Self>())
    }

    /// The item with the place of every value, sensitive ones masked.
    #[must_use]
    pub fn item(&self) -> Option<crate::wire::Item> {
        let piece = Piece { text: &self.text, start: self.start };
        let change = change::Full::read(&self.path, piece).ok()?;
        let brief = Brief::read(&self.text).ok()?;
        Some(change_item(&self.path, &brief, Some(&change)))
    }
}

/// What is collected while a plan is read.
struct Kept<'k> {
    path: &'k FilePath,
    keep: &'k dyn Fn(&str) -> bool,
    summary: BTreeMap<(String, Action), u64>,
    resources: Vec<Resource>,
    providers: Vec<Provider>,
    findings: Vec<Finding>,
    broken: usize,
    dropped: usize,
}

impl<'k> Kept<'k> {
    fn new(path: &'k FilePath, keep: &'k dyn Fn(&str) -> bool) -> Self {
        Self {
            path,
            keep,
            summary: BTreeMap::new(),
            resources: Vec::new(),
            providers: Vec::new(),
            findings: Vec::new(),
            broken: 0,
            dropped: 0,
        }
    }

    fn part(&mut self, part: Part<'_>) {
        let piece = match part {
            Part::Change(piece) => piece,
            Part::Providers(piece) => {
                match change::providers(self.path, piece) {
                    Ok(providers) => self.providers.extend(providers),
                    Err(message) => self.broken(piece, &message),
                }
                return;
            }
        };
        match Brief::read(piece.text) {
            Ok(brief) => self.change(piece, &brief),
            Err(message) => self.broken(piece, &message),
        }
    }

    fn change(&mut self, piece: Piece<'_>, brief: &Brief<'_>) {
        // Most changes are of a type and an action that were counted before.
        let action = brief.action();
        match self.summary.get_mut(&(brief.kind.as_ref(), action) as &dyn change::Key) {
            Some(count) => *count = count.saturating_add(1),
            None => {
                self.summary.insert((brief.kind.to_string(), action), 1);
            }
        }
        if !(self.keep)(&brief.kind) {
            return;
        }
        if self.resources.len() >= MAX_KEPT {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        match change::Full::read(self.path, piece) {
            Ok(full) => self.resources.extend(full.resource(brief)),
            Err(message) => self.broken(piece, &message),
        }
    }

    fn broken(&mut self, piece: Piece<'_>, message: &str) {
        self.broken = self.broken.saturating_add(1);
        if self.findings.len() < MAX_FINDINGS {
            // The text may hold anything, so none of it is shown.
            let file = SourceFile::part(self.path.clone(), String::new(), piece.start);
            let location = Location { file, span: Span::default() };
            self.findings.extend(BROKEN_DOCUMENT.finding(location, Route::default(), message));
        }
    }
}

fn unread(path: &FilePath, broken: &Broken) -> Unread {
    let location = broken
        .position()
        .map(|at| Location { file: SourceFile::part(path.clone(), String::new(), at.start()), span: Span::default() });
    let cause = match broken {
        Broken::Json { .. } => GapCause::BrokenDocument,
        Broken::Unread(_) => GapCause::UnreadFile,
        Broken::TooLarge { .. } | Broken::Version { .. } | Broken::Other(_) => GapCause::NotEvaluated,
    };
    let way_out = match broken {
        Broken::Json { .. } => "write the plan again: `terraform show -json plan.tfplan > plan.json`",
        Broken::TooLarge { .. } => "check what the plan is made of; no plan of Terraform's has such a piece",
        Broken::Version { .. } => "update the engine, or make the plan with a Terraform that it knows",
        Broken::Other(_) => "give the engine what `terraform show -json` writes of a saved plan",
        Broken::Unread(_) => "see what keeps the file from being read",
    };
    let message = format!("`{path}`: {broken}");
    let findings = location.clone().filter(|_| cause == GapCause::BrokenDocument);
    let findings = findings.and_then(|at| BROKEN_DOCUMENT.finding(at, Route::default(), broken.to_string()));
    let kind = CHANGE;
    let gap = Gap { kind, fields: &[], cause, message, location, way_out: Some(way_out.to_owned()) };
    Unread { findings: findings.into_iter().collect(), gaps: vec![gap] }
}

/// What a plan that was read to its end leaves out all the same.
fn gaps(plan: &Plan, broken: usize, dropped: usize) -> Vec<Gap> {
    let path = &plan.path;
    let mut gaps = Vec::new();
    let mut gap = |cause: GapCause, message: String, way_out: &str| {
        let location = Some(plan.place.location());
        gaps.push(Gap { kind: CHANGE, fields: &[], cause, message, location, way_out: Some(way_out.to_owned()) });
    };
    if plan.header.errored {
        let message = format!("`{path}` says `errored`: planning ended with an error, and changes are missing");
        gap(GapCause::NotEvaluated, message, "mend what stopped `terraform plan`, and plan again");
    }
    if plan.header.complete == Some(false) {
        let message = format!("`{path}` says that it is not complete: changes were put off to a later plan");
        gap(GapCause::NotEvaluated, message, "apply in steps, each with its own plan that is checked");
    }
    if plan.header.hollow {
        let message = format!("`{path}` plans resources, and says of none whether it changes");
        gap(GapCause::NotEvaluated, message, "write the plan again: `terraform show -json plan.tfplan > plan.json`");
    }
    if broken > 0 {
        let plural = if broken == 1 { "change" } else { "changes" };
        let message = format!("{broken} {plural} of `{path}` could not be read");
        gap(GapCause::BrokenDocument, message, "write the plan again with `terraform show -json`");
    }
    if dropped > 0 {
        let message =
            format!("`{path}` has more than {MAX_KEPT} resources of Vault and GitLab; {dropped} were not read");
        gap(GapCause::NotEvaluated, message, "split the configuration, or check its parts");
    }
    gaps
}
