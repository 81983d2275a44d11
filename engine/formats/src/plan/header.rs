//! What stands around the changes: the format, who wrote it, whether it is whole. And what a file is that is no plan.

use super::{Broken, Position};

/// The fields of the header.
pub(super) const FIELDS: [&str; 5] = ["format_version", "terraform_version", "errored", "complete", "applyable"];

/// What a plan says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the format.
    pub format: Version,
    /// The version of Terraform that wrote it, as written; `None` where it does not say.
    pub terraform: Option<String>,
    /// Whether planning ended with an error, so that changes are missing.
    pub errored: bool,
    /// Whether everything was planned; `None` where the format does not say so yet (before Terraform 1.8).
    pub complete: Option<bool>,
    /// Whether applying it would be allowed; `None` as with `complete`.
    pub applyable: Option<bool>,
    /// Whether it plans resources and holds no change of any, not even one that keeps them: Terraform never does that.
    pub hollow: bool,
}

/// A version of the format of plans: `1.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// What changes where readers break.
    pub major: u32,
    /// What changes where fields come.
    pub minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Collects what is seen at the top of the file.
#[derive(Debug, Default)]
pub(super) struct Builder {
    format: Option<(String, Position)>,
    terraform: Option<String>,
    errored: Option<bool>,
    complete: Option<bool>,
    applyable: Option<bool>,
    changes: bool,
    any_change: bool,
    planned: bool,
    seen: Vec<String>,
}

/// How many keys of a file that may be no plan are remembered.
const REMEMBERED: usize = 40;

impl Builder {
    pub(super) fn has_changes(&mut self) {
        self.changes = true;
    }

    pub(super) fn change(&mut self) {
        self.any_change = true;
    }

    pub(super) fn has_plans(&self) -> bool {
        self.planned
    }

    /// There are managed resources among the planned values.
    pub(super) fn plans(&mut self) {
        self.planned = true;
    }

    /// Some changes are put off to a later plan.
    pub(super) fn defers(&mut self) {
        self.complete = Some(false);
    }

    /// A key whose value is not read.
    pub(super) fn saw(&mut self, key: &str) {
        if self.seen.len() < REMEMBERED {
            self.seen.push(key.to_owned());
        }
    }

    /// A field of the header. A value of the wrong type is as good as none, but for the version's.
    pub(super) fn field(&mut self, key: &str, text: &str, value: Position) -> Result<(), Broken> {
        let string = || serde_json::from_str::<String>(text).ok();
        let boolean = || match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        match key {
            "format_version" => {
                let version = string().unwrap_or_else(|| text.to_owned());
                if parsed(&version).is_some_and(|version| version.major > 1) {
                    return Err(Broken::Version { version, at: value });
                }
                self.format = Some((version, value));
            }
            "terraform_version" => self.terraform = string(),
            // What is not clearly `false` is taken for an error: a plan must say that it is whole.
            // Where it stands twice, the worse one counts.
            "errored" => self.errored = Some(self.errored == Some(true) || boolean().unwrap_or(true)),
            "complete" => self.complete = Some(self.complete != Some(false) && boolean().unwrap_or(false)),
            "applyable" => self.applyable = Some(boolean().unwrap_or(false)),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Header, Broken> {
        let seen = |key: &str| self.seen.iter().any(|seen| seen == key);
        let is_plan = self.changes || (seen("planned_values") && seen("configuration"));
        let Some((version, at)) = self.format.as_ref().filter(|_| is_plan) else {
            return Err(Broken::Other(self.other().to_owned()));
        };
        let Some(format) = parsed(version) else {
            return Err(Broken::Version { version: version.clone(), at: *at });
        };
        Ok(Header {
            format,
            terraform: self.terraform,
            errored: self.errored.unwrap_or(false),
            complete: self.complete,
            applyable: self.applyable,
            hollow: self.planned && !self.any_change,
        })
    }

    /// What a file is that is no plan.
    fn other(&self) -> &'static str {
        let seen = |keys: &[&str]| keys.iter().all(|key| self.seen.iter().any(|seen| seen == key));
        let formatted = self.format.is_some();
        match () {
            () if self.changes => "it has changes, and no `format_version`",
            () if seen(&["lineage", "serial"]) => "a state file, which holds what is and not what changes",
            () if formatted && seen(&["values"]) => "a state, as `terraform show -json` writes it without a plan",
            () if formatted && seen(&["provider_schemas"]) => "the schemas of providers",
            () if seen(&["projects"]) && seen(&["totalMonthlyCost"]) => "costs, as Infracost writes them",
            () if seen(&["steps"]) && seen(&["config"]) => "a preview of Pulumi",
            () if seen(&["evaluators"]) => "a policy of Tirith",
            () if seen(&["apiVersion", "kind"]) => "a Kubernetes object",
            () if seen(&["AWSTemplateFormatVersion"]) || seen(&["Changes", "StackName"]) => "CloudFormation",
            () if seen(&["resource"]) || seen(&["terraform"]) => "a Terraform configuration in JSON",
            () if formatted => "it has a `format_version`, and no `resource_changes`",
            () => "a JSON object without `format_version` and `resource_changes`",
        }
    }
}

fn parsed(version: &str) -> Option<Version> {
    let (major, minor) = version.split_once('.')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some(Version { major: number(major)?, minor: number(minor)? })
}
