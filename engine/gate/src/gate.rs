//! The gate: policies loaded once, any number of trees checked.

use engine_formats as formats;
use engine_host::{Host, LoadError, Plugin};
use engine_model::{Counts, Evaluation, FailOn, FilePath, Gap, RuleId, RuleInfo, Tree, TreeError, Undecided, Verdict};

use crate::library::Library;
use crate::progress::Progress;
use crate::{decide, derive, run};

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
    /// The tree could not be listed.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// What one check is asked to do.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The severity at and above which a default finding closes the gate.
    pub fail_on: FailOn,
    /// Whether a tree without anything to check passes.
    pub allow_empty: bool,
    /// Files that the user named: a YAML file of any name among them is a pipeline, if it reads like one.
    pub named: Vec<FilePath>,
}

/// Policies in a sandbox, ready to check any number of trees. Cheap to share between threads.
#[derive(Debug)]
pub struct Gate {
    plugins: Vec<Plugin>,
    /// Policies that could not be loaded: every rule they would hold is undecided.
    broken: Vec<LoadError>,
    rules: Vec<RuleInfo>,
}

impl Gate {
    /// The gate with the policies that are built into the engine.
    ///
    /// A policy that cannot be loaded does not stop the others: it is reported, and the gate cannot pass.
    ///
    /// # Errors
    /// Where the sandbox cannot be set up, or two policies hold a rule of the same id.
    pub fn new(host: &Host) -> Result<Self, Error> {
        Self::with(host.builtins())
    }

    /// The gate with these policies, loaded or not.
    ///
    /// # Errors
    /// Where two policies hold a rule of the same id.
    pub fn with(loaded: Vec<Result<Plugin, LoadError>>) -> Result<Self, Error> {
        let mut plugins: Vec<Plugin> = Vec::new();
        let mut broken = Vec::new();
        for result in loaded {
            match result {
                Ok(plugin) => plugins.push(plugin),
                Err(error) => broken.push(error),
            }
        }
        plugins.sort_by(|a, b| a.id().cmp(b.id()));
        let mut rules: Vec<RuleInfo> = formats::rules();
        rules.extend(engine_facts::rules());
        rules.extend(plugins.iter().flat_map(|plugin| &plugin.manifest().rules).map(|rule| rule.info.clone()));
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some([first, second]) = rules.array_windows().find(|[first, second]| first.id == second.id) {
            let (rule, first, second) = (first.id.clone(), first.policy.to_string(), second.policy.to_string());
            return Err(Error::DuplicateRule { rule, first, second });
        }
        Ok(Self { plugins, broken, rules })
    }

    /// Every rule, sorted by id.
    #[must_use]
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// Checks a tree.
    ///
    /// # Errors
    /// Where the tree as a whole cannot be listed. Everything else that goes wrong is in the evaluation.
    pub fn check(&self, tree: &dyn Tree, options: &CheckOptions, progress: &dyn Progress) -> Result<Evaluation, Error> {
        let library = Library::read(tree, &options.named, progress)?;
        let facts = derive::derive(&library);
        let outcome = run::run(&self.plugins, &facts, progress);

        let (mut undecided, gaps) = decide::undecided_by(facts.gaps.clone(), &|gap| self.readers(gap));
        undecided.extend(outcome.undecided);
        // Nobody knows which rules it would hold: the policy's own name stands for them, and counts as mandatory.
        undecided.extend(self.broken.iter().map(|error| Undecided {
            cause: None,
            message: error.to_string(),
            location: None,
            way_out: None,
            rules: RuleId::new(&error.plugin).into_iter().collect(),
        }));
        let undecided = decide::grouped(undecided);
        // A rule that a gap keeps undecided is not one whose subject is absent.
        let open = |rule: &RuleId| undecided.iter().any(|one| one.rules.contains(rule));
        let mut not_applicable: Vec<RuleId> = outcome.not_applicable.into_iter().filter(|rule| !open(rule)).collect();
        not_applicable.sort_unstable();

        let mut findings = facts.findings.clone();
        findings.extend(outcome.findings);
        let counts = Counts {
            files: library.file_count(),
            documents: library.document_count(),
            facts: facts.count(),
            rules: self.plugins.iter().map(|plugin| plugin.manifest().rules.len()).sum(),
            evaluated: outcome.evaluated.len(),
        };
        let mut evaluation = Evaluation {
            verdict: Verdict::Undecided,
            fail_on: options.fail_on,
            reason: String::new(),
            understood: facts.understood,
            findings: decide::merged(findings, options.fail_on),
            undecided,
            gaps,
            not_applicable,
            rules: self.rules.clone(),
            counts,
        };
        (evaluation.verdict, evaluation.reason) = decide::verdict(&evaluation, options.allow_empty);
        Ok(evaluation)
    }

    /// The rules that read what a gap leaves out.
    fn readers(&self, gap: &Gap) -> Vec<RuleId> {
        let rules = self.plugins.iter().flat_map(|plugin| &plugin.manifest().rules);
        let reads = |rule: &&engine_host::Rule| {
            let touched = |field: &String| {
                let top = field.split('.').next().unwrap_or(field);
                gap.fields.is_empty() || gap.fields.contains(&top) || top == "*"
            };
            rule.reads.iter().any(|reads| reads.kind == gap.kind && reads.fields.iter().any(touched))
        };
        let mut found: Vec<RuleId> = rules.filter(reads).map(|rule| rule.info.id.clone()).collect();
        found.sort_unstable();
        found
    }
}
