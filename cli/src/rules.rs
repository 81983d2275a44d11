//! `engine rules` and `engine explain`: what the policies say of themselves.

use anyhow::{Result, bail};

use crate::args::{Explain, Format, Rules, Terminal};
use crate::{PASS, check, terminal};

/// Lists every rule.
pub(crate) fn list(rules: &Rules, terminal: &Terminal) -> Result<u8> {
    let gate = check::load()?;
    let text = match rules.format {
        Format::Json => engine_report::rules_json(gate.rules(), env!("CARGO_PKG_VERSION")),
        Format::Text => engine_report::rules_text(gate.rules(), &terminal::text_options(terminal, true)),
    };
    terminal::print(&text)?;
    Ok(PASS)
}

/// Prints the page of one rule.
pub(crate) fn explain(explain: &Explain, terminal: &Terminal) -> Result<u8> {
    let gate = check::load()?;
    let Some(rule) = gate.rules().iter().find(|rule| rule.id.as_str() == explain.rule) else {
        let nearest = gate.rules().iter().map(|rule| rule.id.as_str()).min_by_key(|id| distance(id, &explain.rule));
        match nearest.filter(|id| distance(id, &explain.rule) <= 1 + id.len() / 3) {
            Some(nearest) => bail!("there is no rule `{}`; did you mean `{nearest}`?", explain.rule),
            None => bail!("there is no rule `{}`; `engine rules` lists them", explain.rule),
        }
    };
    terminal::print(&engine_report::explain(rule, &terminal::text_options(terminal, true)))?;
    Ok(PASS)
}

/// How many letters must be added, dropped or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (right, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(left != *right);
            diagonal = *cell;
            before = changed.min(before + 1).min(*cell + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_letters() {
        assert_eq!(distance("apply-unattended", "aply-unattended"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
