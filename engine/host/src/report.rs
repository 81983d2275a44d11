//! What one call came to: the guest's answer, checked against what was asked.
//!
//! Routes and ranges are passed on as the guest gave them: whether they lead anywhere only the facts' owner can tell.

use engine_model::{Route, RuleId, Span, Step};

use crate::bindings::types;
use crate::{CallError, Limits, Manifest, Scope};

/// The items of one kind that a call hands over.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The kind.
    pub kind: &'a str,
    /// A JSON array with an object for each item.
    pub json: &'a str,
    /// How many items the array has; an answer that names a later one is broken.
    pub items: usize,
}

/// What one call of [`crate::Plugin::check`] came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, in the guest's order. Every rule is one of the manifest's, of the scope that was asked for.
    pub findings: Vec<Finding>,
    /// What could not be decided, in the guest's order.
    pub undecided: Vec<Undecided>,
    /// Rules that failed, each with a sentence: what is above has no word of them. Plugins fail as a whole.
    pub failed: Vec<(RuleId, String)>,
    /// What the guest logged, in order, cut as [`Limits`] say.
    pub log: Vec<LogLine>,
}

/// Something that a rule found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// Where.
    pub place: Place,
    /// What is wrong here, one sentence.
    pub message: String,
    /// Other places that belong to the story.
    pub related: Vec<Related>,
    /// What to do, one sentence.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

/// Something that a rule could not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The rule.
    pub rule: RuleId,
    /// The value that would have to be known.
    pub place: Place,
    /// Why it matters.
    pub message: String,
}

/// Where something is, in the facts that the call handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The position in the call's list of [`Facts`]; inside it.
    pub facts: usize,
    /// The position of the item in those facts; inside them.
    pub item: usize,
    /// Keys and indices below the item; empty for the item itself.
    pub route: Route,
    /// Bytes inside the string at the route's end, where only a part of it is meant. It may end behind the string.
    pub range: Option<Span>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub message: String,
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Whether it may be applied unread.
    pub safe: bool,
    /// Replacements; whether they overlap is not checked here, for only files can tell.
    pub edits: Vec<Edit>,
    /// Text to copy.
    pub snippet: Option<String>,
}

/// A value to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace: the value as it is written.
    pub place: Place,
    /// The new text.
    pub replacement: String,
}

/// A line that a guest logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How loud.
    pub level: Level,
    /// The text. It comes from the guest: strip control characters before it is shown.
    pub text: String,
}

/// How loud a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// For the author.
    Debug,
    /// For the author, when looking.
    Info,
    /// The plugin goes on, and something is odd.
    Warn,
    /// The plugin cannot go on.
    Error,
}

/// What an answer is checked against.
pub(crate) struct Question<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) scope: Scope,
    pub(crate) facts: &'a [Facts<'a>],
    pub(crate) limits: &'a Limits,
}

