//! The rules over facts that a pipeline and Terraform come to.

use engine_sdk::testing;

/// A job that applies, with these refs in its only way to start; then the rules' answers.
#[cfg(test)]
fn reach(refs: &str, config: &str, protections: &str, expect: &str) {
    changing("yes", refs, config, protections, expect);
}

#[cfg(test)]
fn changing(changes: &str, refs: &str, config: &str, protections: &str, expect: &str) {
    let job = format!(
        r#"[{{"name": "apply", "pipeline": "ci.yml", "complete": true, "credentials": [], "logins": [], "starts": [{{"refs": [{refs}]}}], "commands": [{{}}, {{"invocation": {{"changes": "{changes}"}}}}]}}]"#
    );
    let facts = [
        ("gitlab.job", job),
        ("engine.config", format!("[{config}]")),
        ("gitlab.protected_branch", format!("[{protections}]")),
    ];
    testing::check(allowed_branches::plugin(), facts, expect);
}

/// Protections and approvals through the rules about them.
#[cfg(test)]
fn guards(protections: &str, approvals: &str, config: &str, expect: &str) {
    let facts = [
        ("gitlab.protected_branch", format!("[{protections}]")),
        ("gitlab.approval", format!("[{approvals}]")),
        ("engine.config", format!("[{config}]")),
    ];
    testing::check(allowed_branches::plugin(), facts, expect);
}

