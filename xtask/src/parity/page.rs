//! `docs/parity.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};

use super::Results;
use super::compare::Found;
use super::deviation::DEVIATIONS;
use crate::checkout::Checkout;

/// The page.
const PAGE: &str = "docs/parity.md";

/// What the page says above its tables.
const ABOVE: &str = "\
# How often another program agrees

`cargo xtask parity` lets gitlab-ci-local and the engine resolve the same pipelines and compares what they print as data: \
the jobs, each keyword of each, stages, variables and `workflow`, and whether the pipeline is refused. Most pipelines are \
generated: bases, references, anchors, includes of every local kind, inputs and defaults nested in one another, some with \
something wrong in them. The others are the cases of gitlab-ci-local itself and the samples of this repository. This page \
is written by that command; CI runs a part of it.

Short forms are written out on both sides before they are compared (`image: x` is `image: {name: x}`), and the values of \
variables are texts. Nothing else is made alike.
";

/// How often what came of it.
#[derive(Clone, Copy, Default)]
struct Counts {
    agree: usize,
    listed: usize,
    undecided: usize,
}

impl Counts {
    fn add(&mut self, found: &Found) {
        match found {
            Found::Agrees => self.agree += 1,
            Found::Listed(_) => self.listed += 1,
            Found::Undecided => self.undecided += 1,
            Found::Differs(_) => {}
        }
    }

    fn row(&self) -> String {
        let Self { agree, listed, undecided } = self;
        let all = agree + listed + undecided;
        format!("{all} | {agree} | {listed} | {undecided}")
    }
}

/// Writes the page.
pub(crate) fn write(checkout: &Checkout, results: &Results, seed: u64) -> Result<()> {
    let mut all = Counts::default();
    let mut keywords: BTreeMap<&str, Counts> = BTreeMap::new();
    for (case, found) in &results.cases {
        all.add(found);
        case.keywords.iter().for_each(|keyword| keywords.entry(keyword).or_default().add(found));
    }
    let mut text = format!("{ABOVE}\n## By keyword\nSeed {seed}, gitlab-ci-local 4.61.1.\n\n");
    text.push_str("| in the pipeline | cases | agree | differ as listed | undecided |\n|---|---|---|---|---|\n");
    writeln!(text, "| all | {} |", all.row())?;
    for (keyword, counts) in &keywords {
        writeln!(text, "| {keyword} | {} |", counts.row())?;
    }
    text.push_str(
        "\n## Where the two differ\n| keyword | cases | what GitLab does | what says so |\n|---|---|---|---|\n",
    );
    for deviation in DEVIATIONS {
        let of = |found: &Found| matches!(found, Found::Listed(names) if names.contains(&deviation.name));
        let count = results.cases.iter().filter(|(_, found)| of(found)).count();
        writeln!(text, "| {} | {count} | {} | {} |", deviation.name, deviation.reason, deviation.by)?;
    }
    text.push_str("\nUndecided are pipelines with a file that is not here.\n");
    let path = checkout.root.join(PAGE);
    fs::write(&path, text).with_context(|| format!("cannot write `{PAGE}`"))
}
