//! Which policies run, and what their rules weigh.

use engine_model::{Class, FilePath, NodeId, RuleId, Severity};

use crate::error::shown;
use crate::grammar::RULE;
use crate::reader::Reader;
use crate::setting::Written;

/// What `rules` says of one rule. Whether there is such a rule, and whether it may be changed, only the gate knows:
/// [`crate::ConfigError::unknown_rule`], [`crate::ConfigError::refusal`].
#[derive(Clone, Debug)]
pub struct Override {
    /// The rule.
    pub rule: Written<RuleId>,
    /// How bad its findings are; absent where that stays.
    pub severity: Option<Written<Severity>>,
    /// What they do to the gate; absent where that stays.
    pub class: Option<Written<Class>>,
}

/// A list of ids, each once.
pub(crate) fn ids(reader: &mut Reader<'_>, items: &[NodeId]) -> Vec<Written<RuleId>> {
    reader.distinct(items, |reader, node| {
        let text = reader.text(node)?;
        id(reader, text)
    })
}

fn id(reader: &mut Reader<'_>, text: Written<&str>) -> Option<Written<RuleId>> {
    match RuleId::new(text.value) {
        Some(id) => Some(text.map(|_| id)),
        None => {
            let help = "an id is lower-case words joined by `-`; `engine rules` lists them";
            reader.error_at(&text.place, format!("{} is no id", shown(text.value)), help);
            None
        }
    }
}

/// Reads `plugins`: paths from the folder of the file that is read.
pub(crate) fn plugins(reader: &mut Reader<'_>, node: NodeId) -> Vec<Written<FilePath>> {
    let items = reader.items(node);
    reader.distinct(items, |reader, node| {
        let text = reader.text(node)?;
        let here = text.place.document.file().path().clone();
        let plain = !text.value.starts_with('/') && !text.value.contains([':', '\\']);
        let path = here.sibling(text.value).filter(|_| plain && !text.value.chars().any(char::is_control));
        if path.is_none() {
            let help = "write a path from the folder of this file, inside the repository: `policies/house.wasm`";
            reader.error(node, format!("{} is no path of a plugin", shown(text.value)), help);
        }
        path.map(|path| text.map(|_| path))
    })
}

/// Reads `rules`.
pub(crate) fn overrides(reader: &mut Reader<'_>, node: NodeId) -> Vec<Override> {
    let mut overrides = Vec::new();
    for (name, value) in reader.entries(node) {
        let rule = id(reader, name);
        let Some(fields) = reader.fields(value, &RULE) else { continue };
        let severity = fields.get("severity").map(|node| reader.word_of(node, Severity::ALL, Severity::as_str));
        let class = fields.get("class").map(|node| reader.word_of(node, Class::ALL, Class::as_str));
        if severity.is_none() && class.is_none() && !fields.has_unknown {
            let message = format!("{} says nothing", reader.name(value));
            reader.error(value, message, "write `severity`, `class` or both");
        }
        if let Some(rule) = rule {
            overrides.push(Override { rule, severity: severity.flatten(), class: class.flatten() });
        }
    }
    overrides
}