#[cfg(test)]
fn entry(kind: &str, matches: &str, name: &str, more: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!(r#""name": "{name}", "#) };
    let more =
        if more.is_empty() { r#""protected": false, "fork": false, "sources": [], "reached": true"# } else { more };
    format!(r#"{{"type": "{kind}", "matches": "{matches}", {name}{more}}}"#)
}

#[cfg(test)]
fn protection(project: &str, branch: &str, more: &str) -> String {
    format!(
        r#"{{"project": "{project}", "branch": {branch}, "title": "`p`", "source": "terraform", "merge": [], "code_owners": true, {more}}}"#
    )
}

const NONE: &str = "";
const NAMED: &str = r#"{"written": true, "branches": ["prod", "release/*"], "tenants": []}"#;
const UNKNOWN: &str =
    r#""protected": false, "fork": false, "sources": [], "reached": {"$unknown": "dynamic", "on": "$DEPLOY"}"#;
const PROTECTED: &str = r#""protected": true, "fork": false, "sources": [], "reached": true"#;
const QUIET: &str = r#""push": [{"level": "no one"}], "unprotect": []"#;

#[test]
fn a_job_may_start_on_productions_branches() {
    reach(&entry("branch", "exact", "main", ""), NONE, NONE, "");
    reach(&entry("branch", "default", "", ""), NONE, NONE, "");
    reach(&entry("branch", "exact", "main", UNKNOWN), NONE, NONE, "");
    reach(&entry("branch", "exact", "production", ""), NONE, NONE, "");
    reach(&entry("branch", "exact", "prod", ""), NAMED, NONE, "");
    reach(&entry("branch", "pattern", "release/v*", ""), NAMED, NONE, "");
    reach("", NONE, NONE, "");
    changing("no", &entry("branch", "any", "", ""), NONE, NONE, "");
}

#[test]
fn elsewhere_it_is_found() {
    let found = |refs: &str, config: &str, who: &str| {
        let expect = format!(
            "apply-from-any-branch @ gitlab.job[0].starts[0].refs[0]: job `apply` changes production and can start {who}"
        );
        reach(refs, config, NONE, &expect);
    };
    found(&entry("branch", "any", "", ""), NONE, "on any branch");
    found(&entry("branch", "exact", "main", ""), NAMED, "on a branch named `main`");
    found(&entry("branch", "pattern", "*main*", ""), NONE, "on any branch named like `*main*`");
    found(&entry("tag", "exact", "v1", ""), NONE, "on a tag named `v1`");
    found(&entry("merge-request", "any", "", ""), NONE, "for any merge request");
    let schedule = r#""protected": false, "fork": false, "sources": ["schedule"], "reached": true"#;
    found(&entry("branch", "any", "", schedule), NONE, "on any branch (source `schedule`)");
    let all = ["branch", "tag", "merge-request"].map(|kind| entry(kind, "any", "", "")).join(", ");
    found(&all, NONE, "on any branch, on any tag and for any merge request");
}

#[test]
fn what_is_not_known_is_undecided() {
    reach(
        &entry("branch", "any", "", UNKNOWN),
        NONE,
        NONE,
        "apply-from-any-branch ? gitlab.job[0].starts[0].refs[0]: job `apply` may change production, and whether it can \
         start on any branch depends on `$DEPLOY` (dynamic)",
    );
    reach(
        &entry("branch", "default", "", ""),
        NAMED,
        NONE,
        "apply-from-any-branch ? gitlab.job[0].starts[0].refs[0]: job `apply` may change production, and whether the \
         default branch is one of `prod` or `release/*` is not written anywhere",
    );
    changing(
        "maybe",
        &entry("branch", "any", "", ""),
        NONE,
        NONE,
        "apply-from-any-branch ? gitlab.job[0].starts[0].refs[0]: job `apply` can start on any branch, and whether it \
         changes production is not known before it runs",
    );
    changing("maybe", &entry("branch", "exact", "main", ""), NONE, NONE, "");
}

#[test]
fn protected_refs_are_what_is_stated() {
    let refs = entry("branch", "any", "", PROTECTED);
    let at = "gitlab.job[0].starts[0].refs[0]";
    let main = protection("1", "\"main\"", QUIET);
    reach(&refs, NONE, &main, "");
    reach(
        &refs,
        NONE,
        NONE,
        &format!(
            "apply-from-any-branch ? {at}: job `apply` may change production, and it can start on any protected branch: \
             which ones are protected is not stated here"
        ),
    );
    let develop = protection("1", "\"develop\"", QUIET);
    reach(
        &refs,
        NONE,
        &format!("{main}, {develop}"),
        &format!(
            "apply-from-any-branch @ {at}: job `apply` changes production and can start on any protected branch, and so \
             on `develop`"
        ),
    );
}

#[test]
fn a_tag_with_a_branchs_name_is_a_lesser_matter() {
    let line = |who: &str| {
        format!("apply-from-tag @ gitlab.job[0].starts[0].refs[1]: job `apply` changes production and can start {who}")
    };
    let both = |tag: String| format!("{}, {tag}", entry("branch", "exact", "main", ""));
    reach(&both(entry("tag", "exact", "main", "")), NONE, NONE, &line("on a tag named `main`"));
    reach(&both(entry("tag", "default", "", "")), NONE, NONE, &line("on a tag named like the default branch"));
    reach(&both(entry("tag", "any", "", PROTECTED)), NONE, NONE, &line("on any protected tag"));
    reach(
        &both(entry("tag", "exact", "main", UNKNOWN)),
        NONE,
        NONE,
        "apply-from-tag ? gitlab.job[0].starts[0].refs[1]: job `apply` changes production, and whether it can start on a \
         tag named `main` depends on `$DEPLOY` (dynamic)",
    );
}

#[test]
fn developers_and_tenants_do_not_push() {
    let at = "gitlab.protected_branch[0]";
    let push = |grant: &str| protection("1", "\"main\"", &format!(r#""push": [{grant}], "unprotect": []"#));
    let tenants =
        r#"{"written": true, "branches": ["main"], "tenants": [{"name": "acme", "groups": ["customers/acme"]}]}"#;
    guards(&push(r#"{"level": "maintainer"}, {"user": "5"}, {"key": "1"}, {"group": "ops"}"#), NONE, tenants, "");
    guards(
        &push(r#"{"level": "developer"}"#),
        NONE,
        NONE,
        &format!(
            "direct-push-allowed @ {at}.push[0]: everybody with the role `developer` may push to `main` without a merge request"
        ),
    );
    for group in ["customers/acme", "customers/acme/dev"] {
        guards(
            &push(&format!(r#"{{"level": "no one"}}, {{"group": "{group}"}}"#)),
            NONE,
            tenants,
            &format!(
                "direct-push-allowed @ {at}.push[1]: the group `{group}` of the tenant `acme` may push to `main` without a \
                 merge request"
            ),
        );
    }
    guards(
        &push(r#"{"group": "42"}"#),
        NONE,
        tenants,
        &format!(
            "direct-push-allowed ? {at}.push[0]: who may push to `main` depends on whose group 42 is: tenants name theirs \
             by path"
        ),
    );
    guards(
        &push(r#"{"level": {"$unknown": "dynamic", "on": "var.level"}}"#),
        NONE,
        NONE,
        &format!("direct-push-allowed ? {at}.push[0]: who may push to `main` depends on `var.level` (dynamic)"),
    );
    let open = format!(
        "{}, {}",
        push(r#"{"level": "no one"}"#),
        protection("1", "\"develop\"", r#""push": [{"level": "developer"}], "unprotect": []"#)
    );
    guards(&open, NONE, NONE, "");
}

#[test]
fn a_production_branch_is_protected_for_good() {
    guards(&protection("1", "\"main\"", QUIET), NONE, NONE, "");
    guards(&protection("1", "\"*\"", QUIET), NONE, NONE, "");
    let line = "production-branch-unprotected @ gitlab.protected_branch[0].branch: branches of the project are \
                protected, and";
    guards(&protection("1", "\"develop\"", QUIET), NONE, NONE, &format!("{line} `main` or `master` is not among them"));
    guards(&protection("1", "\"prod\"", QUIET), NONE, NAMED, &format!("{line} `release/*` is not among them"));
    guards(
        &protection("1", r#"{"$unknown": "dynamic", "on": "each.key"}"#, QUIET),
        NONE,
        NONE,
        "production-branch-unprotected ? gitlab.protected_branch[0].branch: whether `main` or `master` is protected \
         depends on `each.key` (dynamic)",
    );
    guards(
        &protection("1", "\"main\"", r#""push": [], "unprotect": [{"level": "developer"}], "force_push": true"#),
        NONE,
        NONE,
        "
        production-branch-unprotected @ gitlab.protected_branch[0].unprotect[0]: everybody with the role `developer` may take the protection of `main` away
        history-rewrite-allowed @ gitlab.protected_branch[0].force_push: the history of `main` may be rewritten by whoever may push
        ",
    );
    let plain =
        r#"{"branch": "main", "title": "`p`", "source": "engine.yaml", "push": [], "merge": [], "unprotect": []}"#;
    guards(
        plain,
        NONE,
        NONE,
        "code-owners-not-asked @ gitlab.protected_branch[0].code_owners: changes reach `main` without the approval of code owners",
    );
}

#[test]
fn somebody_else_approves() {
    let rule = |required: &str, branches: &str| {
        format!(
            r#"{{"kind": "rule", "project": "1", "title": "`r`", "source": "terraform", "required": {required}, "branches": [{branches}]}}"#
        )
    };
    let at = "gitlab.approval[0]";
    guards(NONE, &rule("1", ""), NONE, "");
    guards(NONE, &rule("1", "\"main\""), NONE, "");
    guards(NONE, &format!("{}, {}", rule("0", ""), rule("2", "")), NONE, "");
    guards(
        NONE,
        &rule("0", ""),
        NONE,
        &format!(
            "merge-without-approval @ {at}.required: `r` asks for no approval, and no other rule of the project asks for one"
        ),
    );
    guards(
        NONE,
        &rule("1", "\"develop\""),
        NONE,
        &format!(
            "merge-without-approval @ {at}.branches: no approval rule that asks for anybody is for `main` or `master`"
        ),
    );
    let unknown = r#"{"$unknown": "dynamic", "on": "var.count"}"#;
    guards(
        NONE,
        &rule(unknown, ""),
        NONE,
        &format!(
            "merge-without-approval ? {at}.required: whether a merge to `main` or `master` needs an approval depends on \
             `var.count` (dynamic)"
        ),
    );
    guards(
        NONE,
        &rule("1", unknown),
        NONE,
        &format!(
            "merge-without-approval ? {at}.branches[0]: whether a merge to `main` or `master` needs an approval depends on \
             `var.count` (dynamic)"
        ),
    );
}

#[test]
fn an_approval_is_worth_something() {
    let settings =
        |more: &str| format!(r#"{{"kind": "settings", "title": "`s`", "source": "terraform", "branches": []{more}}}"#);
    guards(NONE, &settings(""), NONE, "");
    guards(
        NONE,
        &settings(r#", "author": true, "committers": true, "override": true, "kept_on_push": true"#),
        NONE,
        "
        self-approval-allowed @ gitlab.approval[0].author: the author of a change may approve it
        committer-approval-allowed @ gitlab.approval[0].committers: whoever commits to a change may approve it
        approval-override-allowed @ gitlab.approval[0].override: the approval rules may be changed for a single merge request
        stale-approval-kept @ gitlab.approval[0].kept_on_push: an approval stays when commits are added after it
        ",
    );
    guards(
        NONE,
        &settings(r#", "author": {"$unknown": "dynamic", "on": "var.author"}"#),
        NONE,
        "self-approval-allowed ? gitlab.approval[0].author: whether the author of a change may approve it depends on \
         `var.author` (dynamic)",
    );
}
