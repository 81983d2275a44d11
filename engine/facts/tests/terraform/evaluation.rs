//! What expressions come to, with Terraform itself as the judge, and why the rest is unknown.

use engine_model::Span;

use crate::support::{only, show};

/// Each line of the table: an expression, what Terraform 1.11.4 printed for it as JSON (or `error`), and whether it
/// is known here. The names it may use are in `names.tf`.
#[test]
fn nothing_comes_to_what_terraform_does_not_say() {
    let table = include_str!("judged.tsv");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    let locals = rows.iter().enumerate().map(|(index, row)| format!("  judged_{index} = {}\n", row[0]));
    let module = only(&[
        ("names.tf", include_str!("names.tf")),
        ("judged.tf", &format!("locals {{\n{}}}\n", locals.collect::<String>())),
        ("x.auto.tfvars", "none = \"given\"\n"),
    ]);
    let mut known = 0;
    for (index, row) in rows.iter().enumerate() {
        let found = show(module.local(&format!("judged_{index}")).unwrap());
        if found.contains('?') {
            assert_eq!(row.get(2), Some(&"unknown"), "{} came to {found}, Terraform says {}", row[0], row[1]);
        } else {
            assert_eq!((found.as_str(), row.get(2)), (row[1], Some(&"known")), "{}", row[0]);
            known += 1;
        }
    }
    assert!(rows.len() >= 180 && known >= 120, "{known} of {}", rows.len());
}

/// What `local.x` comes to beside some other declarations.
fn check(declared: &str, expression: &str, expect: &str) {
    let module = only(&[("main.tf", &format!("{declared}\nlocals {{\n  x = {expression}\n}}\n"))]);
    assert_eq!(show(module.local("x").unwrap()), expect, "{expression}");
}

#[test]
fn what_is_not_known_says_why_and_on_what_it_hangs() {
    check("variable \"v\" {}", "var.v", "?dynamic:var.v");
    check("variable \"v\" {}", "\"a-${var.v}\"", "?dynamic:var.v");
    check("variable \"v\" {}", "[1, var.v]", "[1, ?dynamic:var.v]");
    check("variable \"v\" {}", "var.v.a[0] == 1", "?dynamic:var.v");
    check("", "aws_s3_bucket.b.arn", "?until-apply:aws_s3_bucket.b.arn");
    check("", "data.aws_caller_identity.me.account_id", "?until-apply:data.aws_caller_identity.me.account_id");
    check("", "terraform.workspace", "?dynamic:terraform.workspace");
    check("", "upper(\"a\")", "?not-evaluated:upper(…)");
    check("", "module.m.out", "?not-evaluated:module.m.out");
    check("", "each.key", "?not-evaluated:each.key");
    check("", "provider::aws::arn_parse(\"a\").region", "?not-evaluated:provider::aws::arn_parse(…)");
    check("", "local.y", "?not-evaluated:local.y, which is not declared");
    check("variable \"v\" {}\nvariable \"v\" {}", "var.v", "?not-evaluated:var.v, which is declared twice");
    check("variable \"v\" {\n default = 1\n type = strin\n}", "var.v", "?not-evaluated:var.v");
    check("variable \"v\" {\n default = \"x\"\n type = number\n}", "var.v", "?not-evaluated:var.v");
    check("variable \"v\" {\n default = [\"x\"]\n type = \"list\"\n}", "var.v", "[\"x\"]");
    check("variable \"v\" {\n default = [1]\n type = \"list\"\n}", "var.v", "?not-evaluated:var.v");
    check("variable \"v\" {\n default = null\n nullable = false\n}", "var.v", "?not-evaluated:var.v");
}

#[test]
fn an_unknown_decides_nothing_but_what_is_decided_without_it() {
    let v = "variable \"v\" {}";
    check(v, "false && var.v", "false");
    check(v, "var.v || true", "true");
    check(v, "true && var.v", "?dynamic:var.v");
    check(v, "var.v ? 1 : 1", "?dynamic:var.v");
    check(v, "true ? \"a\" : var.v", "\"a\"");
    // The other branch may make a text of it.
    check(v, "true ? 1 : var.v", "?not-evaluated:true ? 1 : var.v");
    check(v, "true ? [1] : var.v", "?not-evaluated:true ? [1] : var.v");
    check(v, "{ (var.v) = 1 }", "?dynamic:var.v");
}

#[test]
fn a_secret_is_never_shown() {
    let secret = "variable \"s\" {\n  default   = \"hush\"\n  sensitive = true\n}";
    check(secret, "var.s", "?sensitive:var.s");
    check(secret, "\"x ${aws_x.y.z} ${var.s}\"", "?sensitive:var.s");
    check(secret, "false && var.s", "?sensitive:var.s");
    check("variable \"s\" {\n default = 1\n ephemeral = local.x\n}", "var.s", "?sensitive:var.s");
    check("variable \"s\" {\n default = 1\n sensitive = false\n}", "var.s", "1");
    // Neither is a text that only looks like one.
    check("", "sha256(\"hush\")", "?not-evaluated:sha256(…)");
    check("", "[1] == [\"hush\"]", "?not-evaluated:[1] == […");
    let module = only(&[("main.tf", secret), ("terraform.tfvars", "s = \"louder\"")]);
    assert!(module.variables[0].is_hidden);
    assert!(!format!("{module:?}").contains("hush") && !format!("{module:?}").contains("louder"));
}

