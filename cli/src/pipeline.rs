//! `engine pipeline`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use engine_gate::{Comments, Given, Pipelines, Project, RefKind, Started};
use engine_model::{FilePath, Tree};
use engine_report::TextOptions;

use crate::args::{Pipeline, PipelineFormat, Start, Terminal};
use crate::target::Target;
use crate::{FAIL, PASS, UNDECIDED, setup, terminal};

/// The pipeline's own file, unless a project is set otherwise.
const OWN: &str = ".gitlab-ci.yml";

/// Prints the pipeline, and says what is wrong with it.
pub(crate) fn run(pipeline: &Pipeline, terminal: &Terminal) -> Result<u8> {
    let target = Target::of(std::slice::from_ref(&pipeline.path))?;
    let path = match target.named.first() {
        Some(path) => path.clone(),
        None => FilePath::new(OWN).context("the pipeline's file has no name")?,
    };
    let tree = target.whole()?;
    let config = setup::config(tree.as_ref(), None, None)?;
    let mut project = engine_gate::project(tree.as_ref(), &config)?;
    if pipeline.start.is_asked() {
        let said = pipeline.start.default_branch.clone().or(project.default_branch).or(target.tree()?.1);
        project.default_branch = said.or_else(|| Some("main".to_owned()));
    }
    let started = started(pipeline, &project, tree.as_ref())?;
    let mut variables: BTreeMap<String, String> = pipeline.variables.iter().cloned().collect();
    if let Some(started) = &started {
        for (name, value) in given(started) {
            variables.entry(name.to_owned()).or_insert(value);
        }
    }
    let given = Given {
        variables: (!variables.is_empty()).then_some(variables),
        inputs: pipeline.inputs.iter().cloned().collect(),
        project,
        started,
    };
    let Some(resolved) = Pipelines::resolve(tree.as_ref(), &path, &given)? else {
        bail!("there is no `{path}` in `{}`; name the pipeline's own file", target.root.display());
    };
    let options = TextOptions { base: target.base, ..terminal::text_options(terminal, true) };
    let comments = match (pipeline.no_origins, options.color) {
        (true, _) => Comments::None,
        (false, false) => Comments::Plain,
        (false, true) => Comments::Dimmed,
    };
    match &pipeline.graph {
        Some(file) => {
            std::fs::write(file, resolved.to_svg()).with_context(|| format!("cannot write `{}`", file.display()))?;
        }
        None => terminal::print(&match pipeline.format {
            PipelineFormat::Yaml => resolved.to_yaml(comments),
            PipelineFormat::Json => resolved.to_json(),
        })?,
    }
    terminal::tell(&resolved.findings, &resolved.gaps, &options, terminal);
    Ok(match (resolved.is_valid(), resolved.is_complete()) {
        (false, _) => FAIL,
        (true, false) => UNDECIDED,
        (true, true) => PASS,
    })
}

/// The one start that is asked about; `None` where no ref is named.
fn started(pipeline: &Pipeline, project: &Project, tree: &dyn Tree) -> Result<Option<Started>> {
    let start = &pipeline.start;
    let named =
        [(RefKind::Branch, &start.branch), (RefKind::Tag, &start.tag), (RefKind::MergeRequest, &start.merge_request)];
    let Some((kind, name)) = named.into_iter().find_map(|(kind, name)| Some((kind, name.clone()?))) else {
        ensure!(
            start.source.is_none() && !start.protected && start.changed.is_empty() && start.default_branch.is_none(),
            "a start has a ref: name it with `--branch`, `--tag` or `--merge-request`"
        );
        return Ok(None);
    };
    let usual = if kind == RefKind::MergeRequest { "merge_request_event" } else { "push" };
    let source = start.source.clone().unwrap_or_else(|| usual.to_owned());
    ensure!(
        (kind == RefKind::MergeRequest) == (source == "merge_request_event"),
        "a pipeline of a merge request has the source `merge_request_event`, and no other has"
    );
    let default = project.default_branch.clone().unwrap_or_else(|| "main".to_owned());
    let request = kind == RefKind::MergeRequest;
    Ok(Some(Started {
        kind,
        source,
        name,
        target: if request { start.target.clone().unwrap_or(default) } else { String::new() },
        fork: start.fork,
        protected: start.protected,
        variables: pipeline.variables.iter().cloned().collect(),
        changed: (!start.changed.is_empty()).then(|| start.changed.clone()),
        exists: tree.list()?.files.iter().map(|file| file.path.to_string()).collect(),
    }))
}

impl Start {
    /// Whether one start is asked about.
    fn is_asked(&self) -> bool {
        self.branch.is_some() || self.tag.is_some() || self.merge_request.is_some()
    }
}

/// The variables that GitLab has before the pipeline has a text.
fn given(started: &Started) -> Vec<(&'static str, String)> {
    let mut out = vec![
        ("CI_PIPELINE_SOURCE", started.source.clone()),
        ("CI_COMMIT_REF_NAME", started.name.clone()),
        ("CI_COMMIT_REF_PROTECTED", started.protected.to_string()),
    ];
    match started.kind {
        RefKind::Branch => out.push(("CI_COMMIT_BRANCH", started.name.clone())),
        RefKind::Tag => out.push(("CI_COMMIT_TAG", started.name.clone())),
        RefKind::MergeRequest => {
            out.push(("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", started.name.clone()));
            out.push(("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", started.target.clone()));
        }
    }
    out
}
