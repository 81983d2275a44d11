//! `engine rules` and `engine explain`: what the policies say of themselves.

use std::path::Path;

use anyhow::{Result, bail};
use engine_gate::Gate;
use engine_tree::WorkingTree;

use crate::args::{Explain, Format, Policies, Rules, Terminal};
use crate::{PASS, setup, terminal};

/// The gate of the current directory.
fn gate(policies: &Policies) -> Result<Gate> {
    let root = Path::new(".");
    let tree = WorkingTree::open(root)?;
    let branch = tree.production_branch();
    setup::gate(&tree, None, root, branch, policies, setup::Ground::default())
}

/// Lists every rule.
pub(crate) fn list(rules: &Rules, terminal: &Terminal) -> Result<u8> {
    let gate = gate(&rules.policies)?;
    let text = match rules.format {
        Format::Json => engine_report::rules_json(gate.rules(), env!("CARGO_PKG_VERSION")),
        Format::Text => engine_report::rules_text(gate.rules(), &terminal::text_options(terminal, true)),
    };
    terminal::print(&text)?;
    Ok(PASS)
}

/// Prints the page of one rule.
pub(crate) fn explain(explain: &Explain, terminal: &Terminal) -> Result<u8> {
    let gate = gate(&explain.policies)?;
    let Some(rule) = gate.rules().iter().find(|rule| rule.id.as_str() == explain.rule) else {
        match engine_model::nearest(&explain.rule, gate.rules().iter().map(|rule| rule.id.as_str())) {
            Some(nearest) => bail!("there is no rule `{}`; did you mean `{nearest}`?", explain.rule),
            None => bail!("there is no rule `{}`; `engine rules` lists them", explain.rule),
        }
    };
    terminal::print(&engine_report::explain(rule, &terminal::text_options(terminal, true)))?;
    Ok(PASS)
}
