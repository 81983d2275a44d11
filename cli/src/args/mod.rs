//! The command line, as people read it in `--help`.

mod pipeline;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use engine_model::Severity;
use engine_rego::Namespace;
use engine_report::Kind;

pub(crate) use pipeline::{Facts, Pipeline, PipelineFormat, Reach, Start};
use pipeline::{OF_PIPELINE, OF_REACH};

const AFTER: &str = "\
Exit codes:
  0  the gate is open: nothing that counts was found
  1  a finding closes the gate
  2  something that must be decided could not be, or there was nothing to check
  3  the command line or the configuration is wrong";

/// Proves that production changes only through a reviewed job of GitLab CI.
///
/// Reads the pipelines and the Terraform of a repository, works out what they mean together, and lets policies judge
/// it in a sandbox. Nothing is run and nothing is sent anywhere.
#[derive(Debug, Parser)]
#[command(name = "engine", version, after_help = AFTER, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) terminal: Terminal,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a repository, or single files of it
    ///
    /// Without a path the current directory is checked. A directory is read as git sees it: tracked files, and
    /// untracked ones that are not ignored. A file that is named is always read: a YAML file is a pipeline whatever its
    /// name, if it reads like one, and a JSON file is a plan. `-` reads a plan or a pipeline from standard input.
    Check(Check),
    /// Answer over HTTP: admission reviews of Kubernetes, and whoever sends documents or an archive
    ///
    /// `POST /admission`, `POST /v1/check`, and `/healthz`, `/readyz`, `/metrics`, `/openapi.json`. SIGTERM lets what is
    /// in flight end, SIGHUP loads configuration, policies and the certificate anew; where they are wrong, what was in
    /// force stays so.
    #[cfg(feature = "serve")]
    Serve(Serve),
    /// Decide what is submitted through NATS, with any number of other workers
    ///
    /// Requests on the queue are acknowledged when their verdict is kept, so that a worker may be killed at any time.
    /// SIGTERM lets what is in work end, SIGHUP loads configuration and policies anew.
    #[cfg(feature = "serve")]
    Worker(Worker),
    /// Submit a repository, a plan or a pipeline through NATS, and wait for the verdict of a worker
    ///
    /// Prints what `engine check` prints, by the worker's configuration and policies, and ends with the same exit code.
    #[cfg(feature = "serve")]
    Submit(Submit),
    /// Print the pipeline as GitLab makes it of its files, with where each value comes from
    ///
    /// Includes, inputs, `extends`, `!reference` and defaults are followed. What GitLab would refuse, and what could not be
    /// seen, goes to standard error.
    #[command(after_help = OF_PIPELINE)]
    Pipeline(Pipeline),
    /// Say how a job can start: for which refs, by whom, and by a pipeline that shows it
    ///
    /// All refs, sources, variables and changed files are looked at together. A yes comes with a pipeline that shows it, a
    /// no holds for all of them.
    #[command(after_help = OF_REACH)]
    Reach(Reach),
    /// Print the facts of one kind that policies see
    ///
    /// `engine facts` alone lists the kinds; `engine schema KIND` prints what an item of one looks like.
    Facts(Facts),
    /// Fetch what pipelines include from elsewhere into the repository, and write engine.lock
    ///
    /// Files of other projects, remote files, templates and components, and what these include in turn. `engine check` reads
    /// the copies and asks no server.
    #[cfg(feature = "vendor")]
    #[command(after_help = OF_VENDOR)]
    Vendor(Vendor),
    /// List every rule with its class, severity and practices
    Rules(Rules),
    /// Explain a rule: what it checks, why, how to fix it
    Explain(Explain),
    /// Work on policies of your own
    Policy(Policy),
    /// Print the JSON Schema of `engine.yaml`, of the report, or of a kind of fact
    Schema(Schema),
    /// Print the completions for a shell
    ///
    /// For bash, for example: `engine completions bash > ~/.local/share/bash-completion/completions/engine`.
    Completions(Completions),
    /// Print the manual page, in roff
    ///
    /// To read it: `engine man | man -l -`.
    Man,
}