#[test]
fn a_circle_and_a_bomb_come_to_an_end() {
    let module = only(&[("main.tf", "locals {\n  a = local.b\n  b = [local.a]\n  c = local.c\n}\n")]);
    assert!(show(module.local("a").unwrap()).contains("refers to itself"));
    assert!(show(module.local("c").unwrap()).contains("refers to itself"));

    let mut text = String::from("locals {\n  t0 = \"aaaaaaaaaaaaaaaaaaaa\"\n  l0 = [1, 1]\n");
    for n in 1..60 {
        let last = n - 1;
        text.push_str(&format!(
            "  t{n} = \"${{local.t{last}}}${{local.t{last}}}\"\n  l{n} = [local.l{last}, local.l{last}]\n"
        ));
    }
    for n in 0..5000 {
        text.push_str(&format!("  d{n} = local.d{}\n", n + 1));
    }
    text.push_str("  d5000 = 1\n}\n");
    let module = only(&[("main.tf", &text)]);
    assert!(module.local("t59").unwrap().why().is_some());
    assert!(module.local("l59").unwrap().why().is_some() || show(module.local("l59").unwrap()).contains('?'));
    assert_eq!(module.locals.len(), 5121);
}

#[test]
fn what_jsonencode_is_given_is_known_and_what_it_makes_is_not() {
    let v = "variable \"v\" {}";
    check(v, "jsonencode({ a = [1, var.v] })", "?json:{\"a\": [1, ?dynamic:var.v]}");
    check(v, "jsonencode(var.v)", "?dynamic:var.v");
    check("", "jsonencode(aws_x.y)", "?until-apply:aws_x.y");
    check("", "\"x${jsonencode(1)}\"", "?not-evaluated:jsonencode(…)");
    check("", "jsonencode(1) == \"1\"", "?not-evaluated:jsonencode(1) == …");
    check("", "jsonencode({ a = 1 }).a", "?not-evaluated:jsonencode({ a = 1 }).a");
    check("", "true ? jsonencode(1) : \"x\"", "?json:1");
    check("", "false ? jsonencode(1) : 2", "\"2\"");
    check("variable \"j\" {\n type = string\n default = jsonencode(1)\n}", "var.j", "?json:1");
}

/// The text of a template with a mark for each unknown part, and each place of a character of it.
#[test]
fn a_template_keeps_what_is_known_of_it_and_where_that_is_written() {
    let module = only(&[(
        "main.tf",
        "variable \"v\" {}\nlocals {\n  a = \"é\\t${var.v}-${local.b}-${local.c}\"\n  b = \"bb\"\n  c = \"c${aws_x.y}\"\n  d = local.b\n}\n",
    )]);
    let a = module.local("a").unwrap();
    assert_eq!(show(a), "?dynamic:var.v");
    let wording = a.wording.as_ref().unwrap();
    assert_eq!(wording.text(), "é\t\u{e000}-bb-c\u{e001}");
    let missing: Vec<&str> = wording.missing.iter().map(|unknown| unknown.on.as_str()).collect();
    assert_eq!(missing, ["var.v", "aws_x.y"]);
    let written = wording.text().char_indices().map(|(at, c)| {
        let range = Span::from_range(at..at + c.len_utf8());
        wording.scalar.part(range).location().text().to_owned()
    });
    let expect = ["é", "\\t", "${var.v}", "-", "${local.b}", "${local.b}", "-", "${local.c}", "${local.c}"];
    assert_eq!(written.collect::<Vec<_>>(), expect);

    let d = module.local("d").unwrap();
    assert_eq!(d.place.location().text(), "local.b");
    assert_eq!(d.wording.as_ref().unwrap().scalar.location().text(), "\"bb\"");
    assert!(module.local("b").unwrap().wording.is_none());
}

#[test]
fn texts_that_multiply_come_to_an_end_when_they_are_unknown_too() {
    let mut text = String::from("variable \"v\" {}\nlocals {\n  t0 = \"a${var.v}\"\n");
    for n in 1..60 {
        let last = n - 1;
        text.push_str(&format!("  t{n} = \"${{local.t{last}}}${{local.t{last}}}\"\n"));
    }
    text.push_str("}\n");
    let module = only(&[("main.tf", &text)]);
    assert_eq!(show(module.local("t59").unwrap()), "?dynamic:var.v");
    assert_eq!(module.local("t3").unwrap().wording.as_ref().unwrap().missing.len(), 8);
}
