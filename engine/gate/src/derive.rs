//! Documents to facts: every item that policies may read, and what could not be seen.

use std::collections::{BTreeMap, HashSet};

use engine_config::{CONFIG, Config};
use engine_facts::credential::{self, Source};
use engine_facts::gitlab::{self, Child, Owners, Pipeline, Project};
use engine_facts::kubernetes;
use engine_facts::terraform;
use engine_facts::terraform::plan::{self, Plan};
use engine_facts::vault;
use engine_facts::wire::Item;
use engine_model::{FilePath, Finding, Gap, GapCause};

use crate::library::Library;
use crate::recognise::Kind;
use crate::trusted;

/// Every fact of a tree.
#[derive(Debug, Default)]
pub(crate) struct FactSet {
    /// Items by kind; a kind without any item is not here.
    pub(crate) items: BTreeMap<&'static str, Vec<Item>>,
    /// Plans, whose changes are a stream and not among the items.
    pub(crate) plans: Vec<FilePath>,
    /// What could not be seen.
    pub(crate) gaps: Vec<Gap>,
    /// What is wrong before any policy looks.
    pub(crate) findings: Vec<Finding>,
    /// Sentences for the first screen.
    pub(crate) understood: Vec<String>,
}

impl FactSet {
    /// How many there are, the changes of plans and the configuration aside.
    pub(crate) fn count(&self) -> usize {
        self.items.iter().filter(|(kind, _)| **kind != CONFIG).map(|(_, items)| items.len()).sum()
    }

    /// Whether there is anything of a kind.
    pub(crate) fn has(&self, kind: &str) -> bool {
        if kind == plan::CHANGE { !self.plans.is_empty() } else { self.items.contains_key(kind) }
    }

    pub(crate) fn add(&mut self, items: impl IntoIterator<Item = Item>) {
        for item in items {
            self.items.entry(item.kind).or_default().push(item);
        }
    }
}

/// Derives every fact of what was read. `settings` is where exports of GitLab's settings are believed: what a tree says
/// of them is no more than a claim where a revision judges it.
pub(crate) fn derive(library: &Library<'_>, settings: &Library<'_>, config: &Config) -> FactSet {
    let project = project(settings, config);
    let pipelines = pipelines(library, &project);
    let of_terraform = [Kind::Terraform, Kind::TerraformLock];
    let modules = terraform::derive(
        &of_terraform.into_iter().flat_map(|kind| library.documents(kind)).collect::<Vec<_>>(),
        &of_terraform.into_iter().flat_map(|kind| library.unread(kind)).collect::<Vec<_>>(),
    );
    let objects = kubernetes::derive(&library.documents(Kind::Kubernetes));
    let plans = library.plans(&engine_facts::reads_resource);
    let mut vault = vault::derive(&modules, &library.documents(Kind::VaultPolicy));
    for plan in &plans.read {
        vault::read_resources(&mut vault, plan.resources.iter(), Source::Plan);
        vault::read_providers(&mut vault, &plan.providers, Source::Plan);
    }

    // Includes are read on the way, so that what is wrong with them is known only now.
    let (findings, gaps) = library.remarks();
    let mut set = FactSet { findings, gaps, ..FactSet::default() };
    set.understood = gitlab::understood(&pipelines);
    set.understood.extend(terraform::understood(&modules));
    set.understood.extend(plans.read.iter().map(plan::understood));
    set.understood.extend(vault::understood(&vault));
    set.understood.extend(kubernetes::understood(&objects.objects));
    let owners = if pipelines.is_empty() { Owners::default() } else { Owners::read(library) };
    for pipeline in &pipelines {
        set.findings.extend(pipeline.findings.iter().cloned());
        set.gaps.extend(pipeline.gaps.iter().cloned());
        set.add(pipeline.jobs.iter().map(|job| gitlab::job_item(pipeline, job)));
        set.add([gitlab::pipeline_item(pipeline, &owners, &trusted::gates(pipeline, config))]);
        set.add(gitlab::credentials(pipeline).iter().map(credential::credential_item));
    }
    let outside = gitlab::outside(library, &pipelines, &project);
    set.add(outside.scripts.iter().map(gitlab::script_item));
    set.gaps.extend(outside.gaps);
    set.add(modules.modules.iter().map(terraform::module_item));
    set.add(library.file_paths().filter(|path| terraform::is_state(path)).map(terraform::state_item));
    set.add(objects.objects.iter().map(kubernetes::object_item));
    set.findings.extend(objects.findings);
    set.gaps.extend(objects.gaps);
    guards(&modules, &plans.read, config, &mut set);
    around(library, settings, &modules, &plans.read, config, &mut set);
    set.add(vault.policies.iter().map(vault::policy_item));
    set.add(vault.roles.iter().map(vault::role_item));
    set.add(vault.accesses.iter().map(vault::access_item));
    set.add(vault.credentials.iter().map(credential::credential_item));
    set.findings.extend(vault.findings);
    // That a file was not read is among the library's remarks already.
    set.gaps.extend(vault.gaps.into_iter().filter(|gap| gap.cause != GapCause::BrokenDocument));
    for plan in plans.read {
        set.add([plan::plan_item(&plan)]);
        set.findings.extend(plan.findings);
        set.gaps.extend(plan.gaps);
        set.plans.push(plan.path);
    }
    for unread in plans.unread {
        set.findings.extend(unread.findings);
        set.gaps.extend(unread.gaps);
    }
    set.gaps.extend(missing_modules(modules.gaps, &set));
    set.add([config.item()]);
    set
}

