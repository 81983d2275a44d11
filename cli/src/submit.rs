//! `engine submit`.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use engine_model::Verdict;
use engine_report::Kind;
use engine_serve::{Answer, Submission};
use engine_tree::ArchiveLimits;

use crate::args::{Submit, Terminal};
use crate::target::Target;
use crate::{FAIL, PASS, UNDECIDED, USAGE, report, terminal, worker};

/// How much is sent at most. What a worker takes is its own to say.
const LIMITS: ArchiveLimits = ArchiveLimits { bytes: 1 << 30, files: 1_000_000 };

/// Submits, prints what comes back, and says how the process shall end.
pub(crate) fn run(submit: &Submit, terminal: &Terminal) -> Result<u8> {
    report::look(&submit.reports)?;
    let (content_type, body) = body(submit)?;
    let mut reports: Vec<Kind> = submit.reports.iter().map(|report| report.kind).chain([submit.format]).collect();
    reports.sort_unstable_by_key(|kind| kind.as_str());
    reports.dedup();
    let wait = Duration::from_secs(submit.wait.into());
    let submission = Submission { project: submit.project.clone(), content_type, body, reports, wait };
    match engine_serve::submit(&worker::broker(&submit.broker), &submission)? {
        Answer::Decided { verdict, reports } => decided(submit, verdict, &reports, terminal),
        Answer::Refused(said) => bail!("the worker refuses what is submitted: {said}"),
        Answer::Silent(id) => {
            let said = format!("no verdict came within {} s; the request `{id}` stays on the queue", submit.wait);
            terminal::complain(&anyhow::anyhow!(said), terminal);
            Ok(UNDECIDED)
        }
    }
}

fn decided(submit: &Submit, verdict: Verdict, reports: &BTreeMap<String, String>, terminal: &Terminal) -> Result<u8> {
    let find = |kind: Kind| reports.get(kind.as_str()).with_context(|| format!("the worker sent no report `{kind}`"));
    for kind in submit.reports.iter().map(|report| report.kind).chain([submit.format]) {
        find(kind)?;
    }
    let unwritten = report::write(&submit.reports, |kind| reports.get(kind.as_str()).cloned().unwrap_or_default());
    terminal::print(find(submit.format)?)?;
    unwritten.iter().for_each(|error| terminal::complain(error, terminal));
    Ok(match verdict {
        Verdict::Fail => FAIL,
        _ if !unwritten.is_empty() => USAGE,
        Verdict::Pass => PASS,
        Verdict::Undecided => UNDECIDED,
    })
}

/// What is sent: a directory as an archive, files as they are.
fn body(submit: &Submit) -> Result<(&'static str, Vec<u8>)> {
    let target = Target::of(&submit.paths)?;
    let (tree, _) = target.tree()?;
    if target.named.is_empty() {
        return Ok(("application/x-tar", engine_tree::archive(tree.as_ref(), LIMITS)?));
    }
    let mut files = serde_json::Map::new();
    for path in &target.named {
        let bytes = tree.read(path, LIMITS.bytes)?;
        let text = String::from_utf8(bytes).ok().with_context(|| format!("`{path}` is not UTF-8"))?;
        files.insert(path.to_string(), text.into());
    }
    let named: Vec<&str> = target.named.iter().map(engine_model::FilePath::as_str).collect();
    Ok(("application/json", serde_json::to_vec(&serde_json::json!({"files": files, "named": named}))?))
}
