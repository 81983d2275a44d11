//! GitLab around a pipeline: exports of settings, runners' configurations and Terraform, and that the schemas say all of it.

#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/table.rs"]
mod table;

use engine_facts::credential::Source;
use engine_facts::gitlab::{
    approval_item, around, export, protected_branch_item, runner_item, runners, settings_item, variable_item,
};
use engine_facts::terraform;
use engine_facts::wire::{Fields, Item, json};
use engine_formats::{hcl, json as json_format, toml};
use engine_model::{FilePath, SourceFile};
use serde_json::{Value, json as value};

/// What GitLab's API answers, as far as it is read.
const EXPORT: &str = r#"{
  "project": {"path_with_namespace": "acme/infra", "default_branch": "main", "ci_config_path": "", "keep_latest_artifact": true,
    "only_allow_merge_if_pipeline_succeeds": true, "shared_runners_enabled": false,
    "ci_pipeline_variables_minimum_override_role": "developer"},
  "protected_branches": [{"name": "main", "allow_force_push": false, "code_owner_approval_required": true,
    "push_access_levels": [{"access_level": 0}, {"access_level": null, "user_id": 5}],
    "merge_access_levels": [{"access_level": 40}], "unprotect_access_levels": []}],
  "protected_tags": [{"name": "v*"}],
  "protected_environments": [{"name": "production"}],
  "approvals": {"merge_requests_author_approval": false, "reset_approvals_on_push": true},
  "approval_rules": [{"name": "two", "approvals_required": 2, "protected_branches": [{"name": "main"}]}],
  "variables": [{"key": "VAULT_SECRET_ID", "protected": true, "masked": true, "hidden": false, "environment_scope": "production"}],
  "group_variables": [{"key": "SHARED", "protected": false, "masked": false}],
  "runners": [{"description": "ours", "runner_type": "project_type", "tag_list": ["acme"], "run_untagged": false, "locked": true,
    "access_level": "ref_protected"}]
}"#;

const RUNNERS: &str = r#"
concurrent = 4
[[runners]]
  name = "builder"
  executor = "docker"
  environment = ["VAULT_ROLE_ID=x", "PLAIN"]
  [runners.docker]
    image = "alpine:3"
    privileged = true
    volumes = ["/var/run/docker.sock:/var/run/docker.sock"]
    allowed_images = ["registry.example.com/*"]
[[runners]]
  executor = "shell"
"#;

const TERRAFORM: &str = r#"
resource "gitlab_project" "p" {
  name                                        = "infra"
  default_branch                              = "main"
  ci_config_path                              = var.a
  keep_latest_artifact                        = var.a
  only_allow_merge_if_pipeline_succeeds       = var.a
  shared_runners_enabled                      = var.a
  ci_pipeline_variables_minimum_override_role = var.a
}
resource "gitlab_project_variable" "v" {
  project           = "7"
  key               = "K"
  protected         = var.a
  masked            = var.a
  hidden            = var.a
  environment_scope = var.a
}
resource "gitlab_group_variable" "v" {
  group = var.a
  key   = var.a
}
resource "gitlab_user_runner" "r" {
  description  = var.a
  runner_type  = var.a
  tag_list     = [var.a]
  untagged     = var.a
  locked       = var.a
  access_level = var.a
}
"#;

#[cfg(test)]
fn file(name: &str, text: &str) -> std::sync::Arc<SourceFile> {
    SourceFile::new(FilePath::new(name).unwrap(), text.to_owned())
}

#[cfg(test)]
fn written(items: &[Item]) -> Vec<Value> {
    serde_json::from_str(&json(items, &Fields::new(["*"]))).unwrap()
}

