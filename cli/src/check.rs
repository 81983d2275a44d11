//! `engine check`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use engine_gate::{CheckOptions, Trusted};
use engine_model::{FailOn, Tree, Verdict};
use engine_report::TextOptions;
use engine_tree::{Revision, Staged, WorkingTree};

use crate::args::{Check, Terminal};
use crate::placed::Committed;
use crate::progress::Bar;
use crate::setup::Ground;
use crate::target::Target;
use crate::{FAIL, PASS, UNDECIDED, USAGE, clock, report, setup, terminal};

/// Checks, prints, and says how the process shall end.
pub(crate) fn run(check: &Check, terminal: &Terminal) -> Result<u8> {
    report::look(&check.reports)?;
    let target = Target::of(&check.paths)?;
    let (tree, branch) = if check.staged { staged(&target.root)? } else { target.tree()? };
    let revision = match &check.trusted {
        Some(name) => {
            let tree = Revision::open(&target.root, name)?;
            Some((tree.whole()?, tree, name))
        }
        None => None,
    };
    let trusted = revision.as_ref().map(|(_, tree, name)| Trusted { tree, name, id: tree.id() });
    let committed = revision.as_ref().map(|(whole, _, name)| Committed { tree: whole, top: whole.top(), name });
    let ground = Ground { committed, ..Ground::default() };
    // What is checked may be a few files; the configuration is that of all of them.
    let around = if check.staged { None } else { Some(WorkingTree::open(&target.root)?) };
    let own = around.as_ref().map_or(tree.as_ref(), |tree| tree as &dyn Tree);
    let gate = setup::gate(own, trusted.as_ref(), &target.root, branch, &check.policies, ground)?;
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
