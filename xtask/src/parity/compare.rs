//! What two programs say of one pipeline, held side by side.

use anyhow::Result;
use serde_json::{Map, Value};

use super::deviation;
use super::normal;
use super::program::Said;
use super::suite::Repository;

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Both say the same.
    Agrees,
    /// They differ where facts decide: the names of the deviations.
    Listed(Vec<&'static str>),
    /// The engine did not see all of it, and says so.
    Undecided,
    /// They differ, a sentence each.
    Differs(Vec<String>),
}

/// One difference.
#[derive(Debug)]
pub(crate) struct Difference<'d> {
    pub(crate) case: &'d Repository,
    /// The job, or `:stages` and the like; empty for a pipeline that one of the two refuses.
    pub(crate) job: &'d str,
    pub(crate) keyword: &'d str,
    /// Null where there is nothing.
    pub(crate) ours: &'d Value,
    pub(crate) theirs: &'d Value,
    /// The whole job as the engine has it.
    pub(crate) whole: &'d Value,
    /// Whether the engine has the keyword from `default`.
    pub(crate) defaulted: bool,
    /// Why one of the two refuses the pipeline.
    pub(crate) why: &'d str,
}

/// Keywords of the top level that are no jobs.
const TOP: [&str; 10] = [
    "stages",
    "variables",
    "workflow",
    "default",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "include",
];

/// Compares.
pub(crate) fn compare(case: &Repository, ours: &Said, theirs: &Said) -> Result<Found> {
    let mut verdicts = Verdicts::default();
    let (ours, theirs) = match (ours, theirs) {
        (Said::Incomplete, _) => return Ok(Found::Undecided),
        (Said::Refused(_), Said::Refused(_)) => return Ok(Found::Agrees),
        (Said::Refused(why), _) => {
            verdicts.add(&refused(case, &Value::from("refused"), &Value::Null, why));
            return Ok(verdicts.found());
        }
        (_, Said::Refused(why)) => {
            verdicts.add(&refused(case, &Value::Null, &Value::from("refused"), why));
            return Ok(verdicts.found());
        }
        (Said::Pipeline(ours), Said::Pipeline(theirs)) => (ours, theirs),
        (_, Said::Incomplete) => return Ok(Found::Undecided),
    };
    let empty = Map::new();
    let origins = ours.get("origins").and_then(Value::as_object).cloned().unwrap_or_default();
    let jobs = ours.get("jobs").and_then(Value::as_object).unwrap_or(&empty);
    let ours = normal::pipeline(jobs, ours.as_object().unwrap_or(&empty));
    let shared = theirs.as_object().unwrap_or(&empty);
    let jobs = shared.iter().filter(|(name, _)| !TOP.contains(&name.as_str()) && !name.starts_with('.'));
    let jobs = jobs.map(|(name, value)| (name.clone(), value.clone())).collect();
    let theirs = normal::pipeline(&jobs, shared);
    let names = ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name)));
    for job in names {
        let (left, right) = (ours.get(job).unwrap_or(&Value::Null), theirs.get(job).unwrap_or(&Value::Null));
        let (Some(own), Some(other)) = (left.as_object(), right.as_object()) else {
            verdicts.add(&Difference {
                case,
                job,
                keyword: "",
                ours: left,
                theirs: right,
                whole: left,
                defaulted: false,
                why: "",
            });
            continue;
        };
        for keyword in own.keys().chain(other.keys().filter(|keyword| !own.contains_key(*keyword))) {
            let ours = own.get(keyword).unwrap_or(&Value::Null);
            let theirs = other.get(keyword).unwrap_or(&Value::Null);
            if ours != theirs {
                let defaulted = is_defaulted(&origins, job, keyword);
                verdicts.add(&Difference { case, job, keyword, ours, theirs, whole: left, defaulted, why: "" });
            }
        }
    }
    Ok(verdicts.found())
}

fn refused<'d>(case: &'d Repository, ours: &'d Value, theirs: &'d Value, why: &'d str) -> Difference<'d> {
    Difference { case, job: "", keyword: "", ours, theirs, whole: &Value::Null, defaulted: false, why }
}

/// Whether a keyword of a job, or anything in it, came by `default`.
fn is_defaulted(origins: &Map<String, Value>, job: &str, keyword: &str) -> bool {
    let job = job.replace('~', "~0").replace('/', "~1");
    let at = format!("/jobs/{job}/{keyword}");
    let below = |pointer: &str| pointer.strip_prefix(&at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let by_default = |origin: &Value| {
        let hops = origin.get("via").and_then(Value::as_array);
        hops.is_some_and(|hops| hops.iter().any(|hop| hop.get("by").and_then(Value::as_str) == Some("default")))
    };
    origins.iter().any(|(pointer, origin)| below(pointer) && by_default(origin))
}

#[derive(Default)]
struct Verdicts {
    listed: Vec<&'static str>,
    differ: Vec<String>,
}

impl Verdicts {
    fn add(&mut self, difference: &Difference<'_>) {
        if let Some(name) = deviation::listed(difference) {
            if !self.listed.contains(&name) {
                self.listed.push(name);
            }
        } else {
            let Difference { job, keyword, ours, theirs, why, .. } = difference;
            self.differ.push(match why.is_empty() {
                true => format!("`{job}` {keyword}: engine {ours}, gitlab-ci-local {theirs}"),
                false => format!("engine {ours}, gitlab-ci-local {theirs}: {why}"),
            });
        }
    }

    fn found(self) -> Found {
        match (self.differ.is_empty(), self.listed.is_empty()) {
            (false, _) => Found::Differs(self.differ),
            (_, false) => Found::Listed(self.listed),
            _ => Found::Agrees,
        }
    }
}