/// `engine serve`.
#[cfg(feature = "serve")]
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: std::net::SocketAddr,

    /// The directory with engine.yaml and the policies that it names
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) config: PathBuf,

    /// A certificate, as PEM, with those between it and its authority behind it; read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,

    /// Its private key, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,

    /// How many checks run at a time [default: as many as there are processors]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Requests that are held at a time; more get 503
    #[arg(long, value_name = "COUNT", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_requests: u32,

    /// MiB of one body
    #[arg(long, value_name = "MIB", default_value = "8", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) max_body: u32,

    /// MiB of all bodies that are held at a time with what is made of them; a request beyond gets 503
    #[arg(long, value_name = "MIB", default_value = "128", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) max_held: u32,

    /// Connections at a time; more wait
    #[arg(long, value_name = "COUNT", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: u32,

    /// Seconds for the head of a request, and between two of one connection
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) head_time: u16,

    /// Seconds for the body of a request
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) body_time: u16,

    /// Seconds for what is in flight when the server shall stop
    #[arg(long, value_name = "SECONDS", default_value = "20")]
    pub(crate) drain_time: u16,

    /// The severity at and above which a default rule closes the gate
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = severity())]
    pub(crate) fail_on: Severity,

    #[command(flatten)]
    pub(crate) gitlab: Gitlab,

    #[command(flatten)]
    pub(crate) policies: Policies,
}

/// The GitLab whose merge requests are checked.
#[cfg(feature = "serve")]
#[derive(Debug, clap::Args)]
pub(crate) struct Gitlab {
    /// The address of a GitLab whose merge-request hooks are taken at /hooks/gitlab
    #[arg(long, value_name = "URL", requires_all = ["gitlab_token", "gitlab_secrets"])]
    pub(crate) gitlab: Option<String>,

    /// A file with a token of its API: scope `api`, role Developer or more
    #[arg(long, value_name = "FILE", requires = "gitlab", value_hint = ValueHint::FilePath)]
    pub(crate) gitlab_token: Option<PathBuf>,

    /// A file with the secrets of its webhooks, one a line: signing tokens (whsec_…), or secret tokens
    #[arg(long, value_name = "FILE", requires = "gitlab", value_hint = ValueHint::FilePath)]
    pub(crate) gitlab_secrets: Option<PathBuf>,

    /// The authorities of its certificate, as PEM [default: those of the system]
    #[arg(long, value_name = "FILE", requires = "gitlab", value_hint = ValueHint::FilePath)]
    pub(crate) gitlab_ca: Option<PathBuf>,

    /// An internal network that it may be in; can be given several times
    #[arg(long, value_name = "NETWORK", requires = "gitlab")]
    pub(crate) gitlab_network: Vec<String>,

    /// Merge requests that may wait; a hook beyond gets 503
    #[arg(long, value_name = "COUNT", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) gitlab_queue: u32,

    /// Merge requests that are worked on at a time
    #[arg(long, value_name = "COUNT", default_value = "2", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) gitlab_workers: u16,

    /// MiB of all files of one merge request and of its target branch
    #[arg(long, value_name = "MIB", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) gitlab_files: u32,
}

/// How to reach a broker.
#[cfg(feature = "serve")]
#[derive(Debug, clap::Args)]
pub(crate) struct Broker {
    /// The broker's address; several with commas between them
    #[arg(long, value_name = "URL", default_value = "nats://127.0.0.1:4222")]
    pub(crate) server: String,

    /// A file with a JWT and its seed
    #[arg(long, value_name = "FILE", conflicts_with = "nkey", value_hint = ValueHint::FilePath)]
    pub(crate) creds: Option<PathBuf>,

    /// A file with the seed of an NKey
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) nkey: Option<PathBuf>,

    /// The authority of the broker's certificate, as PEM; turns TLS on
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tls_ca: Option<PathBuf>,

    /// A certificate of your own for the broker, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,

    /// Its private key, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,
}

