//! Assumptions: what the engine cannot see and somebody vouches for, until a day.

use engine_model::{NodeId, Place, RuleId};

use crate::date::{self, Date};
use crate::grammar::ASSUMPTION;
use crate::pattern::{self, Pattern};
use crate::policy;
use crate::reader::Reader;
use crate::setting::Written;

/// Something that the engine cannot see and that somebody vouches for.
#[derive(Clone, Debug)]
pub struct Assumption {
    /// The rules that it settles.
    pub rules: Vec<Written<RuleId>>,
    /// Only what is undecided at a place in a file of this path or pattern; absent for any place, and for none.
    pub path: Option<Written<String>>,
    /// Only what is undecided with a message that holds this text; absent for any.
    pub message: Option<Written<String>>,
    /// Who answers for it.
    pub owner: Written<String>,
    /// Why it is true.
    pub reason: Written<String>,
    /// The last day on which it holds.
    pub expires: Written<Date>,
    /// The whole entry.
    pub place: Place,
    pattern: Option<Pattern>,
}

impl Assumption {
    /// Whether its last day has passed: it then settles nothing, which this type leaves to whoever asks.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.value < today
    }

    /// Whether it settles that `rule` is undecided for the cause `message` at a place in `path`, which is `None` where
    /// the cause has no place. Its last day is not looked at.
    #[must_use]
    pub fn settles(&self, rule: &str, path: Option<&str>, message: &str) -> bool {
        self.rules.iter().any(|known| known.value.as_str() == rule)
            && self.pattern.as_ref().is_none_or(|pattern| path.is_some_and(|path| pattern.matches(path)))
            && self.message.as_ref().is_none_or(|text| message.contains(&text.value))
    }
}

/// Reads `assume`.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Vec<Assumption> {
    let items = reader.items(node);
    items.iter().filter_map(|item| assumption(reader, *item)).collect()
}

fn assumption(reader: &mut Reader<'_>, node: NodeId) -> Option<Assumption> {
    let fields = reader.fields(node, &ASSUMPTION)?;
    let rules = fields.get("rules").map(|node| {
        let items = reader.some_items(node, "name the rules that it settles");
        policy::ids(reader, items)
    });
    let path = fields.get("path").and_then(|node| pattern::read(reader, node));
    let mut text = |key: &str| fields.get(key).and_then(|node| reader.text(node)).map(|text| text.map(str::to_owned));
    let (message, owner, reason) = (text("message"), text("owner"), text("reason"));
    let expires = fields.get("expires").and_then(|node| date::read(reader, node));
    Some(Assumption {
        rules: rules?,
        pattern: path.as_ref().map(|path| Pattern::new(&path.value)),
        path,
        message,
        owner: owner?,
        reason: reason?,
        expires: expires?,
        place: reader.place(node),
    })
}
