//! An export of GitLab's settings: what its API answers, put together in one object. Source: GitLab documentation, "REST
//! API resources": projects, protected branches, protected tags, protected environments, merge request approvals,
//! project-level and group-level CI/CD variables, runners.
//!
//! ```json
//! {"project": {…}, "protected_branches": […], "protected_tags": […], "protected_environments": […],
//!  "approvals": {…}, "approval_rules": […], "variables": […], "group_variables": […], "runners": […]}
//! ```

use std::sync::Arc;

use engine_model::{Document, Value, Why};

use super::{Reader, Runner, Settings, Variable};
use crate::credential::Source;
use crate::gitlab::{Approval, Grant, ProtectedBranch};
use crate::sourced::Sourced;

/// What an export says.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// The project's settings.
    pub settings: Vec<Settings>,
    /// The flags of variables.
    pub variables: Vec<Variable>,
    /// Its runners.
    pub runners: Vec<Runner>,
    /// Its protected branches.
    pub branches: Vec<ProtectedBranch>,
    /// What its approvals are worth.
    pub approvals: Vec<Approval>,
}

/// Reads an export.
#[must_use]
pub fn export(document: &Arc<Document>) -> Export {
    let mut out = Export::default();
    let Some(root) = document.roots().first() else { return out };
    let root = Reader { document, node: *root };
    let items = |key: &str| root.get(key).into_iter().flat_map(Reader::items);
    if let Some(project) = root.get("project") {
        out.settings.push(settings(root, project));
        out.approvals.extend(project.get("approvals_before_merge").map(|count| Approval {
            required: integer(count),
            ..Approval::new(true, "the export of the settings".to_owned(), Source::File, count.origin())
        }));
    }
    for (key, scope) in [("variables", "project"), ("group_variables", "group"), ("instance_variables", "instance")] {
        out.variables.extend(items(key).map(|item| variable(item, scope)));
    }
    out.runners.extend(items("runners").map(runner));
    out.branches.extend(items("protected_branches").map(branch));
    out.approvals.extend(items("approval_rules").map(rule));
    out.approvals.extend(root.get("approvals").map(approvals));
    out
}

fn settings(root: Reader<'_>, project: Reader<'_>) -> Settings {
    let names = |key: &str| root.get(key).into_iter().flat_map(Reader::items).map(|item| item.text("name"));
    let path = project.text("path_with_namespace");
    let title = path.get().map_or_else(|| "this project".to_owned(), |path| format!("the project `{path}`"));
    Settings {
        default_branch: project.text("default_branch"),
        ci_config_path: project.text("ci_config_path"),
        keep_latest_artifact: project.boolean("keep_latest_artifact"),
        pipelines_must_succeed: project.boolean("only_allow_merge_if_pipeline_succeeds"),
        shared_runners: project.boolean("shared_runners_enabled"),
        variable_override_role: project.text("ci_pipeline_variables_minimum_override_role"),
        protected_tags: names("protected_tags").collect(),
        protected_environments: names("protected_environments").collect(),
        ..Settings::new(title, Source::File, project.origin())
    }
}

fn variable(item: Reader<'_>, scope: &'static str) -> Variable {
    let key = item.text("key");
    let shown = key.get().map_or_else(|| "a variable".to_owned(), |key| format!("the {scope} variable `{key}`"));
    let environment = item.text("environment_scope");
    Variable {
        title: shown,
        source: Source::File,
        origin: item.origin(),
        scope,
        owner: Sourced::default(),
        key,
        protected: item.boolean("protected"),
        masked: item.boolean("masked"),
        hidden: item.boolean("hidden"),
        environment: if environment.is_absent() { Sourced::implied("*".to_owned()) } else { environment },
    }
}

