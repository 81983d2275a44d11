//! The shapes on the wire. Words, names and order of fields are part of the format.

use engine_model::{
    Applicability, Assumed, Edit, Evaluation, Finding, Fix, Gap, GapCause, LineColumn, Location, Related, RuleId,
    RuleInfo, Step, Undecided, Use, Waived,
};
use serde::Serialize;

use crate::fingerprint::Fingerprints;

#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    version: &'a str,
    tool: WireTool<'a>,
    verdict: &'a str,
    reason: &'a str,
    fail_on: &'a str,
    understood: &'a [String],
    findings: Vec<WireFinding<'a>>,
    undecided: Vec<WireUndecided<'a>>,
    waived: Vec<WireWaived<'a>>,
    assumed: Vec<WireAssumed<'a>>,
    gaps: Vec<WireGap<'a>>,
    not_applicable: Vec<&'a str>,
    counts: WireCounts,
}

#[derive(Debug, Serialize)]
pub(super) struct Rules<'a> {
    version: &'a str,
    tool: WireTool<'a>,
    rules: Vec<WireRule<'a>>,
}

#[derive(Debug, Serialize)]
struct WireTool<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Debug, Serialize)]
struct WireCounts {
    files: usize,
    documents: usize,
    facts: usize,
    rules: usize,
    evaluated: usize,
    findings: usize,
    closing: usize,
}

#[derive(Debug, Serialize)]
struct WireFinding<'a> {
    rule: &'a str,
    fingerprint: &'a str,
    class: &'a str,
    severity: &'a str,
    closes: bool,
    message: &'a str,
    location: WireLocation<'a>,
    route: Vec<WireStep<'a>>,
    used_by: Vec<WireUse<'a>>,
    related: Vec<WireRelated<'a>>,
    help: Option<&'a str>,
    fix: Option<WireFix<'a>>,
}

#[derive(Debug, Serialize)]
struct WireLocation<'a> {
    path: &'a str,
    start: WirePoint,
    end: WirePoint,
}

#[derive(Debug, Serialize)]
struct WirePoint {
    line: u32,
    column: u32,
    byte: u64,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WireStep<'a> {
    Key(&'a str),
    Index(u32),
}

#[derive(Debug, Serialize)]
struct WireUse<'a> {
    user: &'a str,
    location: WireLocation<'a>,
}

#[derive(Debug, Serialize)]
struct WireRelated<'a> {
    message: &'a str,
    location: WireLocation<'a>,
}

#[derive(Debug, Serialize)]
struct WireFix<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<WireEdit<'a>>,
    snippet: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct WireEdit<'a> {
    location: WireLocation<'a>,
    replacement: &'a str,
}

#[derive(Debug, Serialize)]
struct WireUndecided<'a> {
    cause: &'a str,
    message: &'a str,
    location: Option<WireLocation<'a>>,
    way_out: Option<&'a str>,
    rules: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct WireWaived<'a> {
    finding: WireFinding<'a>,
    owner: &'a str,
    reason: &'a str,
    expires: &'a str,
    by: WireLocation<'a>,
}

#[derive(Debug, Serialize)]
struct WireAssumed<'a> {
    message: &'a str,
    location: Option<WireLocation<'a>>,
    rules: Vec<&'a str>,
    owner: &'a str,
    reason: &'a str,
    expires: &'a str,
    by: WireLocation<'a>,
}

#[derive(Debug, Serialize)]
struct WireGap<'a> {
    kind: &'a str,
    fields: &'a [&'a str],
    cause: &'a str,
    message: &'a str,
    location: Option<WireLocation<'a>>,
    way_out: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct WireRule<'a> {
    id: &'a str,
    policy: &'a str,
    title: &'a str,
    class: &'a str,
    severity: &'a str,
    practices: &'a [String],
    page: &'a str,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        evaluation: &'a Evaluation,
        prints: &'a Fingerprints,
        version: &'a str,
        tool_version: &'a str,
    ) -> Self {
        let counts = evaluation.counts;
        Self {
            version,
            tool: WireTool::new(tool_version),
            verdict: evaluation.verdict.as_str(),
            reason: &evaluation.reason,
            fail_on: evaluation.fail_on.0.as_str(),
            understood: &evaluation.understood,
            findings: prints
                .findings(evaluation)
                .map(|(finding, print)| WireFinding::new(finding, print, evaluation))
                .collect(),
            undecided: evaluation.undecided.iter().map(WireUndecided::new).collect(),
            waived: prints
                .waived(evaluation)
                .map(|(waived, print)| WireWaived::new(waived, print, evaluation))
                .collect(),
            assumed: evaluation.assumed.iter().map(WireAssumed::new).collect(),
            gaps: evaluation.gaps.iter().map(WireGap::new).collect(),
            not_applicable: evaluation.not_applicable.iter().map(RuleId::as_str).collect(),
            counts: WireCounts {
                files: counts.files,
                documents: counts.documents,
                facts: counts.facts,
                rules: counts.rules,
                evaluated: counts.evaluated,
                findings: evaluation.findings.len(),
                closing: evaluation.findings.iter().filter(|finding| evaluation.closes(finding)).count(),
            },
        }
    }
}

