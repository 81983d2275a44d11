//! Settings, variables and runners out of the `gitlab_*` resources of Terraform.

use super::{Runner, Settings, Variable};
use crate::credential::Source;
use crate::gitlab::resource::Block;
use crate::sourced::Sourced;
use crate::terraform::{Evaluated, Resource};

/// Settings, variables and runners among the resources, each in their order.
pub fn around<'r>(
    resources: impl Iterator<Item = &'r Resource>,
    source: Source,
) -> (Vec<Settings>, Vec<Variable>, Vec<Runner>) {
    let (mut settings, mut variables, mut runners) = (Vec::new(), Vec::new(), Vec::new());
    for resource in resources {
        let read = Block { resource, source };
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

impl Block<'_> {
    fn settings(&self) -> Settings {
        Settings {
            project: self.text("name"),
            default_branch: self.text("default_branch"),
            ci_config_path: self.text("ci_config_path"),
            keep_latest_artifact: self.boolean("keep_latest_artifact", None),
            pipelines_must_succeed: self.boolean("only_allow_merge_if_pipeline_succeeds", None),
            shared_runners: self.boolean("shared_runners_enabled", None),
            variable_override_role: self.text("ci_pipeline_variables_minimum_override_role"),
            ..Settings::new(self.title(), self.source, self.origin())
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
            protected: self.boolean("protected", Some(false)),
            masked: self.boolean("masked", Some(false)),
            hidden: self.boolean("hidden", Some(false)),
            environment: if environment.is_absent() { Sourced::implied("*".to_owned()) } else { environment },
        }
    }

    fn runner(&self) -> Runner {
        let tags = self.attribute("tag_list");
        let level = self.text("access_level");
        let untagged = if self.resource.kind == "gitlab_runner" { "run_untagged" } else { "untagged" };
        Runner {
            name: self.text("description"),
            kind: self.text("runner_type"),
            tags: tags.map_or_else(Vec::new, |tags| tags.items().iter().map(Evaluated::to_sourced_text).collect()),
            untagged: self.boolean(untagged, None),
            locked: self.boolean("locked", None),
            protected: Sourced { value: level.value.map(|level| level == "ref_protected"), origin: level.origin },
            ..Runner::new(self.title(), self.source, self.origin())
        }
    }
}
