//! The gate: policies loaded once, any number of trees checked.

use std::sync::Arc;

use engine_config::{Config, ConfigError, Date, Profile};
use engine_facts::credential::CREDENTIAL;
use engine_facts::parsed::{FILE, FILES};
use engine_formats as formats;
use engine_host::{Host, LoadError, Plugin};
use engine_model::{
    Counts, Evaluation, FailOn, FilePath, Gap, Location, RuleId, RuleInfo, Tree, TreeError, Undecided, Verdict,
};
use engine_rego::PolicyError;

use crate::assume::{self, Settled};
use crate::hide::Hidden;
use crate::library::Library;
use crate::policy::Policy;
use crate::progress::Progress;
use crate::rulebook::Rulebook;
use crate::trusted::{self, Compared, Trusted};
use crate::waive::{self, Accepted};
use crate::{decide, derive, run, shown};

/// Why a check could not be done at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sandbox could not be set up.
    #[error("the sandbox cannot be set up: {0}")]
    Sandbox(#[source] engine_host::Error),
    /// Two policies hold a rule of the same id.
    #[error("the rule `{rule}` is in `{first}` and in `{second}`: a rule's id exists once")]
    DuplicateRule {
        /// The id.
        rule: RuleId,
        /// The policy that was loaded first.
        first: String,
        /// The policy that was loaded second.
        second: String,
    },
    /// The configuration names what is not there, or changes what it may not.
    #[error("{}", lines(.0))]
    Config(Vec<ConfigError>),
    /// The tree could not be listed.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// What stands for the rules of a policy that could not be loaded, where its own name is no id: a file's, say.
const UNLOADED: &str = "unloaded-policy";

fn lines(errors: &[ConfigError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What one check is asked to do.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The severity at and above which a default finding closes the gate.
    pub fail_on: FailOn,
    /// Whether a tree without anything to check passes.
    pub allow_empty: bool,
    /// The day of the check, by which assumptions and waivers expire; without one none holds.
    pub today: Option<Date>,
    /// Files that the user named: a YAML file of any name among them is a pipeline, if it reads like one.
    pub named: Vec<FilePath>,
}

/// Policies from disk, loaded or not. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct FromDisk {
    /// Plugins, and Rego that the sandbox runs.
    pub plugins: Vec<Result<Plugin, LoadError>>,
    /// What is wrong with files of Rego.
    pub errors: Vec<PolicyError>,
}

/// A policy that could not be loaded, or a rule of one.
#[derive(Clone, Debug)]
struct Broken {
    /// Its id, or what it is called for want of one.
    name: String,
    message: String,
    location: Option<Location>,
    help: Option<String>,
}

impl From<LoadError> for Broken {
    fn from(error: LoadError) -> Self {
        Self { message: error.to_string(), name: error.plugin, location: None, help: None }
    }
}

impl From<PolicyError> for Broken {
    fn from(error: PolicyError) -> Self {
        let message = format!("the policy cannot be loaded: {}", error.message);
        Self { name: error.policy, message, location: error.location, help: error.help }
    }
}

/// Rules of a policy that read a kind of fact which does not exist: nothing would ever be their subject.
fn unknown_kinds(plugin: &Plugin) -> impl Iterator<Item = Broken> {
    let kinds = || engine_facts::SCHEMAS.iter().map(|(kind, _)| *kind).chain([FILE, FILES]);
    let rules = plugin.manifest().rules.iter();
    let read = rules.flat_map(|rule| rule.reads.iter().map(move |reads| (rule, reads)));
    read.filter(move |(_, reads)| !kinds().any(|kind| kind == reads.kind)).map(move |(rule, reads)| Broken {
        name: rule.info.id.to_string(),
        message: format!("the rule `{}` reads `{}`, and there is no such kind of fact", rule.info.id, reads.kind),
        location: None,
        help: engine_model::nearest(&reads.kind, kinds()).map(|kind| format!("did you mean `{kind}`?")),
    })
}

/// Policies in a sandbox under a configuration, ready to check any number of trees. Cheap to share between threads.
#[derive(Debug)]
pub struct Gate {
    policies: Vec<Policy>,
    /// Policies that could not be loaded: every rule they would hold is undecided.
    broken: Vec<Broken>,
    rulebook: Rulebook,
    config: Config,
    /// What the configuration leaves out, a sentence each.
    left_out: Vec<String>,
}

impl Gate {
    /// The gate with the policies that are built into the engine, as far as the configuration lets them run, and
    /// with `more`, loaded from elsewhere.
    ///
    /// A policy that cannot be loaded does not stop the others: it is reported, and the gate cannot pass.
    ///
    /// # Errors
    /// Where two policies hold a rule of the same id, or the configuration names a policy or a rule that is not there.
    pub fn new(host: &Host, config: Config, more: FromDisk) -> Result<Self, Error> {
        let mut plugins = host.builtins();
        let mut natives = engine_rego::builtins();
        let mut left_out = Vec::new();
        if let Some(chosen) = &config.policies {
            let id = |loaded: &Result<Plugin, LoadError>| match loaded {
                Ok(plugin) => plugin.id().to_owned(),
                Err(error) => error.plugin.clone(),
            };
            let ids: Vec<String> =
                plugins.iter().map(id).chain(natives.iter().map(|native| native.id().to_owned())).collect();
            let known = |name: &str| ids.iter().any(|id| id == name);
            let unknown = chosen.iter().filter(|policy| !known(policy.value.as_str()));
            let errors: Vec<ConfigError> =
                unknown.map(|policy| ConfigError::unknown_policy(policy, ids.iter().map(String::as_str))).collect();
            if !errors.is_empty() {
                return Err(Error::Config(errors));
            }
            let mut runs = |id: &str| {
                let runs = chosen.iter().any(|policy| policy.value.as_str() == id);
                if !runs {
                    left_out.push(format!("`engine.yaml` leaves out the policy `{id}`"));
                }
                runs
            };
            plugins.retain(|loaded| runs(&id(loaded)));
            natives.retain(|native| runs(native.id()));
        }
        plugins.extend(more.plugins);
        let natives = natives.into_iter().map(Policy::Native).collect();
        let gate = Self::of(natives, FromDisk { plugins, errors: more.errors }, config)?;
        Ok(Self { left_out, ..gate })
    }

    /// The gate with these policies alone, loaded or not.
    ///
    /// # Errors
    /// Where two policies hold a rule of the same id, or the configuration names a rule that is not there.
    pub fn with(policies: FromDisk, config: Config) -> Result<Self, Error> {
        Self::of(Vec::new(), policies, config)
    }

    fn of(mut policies: Vec<Policy>, more: FromDisk, config: Config) -> Result<Self, Error> {
        let mut broken: Vec<Broken> = more.errors.into_iter().map(Broken::from).collect();
        for result in more.plugins {
            match result {
                Ok(plugin) => {
                    broken.extend(unknown_kinds(&plugin));
                    policies.push(Policy::Sandboxed(plugin));
                }
                Err(error) => broken.push(error.into()),
            }
        }
        policies.sort_by(|a, b| a.id().cmp(b.id()));
        let mut rules: Vec<RuleInfo> = formats::rules();
        rules.extend(engine_facts::rules());
        rules.extend(trusted::rules());
        rules.extend(policies.iter().flat_map(|policy| &policy.manifest().rules).map(|rule| rule.info.clone()));
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some([first, second]) = rules.array_windows().find(|[first, second]| first.id == second.id) {
            let (rule, first, second) = (first.id.clone(), first.policy.to_string(), second.policy.to_string());
            return Err(Error::DuplicateRule { rule, first, second });
        }
        let rulebook = Rulebook::new(rules, &config).map_err(Error::Config)?;
        Ok(Self { policies, broken, rulebook, config, left_out: Vec::new() })
    }

    /// Every rule, sorted by id.
    #[must_use]
    pub fn rules(&self) -> &[RuleInfo] {
        self.rulebook.rules()
    }

    /// Checks a tree.
    ///
    /// # Errors
    /// Where the tree as a whole cannot be listed. Everything else that goes wrong is in the evaluation.
    pub fn check(&self, tree: &dyn Tree, options: &CheckOptions, progress: &dyn Progress) -> Result<Evaluation, Error> {
        self.evaluated(tree, None, options, progress)
    }

    /// Checks a tree that others write, and says what it does to the revision that judges it: the gate's configuration
    /// and its policies must come from there.
    ///
    /// # Errors
    /// As [`Gate::check`].
    pub fn check_against(
        &self,
        tree: &dyn Tree,
        trusted: &Trusted<'_>,
        options: &CheckOptions,
        progress: &dyn Progress,
    ) -> Result<Evaluation, Error> {
        self.evaluated(tree, Some(trusted), options, progress)
    }

    fn evaluated(
        &self,
        tree: &dyn Tree,
        trusted: Option<&Trusted<'_>>,
        options: &CheckOptions,
        progress: &dyn Progress,
    ) -> Result<Evaluation, Error> {
        let shows = [FILE, FILES].into_iter().filter(|kind| self.reads(kind)).collect::<Vec<_>>();
        let library = Library::read(tree, &options.named, !shows.is_empty(), progress)?;
        // Of the revision only what is asked for is read.
        let there = trusted.map(|trusted| Library::listed(trusted.tree)).transpose()?;
        let mut facts = derive::derive(&library, there.as_ref().unwrap_or(&library), &self.config);
        shown::show(&library, &shows, &mut facts);
        let outcome = run::run(&self.policies, &facts, &library, &self.rulebook, progress);

        let compare = |(trusted, there)| trusted::compare(&library, there, trusted, &self.config, &self.rulebook);
        let Compared { findings: changes, gaps: unseen } = trusted.zip(there.as_ref()).map(compare).unwrap_or_default();
        let (mut undecided, mut gaps) =
            decide::undecided_by(facts.gaps.clone(), &|gap| self.readers(gap), &|gap| shows.contains(&gap.kind));
        gaps.extend(unseen);
        undecided.extend(outcome.undecided);
        // Nobody knows which rules it would hold: a name stands for them that no rule has, and counts as mandatory.
        undecided.extend(self.broken.iter().map(|broken| Undecided {
            cause: None,
            closes: true,
            message: broken.message.clone(),
            location: broken.location.clone(),
            way_out: broken.help.clone(),
            rules: RuleId::new(&broken.name).or_else(|| RuleId::new(UNLOADED)).into_iter().collect(),
        }));
        let settled = assume::settle(decide::grouped(undecided), &self.config, options.today);
        let Settled { undecided, assumed, gaps: remarks } = settled;
        gaps.extend(remarks);
        // A rule that a gap keeps undecided is not one whose subject is absent.
        let open = |rule: &RuleId| undecided.iter().any(|one| one.rules.contains(rule));
        let mut not_applicable: Vec<RuleId> = outcome.not_applicable.into_iter().filter(|rule| !open(rule)).collect();
        not_applicable.sort_unstable();

        let mut findings = self.weighed(facts.findings.iter().cloned().chain(changes).collect());
        findings.extend(outcome.findings);
        let mut hidden = Hidden::of(facts.items.get(CREDENTIAL).map_or(&[], Vec::as_slice));
        findings.iter_mut().for_each(|finding| hidden.hide(finding));
        let Accepted { findings, waived, gaps: remarks } =
            waive::accept(decide::merged(findings, options.fail_on), &self.config, options.today);
        gaps.extend(remarks);
        let mut undecided = undecided;
        undecided.iter_mut().for_each(|one| hidden.hide_undecided(one));
        gaps.iter_mut().for_each(|gap| hidden.hide_gap(gap));
        let counts = Counts {
            files: library.file_count(),
            documents: library.document_count(),
            facts: facts.count(),
            rules: self.policies.iter().map(|policy| policy.manifest().rules.len()).sum(),
            evaluated: outcome.evaluated.len(),
        };
        facts.understood.extend(self.left_out.iter().cloned());
        facts.understood.extend(self.rulebook.switched_off());
        facts.understood.extend(trusted.map(|trusted| trusted::understood(trusted, &self.config)));
        facts.understood.push(self.config.summary());
        let mut evaluation = Evaluation {
            verdict: Verdict::Undecided,
            fail_on: options.fail_on,
            reason: String::new(),
            understood: facts.understood,
            findings,
            waived,
            undecided,
            assumed,
            gaps,
            evaluated: outcome.evaluated,
            not_applicable,
            rules: Arc::clone(self.rulebook.rules()),
            counts,
        };
        let strict = self.config.profile.value == Profile::Strict;
        (evaluation.verdict, evaluation.reason) = decide::verdict(&evaluation, options.allow_empty, strict);
        Ok(evaluation)
    }

    /// Whether a rule that runs reads this kind.
    fn reads(&self, kind: &str) -> bool {
        let rules = self.policies.iter().flat_map(|policy| &policy.manifest().rules);
        rules.filter(|rule| self.rulebook.runs(&rule.info.id)).any(|rule| rule.reads.iter().any(|one| one.kind == kind))
    }

    /// Findings of the engine's own rules, with what the configuration makes them weigh.
    fn weighed(&self, mut findings: Vec<engine_model::Finding>) -> Vec<engine_model::Finding> {
        for finding in &mut findings {
            if let Some(rule) = self.rulebook.info(&finding.rule) {
                (finding.class, finding.severity) = (rule.class, rule.severity);
            }
        }
        findings
    }

    /// The rules that read what a gap leaves out.
    fn readers(&self, gap: &Gap) -> Vec<RuleId> {
        let rules = self.policies.iter().flat_map(|policy| &policy.manifest().rules);
        let reads = |rule: &&engine_host::Rule| {
            let touched = |field: &String| {
                let top = field.split('.').next().unwrap_or(field);
                gap.fields.is_empty() || gap.fields.contains(&top) || top == "*"
            };
            let kinds = engine_facts::behind(gap.kind);
            let reads = |reads: &engine_host::Reads| kinds.contains(&reads.kind.as_str()) || reads.kind == gap.kind;
            self.rulebook.runs(&rule.info.id)
                && rule.reads.iter().any(|one| reads(one) && one.fields.iter().any(touched))
        };
        let mut found: Vec<RuleId> = rules.filter(reads).map(|rule| rule.info.id.clone()).collect();
        found.sort_unstable();
        found
    }
}