/// What is known of the project that the pipelines run in, by an export of its settings and by `engine.yaml`, which
/// comes first.
pub(crate) fn project(settings: &Library<'_>, config: &Config) -> Project {
    let exports = settings.all(Kind::Settings).into_iter().flat_map(|document| gitlab::export(&document).settings);
    let said: Vec<_> = config.settings().into_iter().chain(exports).collect();
    let known = |value: fn(&gitlab::Settings) -> &engine_facts::sourced::Sourced<String>| {
        said.iter().filter(|settings| settings.project.is_absent()).find_map(|settings| value(settings).get().cloned())
    };
    Project {
        default_branch: known(|settings| &settings.default_branch),
        variable_override_role: known(|settings| &settings.variable_override_role),
        deployers: config.deployers.iter().map(|name| name.value.clone()).collect(),
    }
}

/// What GitLab is set to around the pipelines: exports of its settings, runners' configurations, and what Terraform sets.
fn around(
    library: &Library<'_>,
    settings: &Library<'_>,
    modules: &terraform::Modules,
    plans: &[Plan],
    config: &Config,
    set: &mut FactSet,
) {
    for document in settings.all(Kind::Settings) {
        let export = gitlab::export(&document);
        set.add(export.settings.iter().map(gitlab::settings_item));
        set.add(export.variables.iter().map(gitlab::variable_item));
        set.add(export.runners.iter().map(gitlab::runner_item));
        set.add(export.branches.iter().map(gitlab::protected_branch_item));
        set.add(export.approvals.iter().map(gitlab::approval_item));
    }
    set.add(config.settings().iter().map(gitlab::settings_item));
    for document in library.documents(Kind::Runner) {
        set.add(gitlab::runners(&document).iter().map(gitlab::runner_item));
    }
    let written = modules.modules.iter().flat_map(|module| &module.resources);
    let mut found = vec![gitlab::around(written, Source::Terraform)];
    found.extend(plans.iter().map(|plan| gitlab::around(plan.resources.iter(), Source::Plan)));
    for (settings, variables, runners) in found {
        set.add(settings.iter().map(gitlab::settings_item));
        set.add(variables.iter().map(gitlab::variable_item));
        set.add(runners.iter().map(gitlab::runner_item));
    }
}

/// What GitLab holds back, as configurations and plans set it and the team declares it.
fn guards(modules: &terraform::Modules, plans: &[Plan], config: &Config, set: &mut FactSet) {
    let written = modules.modules.iter().flat_map(|module| &module.resources);
    let mut found = vec![gitlab::guards(written, Source::Terraform)];
    found.extend(plans.iter().map(|plan| gitlab::guards(plan.resources.iter(), Source::Plan)));
    found.push((config.protected_branches(), config.approvals()));
    for (branches, approvals) in found {
        set.add(branches.iter().map(gitlab::protected_branch_item));
        set.add(approvals.iter().map(gitlab::approval_item));
    }
}

