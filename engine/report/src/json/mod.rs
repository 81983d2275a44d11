//! An evaluation and the rules as JSON, for machines. What each field means is in `docs/json.md`; what is allowed is
//! in the schema beside this crate, `schema/report-v1.json`.

#[cfg(test)]
mod tests;
mod wire;

use engine_model::{Evaluation, RuleInfo};
use serde::Serialize;

use crate::clean;
use crate::fingerprint::Fingerprints;

/// The version of the format: it changes when a field goes or changes its meaning, not when one is added.
const VERSION: &str = "1";

/// The evaluation as JSON, indented, ending with a line feed. `tool_version` is that of the binary.
///
/// The same evaluation gives the same bytes. Control characters are escaped, as JSON demands; other text is as it is
/// in the files.
#[must_use]
pub fn json(evaluation: &Evaluation, tool_version: &str) -> String {
    let prints = Fingerprints::of(evaluation);
    written(&wire::Report::new(evaluation, &prints, VERSION, tool_version))
}

/// The rules as JSON, indented, ending with a line feed.
#[must_use]
pub fn rules_json(rules: &[RuleInfo], tool_version: &str) -> String {
    written(&wire::Rules::new(rules, VERSION, tool_version))
}

pub(crate) fn written(value: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "strings, numbers and lists under fixed names always have a JSON form")]
    let text = serde_json::to_string_pretty(value).expect("wire types serialize");
    // What a terminal could obey beyond ASCII can only stand inside of strings, where JSON has another way to write it.
    let mut out = String::with_capacity(text.len().saturating_add(1));
    for c in text.chars() {
        if c.is_ascii() || clean::character(c) == c {
            out.push(c);
        } else {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out.push('\n');
    out
}
