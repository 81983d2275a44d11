//! The rules about how long credentials live.

use engine_sdk::testing::check;

const CONFIG: &str = r#"[{"ceilings": {
    "job-token": 3600, "machine-token": 86400, "human-token": 86400, "secret-id": 86400, "aws-sts": 3600,
    "aws-iam-user": 86400, "certificate": 86400, "database": 2764800, "gitlab-token": 86400, "plan-artifact": 3600
}}]"#;

fn lifetime(end: &str, field: &str, seconds: &str, text: &str) -> String {
    let put =
        |name: &str, value: &str| if value.is_empty() { String::new() } else { format!(r#", "{name}": {value}"#) };
    format!(r#"{{"end": "{end}", "field": "{field}"{}{}}}"#, put("seconds", seconds), put("text", text))
}

/// A credential; `more` are fields of it, with a comma before each.
fn credential(kind: &str, title: &str, maximum: &str, more: &str) -> String {
    format!(
        r#"{{"kind": "{kind}", "title": "{title}", "source": "terraform", "maximum": {maximum}, "open": false{more}}}"#
    )
}

fn judge(config: &str, credentials: &[String], expect: &str) {
    let facts = [("credential", format!("[{}]", credentials.join(","))), ("engine.config", config.to_owned())];
    check(secret_ttl::plugin(), facts, expect);
}

/// One credential that somebody bounds by seconds.
fn written(kind: &str, seconds: i64, expect: &str) {
    let maximum = lifetime("written", "max_ttl", &seconds.to_string(), &format!("\"{seconds}\""));
    judge(CONFIG, &[credential(kind, "tokens of `y`", &maximum, "")], expect);
}

#[test]
fn a_credential_may_live_as_long_as_its_ceiling_and_no_longer() {
    let kinds = [
        ("job-token", 3_600, "1 h", "1 h 1 s"),
        ("machine-token", 86_400, "24 h", "24 h 1 s"),
        ("human-token", 86_400, "24 h", "24 h 1 s"),
        ("secret-id", 86_400, "24 h", "24 h 1 s"),
        ("aws-sts", 3_600, "1 h", "1 h 1 s"),
        ("certificate", 86_400, "24 h", "24 h 1 s"),
        ("database", 2_764_800, "32 days", "32 days 1 s"),
        ("gitlab-token", 86_400, "24 h", "24 h 1 s"),
    ];
    for (kind, ceiling, told, over) in kinds {
        written(kind, ceiling, "");
        written(kind, 1, "");
        let expect = format!(
            "credential-over-ceiling @ credential[0].maximum.text: tokens of `y` may live {over}; the ceiling for `{kind}` is {told}"
        );
        written(kind, ceiling + 1, &expect);
    }
}

#[test]
fn the_finding_says_where_the_ceiling_is_and_what_to_write() {
    let maximum = lifetime("written", "max_sts_ttl", "43200", "\"43200\"");
    judge(
        CONFIG,
        &[credential("aws-sts", "credentials of the AWS role `deploy`", &maximum, "")],
        "
        credential-over-ceiling @ credential[0].maximum.text: credentials of the AWS role `deploy` may live 12 h; the ceiling for `aws-sts` is 1 h
          = related engine.config[0].ceilings.aws-sts: the ceiling is set here
          = help: set `max_sts_ttl` to at most 1 h
          = fix: bound it by the ceiling of `aws-sts`
          = snippet: max_sts_ttl = 3600
        ",
    );
}

#[test]
fn the_products_own_default_counts_as_written() {
    let product =
        |seconds: &str| [credential("aws-sts", "tokens of `y`", &lifetime("product", "max_sts_ttl", seconds, ""), "")];
    judge(CONFIG, &product("3600"), "");
    judge(
        CONFIG,
        &product("43200"),
        "credential-over-ceiling @ credential[0].maximum.field: tokens of `y` may live 12 h, which is the default; the ceiling for `aws-sts` is 1 h",
    );
}

#[test]
fn seconds_that_are_not_known_are_undecided() {
    let unknown = r#"{"$unknown": "dynamic", "on": "var.ttl"}"#;
    let maximum = lifetime("written", "max_ttl", unknown, unknown);
    let one = |kind: &str| [credential(kind, "tokens of `y`", &maximum, "")];
    let over = "credential-over-ceiling ? credential[0].maximum.seconds: how long tokens of `y` may live depends on `var.ttl` (dynamic)";
    judge(CONFIG, &one("aws-sts"), over);
    // A date is known, and how far away it is, is not.
    let date = lifetime("written", "expires_at", unknown, "\"2027-01-01\"");
    judge(CONFIG, &[credential("gitlab-token", "tokens of `y`", &date, "")], over);
    // Only for these is there a value that means without end.
    let endless = "endless-credential ? credential[0].maximum.seconds: whether tokens of `y` ever end depends on `var.ttl` (dynamic)";
    judge(CONFIG, &one("secret-id"), &format!("{over}\n{endless}"));
    judge(CONFIG, &one("gitlab-token"), &format!("{over}\n{endless}"));
    judge(
        CONFIG,
        &one("plan-artifact"),
        "plan-kept-too-long ? credential[0].maximum.seconds: how long tokens of `y` is kept depends on `var.ttl` (dynamic)",
    );
}

#[test]
fn a_lifetime_without_seconds_is_undecided() {
    let maximum = lifetime("written", "max_ttl", "", "");
    judge(
        CONFIG,
        &[credential("aws-sts", "x", &maximum, ""), credential("plan-artifact", "x", &maximum, "")],
        "
        credential-over-ceiling ? credential[0].maximum.field: how long x may live is not told
        plan-kept-too-long ? credential[1].maximum.field: how long x is kept is not told
        ",
    );
}

#[test]
fn a_kind_without_a_ceiling_is_undecided() {
    let written = credential("aws-sts", "x", &lifetime("written", "ttl", "1", ""), "");
    let mount = credential("job-token", "x", &lifetime("mount", "ttl", "", ""), "");
    let plan = credential("plan-artifact", "x", &lifetime("never", "expire_in", "", ""), "");
    for config in ["[]", r#"[{"ceilings": {}}]"#] {
        judge(
            config,
            &[written.clone(), mount.clone(), plan.clone()],
            "
            credential-over-ceiling ? credential[0].kind: there is no ceiling for `aws-sts`
            unbounded-credential ? credential[1].kind: there is no ceiling for `job-token`
            plan-kept-too-long ? credential[2].kind: there is no ceiling for `plan-artifact`
            ",
        );
    }
}

#[test]
fn what_never_ends_is_said_once() {
    let zero = lifetime("never", "secret_id_ttl", "", "\"0\"");
    judge(
        CONFIG,
        &[credential("secret-id", "secret ids of the AppRole role `deploy`", &zero, "")],
        "
        endless-credential @ credential[0].maximum.text: secret ids of the AppRole role `deploy` never end: `secret_id_ttl` is `0`, which means without end
          = help: set `secret_id_ttl`, so that what leaks is soon worth nothing
        ",
    );
    let unset = lifetime("never", "secret_id_ttl", "", "");
    judge(
        CONFIG,
        &[credential("secret-id", "secret id `deploy`", &unset, "")],
        "endless-credential @ credential[0].maximum.field: secret id `deploy` never ends: `secret_id_ttl` is not written, which means without end",
    );
    for kind in ["job-token", "certificate", "database", "gitlab-token"] {
        let expect = "endless-credential @ credential[0].maximum.field: x never ends: `ttl` is not written, which means without end";
        judge(CONFIG, &[credential(kind, "x", &lifetime("never", "ttl", "", ""), "")], expect);
    }
}

#[test]
fn what_only_the_mount_bounds_is_said_once() {
    let mount =
        |kind: &str, text: &str| [credential(kind, "tokens of `y`", &lifetime("mount", "token_max_ttl", "", text), "")];
    judge(
        CONFIG,
        &mount("job-token", ""),
        "
        unbounded-credential @ credential[0].maximum.field: tokens of `y` live as long as the mount allows, 32 days unless that was changed: `token_max_ttl` is not written
          = related engine.config[0].ceilings.job-token: the ceiling for `job-token` is 1 h
          = help: set `token_max_ttl` to at most 1 h
          = fix: bound it by the ceiling of `job-token`
          = snippet: token_max_ttl = 3600
        ",
    );
    judge(
        CONFIG,
        &mount("human-token", "\"0\""),
        "unbounded-credential @ credential[0].maximum.text: tokens of `y` live as long as the mount allows, 32 days unless that was changed: `token_max_ttl` is `0`",
    );
    let session = "unbounded-credential @ credential[0].maximum.field: tokens of `y` live as long as AWS allows, 12 h for a role and 36 h for a federated user: `token_max_ttl` is not written";
    judge(CONFIG, &mount("aws-sts", ""), session);
    judge(&CONFIG.replace("\"aws-sts\": 3600", "\"aws-sts\": 129599"), &mount("aws-sts", ""), session);
    judge(&CONFIG.replace("\"aws-sts\": 3600", "\"aws-sts\": 129600"), &mount("aws-sts", ""), "");
    // A ceiling of 32 days is content with Vault's own.
    judge(CONFIG, &mount("database", ""), "");
    let lower = CONFIG.replace("2764800", "2764799");
    judge(
        &lower,
        &mount("database", ""),
        "unbounded-credential @ credential[0].maximum.field: tokens of `y` live as long as the mount allows, 32 days unless that was changed: `token_max_ttl` is not written",
    );
}

#[test]
fn a_period_is_said_once_whatever_the_maximum() {
    let ends = [lifetime("never", "token_period", "", "\"3600\""), lifetime("mount", "token_max_ttl", "", "")];
    for maximum in ends {
        judge(
            CONFIG,
            &[credential("machine-token", "x", &maximum, r#", "periodic": true"#)],
            "periodic-token @ credential[0].periodic: x can be renewed without end",
        );
    }
    // An explicit maximum ends it after all.
    let explicit = |seconds: &str| {
        let maximum = lifetime("written", "token_explicit_max_ttl", seconds, "");
        [credential("machine-token", "token `x`", &maximum, r#", "periodic": true"#)]
    };
    judge(CONFIG, &explicit("86400"), "");
    judge(
        CONFIG,
        &explicit("90000"),
        "credential-over-ceiling @ credential[0].maximum.field: token `x` may live 25 h; the ceiling for `machine-token` is 24 h",
    );
    let bound = lifetime("written", "token_max_ttl", "3600", "\"3600\"");
    judge(CONFIG, &[credential("machine-token", "x", &bound, r#", "periodic": false"#)], "");
    let open = r#", "periodic": {"$unknown": "dynamic", "on": "var.period"}"#;
    judge(CONFIG, &[credential("machine-token", "x", &bound, open)], "");
    let unknown = lifetime("written", "token_period", r#"{"$unknown": "dynamic", "on": "var.period"}"#, "");
    judge(
        CONFIG,
        &[credential("machine-token", "x", &unknown, open)],
        "
        credential-over-ceiling ? credential[0].maximum.seconds: how long x may live depends on `var.period` (dynamic)
        periodic-token ? credential[0].periodic: whether x can be renewed without end depends on `var.period` (dynamic)
        ",
    );
}

#[test]
fn users_that_vault_makes_in_aws_are_found() {
    let user =
        "iam-user-credential @ credential[0].kind: users of `deploy`: an AWS user has keys that AWS itself never ends";
    let one = |maximum: &str| [credential("aws-iam-user", "users of `deploy`", maximum, "")];
    judge(CONFIG, &one(&lifetime("mount", "ttl", "", "")), user);
    judge(CONFIG, &one(&lifetime("written", "ttl", "3600", "")), user);
    let over = "credential-over-ceiling @ credential[0].maximum.field: users of `deploy` may live 25 h; the ceiling for `aws-iam-user` is 24 h";
    judge(CONFIG, &one(&lifetime("written", "ttl", "90000", "")), &format!("{user}\n{over}"));
}

#[test]
fn a_key_is_in_the_open_or_only_long_lived() {
    let key = |open: bool| {
        let never = lifetime("never", "access_key", "", "");
        [credential("static-key", "`access_key` of the provider `aws`", &never, "")
            .replace("\"open\": false", &format!("\"open\": {open}"))]
    };
    judge(
        CONFIG,
        &key(true),
        "
        credential-in-open @ credential[0].open: `access_key` of the provider `aws` is written here in the open
          = help: take it back where it was made, then let each job get its own from Vault
        ",
    );
    judge(
        CONFIG,
        &key(false),
        "long-lived-key @ credential[0].kind: `access_key` of the provider `aws` is configured once and then without end",
    );
}

#[test]
fn a_secret_in_the_open_is_one_whatever_its_kind() {
    let bound = lifetime("written", "ttl", "60", "");
    let open = credential("secret-id", "x", &bound, "").replace("\"open\": false", "\"open\": true");
    judge(CONFIG, &[open], "credential-in-open @ credential[0].open: x is written here in the open");
}

fn plan(maximum: &str) -> String {
    credential("plan-artifact", "plan of the job `plan`", maximum, "").replace("terraform", "pipeline")
}

#[test]
fn a_plan_is_kept_as_long_as_its_ceiling_and_no_longer() {
    let kept = |maximum: &str, place: &str, how: &str| {
        let expect = format!(
            "plan-kept-too-long @ credential[0].maximum.{place}: plan of the job `plan` is kept {how}; the ceiling for a plan is 1 h"
        );
        judge(CONFIG, &[plan(maximum)], &expect);
    };
    judge(CONFIG, &[plan(&lifetime("written", "expire_in", "3600", "\"1 hour\""))], "");
    kept(&lifetime("written", "expire_in", "3601", "\"3601\""), "text", "1 h 1 s");
    kept(&lifetime("product", "expire_in", "2592000", ""), "field", "30 days, which is the default");
    kept(&lifetime("never", "expire_in", "", "\"never\""), "text", "without end: `expire_in` is `never`");
    let instance = "as long as the instance says, 30 days unless that was changed: `expire_in` is not written";
    kept(&lifetime("mount", "expire_in", "", ""), "field", instance);
    kept(&lifetime("product", "expire_in", "", ""), "field", instance);
    let month = CONFIG.replace("\"plan-artifact\": 3600", "\"plan-artifact\": 2592000");
    judge(&month, &[plan(&lifetime("mount", "expire_in", "", ""))], "");
    judge(&month, &[plan(&lifetime("product", "expire_in", "2592000", ""))], "");
}

#[test]
fn the_plan_comes_with_a_line_to_copy() {
    judge(
        CONFIG,
        &[plan(&lifetime("written", "expire_in", "604800", "\"1 week\""))],
        "
        plan-kept-too-long @ credential[0].maximum.text: plan of the job `plan` is kept 7 days; the ceiling for a plan is 1 h
          = related engine.config[0].ceilings.plan-artifact: the ceiling is set here
          = help: a plan holds what the state holds, and grows stale: keep it only until it is applied
          = fix: keep it 1 h
          = snippet: expire_in: 1 hour
        ",
    );
}

#[test]
fn a_plan_ends_with_the_credentials() {
    let session = |name: &str, seconds: &str| {
        credential("aws-sts", &format!("credentials of `{name}`"), &lifetime("written", "max_sts_ttl", seconds, ""), "")
    };
    let kept = plan(&lifetime("written", "expire_in", "1800", "\"30 min\""));
    judge(CONFIG, &[kept.clone(), session("long", "3600"), session("same", "1800")], "");
    judge(
        CONFIG,
        &[kept.clone(), session("long", "3600"), session("short", "900")],
        "
        plan-outlives-credentials @ credential[0].maximum.text: plan of the job `plan` is kept 30 min, longer than credentials of `short` live
          = related credential[2].maximum.field: they live 15 min
          = help: keep the plan no longer than the credentials live, and plan again after that
        ",
    );
    let unknown = session("late", r#"{"$unknown": "dynamic", "on": "var.ttl"}"#);
    judge(
        CONFIG,
        &[kept, unknown.clone()],
        "
        credential-over-ceiling ? credential[1].maximum.seconds: how long credentials of `late` may live depends on `var.ttl` (dynamic)
        plan-outlives-credentials ? credential[1].maximum.seconds: whether a plan outlives credentials of `late` depends on `var.ttl` (dynamic)
        ",
    );
    // A plan that is kept for too long is said to be that alone.
    judge(
        CONFIG,
        &[plan(&lifetime("written", "expire_in", "7200", "")), session("short", "900")],
        "plan-kept-too-long @ credential[0].maximum.field: plan of the job `plan` is kept 2 h; the ceiling for a plan is 1 h",
    );
    judge(CONFIG, &[session("short", "900")], "");
}

#[test]
fn an_end_that_is_not_of_the_contract_is_undecided() {
    let facts = [("credential", format!("[{}]", credential("secret-id", "x", &lifetime("soon", "ttl", "", ""), "")))];
    let outcome = engine_sdk::testing::run(secret_ttl::plugin(), facts).to_string();
    let endless = outcome.lines().filter(|line| line.starts_with("endless-credential ? credential[0]")).count();
    assert_eq!(endless, 1, "{outcome}");
}
