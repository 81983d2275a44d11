//! Evaluations for the tests of every report.

use std::sync::Arc;

use engine_model::{
    Applicability, Assumed, Class, Counts, Edit, Evaluation, FailOn, FilePath, Finding, Fix, Gap, GapCause, Location,
    Related, Route, RuleId, RuleInfo, Severity, SourceFile, Span, Step, Undecided, Use, Verdict, Waived,
};

const PIPELINE: &str = "\
include:
  - project: platform/ci
    file: base.yml

.apply:
  stage: deploy
  script:
    - terraform init
    - terraform apply -auto-approve
  rules:
    - if: $CI_COMMIT_BRANCH == \"main\"

Terraform Apply:
  extends: .apply
  variables:
    VAULT_TOKEN: hvs.0000
";

/// A file of a tree.
pub(crate) fn file(path: &str, text: &str) -> Arc<SourceFile> {
    SourceFile::new(FilePath::new(path).unwrap(), text.into())
}

/// The first place in a file where `text` stands.
pub(crate) fn at(file: &Arc<SourceFile>, text: &str) -> Location {
    let start = file.text().find(text).unwrap();
    Location { file: Arc::clone(file), span: Span::from_range(start..start + text.len()) }
}

/// A finding with nothing but a message.
pub(crate) fn finding(rule: &str, class: Class, severity: Severity, message: &str, location: Location) -> Finding {
    Finding {
        rule: id(rule),
        class,
        severity,
        message: message.into(),
        location,
        route: Route::default(),
        used_by: Vec::new(),
        related: Vec::new(),
        help: None,
        fix: None,
    }
}

/// An evaluation in which nothing was found.
pub(crate) fn clean() -> Evaluation {
    Evaluation {
        verdict: Verdict::Pass,
        fail_on: FailOn::default(),
        reason: "nothing closes the gate".into(),
        understood: Vec::new(),
        findings: Vec::new(),
        undecided: Vec::new(),
        waived: Vec::new(),
        assumed: Vec::new(),
        gaps: Vec::new(),
        evaluated: Vec::new(),
        not_applicable: Vec::new(),
        rules: Vec::new().into(),
        counts: Counts { files: 1, documents: 1, facts: 1, rules: 1, evaluated: 1 },
    }
}

/// An evaluation with something of everything.
pub(crate) fn full() -> Evaluation {
    let ci = file(".gitlab-ci.yml", PIPELINE);
    let variables = file("env/prod/variables.tf", "variable \"token\" {\n  default = \"s3cr3t\"\n}\n");
    let mut apply = finding(
        "apply-without-hand",
        Class::Mandatory,
        Severity::Critical,
        "`terraform apply` changes production and nobody presses play",
        at(&ci, "terraform apply -auto-approve"),
    );
    apply.route = Route(vec![".apply".into(), "script".into(), Step::Index(1)]);
    apply.used_by = vec![Use { user: "job `Terraform Apply`".into(), location: at(&ci, "Terraform Apply:") }];
    apply.related = vec![Related {
        message: "every push to `main` gets here".into(),
        location: at(&ci, "if: $CI_COMMIT_BRANCH == \"main\""),
    }];
    apply.help = Some("let a person start the job that applies".into());
    let rule = at(&ci, "- if: $CI_COMMIT_BRANCH == \"main\"");
    let end = Location { span: Span::new(rule.span.end, rule.span.end), ..rule };
    apply.fix = Some(Fix {
        title: "ask for a person".into(),
        applicability: Applicability::Safe,
        edits: vec![Edit { location: end, replacement: "\n      when: manual".into() }],
        snippet: None,
    });
    let mut token = finding(
        "credential-in-the-open",
        Class::Mandatory,
        Severity::Critical,
        "a Vault token is written in the pipeline",
        at(&ci, "hvs.0000"),
    );
    token.help = Some("revoke it, then let the job log in with its ID token".into());
    token.fix = Some(Fix {
        title: "log in with an ID token".into(),
        applicability: Applicability::Review,
        edits: Vec::new(),
        snippet: Some("id_tokens:\n  VAULT_ID_TOKEN:\n    aud: https://vault.example.com\n".into()),
    });
    let secret = finding(
        "secret-default",
        Class::Default,
        Severity::High,
        "the default of `token` is a secret",
        at(&variables, "\"s3cr3t\""),
    );
    let wide = finding(
        "unpinned-include",
        Class::Default,
        Severity::Medium,
        "the include has no `ref`",
        at(&ci, "project: platform/ci"),
    );
    let stage = finding("odd-stage", Class::Advice, Severity::Info, "`deploy` has one job", at(&ci, "stage: deploy"));
    Evaluation {
        verdict: Verdict::Fail,
        reason: "2 mandatory findings, 1 at or above high".into(),
        understood: vec![
            "1 job changes production: `Terraform Apply` (on every push to `main`)".into(),
            "0 of 1 includes resolved".into(),
        ],
        findings: vec![apply, token, secret, wide, stage],
        undecided: vec![Undecided {
            cause: Some(GapCause::NotVendored),
            closes: false,
            message: "`platform/ci` at its default branch is not here".into(),
            location: Some(at(&ci, "project: platform/ci")),
            way_out: Some("run `engine vendor`".into()),
            rules: vec![id("apply-by-anyone"), id("foreign-plan")],
        }],
        waived: vec![Waived {
            finding: finding(
                "unverified-download",
                Class::Default,
                Severity::High,
                "what is downloaded is run unverified",
                at(&file("ci/tools.yml", "tools:\n  script:\n    - curl -O https://example.com/tool\n"), "curl"),
            ),
            owner: "jane@example.com".into(),
            reason: "the vendor has no checksum".into(),
            expires: "2027-01-31".into(),
            by: at(&file("engine.yaml", "waive: []\n"), "waive"),
        }],
        assumed: vec![Assumed {
            message: "`infra/ci` is not here".into(),
            location: None,
            rules: vec![id("apply-by-anyone")],
            owner: "jane@example.com".into(),
            reason: "it only lints".into(),
            expires: "2027-01-31".into(),
            by: at(&file("engine.yaml", "assume: []\n"), "assume"),
        }],
        gaps: vec![Gap {
            kind: "gitlab.job",
            fields: &["script"],
            cause: GapCause::Dynamic,
            message: "`$COMMAND` has no value here".into(),
            location: None,
            way_out: None,
        }],
        not_applicable: vec![id("endless-lease")],
        rules: vec![rule_info()].into(),
        counts: Counts { files: 23, documents: 9, facts: 31, rules: 14, evaluated: 11 },
        ..clean()
    }
}

/// A rule with a page.
pub(crate) fn rule_info() -> RuleInfo {
    RuleInfo {
        id: id("apply-without-hand"),
        policy: "apply-via-ci".into(),
        title: "a job changes production and nobody presses play".into(),
        class: Class::Mandatory,
        severity: Severity::Critical,
        practices: vec!["A074".into()],
        page: "## Why\n\nA push is no decision: `when: manual` is.\n\n```yaml\nwhen: manual\n```\n".into(),
    }
}

pub(crate) fn id(id: &str) -> RuleId {
    RuleId::new(id).unwrap()
}
