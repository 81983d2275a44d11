//! The configuration as a whole: reading it, and what holds without it.

use std::sync::Arc;

use engine_facts::gitlab::{Approval, ProtectedBranch, Settings};
use engine_facts::wire::Item;
use engine_formats::{DUPLICATE_KEY, Source, yaml};
use engine_model::{Document, FilePath, Finding, Kind, Location, NodeId, Place, RuleId, SourceFile, Span};

use crate::ceiling::{self, Ceilings};
use crate::gitlab::{self, Declared};
use crate::grammar::{JOBS, PRODUCTION, TERRAFORM, TOP, VAULT};
use crate::policy::{self, Override};
use crate::reader::Reader;
use crate::setting::{Setting, Written};
use crate::tenant::{self, Tenant};
use crate::{Assumption, ConfigError, Waiver, assumption, item, summary, waiver};

/// How strict a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Production changes are started by hand.
    Standard,
    /// They may start by themselves.
    Continuous,
    /// As [`Profile::Standard`], and a default rule that could not be decided closes the gate too.
    Strict,
}

const PROFILES: [(&str, Profile); 3] =
    [("standard", Profile::Standard), ("continuous", Profile::Continuous), ("strict", Profile::Strict)];

impl Profile {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        PROFILES.iter().find(|(_, profile)| *profile == self).map_or("", |(word, _)| word)
    }
}

/// What a team says in `engine.yaml`, and what holds where it says nothing.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that was read; `None` where there is none.
    pub file: Option<Arc<SourceFile>>,
    /// How strict the gate is.
    pub profile: Setting<Profile>,
    /// The branches that production changes from: names, or patterns with `*`.
    pub branches: Vec<Setting<String>>,
    /// Those who must not reach beyond what is theirs. Empty: none is declared.
    pub tenants: Vec<Tenant>,
    /// Paths of Vault that everybody may reach, written as those of a tenant: what Vault's own policy `default` allows
    /// (those as that policy writes them, with its `+` and its templates), then what the team adds.
    pub shared: Vec<Setting<String>>,
    /// The longest that each kind of credential may live, in seconds.
    pub ceilings: Ceilings,
    /// Where the images of jobs come from. Empty: nothing is said.
    pub registries: Vec<Written<String>>,
    /// Programs of the team's own that change production.
    pub deployers: Vec<Written<String>>,
    /// Tags of the project's own runners. Empty: nothing is said.
    pub runner_tags: Vec<Written<String>>,
    /// The providers that Terraform may use, by their addresses. Empty: nothing is said.
    pub providers: Vec<Written<String>>,
    /// The built-in policies that run; `None` for all of them.
    pub policies: Option<Vec<Written<RuleId>>>,
    /// Policies from disk that run besides, in order, from the top of the tree.
    pub plugins: Vec<Written<FilePath>>,
    /// What rules weigh, in order, each rule once.
    pub overrides: Vec<Override>,
    /// What somebody vouches for, in order, expired or not.
    pub assumptions: Vec<Assumption>,
    /// What somebody accepts, in order, expired or not.
    pub waivers: Vec<Waiver>,
    /// The whole mapping; `None` without a file, and where it is empty.
    pub(crate) root: Option<Place>,
    declared: Declared,
}

impl Config {
    /// What holds without an `engine.yaml`, where production changes from `branches`.
    #[must_use]
    pub fn default_for(branches: Vec<String>) -> Self {
        Self {
            file: None,
            profile: Setting::implied(Profile::Standard),
            branches: branches.into_iter().map(Setting::implied).collect(),
            tenants: Vec::new(),
            shared: tenant::SHARED.iter().map(|path| Setting::implied((*path).to_owned())).collect(),
            ceilings: Ceilings::implied(),
            registries: Vec::new(),
            deployers: Vec::new(),
            runner_tags: Vec::new(),
            providers: Vec::new(),
            policies: None,
            plugins: Vec::new(),
            overrides: Vec::new(),
            assumptions: Vec::new(),
            waivers: Vec::new(),
            root: None,
            declared: Declared::default(),
        }
    }

    /// Reads an `engine.yaml`; `branches` are those that production changes from where the file does not say.
    ///
    /// An empty file says nothing, and what holds without one holds.
    ///
    /// # Errors
    /// All that is wrong with the file, in its order; a text that is no YAML says only that.
    pub fn read(file: &Arc<SourceFile>, branches: Vec<String>) -> Result<Self, Vec<ConfigError>> {
        let parsed = yaml::parse(file);
        if parsed.broken.is_some() {
            return Err(broken(file, parsed.findings));
        }
        let config = Self { file: Some(Arc::clone(file)), ..Self::default_for(branches) };
        let Some(document) = parsed.document else { return Ok(config) };
        let root = match document.roots() {
            [] => return Ok(config),
            [root] => *root,
            [_, second, ..] => {
                let error = ConfigError::new(&Place::new(&document, *second), "there is a second YAML document here");
                return Err(vec![error.with_help("keep one document: remove the `---` before this")]);
            }
        };
        // Nothing but comments, or a line of dashes.
        if matches!(document.node(root).kind, Kind::Null) {
            return Ok(config);
        }
        config.fill(&document, root)
    }

