//! `engine reach`.

use anyhow::{Result, bail};

use crate::args::Reach;
use crate::target::Target;
use crate::{PASS, UNDECIDED, setup, terminal};

/// Says how a job can start.
pub(crate) fn run(reach: &Reach) -> Result<u8> {
    let target = Target::of(&reach.paths)?;
    let (tree, branch) = target.tree()?;
    let config = setup::config(tree.as_ref(), None, branch)?;
    let reached = engine_gate::reach(tree.as_ref(), &config, &reach.job, &target.named)?;
    if reached.text.is_empty() {
        let near = reached.near.map_or_else(
            || "`engine facts gitlab.pipeline` lists the jobs".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        bail!("there is no job `{}`; {near}", reach.job);
    }
    terminal::print(&reached.text)?;
    Ok(if reached.certain { PASS } else { UNDECIDED })
}
