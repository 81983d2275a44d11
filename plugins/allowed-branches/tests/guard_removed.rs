//! The rule `guard-removed`.

use engine_sdk::testing::check;

fn change(kind: &str, action: &str) -> String {
    format!(r#"{{"address": "{kind}.main", "type": "{kind}", "action": "{action}"}}"#)
}

#[track_caller]
fn judged(kind: &str, action: &str, expect: &str) {
    let facts = format!("[{}]", change(kind, action));
    let rules = allowed_branches::plugin().into_iter().filter(|rule| rule.id() == "guard-removed");
    check(rules, [("terraform.change", facts)], expect);
}

#[test]
fn a_guard_that_goes_is_found_and_one_that_stays_is_not() {
    judged(
        "gitlab_branch_protection",
        "delete",
        "
        guard-removed @ terraform.change[0].action: the plan takes away the protection of a branch, `gitlab_branch_protection.main`
          = help: keep it, or let those who answer for production say in a change of their own why it goes
        ",
    );
    judged(
        "vault_audit",
        "forget",
        "guard-removed @ terraform.change[0].action: the plan lets go of the audit log of Vault, `vault_audit.main`",
    );
    for action in ["create", "update", "no-op", "replace", "read"] {
        judged("gitlab_project_approval_rule", action, "");
    }
    judged("aws_vpc", "delete", "");
    judged(
        "gitlab_tag_protection",
        "other",
        "guard-removed ? terraform.change[0].action: what the plan does to the protection of tags, `gitlab_tag_protection.main`, is nothing that is known",
    );
}
