//! `engine check`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use engine_gate::{CheckOptions, Trusted};
use engine_model::{FailOn, Tree, Verdict};
use engine_report::TextOptions;
use engine_tree::{Revision, Staged};

use crate::args::{Check, Terminal};
use crate::progress::Bar;
use crate::target::Target;
use crate::{FAIL, PASS, UNDECIDED, USAGE, clock, report, setup, terminal};

/// Checks, prints, and says how the process shall end.
pub(crate) fn run(check: &Check, terminal: &Terminal) -> Result<u8> {
    report::look(&check.reports)?;
    let target = Target::of(&check.paths)?;
    let (tree, branch) = if check.staged { staged(&target.root)? } else { target.tree()? };
    let revision = match &check.trusted {
        Some(name) => Some((Revision::open(&target.root, name)?, name)),
        None => None,
    };
    let trusted = revision.as_ref().map(|(tree, name)| Trusted { tree, name, id: tree.id() });
    let gate =
        setup::gate(tree.as_ref(), trusted.as_ref(), &target.root, branch, &check.policies, setup::Ground::default())?;
    let options = CheckOptions {
        fail_on: FailOn(check.fail_on),
        allow_empty: check.allow_empty,
        today: clock::today(),
        named: target.named.clone(),
    };
    let bar = Bar::new(terminal::progress());
    let evaluation = match &trusted {
        Some(trusted) => gate.check_against(tree.as_ref(), trusted, &options, &bar)?,
        None => gate.check(tree.as_ref(), &options, &bar)?,
    };
    bar.finish();
    let options = TextOptions { base: target.base, ..terminal::text_options(terminal, check.all) };
    let version = env!("CARGO_PKG_VERSION");
    let unwritten = report::write(&check.reports, |kind| kind.render(&evaluation, version, &options.plain()));
    terminal::print(&check.format.render(&evaluation, version, &options))?;
    unwritten.iter().for_each(|error| terminal::complain(error, terminal));
    Ok(match evaluation.verdict {
        Verdict::Fail => FAIL,
        // Whoever waits for the report must not take its absence for a pass.
        _ if !unwritten.is_empty() => USAGE,
        Verdict::Pass => PASS,
        Verdict::Undecided => UNDECIDED,
    })
}

/// What is staged, and the branch that the repository knows for production.
fn staged(root: &Path) -> Result<(Box<dyn Tree>, Option<String>)> {
    // In a hook, git says which index it is about to commit.
    let index = terminal::variable("GIT_INDEX_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let staged = Staged::open(root, index.as_deref())?;
    let branch = staged.production_branch();
    Ok((Box::new(staged), branch))
}
