//! `engine pipeline`.

use anyhow::{Context as _, Result, bail};
use engine_gate::{Comments, Given, Pipelines};
use engine_model::FilePath;
use engine_report::TextOptions;

use crate::args::{Pipeline, PipelineFormat, Terminal};
use crate::target::Target;
use crate::{FAIL, PASS, UNDECIDED, terminal};

/// The pipeline's own file, unless a project is set otherwise.
const OWN: &str = ".gitlab-ci.yml";

/// Prints the pipeline, and says what is wrong with it.
pub(crate) fn run(pipeline: &Pipeline, terminal: &Terminal) -> Result<u8> {
    let target = Target::of(std::slice::from_ref(&pipeline.path))?;
    let path = match target.named.first() {
        Some(path) => path.clone(),
        None => FilePath::new(OWN).context("the pipeline's file has no name")?,
    };
    let given = Given {
        variables: (!pipeline.variables.is_empty()).then(|| pipeline.variables.iter().cloned().collect()),
        inputs: pipeline.inputs.iter().cloned().collect(),
    };
    let tree = target.whole()?;
    let Some(resolved) = Pipelines::resolve(tree.as_ref(), &path, &given)? else {
        bail!("there is no `{path}` in `{}`; name the pipeline's own file", target.root.display());
    };
    let options = TextOptions { base: target.base, ..terminal::text_options(terminal, true) };
    let comments = match (pipeline.no_origins, options.color) {
        (true, _) => Comments::None,
        (false, false) => Comments::Plain,
        (false, true) => Comments::Dimmed,
    };
    terminal::print(&match pipeline.format {
        PipelineFormat::Yaml => resolved.to_yaml(comments),
        PipelineFormat::Json => resolved.to_json(),
    })?;
    terminal::tell(&resolved.findings, &resolved.gaps, &options, terminal);
    Ok(match (resolved.is_valid(), resolved.is_complete()) {
        (false, _) => FAIL,
        (true, false) => UNDECIDED,
        (true, true) => PASS,
    })
}