/// `engine worker`.
#[cfg(feature = "serve")]
#[derive(Debug, clap::Args)]
pub(crate) struct Worker {
    #[command(flatten)]
    pub(crate) broker: Broker,

    /// The directory with engine.yaml and the policies that it names
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) config: PathBuf,

    /// How many checks run at a time [default: as many as there are processors]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// MiB of what is checked at once
    #[arg(long, value_name = "MIB", default_value = "64", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) max_body: u32,

    /// Seconds for what is in work when the worker shall stop
    #[arg(long, value_name = "SECONDS", default_value = "20")]
    pub(crate) drain_time: u16,

    /// The severity at and above which a default rule closes the gate
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = severity())]
    pub(crate) fail_on: Severity,

    #[command(flatten)]
    pub(crate) policies: Policies,
}

/// `engine submit`.
#[cfg(feature = "serve")]
#[derive(Debug, clap::Args)]
pub(crate) struct Submit {
    /// A directory, or files; `-` for a plan or a pipeline on standard input. A file that is named is sent alone
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) broker: Broker,

    /// The project that it is of: letters, digits, `-` and `_`
    #[arg(long, value_name = "NAME")]
    pub(crate) project: String,

    /// How many seconds the verdict is waited for
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) wait: u32,

    /// How the report is printed
    #[arg(long, value_name = "KIND", default_value = "text", value_parser = kind())]
    pub(crate) format: Kind,

    /// Write a report into a file besides, `codequality=gl-code-quality-report.json` say; may be given several times
    #[arg(long = "report", value_name = "KIND=FILE", value_parser = report)]
    pub(crate) reports: Vec<Report>,
}

#[cfg(feature = "vendor")]
const OF_VENDOR: &str = "\
The token is read from the environment: GITLAB_TOKEN, a token with the scope read_api or read_repository; with --git
CI_JOB_TOKEN where that is not set.

Exit codes:
  0  all of it is here; with --check, and is what the server has
  1  with --check, the server has something else
  2  something cannot be fetched
  3  the command line is wrong";

/// `engine vendor`.
#[cfg(feature = "vendor")]
#[derive(Debug, clap::Args)]
pub(crate) struct Vendor {
    /// The repository
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,

    /// The address of the GitLab [default: CI_SERVER_URL of the environment]
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,

    /// The variable of the environment that holds a token
    #[arg(long = "token-variable", value_name = "NAME", default_value = "GITLAB_TOKEN")]
    pub(crate) token: String,

    /// The authorities of its certificate, as PEM [default: those of the system]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca: Option<PathBuf>,

    /// Read projects with git and not over the API, as a job's own token must
    #[arg(long)]
    pub(crate) git: bool,

    /// With --git, the address for templates where it is another one
    #[arg(long, value_name = "URL", requires = "git")]
    pub(crate) api: Option<String>,

    /// Fetch everything anew, at the commits that branches are at now
    #[arg(long, conflicts_with = "check")]
    pub(crate) update: bool,

    /// Write nothing, and say whether the copies are what the server has
    #[arg(long)]
    pub(crate) check: bool,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is written NAME=VALUE".to_owned()),
    }
}

/// `engine check`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Check {
    /// A directory, or files; `-` for a plan or a pipeline on standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,

    /// Judge by engine.yaml, its waivers and its policies as they are in this commit, and say what the tree does to them
    ///
    /// A branch, a tag or the sha of a commit: of a merge request the target branch, `origin/main` say. What is checked
    /// stays the tree; `--plugin` stays the caller's own.
    #[arg(long, value_name = "REF")]
    pub(crate) trusted: Option<String>,

    /// Check what the next commit would hold: git's index, with the configuration that is in it
    #[arg(long, conflicts_with = "paths")]
    pub(crate) staged: bool,

    #[command(flatten)]
    pub(crate) policies: Policies,

    /// How to print what was found
    #[arg(long, value_name = "KIND", default_value = "text", value_parser = kind())]
    pub(crate) format: Kind,

    /// Write a report into a file besides, `codequality=gl-code-quality-report.json` say; may be given several times
    #[arg(long = "report", value_name = "KIND=FILE", value_parser = report)]
    pub(crate) reports: Vec<Report>,

    /// The severity at and above which a finding of a default rule closes the gate; mandatory rules always do
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = severity())]
    pub(crate) fail_on: Severity,

    /// Pass where there is nothing to check
    #[arg(long)]
    pub(crate) allow_empty: bool,

    /// Draw every finding, not only the three that matter most
    #[arg(long)]
    pub(crate) all: bool,
}