fn runner(item: Reader<'_>) -> Runner {
    let name = item.text("description");
    let kind = item.text("runner_type");
    let level = item.text("access_level");
    let title = name.get().map_or_else(|| "a runner".to_owned(), |name| format!("the runner `{name}`"));
    Runner {
        name,
        kind,
        tags: item.texts("tag_list"),
        untagged: item.boolean("run_untagged"),
        locked: item.boolean("locked"),
        protected: Sourced { value: level.value.map(|level| level == "ref_protected"), origin: level.origin },
        ..Runner::new(title, Source::File, item.origin())
    }
}

/// Roles by the numbers that GitLab has for them.
const LEVELS: [(&str, &str); 5] =
    [("0", "no one"), ("30", "developer"), ("40", "maintainer"), ("50", "maintainer"), ("60", "admin")];

fn branch(item: Reader<'_>) -> ProtectedBranch {
    let name = item.text("name");
    ProtectedBranch {
        project: Sourced::default(),
        title: name.get().map_or_else(|| "a protected branch".to_owned(), |name| format!("protected branch `{name}`")),
        branch: name,
        source: Source::File,
        origin: item.origin(),
        push: grants(item, "push_access_levels"),
        merge: grants(item, "merge_access_levels"),
        unprotect: grants(item, "unprotect_access_levels"),
        force_push: item.boolean("allow_force_push"),
        code_owners: item.boolean("code_owner_approval_required"),
    }
}

fn grants(item: Reader<'_>, key: &str) -> Vec<Grant> {
    let one = |level: Reader<'_>| {
        type Kind = fn(Sourced<String>) -> Grant;
        let named: [(&str, Kind); 3] =
            [("user_id", Grant::User), ("group_id", Grant::Group), ("deploy_key_id", Grant::Key)];
        if let Some((value, kind)) = named.iter().find_map(|(name, kind)| Some((level.get(name)?, kind))) {
            return kind(value.own_text());
        }
        let number = level.text("access_level");
        let value = match number.value {
            Value::Known(number) => LEVELS.iter().find(|(known, _)| *known == number).map_or_else(
                || Value::unknown(Why::NotEvaluated, number),
                |(_, word)| Value::Known((*word).to_owned()),
            ),
            other => other,
        };
        Grant::Level(Sourced { value, origin: number.origin })
    };
    item.get(key).map_or_else(Vec::new, |list| list.items().map(one).collect())
}

fn integer(value: Reader<'_>) -> Sourced<i64> {
    let text = value.own_text();
    let value = match text.value {
        Value::Known(text) => {
            text.parse().map_or_else(|_| Value::unknown(Why::NotEvaluated, text.clone()), Value::Known)
        }
        Value::Unknown(unknown) => Value::Unknown(unknown),
        Value::Absent => Value::Absent,
    };
    Sourced { value, origin: text.origin }
}

fn rule(item: Reader<'_>) -> Approval {
    let name = item.text("name");
    let title = name.get().map_or_else(|| "an approval rule".to_owned(), |name| format!("approval rule `{name}`"));
    let all = item.boolean("applies_to_all_protected_branches").get() == Some(&true);
    let branches = item.get("protected_branches").filter(|_| !all);
    Approval {
        required: item.get("approvals_required").map_or_else(Sourced::default, integer),
        branches: branches.map_or_else(Vec::new, |list| list.items().map(|item| item.text("name")).collect()),
        ..Approval::new(true, title, Source::File, item.origin())
    }
}

fn approvals(item: Reader<'_>) -> Approval {
    let not = |value: Sourced<bool>| Sourced { value: value.value.map(|value| !value), origin: value.origin };
    Approval {
        author: item.boolean("merge_requests_author_approval"),
        committers: not(item.boolean("merge_requests_disable_committers_approval")),
        can_override: not(item.boolean("disable_overriding_approvers_per_merge_request")),
        kept_on_push: not(item.boolean("reset_approvals_on_push")),
        ..Approval::new(false, "the settings of approvals".to_owned(), Source::File, item.origin())
    }
}
