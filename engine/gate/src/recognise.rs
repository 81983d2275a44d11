//! What a file is, by its name.

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
}

impl Kind {
    /// The kind of fact that is incomplete where such a file cannot be read.
    pub(crate) fn fact(self) -> &'static str {
        match self {
            Self::Pipeline | Self::Component => engine_facts::gitlab::JOB,
            Self::Terraform => "terraform.resource",
        }
    }
}

/// What `path` is read as; `None` for everything the engine has nothing to say of. `named` says that the user named the
/// file, so that a YAML file of any name is a pipeline.
pub(crate) fn recognise(path: &FilePath, named: bool) -> Option<Kind> {
    let name = path.file_name();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    if name.ends_with(".tf") || name.ends_with(".tfvars") {
        return Some(Kind::Terraform);
    }
    if yaml && (named || name.ends_with(".gitlab-ci.yml") || name.ends_with(".gitlab-ci.yaml")) {
        return Some(Kind::Pipeline);
    }
    let component =
        path.directory() == "templates" || (path.directory().starts_with("templates/") && name == "template.yml");
    (yaml && component).then_some(Kind::Component)
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
        check("ci/terraform.yml", false, None);
        check("ci/terraform.yml", true, Some(Kind::Pipeline));
        check("templates/apply.yml", false, Some(Kind::Component));
        check("templates/apply/template.yml", false, Some(Kind::Component));
        check("chart/templates/apply.yml", false, None);
        check("main.tf", false, Some(Kind::Terraform));
        check("prod.auto.tfvars", false, Some(Kind::Terraform));
        check("README.md", true, None);
    }
}
