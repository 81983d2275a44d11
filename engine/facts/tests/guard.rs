//! Protected branches and approvals out of Terraform: what is written, what the provider sends for the rest, and what
//! is not known.

#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/table.rs"]
mod table;

use engine_facts::credential::Source;
use engine_facts::gitlab::{approval_item, guards, protected_branch_item};
use engine_facts::terraform;
use engine_facts::wire::{Fields, json};
use engine_formats::hcl;
use engine_model::{FilePath, SourceFile};

#[cfg(test)]
fn items(text: &str, source: Source) -> String {
    let file = SourceFile::new(FilePath::new("main.tf").unwrap(), text.to_owned());
    let parsed = hcl::parse(&file);
    assert!(parsed.broken.is_none(), "{:?}", parsed.findings);
    let modules = terraform::derive(&[parsed.document.unwrap()], &[]);
    let resources = modules.modules.iter().flat_map(|module| &module.resources);
    let (branches, approvals) = guards(resources, source);
    let items: Vec<_> = branches.iter().map(protected_branch_item).chain(approvals.iter().map(approval_item)).collect();
    let written: serde_json::Value = serde_json::from_str(&json(&items, &Fields::new(["*"]))).unwrap();
    let lines = written.as_array().unwrap().iter().map(|item| {
        let mut item = item.clone();
        for field in ["title", "source"] {
            item.as_object_mut().unwrap().remove(field);
        }
        item.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
fn check(text: &str, expect: &[&str]) {
    let found = items(text, Source::Terraform);
    let expect: Vec<String> =
        expect.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap().to_string()).collect();
    assert_eq!(found, expect.join("\n"));
}

#[test]
fn what_is_not_written_is_what_the_provider_sends() {
    check(
        "resource \"gitlab_branch_protection\" \"a\" {\n  project = \"1\"\n  branch = \"main\"\n}\n",
        &[r#"{"project": "1", "branch": "main", "push": [{"level": "maintainer"}], "merge": [{"level": "maintainer"}],
            "unprotect": [{"level": "maintainer"}], "force_push": false, "code_owners": false}"#],
    );
    check(
        "resource \"gitlab_project_level_mr_approvals\" \"a\" {\n  project = \"1\"\n}\n",
        &[r#"{"kind": "settings", "project": "1", "branches": [], "author": false, "committers": true,
            "override": true}"#],
    );
    check(
        "resource \"gitlab_group_level_mr_approvals\" \"a\" {\n  group = \"1\"\n  allow_author_approval = true\n}\n",
        &[r#"{"kind": "settings", "branches": [], "author": true}"#],
    );
}

#[test]
fn everybody_who_is_named_is_a_grant() {
    check(
        r#"
resource "gitlab_branch_protection" "a" {
  project                = 7
  branch                 = "release/*"
  push_access_level      = "no one"
  merge_access_level     = "developer"
  unprotect_access_level = var.level
  allow_force_push       = true
  code_owner_approval_required = true
  allowed_to_push { user_id = 5 }
  allowed_to_push { group_id = gitlab_group.a.id }
  allowed_to_push { deploy_key_id = 9 }
  allowed_to_merge { user_id = [1, 2] }
}
resource "gitlab_group_branch_protection" "b" {
  group  = "1"
  branch = "main"
  allowed_to_push = [{ access_level = "maintainer" }, { user_id = 4 }]
}
variable "level" {}
"#,
        &[
            r#"{"project": "7", "branch": "release/*",
                "push": [{"level": "no one"}, {"user": "5"},
                    {"group": {"$unknown": "until-apply", "on": "gitlab_group.a.id"}}, {"key": "9"}],
                "merge": [{"level": "developer"}, {"user": "1"}, {"user": "2"}],
                "unprotect": [{"level": {"$unknown": "dynamic", "on": "var.level"}}],
                "force_push": true, "code_owners": true}"#,
            r#"{"branch": "main", "push": [{"level": "maintainer"}, {"user": "4"}], "merge": [], "unprotect": [],
                "force_push": false, "code_owners": false}"#,
        ],
    );
}

#[test]
fn what_is_not_known_is_never_absent() {
    check(
        r#"
resource "gitlab_branch_protection" "a" {
  project = "1"
  branch  = var.branch
  dynamic "allowed_to_push" {
    for_each = [1]
    content { user_id = allowed_to_push.value }
  }
}
resource "gitlab_group_branch_protection" "b" {
  group           = "1"
  branch          = "main"
  allowed_to_push = var.who
}
resource "gitlab_project_approval_rule" "c" {
  project              = "1"
  approvals_required   = var.count
  protected_branch_ids = [7]
}
resource "gitlab_project_approval_rules" "d" {
  project        = "1"
  approval_rules = var.rules
}
"#,
        &[
            r#"{"project": "1", "branch": {"$unknown": "not-evaluated", "on": "var.branch, which is not declared"},
                "push": [{"level": "maintainer"}, {"level": {"$unknown": "not-evaluated", "on": "dynamic allowed_to_push blocks"}}],
                "merge": [{"level": "maintainer"}], "unprotect": [{"level": "maintainer"}],
                "force_push": false, "code_owners": false}"#,
            r#"{"branch": "main", "push": [{"level": {"$unknown": "not-evaluated", "on": "var.who, which is not declared"}}],
                "merge": [], "unprotect": [], "force_push": false, "code_owners": false}"#,
            r#"{"kind": "rule", "project": "1", "required": {"$unknown": "not-evaluated", "on": "var.count, which is not declared"},
                "branches": [{"$unknown": "dynamic", "on": "the protected branch 7"}]}"#,
            r#"{"kind": "rule", "project": "1", "required": {"$unknown": "not-evaluated", "on": "var.rules, which is not declared"},
                "branches": [{"$unknown": "not-evaluated", "on": "var.rules, which is not declared"}]}"#,
        ],
    );
}

