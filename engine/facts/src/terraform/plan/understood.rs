//! One sentence for the first screen.

use std::collections::BTreeMap;

use super::{Action, Plan};

/// What was understood of a plan, without a full stop: "`plan.json`: Terraform 1.11.4 creates 3, replaces 1, keeps 12".
#[must_use]
pub fn understood(plan: &Plan) -> String {
    let mut sums: BTreeMap<Action, u64> = BTreeMap::new();
    for ((_, action), count) in &plan.summary {
        let sum = sums.entry(*action).or_default();
        *sum = sum.saturating_add(*count);
    }
    let said = [
        (Action::Create, "creates"),
        (Action::Update, "updates"),
        (Action::Replace, "replaces"),
        (Action::Delete, "deletes"),
        (Action::Forget, "forgets"),
        (Action::Other, "does something else to"),
        (Action::Read, "reads"),
        (Action::NoOp, "keeps"),
    ];
    let parts: Vec<String> =
        said.iter().filter_map(|(action, verb)| Some(format!("{verb} {}", sums.get(action)?))).collect();
    let by = plan.header.terraform.as_ref().map_or_else(|| "Terraform".to_owned(), |by| format!("Terraform {by}"));
    let what = if parts.is_empty() { "changes nothing".to_owned() } else { parts.join(", ") };
    format!("`{}`: {by} {what}", plan.path)
}
