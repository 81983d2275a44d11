//! A rule as its file declares it.

use std::sync::Arc;

use engine_host as host;
use engine_model::{Location, RuleId, RuleInfo, SourceFile};
use engine_rego_machine::{RuleRequest, Scope};

use crate::metadata::Declared;

/// A rule: a file with one package.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) id: RuleId,
    /// What stands before the rule in its package, and gives the policy its name.
    pub(crate) category: String,
    /// Where the package is named.
    pub(crate) package: Location,
    declared: Declared,
    page: String,
}

impl Rule {
    pub(crate) fn new(file: Arc<SourceFile>, declared: Declared, page: Option<String>) -> Self {
        let page = page.unwrap_or_else(|| {
            format!(
                "# {}\n\n## What it checks\n{}\n",
                declared.id,
                declared.description.as_deref().unwrap_or(&declared.title)
            )
        });
        let (id, category, package) = (declared.id.clone(), declared.category.clone(), declared.location.clone());
        Self { file, id, category, package, declared, page }
    }

    /// Its package, names joined by dots.
    pub(crate) fn package_name(&self) -> &str {
        &self.declared.package
    }

    /// The rule as the machine compiles it.
    pub(crate) fn request(&self) -> RuleRequest {
        RuleRequest {
            id: self.id.to_string(),
            package: format!("data.{}", self.declared.package),
            scope: self.declared.scope,
            kinds: self.declared.reads.iter().map(|reads| reads.kind.clone()).collect(),
        }
    }

    /// The rule as the gate knows it.
    pub(crate) fn manifest(&self, policy: &Arc<str>) -> host::Rule {
        host::Rule {
            info: RuleInfo {
                id: self.id.clone(),
                policy: Arc::clone(policy),
                title: self.declared.title.clone(),
                class: self.declared.class,
                severity: self.declared.severity,
                practices: self.declared.practices.clone(),
                page: self.page.clone(),
            },
            scope: match self.declared.scope {
                Scope::Item => host::Scope::Item,
                Scope::Repository => host::Scope::Repository,
            },
            reads: self
                .declared
                .reads
                .iter()
                .map(|reads| host::Reads { kind: reads.kind.clone(), fields: reads.fields.clone() })
                .collect(),
        }
    }
}