impl<'a> Rules<'a> {
    pub(super) fn new(rules: &'a [RuleInfo], version: &'a str, tool_version: &'a str) -> Self {
        Self { version, tool: WireTool::new(tool_version), rules: rules.iter().map(WireRule::new).collect() }
    }
}

impl<'a> WireTool<'a> {
    fn new(version: &'a str) -> Self {
        Self { name: "engine", version }
    }
}

impl<'a> WireFinding<'a> {
    fn new(finding: &'a Finding, fingerprint: &'a str, evaluation: &Evaluation) -> Self {
        Self {
            rule: finding.rule.as_str(),
            fingerprint,
            class: finding.class.as_str(),
            severity: finding.severity.as_str(),
            closes: evaluation.closes(finding),
            message: &finding.message,
            location: WireLocation::new(&finding.location),
            route: finding.route.0.iter().map(WireStep::new).collect(),
            used_by: finding.used_by.iter().map(WireUse::new).collect(),
            related: finding.related.iter().map(WireRelated::new).collect(),
            help: finding.help.as_deref(),
            fix: finding.fix.as_ref().map(WireFix::new),
        }
    }
}

impl<'a> WireLocation<'a> {
    fn new(location: &'a Location) -> Self {
        let bytes = location.bytes();
        Self {
            path: location.file.path().as_str(),
            start: WirePoint::new(location.start(), bytes.start),
            end: WirePoint::new(location.end(), bytes.end),
        }
    }
}

impl WirePoint {
    fn new(LineColumn { line, column }: LineColumn, byte: u64) -> Self {
        Self { line, column, byte }
    }
}

impl<'a> WireStep<'a> {
    fn new(step: &'a Step) -> Self {
        match step {
            Step::Key(key) => Self::Key(key),
            Step::Index(index) => Self::Index(*index),
        }
    }
}

impl<'a> WireUse<'a> {
    fn new(used: &'a Use) -> Self {
        Self { user: &used.user, location: WireLocation::new(&used.location) }
    }
}

impl<'a> WireRelated<'a> {
    fn new(related: &'a Related) -> Self {
        Self { message: &related.message, location: WireLocation::new(&related.location) }
    }
}

impl<'a> WireFix<'a> {
    fn new(fix: &'a Fix) -> Self {
        Self {
            title: &fix.title,
            safe: fix.applicability == Applicability::Safe,
            edits: fix.edits.iter().map(WireEdit::new).collect(),
            snippet: fix.snippet.as_deref(),
        }
    }
}

impl<'a> WireEdit<'a> {
    fn new(edit: &'a Edit) -> Self {
        Self { location: WireLocation::new(&edit.location), replacement: &edit.replacement }
    }
}

impl<'a> WireUndecided<'a> {
    fn new(undecided: &'a Undecided) -> Self {
        Self {
            cause: undecided.cause.map_or("policy-failed", cause),
            message: &undecided.message,
            location: undecided.location.as_ref().map(WireLocation::new),
            way_out: undecided.way_out.as_deref(),
            rules: undecided.rules.iter().map(RuleId::as_str).collect(),
        }
    }
}

impl<'a> WireWaived<'a> {
    fn new(waived: &'a Waived, fingerprint: &'a str, evaluation: &Evaluation) -> Self {
        Self {
            // What is waived closes nothing, whatever its class.
            finding: WireFinding { closes: false, ..WireFinding::new(&waived.finding, fingerprint, evaluation) },
            owner: &waived.owner,
            reason: &waived.reason,
            expires: &waived.expires,
            by: WireLocation::new(&waived.by),
        }
    }
}

impl<'a> WireAssumed<'a> {
    fn new(assumed: &'a Assumed) -> Self {
        Self {
            message: &assumed.message,
            location: assumed.location.as_ref().map(WireLocation::new),
            rules: assumed.rules.iter().map(RuleId::as_str).collect(),
            owner: &assumed.owner,
            reason: &assumed.reason,
            expires: &assumed.expires,
            by: WireLocation::new(&assumed.by),
        }
    }
}

impl<'a> WireGap<'a> {
    fn new(gap: &'a Gap) -> Self {
        Self {
            kind: gap.kind,
            fields: gap.fields,
            cause: cause(gap.cause),
            message: &gap.message,
            location: gap.location.as_ref().map(WireLocation::new),
            way_out: gap.way_out.as_deref(),
        }
    }
}

impl<'a> WireRule<'a> {
    fn new(rule: &'a RuleInfo) -> Self {
        Self {
            id: rule.id.as_str(),
            policy: &rule.policy,
            title: &rule.title,
            class: rule.class.as_str(),
            severity: rule.severity.as_str(),
            practices: &rule.practices,
            page: &rule.page,
        }
    }
}

/// The word for a cause on the wire.
fn cause(cause: GapCause) -> &'static str {
    match cause {
        GapCause::BrokenDocument => "broken-document",
        GapCause::UnreadFile => "unread-file",
        GapCause::NotVendored => "not-vendored",
        GapCause::NotRendered => "not-rendered",
        GapCause::Dynamic => "dynamic",
        GapCause::NotEvaluated => "not-evaluated",
    }
}