/// The gaps of Terraform's modules. A module that is not in this tree may hold anything, and nearly every repository
/// has one. It keeps a rule undecided only where the tree has something of the product that the rule is about:
/// a plan shows what the module makes.
fn missing_modules(gaps: Vec<Gap>, set: &FactSet) -> Vec<Gap> {
    let has = |kinds: &[&str]| kinds.iter().any(|kind| set.items.contains_key(kind));
    let vault = has(&[vault::POLICY, vault::ROLE, vault::ACCESS]);
    let gitlab = has(&[gitlab::PROTECTED_BRANCH, gitlab::APPROVAL]);
    let kind = match (vault, gitlab) {
        (true, true) => engine_facts::VAULT_AND_GITLAB,
        (true, false) => engine_facts::VAULT,
        (false, true) => engine_facts::GITLAB_GUARDS,
        (false, false) => "",
    };
    // That a file was not read is among the library's remarks already.
    let missing = gaps.into_iter().filter(|gap| gap.cause != GapCause::BrokenDocument);
    missing.map(|gap| Gap { kind, ..gap }).collect()
}

/// Every pipeline of the tree: files that are pipelines by name, and the children that their jobs trigger.
///
/// The project's own pipeline comes first and is always there. A file that it includes is a piece of it and not read
/// on its own; that any other file includes one says nothing. A child is always read as one.
pub(crate) fn pipelines(library: &Library<'_>, project: &Project) -> Vec<Pipeline> {
    const OWN: &str = ".gitlab-ci.yml";
    let mut paths: Vec<FilePath> = Vec::new();
    for (path, kind) in library.recognised() {
        match kind {
            // A copy of what is included from elsewhere is read where it is included.
            Kind::Pipeline | Kind::Component if gitlab::is_copy(&path) => {}
            Kind::Pipeline | Kind::Component if library.is_pipeline(&path) => paths.push(path),
            Kind::Pipeline | Kind::Component => {}
            Kind::Terraform
            | Kind::TerraformLock
            | Kind::VaultPolicy
            | Kind::Plan
            | Kind::Kubernetes
            | Kind::Settings
            | Kind::Runner => {}
        }
    }
    let depth = |path: &FilePath| path.as_str().matches('/').count();
    paths.sort_by_key(|path| (path.as_str() != OWN, depth(path), path.clone()));
    let has_own = paths.first().is_some_and(|path| path.as_str() == OWN);
    let mut pieces: HashSet<FilePath> = HashSet::new();
    let mut out: Vec<Pipeline> = Vec::new();
    for path in paths {
        if pieces.contains(&path) {
            continue;
        }
        if let Some(mut pipeline) = gitlab::derive(library, &path, project) {
            pipeline.fragment = !library.is_whole(&path);
            if path.as_str() == OWN || !has_own {
                pieces.extend(pipeline.files.iter().cloned());
            }
            out.push(pipeline);
        }
    }
    with_children(
        &mut out,
        |pipeline| pipeline,
        |child, fragment| {
            let pipeline = gitlab::derive_child(library, child, project)?;
            Some(Pipeline { fragment, ..pipeline })
        },
    );
    out
}

/// Adds the children that pipelines trigger, theirs too, each once. A child of a piece of a pipeline is one itself.
pub(crate) fn with_children<T>(
    all: &mut Vec<T>,
    pipeline: impl Fn(&T) -> &Pipeline,
    read: impl Fn(&Child, bool) -> Option<T>,
) {
    let mut known: HashSet<String> = HashSet::new();
    let mut at = 0_usize;
    while let Some((children, fragment)) =
        all.get(at).map(|one| (pipeline(one).children.clone(), pipeline(one).fragment))
    {
        at = at.saturating_add(1);
        let fresh = children.iter().filter(|child| known.insert(child.key()));
        all.extend(fresh.filter_map(|child| read(child, fragment)));
    }
}