    /// Reads the bytes of an `engine.yaml`, as [`Config::read`] does.
    ///
    /// # Errors
    /// As there, and where the bytes are no text.
    pub fn read_bytes(path: &FilePath, bytes: Vec<u8>, branches: Vec<String>) -> Result<Self, Vec<ConfigError>> {
        match engine_formats::source(path, bytes) {
            Source::Text(file) => Self::read(&file, branches),
            Source::Broken(finding) => Err(finding.into_iter().map(|finding| of_finding(*finding)).collect()),
        }
    }

    fn fill(mut self, document: &Arc<Document>, root: NodeId) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(document);
        let fields = reader.fields(root, &TOP);
        let get = |name: &str| fields.as_ref().and_then(|fields| fields.get(name));
        self.root = Some(Place::new(document, root));
        if let Some(node) = get("version") {
            version(&mut reader, node);
        }
        if let Some(profile) = get("profile").and_then(|node| reader.word(node, &PROFILES)) {
            self.profile = profile.into();
        }
        let production = get("production").and_then(|node| reader.fields(node, &PRODUCTION));
        if let Some(node) = production.and_then(|fields| fields.get("branches")) {
            let empty = "name the branches that production changes from";
            self.branches = gitlab::branch_names(&mut reader, node, empty).into_iter().map(Setting::from).collect();
        }
        if let Some(node) = get("tenants") {
            self.tenants = tenant::read(&mut reader, node);
        }
        let vault = get("vault").and_then(|node| reader.fields(node, &VAULT));
        if let Some(node) = vault.and_then(|fields| fields.get("shared")) {
            let items = reader.items(node);
            self.shared.extend(reader.distinct(items, tenant::path).into_iter().map(Setting::from));
        }
        tenant::hold_apart(&mut reader, &self.tenants, &self.shared);
        if let Some(node) = get("ceilings") {
            self.ceilings = ceiling::read(&mut reader, node);
        }
        if let Some(node) = get("gitlab") {
            self.declared = gitlab::read(&mut reader, node);
        }
        let jobs = get("jobs").and_then(|node| reader.fields(node, &JOBS));
        let terraform = get("terraform").and_then(|node| reader.fields(node, &TERRAFORM));
        let lists = [
            (&jobs, "deployers", &mut self.deployers),
            (&jobs, "registries", &mut self.registries),
            (&jobs, "runner_tags", &mut self.runner_tags),
            (&terraform, "providers", &mut self.providers),
        ];
        for (section, key, list) in lists {
            if let Some(node) = section.as_ref().and_then(|fields| fields.get(key)) {
                let items = reader.some_items(node, "remove the key where nothing is asked for");
                *list = reader.distinct(items, |reader, item| Some(reader.text(item)?.map(str::to_owned)));
            }
        }
        if let Some(node) = get("policies") {
            let items = reader.items(node);
            self.policies = Some(policy::ids(&mut reader, items));
        }
        if let Some(node) = get("plugins") {
            self.plugins = policy::plugins(&mut reader, node);
        }
        if let Some(node) = get("rules") {
            self.overrides = policy::overrides(&mut reader, node);
        }
        if let Some(node) = get("assume") {
            self.assumptions = assumption::read(&mut reader, node);
        }
        if let Some(node) = get("waive") {
            self.waivers = waiver::read(&mut reader, node);
        }
        let errors = reader.finish();
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Whether there is an `engine.yaml`, empty or not.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.file.is_some()
    }

    /// Whether there is an `engine.yaml` that says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_written() && self.root.is_none()
    }

    /// The fact `engine.config`: what policies see of the configuration.
    #[must_use]
    pub fn item(&self) -> Item {
        item::item(self)
    }

    /// The protected branches that the team declares.
    #[must_use]
    pub fn protected_branches(&self) -> Vec<ProtectedBranch> {
        self.declared.branches.clone()
    }

    /// What the team says that its project is set to.
    #[must_use]
    pub fn settings(&self) -> Option<Settings> {
        self.declared.settings.clone()
    }

    /// The approval rules and settings that the team declares.
    #[must_use]
    pub fn approvals(&self) -> Vec<Approval> {
        self.declared.approvals.clone()
    }

    /// One line for people: what holds, and whether it is written.
    #[must_use]
    pub fn summary(&self) -> String {
        summary::line(self)
    }
}

fn version(reader: &mut Reader<'_>, node: NodeId) {
    let Some(version) = reader.raw(node, "`1`") else { return };
    if version.value != "1" {
        let message = format!("there is no version {} of this grammar", crate::error::shown(version.value));
        reader.error(node, message, "write `version: 1`, or use a newer `engine`");
    } else if reader.is_quoted(node) {
        reader.error(node, "`version` must be a number, and this is text", "write `version: 1`, without quotes");
    }
}

fn of_finding(finding: Finding) -> ConfigError {
    ConfigError { message: finding.message, location: finding.location, help: finding.help }
}

/// What the reader of YAML says of a text that is none.
fn broken(file: &Arc<SourceFile>, findings: Vec<Finding>) -> Vec<ConfigError> {
    let said = findings.into_iter().filter(|finding| finding.rule.as_str() != DUPLICATE_KEY.id);
    let error =
        |finding: Finding| ConfigError { message: finding.message, location: finding.location, help: finding.help };
    let mut errors: Vec<ConfigError> = said.map(error).collect();
    if errors.is_empty() {
        errors.push(ConfigError {
            message: "this is no YAML, but a template of it".to_owned(),
            location: Location { file: Arc::clone(file), span: Span::default() },
            help: Some("write the values out: this file is read as it stands".to_owned()),
        });
    }
    errors
}