#[test]
fn an_export_says_what_the_api_answers() {
    let found = export(&json_format::parse(&file("gitlab-settings.json", EXPORT)).document.unwrap());
    let settings = written(&found.settings.iter().map(settings_item).collect::<Vec<_>>());
    assert_eq!(
        settings,
        [
            value!({"title": "the project `acme/infra`", "source": "file", "default_branch": "main", "ci_config_path": "",
            "keep_latest_artifact": true, "pipelines_must_succeed": true, "shared_runners": false,
            "variable_override_role": "developer", "protected_tags": ["v*"], "protected_environments": ["production"]})
        ]
    );
    let variables = written(&found.variables.iter().map(variable_item).collect::<Vec<_>>());
    assert_eq!(variables[0]["environment"], "production");
    assert_eq!((&variables[1]["scope"], &variables[1]["environment"]), (&value!("group"), &value!("*")));
    let branches = written(&found.branches.iter().map(protected_branch_item).collect::<Vec<_>>());
    assert_eq!(branches[0]["push"], value!([{"level": "no one"}, {"user": "5"}]));
    assert_eq!(branches[0]["merge"], value!([{"level": "maintainer"}]));
    let approvals = written(&found.approvals.iter().map(approval_item).collect::<Vec<_>>());
    assert_eq!((&approvals[0]["required"], &approvals[0]["branches"]), (&value!(2), &value!(["main"])));
    assert_eq!((&approvals[1]["author"], &approvals[1]["kept_on_push"]), (&value!(false), &value!(false)));
    let runners = written(&found.runners.iter().map(runner_item).collect::<Vec<_>>());
    assert_eq!((&runners[0]["protected"], &runners[0]["tags"]), (&value!(true), &value!(["acme"])));
}

#[test]
fn a_configuration_says_what_its_runners_do() {
    let found = runners(&toml::parse(&file("config.toml", RUNNERS)).document.unwrap());
    let found = written(&found.iter().map(runner_item).collect::<Vec<_>>());
    assert_eq!(
        found,
        [
            value!({"title": "the runner `builder`", "source": "file", "name": "builder", "executor": "docker", "image": "alpine:3",
                "allowed_images": ["registry.example.com/*"], "privileged": true, "tags": [],
                "volumes": ["/var/run/docker.sock:/var/run/docker.sock"], "environment": ["VAULT_ROLE_ID", "PLAIN"]}),
            value!({"title": "a runner", "source": "file", "executor": "shell", "volumes": [], "tags": [], "environment": []}),
        ]
    );
}

#[test]
fn the_schemas_say_what_is_written_and_no_more() {
    let page = include_str!("../../../docs/facts.md");
    let modules = terraform::derive(&[hcl::parse(&file("main.tf", TERRAFORM)).document.unwrap()], &[]);
    let found = export(&json_format::parse(&file("gitlab-settings.json", EXPORT)).document.unwrap());
    let (mut settings, mut variables, mut all) = (found.settings, found.variables, found.runners);
    all.extend(runners(&toml::parse(&file("config.toml", RUNNERS)).document.unwrap()));
    for source in Source::ALL {
        let resources = modules.modules.iter().flat_map(|module| &module.resources);
        let (more_settings, more_variables, more_runners) = around(resources, *source);
        settings.extend(more_settings);
        variables.extend(more_variables);
        all.extend(more_runners);
    }
    variables.extend(
        variables.first().cloned().map(|variable| engine_facts::gitlab::Variable { scope: "instance", ..variable }),
    );
    for (text, items) in [
        (include_str!("../schema/gitlab.settings.json"), settings.iter().map(settings_item).collect::<Vec<_>>()),
        (include_str!("../schema/gitlab.variable.json"), variables.iter().map(variable_item).collect()),
        (include_str!("../schema/gitlab.runner.json"), all.iter().map(runner_item).collect()),
    ] {
        let mut schema = schema::Schema::new(text);
        for item in &written(&items) {
            assert_eq!(schema.errors(item), Vec::<String>::new(), "{item:#}");
        }
        let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
        // What GitLab's own files say is never unknown.
        let unused: Vec<&String> = unused.iter().filter(|path| !path.ends_with("/anyOf/1")).collect();
        assert_eq!(unused, Vec::<&String>::new(), "{}", schema.root()["$id"]);
        let table = table::table(&schema);
        assert!(page.contains(&table), "`docs/facts.md` lacks the table:\n{table}");
    }
}