impl Question<'_> {
    /// The answer without a log, or what is wrong with it.
    pub(crate) fn answer(&self, guest: types::Report) -> Result<Report, CallError> {
        let used = guest.findings.len().saturating_add(guest.undecided.len());
        if used > self.limits.findings {
            return Err(CallError::Findings { limit: self.limits.findings, used });
        }
        let used = size(&guest);
        if used > self.limits.output_bytes {
            return Err(CallError::Output { limit: self.limits.output_bytes, used, more: false });
        }
        let broken = |reason| CallError::Answer { reason };
        let findings = guest.findings.into_iter().map(|one| self.finding(one));
        let undecided = guest.undecided.into_iter().map(|one| self.undecided(one));
        let findings = findings.collect::<Result<_, _>>().map_err(broken)?;
        let undecided = undecided.collect::<Result<_, _>>().map_err(broken)?;
        Ok(Report { findings, undecided, failed: Vec::new(), log: Vec::new() })
    }

    fn finding(&self, guest: types::Finding) -> Result<Finding, String> {
        let related = guest.related.into_iter().map(|one| {
            let place = self.place(one.place)?;
            Ok(Related { place, message: one.message })
        });
        Ok(Finding {
            rule: self.rule(&guest.rule)?,
            place: self.place(guest.place)?,
            message: guest.message,
            related: related.collect::<Result<_, String>>()?,
            help: guest.help,
            fix: guest.fix.map(|fix| self.fix(fix)).transpose()?,
        })
    }

    fn fix(&self, guest: types::Fix) -> Result<Fix, String> {
        let edits = guest.edits.into_iter().map(|edit| {
            let place = self.place(edit.place)?;
            Ok(Edit { place, replacement: edit.replacement })
        });
        let edits = edits.collect::<Result<_, String>>()?;
        Ok(Fix { title: guest.title, safe: guest.safe, edits, snippet: guest.snippet })
    }

    fn undecided(&self, guest: types::Undecided) -> Result<Undecided, String> {
        let (rule, place) = (self.rule(&guest.rule)?, self.place(guest.place)?);
        Ok(Undecided { rule, place, message: guest.message })
    }

    fn rule(&self, id: &str) -> Result<RuleId, String> {
        let Some(rule) = self.manifest.rule(id) else {
            return Err(format!("it names the rule `{}`, which is not one of its manifest", shown(id)));
        };
        if rule.scope != self.scope {
            let (asked, has) = (self.scope.as_str(), rule.scope.as_str());
            return Err(format!("it names the rule `{id}` of scope `{has}`, and was asked for scope `{asked}`"));
        }
        Ok(rule.info.id.clone())
    }

    fn place(&self, guest: types::Place) -> Result<Place, String> {
        let (facts, item) = (guest.facts as usize, guest.item as usize);
        let Some(handed) = self.facts.get(facts) else {
            return Err(format!("it names the facts {facts}, and was handed {}", self.facts.len()));
        };
        if item >= handed.items {
            return Err(format!("it names the item {item} of `{}`, and was handed {}", handed.kind, handed.items));
        }
        let range = match guest.range {
            Some(range) if range.end < range.start => {
                return Err(format!(
                    "it names the bytes {} to {}, which end before they start",
                    range.start, range.end
                ));
            }
            range => range.map(|range| Span::new(range.start, range.end)),
        };
        let steps = guest.route.into_iter().map(|step| match step {
            types::Step::Key(key) => Step::Key(key.into()),
            types::Step::Index(index) => Step::Index(index),
        });
        Ok(Place { facts, item, route: Route(steps.collect()), range })
    }
}

/// A guest's word, short enough for a message.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// What an answer has: its texts and its records.
fn size(guest: &types::Report) -> usize {
    let place = |place: &types::Place| {
        let step = |step: &types::Step| {
            size_of::<types::Step>() + if let types::Step::Key(key) = step { key.len() } else { 0 }
        };
        place.route.iter().map(step).sum::<usize>()
    };
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let related = |one: &types::Related| size_of::<types::Related>() + one.message.len() + place(&one.place);
    let edit = |edit: &types::Edit| size_of::<types::Edit>() + edit.replacement.len() + place(&edit.place);
    let fix = |fix: &types::Fix| fix.title.len() + text(&fix.snippet) + fix.edits.iter().map(edit).sum::<usize>();
    let finding = |one: &types::Finding| {
        let own =
            size_of::<types::Finding>() + one.rule.len() + one.message.len() + place(&one.place) + text(&one.help);
        own + one.related.iter().map(related).sum::<usize>() + one.fix.as_ref().map_or(0, fix)
    };
    let undecided =
        |one: &types::Undecided| size_of::<types::Undecided>() + one.rule.len() + one.message.len() + place(&one.place);
    guest.findings.iter().map(finding).sum::<usize>() + guest.undecided.iter().map(undecided).sum::<usize>()
}