/// Which policies there are, besides those that are built in.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Policies {
    /// A policy plugin, a WebAssembly component; may be given several times, besides `plugins:` of engine.yaml
    #[arg(long = "plugin", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) plugins: Vec<PathBuf>,

    /// A folder of Rego policies; may be given several times
    #[arg(long = "policy", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) rego: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) conftest: Conftest,
}

/// How policies are asked that are written for conftest: `deny`, `violation` and `warn` over each file as it stands.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Conftest {
    /// The package whose `deny`, `violation` and `warn` are asked of each file, `main` unless given; `*` and `?` stand
    /// for characters; may be given several times
    #[arg(long = "namespace", value_name = "PACKAGE", value_parser = Namespace::parse, requires = "rego")]
    pub(crate) namespaces: Vec<Namespace>,

    /// Ask those of every package
    #[arg(long, conflicts_with = "namespaces", requires = "rego")]
    pub(crate) all_namespaces: bool,

    /// JSON and YAML that policies written for conftest see as `data`: a file or a folder; may be given several times
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, requires = "rego")]
    pub(crate) data: Vec<PathBuf>,

    /// Ask them of all files together, a list of `path` and `contents`
    #[arg(long, requires = "rego")]
    pub(crate) combine: bool,
}

impl Conftest {
    /// Whether anything is asked of them that would not be without a word.
    pub(crate) fn is_asked(&self) -> bool {
        self.all_namespaces || self.combine || !self.namespaces.is_empty() || !self.data.is_empty()
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rules {
    #[command(flatten)]
    pub(crate) policies: Policies,

    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The rule's id, as a finding shows it
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,

    #[command(flatten)]
    pub(crate) policies: Policies,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Test the policies of a folder: Rego's tests, the cases on pages, and trees with marks
    ///
    /// Policies are every `.rego` file and every `.wasm` plugin below the folder. Tests are the rules of `_test.rego`
    /// files whose names begin with `test_`, the cases under `Bad` and `Good` of each rule's page, and each folder in a
    /// folder called `fixtures`: what is found there must be what comments such as `# error: rule-id` mark.
    #[command(
        after_help = "Exit codes:\n  0  every test passed\n  1  a test failed\n  2  there is no test\n  3  the command line is wrong, or a policy cannot be loaded"
    )]
    Test(PolicyTest),
}

#[derive(Debug, clap::Args)]
pub(crate) struct PolicyTest {
    /// The folder
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,

    /// JSON and YAML that policies written for conftest see as `data`: a file or a folder; may be given several times
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) data: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// `config` for engine.yaml, `report` for the report, or a kind of fact such as `gitlab.job`
    #[arg(value_name = "NAME", default_value = "config")]
    pub(crate) name: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: one object, its version in `version`
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Terminal {
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are honoured
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A report into a file.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) kind: Kind,
    pub(crate) path: PathBuf,
}

fn kind() -> impl clap::builder::TypedValueParser<Value = Kind> {
    let words = Kind::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Kind>())
}

fn report(text: &str) -> Result<Report, String> {
    let (kind, path) = text.split_once('=').ok_or("write a kind and a file: `sarif=engine.sarif`")?;
    let kind = kind.parse::<Kind>().map_err(|error| error.to_string())?;
    if path.is_empty() || path == "-" {
        return Err("name a file; `--format` is for standard output".to_owned());
    }
    Ok(Report { kind, path: PathBuf::from(path) })
}

fn severity() -> impl clap::builder::TypedValueParser<Value = Severity> {
    let words = Severity::ALL.iter().map(|severity| severity.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Severity>())
}
