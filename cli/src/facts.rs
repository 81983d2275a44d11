//! `engine facts`.

use anyhow::{Result, bail};

use crate::args::Facts;
use crate::target::Target;
use crate::{PASS, setup, terminal};

/// Prints the facts of a kind, or which kinds there are.
pub(crate) fn run(facts: &Facts) -> Result<u8> {
    let kinds: Vec<&str> = engine_gate::fact_schemas().map(|(kind, _)| kind).collect();
    let Some(kind) = &facts.kind else {
        terminal::print(&format!("{}\n", kinds.join("\n")))?;
        return Ok(PASS);
    };
    if !kinds.contains(&kind.as_str()) {
        let near = engine_model::nearest(kind, kinds.iter().copied());
        let near =
            near.map_or_else(|| "`engine facts` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        bail!("there is no kind of facts `{kind}`; {near}");
    }
    let target = Target::of(&facts.paths)?;
    let (tree, branch) = target.tree()?;
    let config = setup::config(tree.as_ref(), None, branch)?;
    let items = engine_gate::facts(tree.as_ref(), &config, kind, &target.named)?.unwrap_or_default();
    let body = if items.is_empty() { String::new() } else { format!("\n{}\n", items.join(",\n")) };
    terminal::print(&format!("[{body}]\n"))?;
    Ok(PASS)
}
