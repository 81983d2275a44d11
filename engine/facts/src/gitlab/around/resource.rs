//! Settings, variables and runners out of the `gitlab_*` resources of Terraform.

use super::{Runner, Settings, Variable};
use crate::credential::Source;
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Evaluated, Resource};

/// Settings, variables and runners among the resources, each in their order.
pub fn around<'r>(
    resources: impl Iterator<Item = &'r Resource>,
    source: Source,
) -> (Vec<Settings>, Vec<Variable>, Vec<Runner>) {
    let (mut settings, mut variables, mut runners) = (Vec::new(), Vec::new(), Vec::new());
    for resource in resources {
        let read = Reader { resource, source };
        match resource.kind.as_str() {
            "gitlab_project" => settings.push(read.settings()),
            "gitlab_project_variable" => variables.push(read.variable("project")),
            "gitlab_group_variable" => variables.push(read.variable("group")),
            "gitlab_instance_variable" => variables.push(read.variable("instance")),
            "gitlab_user_runner" | "gitlab_runner" => runners.push(read.runner()),
            _ => {}
        }
    }
    (settings, variables, runners)
}

struct Reader<'r> {
    resource: &'r Resource,
    source: Source,
}

impl Reader<'_> {
    fn title(&self) -> String {
        format!("`{}`", self.resource.address)
    }

    fn origin(&self) -> Origin {
        Origin::written(self.resource.place.clone())
    }

    fn text(&self, name: &str) -> Sourced<String> {
        self.resource.attributes.attribute(name).map_or_else(Sourced::default, Evaluated::to_sourced_text)
    }

    /// A flag; what the provider sends where it is not written.
    fn flag(&self, name: &str, default: bool) -> Sourced<bool> {
        let written = self.boolean(name);
        if written.is_absent() { Sourced::implied(default) } else { written }
    }

    fn boolean(&self, name: &str) -> Sourced<bool> {
        self.resource.attributes.attribute(name).map_or_else(Sourced::default, Evaluated::to_sourced_bool)
    }

    fn settings(&self) -> Settings {
        Settings {
            title: self.title(),
            source: self.source,
            origin: self.origin(),
            project: self.text("name"),
            default_branch: self.text("default_branch"),
            ci_config_path: self.text("ci_config_path"),
            keep_latest_artifact: self.boolean("keep_latest_artifact"),
            pipelines_must_succeed: self.boolean("only_allow_merge_if_pipeline_succeeds"),
            shared_runners: self.boolean("shared_runners_enabled"),
            variable_override_role: self.text("ci_pipeline_variables_minimum_override_role"),
            protected_tags: Vec::new(),
            protected_environments: Vec::new(),
        }
    }

    fn variable(&self, scope: &'static str) -> Variable {
        let environment = self.text("environment_scope");
        Variable {
            title: self.title(),
            source: self.source,
            origin: self.origin(),
            scope,
            owner: self.text(scope),
            key: self.text("key"),
            protected: self.flag("protected", false),
            masked: self.flag("masked", false),
            hidden: self.flag("hidden", false),
            environment: if environment.is_absent() { Sourced::implied("*".to_owned()) } else { environment },
        }
    }

    fn runner(&self) -> Runner {
        let tags = self.resource.attributes.attribute("tag_list");
        let level = self.text("access_level");
        Runner {
            title: self.title(),
            source: self.source,
            origin: self.origin(),
            name: self.text("description"),
            kind: self.text("runner_type"),
            executor: Sourced::default(),
            image: Sourced::default(),
            allowed_images: None,
            privileged: Sourced::default(),
            volumes: Vec::new(),
            tags: tags.map_or_else(Vec::new, |tags| tags.items().iter().map(Evaluated::to_sourced_text).collect()),
            untagged: self.boolean(if self.resource.kind == "gitlab_runner" { "run_untagged" } else { "untagged" }),
            locked: self.boolean("locked"),
            protected: Sourced { value: level.value.map(|level| level == "ref_protected"), origin: level.origin },
            environment: Vec::new(),
        }
    }
}
