//! What `engine pipeline`, `engine reach` and `engine facts` are told.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ValueEnum, ValueHint};

use super::assignment;

pub(super) const OF_PIPELINE: &str = "\
Exit codes:
  0  GitLab takes the pipeline, and all of it was seen
  1  GitLab refuses it
  2  a part of it could not be seen
  3  the command line is wrong, or there is no pipeline";

/// `engine pipeline`.
#[derive(Debug, clap::Args)]
pub(crate) struct Pipeline {
    /// The repository, or the pipeline's own file in it
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,

    /// A variable that the pipeline is started with, CI_PIPELINE_SOURCE=push say, for the rules of includes; may be given
    /// several times
    ///
    /// Where one is given, those that are not have no value. Without any, an include with rules is shown as if it were
    /// always there.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) variables: Vec<(String, String)>,

    /// The value of an input of the pipeline; may be given several times. Those that are not have their defaults
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) inputs: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) start: Start,

    /// How to print it
    #[arg(long, value_name = "KIND", default_value = "yaml")]
    pub(crate) format: PipelineFormat,

    /// Draw it into this file, as SVG: stages, what needs what, which refs start a job, where a hand is asked for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) graph: Option<PathBuf>,

    /// Leave out where the values come from
    #[arg(long)]
    pub(crate) no_origins: bool,
}

/// One start of a pipeline, so that only its jobs are printed, as they start in it.
#[derive(Debug, clap::Args)]
#[group(id = "start", multiple = true)]
pub(crate) struct Start {
    /// Show what is started for this branch
    #[arg(long, value_name = "NAME", conflicts_with_all = ["tag", "merge_request"])]
    pub(crate) branch: Option<String>,

    /// Show what is started for this tag
    #[arg(long, value_name = "NAME", conflicts_with = "merge_request")]
    pub(crate) tag: Option<String>,

    /// Show what is started for a merge request from this branch
    #[arg(long, value_name = "BRANCH")]
    pub(crate) merge_request: Option<String>,

    /// The name of the default branch [default: what engine.yaml, an export of the settings or origin/HEAD say, else main]
    #[arg(long, value_name = "NAME")]
    pub(crate) default_branch: Option<String>,

    /// The branch that the merge request is for [default: the default branch]
    #[arg(long, value_name = "BRANCH", requires = "merge_request")]
    pub(crate) target: Option<String>,

    /// The merge request comes from a fork
    #[arg(long, requires = "merge_request")]
    pub(crate) fork: bool,

    /// How the pipeline is started, as CI_PIPELINE_SOURCE has it [default: push]
    #[arg(long, value_name = "SOURCE", value_parser = PossibleValuesParser::new(engine_gate::PIPELINE_SOURCES))]
    pub(crate) source: Option<String>,

    /// The ref is protected
    #[arg(long)]
    pub(crate) protected: bool,

    /// A file that is changed; may be given several times [default: GitLab does not know, as for a new branch]
    #[arg(long, value_name = "PATH")]
    pub(crate) changed: Vec<String>,
}

/// How a pipeline is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PipelineFormat {
    /// YAML, with comments that say where values come from
    Yaml,
    /// JSON, on one line
    Json,
}

pub(super) const OF_REACH: &str = "\
Exit codes:
  0  all of it is certain
  2  something could not be told
  3  the command line is wrong, or there is no such job";

/// `engine reach`.
#[derive(Debug, clap::Args)]
pub(crate) struct Reach {
    /// The job's name
    #[arg(value_name = "JOB")]
    pub(crate) job: String,

    /// A directory, or files
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
}

/// `engine facts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Facts {
    /// The kind, `gitlab.job` say
    #[arg(value_name = "KIND")]
    pub(crate) kind: Option<String>,

    /// A directory, or files
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
}