#[test]
fn a_rule_is_for_the_branches_that_it_names() {
    check(
        r#"
resource "gitlab_branch_protection" "main" {
  project = "1"
  branch  = "main"
}
resource "gitlab_project_approval_rule" "a" {
  project              = "1"
  approvals_required   = 2
  protected_branch_ids = [gitlab_branch_protection.main.branch_protection_id]
}
resource "gitlab_project_approval_rule" "b" {
  project                           = "1"
  approvals_required                = 0
  applies_to_all_protected_branches = true
}
resource "gitlab_project_approval_rules" "c" {
  project        = "2"
  approval_rules = [{ name = "x", approvals_required = 1 }]
}
resource "gitlab_project_approval_rules" "d" {
  project        = "3"
  approval_rules = []
}
"#,
        &[
            r#"{"project": "1", "branch": "main", "push": [{"level": "maintainer"}], "merge": [{"level": "maintainer"}],
                "unprotect": [{"level": "maintainer"}], "force_push": false, "code_owners": false}"#,
            r#"{"kind": "rule", "project": "1", "required": 2, "branches": ["main"]}"#,
            r#"{"kind": "rule", "project": "1", "required": 0, "branches": []}"#,
            r#"{"kind": "rule", "project": "2", "required": 1, "branches": []}"#,
            r#"{"kind": "rule", "project": "3", "required": 0, "branches": []}"#,
        ],
    );
}

#[test]
fn what_a_plan_writes_for_nothing_is_nothing() {
    let text = "resource \"gitlab_project\" \"a\" {\n  name = \"x\"\n  approvals_before_merge = 0\n}\n";
    assert_eq!(items(text, Source::Plan), "");
    assert_eq!(items(text, Source::Terraform), r#"{"branches":[],"kind":"rule","project":"x","required":0}"#);
}

/// Protections and approvals with everything that can be said of them.
const EVERYTHING: &str = r#"
resource "gitlab_branch_protection" "a" {
  project                      = "1"
  branch                       = var.branch
  push_access_level            = "no one"
  allow_force_push             = var.force
  code_owner_approval_required = var.owners

  allowed_to_push {
    user_id = 1
  }

  allowed_to_push {
    deploy_key_id = 2
  }

  allowed_to_merge {
    group_id = 3
  }
}

resource "gitlab_branch_protection" "b" {
  project           = var.project
  branch            = "main"
  push_access_level = var.level
  allowed_to_push { user_id = var.user }
  allowed_to_push { group_id = var.group }
  allowed_to_push { deploy_key_id = var.key }
}

resource "gitlab_project_approval_rule" "c" {
  project              = "1"
  name                 = "c"
  approvals_required   = 2
  protected_branch_ids = [gitlab_branch_protection.b.branch_protection_id, var.id]
}

resource "gitlab_project_approval_rule" "d" {
  project            = var.project
  name               = "d"
  approvals_required = var.count
}

resource "gitlab_project_level_mr_approvals" "e" {
  project                                        = "1"
  merge_requests_author_approval                 = true
  merge_requests_disable_committers_approval     = false
  disable_overriding_approvers_per_merge_request = false
  reset_approvals_on_push                        = false
}

resource "gitlab_project_level_mr_approvals" "f" {
  project                                        = "1"
  merge_requests_author_approval                 = var.a
  merge_requests_disable_committers_approval     = var.b
  disable_overriding_approvers_per_merge_request = var.c
  reset_approvals_on_push                        = var.d
}
"#;

#[test]
fn the_schemas_say_what_is_written_and_no_more() {
    let page = include_str!("../../../docs/facts.md");
    let file = SourceFile::new(FilePath::new("main.tf").unwrap(), EVERYTHING.to_owned());
    let modules = terraform::derive(&[hcl::parse(&file).document.unwrap()], &[]);
    let resources = || modules.modules.iter().flat_map(|module| &module.resources);
    let (mut branches, mut approvals) = guards(resources(), Source::Terraform);
    for source in Source::ALL {
        let (more_branches, more_approvals) = guards(resources().take(6), *source);
        branches.extend(more_branches);
        approvals.extend(more_approvals);
    }
    let branches: Vec<_> = branches.iter().map(protected_branch_item).collect();
    let approvals: Vec<_> = approvals.iter().map(approval_item).collect();
    for (text, items) in [
        (include_str!("../schema/gitlab.protected_branch.json"), branches),
        (include_str!("../schema/gitlab.approval.json"), approvals),
    ] {
        let mut schema = schema::Schema::new(text);
        let written: Vec<serde_json::Value> = serde_json::from_str(&json(&items, &Fields::new(["*"]))).unwrap();
        for item in &written {
            assert_eq!(schema.errors(item), Vec::<String>::new(), "{item:#}");
        }
        let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
        assert_eq!(unused, Vec::<String>::new(), "{}", schema.root()["$id"]);
        let table = table::table(&schema);
        assert!(page.contains(&table), "`docs/facts.md` lacks the table:\n{table}");
    }
}
