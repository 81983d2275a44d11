//! Waivers: findings that somebody accepts at a place, until a day.

use engine_model::{FilePath, Finding, NodeId, Place, Route, RuleId};

use crate::date::{self, Date};
use crate::error::shown;
use crate::grammar::WAIVER;
use crate::pattern::{self, Pattern};
use crate::policy;
use crate::reader::Reader;
use crate::setting::Written;

/// Findings that somebody accepts at a place, until a day. Whether a rule may be waived only the gate knows:
/// [`crate::ConfigError::unwaivable`].
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The rules whose findings it covers.
    pub rules: Vec<Written<RuleId>>,
    /// The file that they are in: its path or a pattern, never one of every file.
    pub path: Written<String>,
    /// Only findings at this route of their document or below it, as [`Route`] prints; absent for any.
    pub route: Option<Written<String>>,
    /// Only findings with a message that holds this text; absent for any.
    pub message: Option<Written<String>>,
    /// Who answers for it.
    pub owner: Written<String>,
    /// Why it is accepted.
    pub reason: Written<String>,
    /// The last day on which it holds.
    pub expires: Written<Date>,
    /// The whole entry.
    pub place: Place,
    pattern: Pattern,
}

impl Waiver {
    /// Whether its last day has passed: it then covers nothing, which this type leaves to whoever asks.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.value < today
    }

    /// Whether it names the finding: its rule, its place and its message. Neither the last day nor the rule's class is
    /// looked at.
    #[must_use]
    pub fn names(&self, finding: &Finding) -> bool {
        let Finding { rule, location, route, message, .. } = finding;
        self.rules.iter().any(|known| known.value == *rule)
            && self.is_at(location.file.path(), route)
            && self.message.as_ref().is_none_or(|text| message.contains(&text.value))
    }

    fn is_at(&self, path: &FilePath, route: &Route) -> bool {
        self.pattern.matches(path.as_str()) && self.route.as_ref().is_none_or(|above| is_below(route, &above.value))
    }
}

/// Whether a route leads through the one that prints as `above`.
fn is_below(route: &Route, above: &str) -> bool {
    (1..=route.0.len())
        .filter_map(|length| route.0.get(..length))
        .any(|start| Route(start.to_vec()).to_string() == above)
}

/// Reads `waive`.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Vec<Waiver> {
    let items = reader.items(node);
    items.iter().filter_map(|item| waiver(reader, *item)).collect()
}

fn waiver(reader: &mut Reader<'_>, node: NodeId) -> Option<Waiver> {
    let fields = reader.fields(node, &WAIVER)?;
    let rules = fields.get("rules").map(|node| {
        let items = reader.some_items(node, "name the rules whose findings it covers");
        policy::ids(reader, items)
    });
    let path = fields.get("path").and_then(|node| place(reader, node));
    let route = fields.get("route").and_then(|node| route(reader, node));
    let mut text = |key: &str| fields.get(key).and_then(|node| reader.text(node)).map(|text| text.map(str::to_owned));
    let (message, owner, reason) = (text("message"), text("owner"), text("reason"));
    let expires = fields.get("expires").and_then(|node| date::read(reader, node));
    let path = path?;
    Some(Waiver {
        rules: rules?,
        pattern: Pattern::new(&path.value),
        path,
        route,
        message,
        owner: owner?,
        reason: reason?,
        expires: expires?,
        place: reader.place(node),
    })
}

/// A path or a pattern that says which files are meant.
fn place(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let path = pattern::read(reader, node)?;
    if path.value.chars().all(|c| matches!(c, '*' | '/')) {
        let help = "name the file whose findings are accepted, or a pattern of some: `ci/**/*.yml`";
        reader.error(node, format!("{} is every file, and a waiver has a place", shown(&path.value)), help);
        return None;
    }
    Some(path)
}

fn route(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let text = reader.text(node)?;
    if text.value.starts_with(['.', '$', '/']) {
        let help =
            "write keys and indices from the top of the file, a key that holds a dot in quotes: `apply.script[0]`";
        reader.error(node, format!("{} is no route", shown(text.value)), help);
        return None;
    }
    Some(text.map(str::to_owned))
}
