//! What a file is, by its name. A plan, a policy and an object must look like one too, which the library sees.

use engine_model::FilePath;

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A pipeline's own file.
    Pipeline,
    /// A component that other projects include: a pipeline of its own, if it has a `spec:` header.
    Component,
    /// A Terraform configuration or its variables.
    Terraform,
    /// The providers that Terraform chose.
    TerraformLock,
    /// A Vault policy, if it has stanzas of paths.
    VaultPolicy,
    /// A Terraform plan, if it begins like one.
    Plan,
    /// Objects of Kubernetes, if it has their marks.
    Kubernetes,
    /// An export of GitLab's settings.
    Settings,
    /// The configuration of GitLab's runner, if it has runners.
    Runner,
}

/// What an export of GitLab's settings is called; more may stand before it, with a dot between.
const SETTINGS: &str = "gitlab-settings.json";

impl Kind {
    /// The kind of fact that is incomplete where such a file cannot be read.
    pub(crate) fn fact(self) -> &'static str {
        match self {
            Self::Pipeline | Self::Component => engine_facts::gitlab::JOB,
            Self::Terraform => engine_facts::terraform::RESOURCE,
            Self::TerraformLock => engine_facts::terraform::MODULE,
            Self::VaultPolicy => engine_facts::vault::POLICY,
            Self::Plan => engine_facts::terraform::plan::CHANGE,
            Self::Kubernetes => engine_facts::kubernetes::OBJECT,
            Self::Settings => engine_facts::GITLAB_GUARDS,
            Self::Runner => engine_facts::gitlab::RUNNER,
        }
    }

    /// The fields of that fact that are incomplete; empty where whole items may be missing.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::TerraformLock => &["lock", "providers"],
            _ => &[],
        }
    }
}

/// What `path` is read as; `None` for everything the engine has nothing to say of. `named` says that the user named the
/// file, so that a YAML file of any name is a pipeline, unless its text says otherwise.
pub(crate) fn recognise(path: &FilePath, named: bool) -> Option<Kind> {
    let name = path.file_name();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    if [".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".tfvars.json"].iter().any(|end| name.ends_with(end)) {
        return Some(Kind::Terraform);
    }
    if name == SETTINGS || name.strip_suffix(SETTINGS).is_some_and(|rest| rest.ends_with('.')) {
        return Some(Kind::Settings);
    }
    if name == "config.toml" {
        return Some(Kind::Runner);
    }
    if name.ends_with(".json") {
        return Some(Kind::Plan);
    }
    if name == ".terraform.lock.hcl" {
        return Some(Kind::TerraformLock);
    }
    if name.to_ascii_lowercase().ends_with(".hcl") {
        return Some(Kind::VaultPolicy);
    }
    if yaml && (named || name.ends_with(".gitlab-ci.yml") || name.ends_with(".gitlab-ci.yaml")) {
        return Some(Kind::Pipeline);
    }
    let component =
        path.directory() == "templates" || (path.directory().starts_with("templates/") && name == "template.yml");
    yaml.then_some(if component { Kind::Component } else { Kind::Kubernetes })
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::{Kind, recognise};

    #[test]
    fn files_are_recognised_by_their_names() {
        let check = |path: &str, named: bool, expect: Option<Kind>| {
            assert_eq!(recognise(&FilePath::new(path).unwrap(), named), expect, "{path}");
        };
        check(".gitlab-ci.yml", false, Some(Kind::Pipeline));
        check("infrastructure/.gitlab-ci.yaml", false, Some(Kind::Pipeline));
        check("terraform.gitlab-ci.yml", false, Some(Kind::Pipeline));
        check("ci/terraform.yml", false, Some(Kind::Kubernetes));
        check("ci/terraform.yml", true, Some(Kind::Pipeline));
        check("templates/apply.yml", false, Some(Kind::Component));
        check("templates/apply/template.yml", false, Some(Kind::Component));
        check("chart/templates/apply.yml", false, Some(Kind::Kubernetes));
        check("main.tf", false, Some(Kind::Terraform));
        check("prod.auto.tfvars", false, Some(Kind::Terraform));
        check("main.tf.json", false, Some(Kind::Terraform));
        check("policies/app.hcl", false, Some(Kind::VaultPolicy));
        check("main.tofu", false, Some(Kind::Terraform));
        check("a/.terraform.lock.hcl", false, Some(Kind::TerraformLock));
        check("plan.json", false, Some(Kind::Plan));
        check("gitlab-settings.json", false, Some(Kind::Settings));
        check("ops/acme.gitlab-settings.json", false, Some(Kind::Settings));
        check("my-gitlab-settings.json", false, Some(Kind::Plan));
        check("runner/config.toml", false, Some(Kind::Runner));
        check("README.md", true, None);
    }
}
