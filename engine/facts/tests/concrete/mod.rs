//! What GitLab makes of one `.gitlab-ci.yml` in one pipeline: which jobs are in it, and with what `when` and
//! `allow_failure`.
//!
//! A judge for other evaluators: concrete, slow and plain. It knows one environment at a time and answers from the
//! facts B1.09 to B1.16, B1.23 to B1.25, B1.29 and B1.32. It does not read includes, does not check `needs`, does not
//! spread `parallel: matrix`, and does not know every keyword that GitLab refuses.

mod document;
mod expression;
mod files;
mod glob;
mod job;
#[cfg(test)]
mod limits;
mod pattern;
mod policy;
mod rule;
mod variables;

use std::collections::BTreeMap;

/// What a pipeline runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A merge request.
    MergeRequest,
}

/// One pipeline that somebody starts.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    /// What it runs for.
    pub(crate) kind: Kind,
    /// `CI_PIPELINE_SOURCE`: `push`, `web`, `schedule`, `merge_request_event` and so on.
    pub(crate) source: String,
    /// The name of the branch or tag; of a merge request its source branch.
    pub(crate) name: String,
    /// The target branch of a merge request, else empty.
    pub(crate) target: String,
    /// The merge request comes from a fork. The pipeline runs in the parent project all the same.
    pub(crate) fork: bool,
    /// `CI_COMMIT_REF_PROTECTED`.
    pub(crate) protected: bool,
    /// `CI_DEFAULT_BRANCH`.
    pub(crate) default_branch: String,
    /// Variables of the pipeline, the project and its groups. They win over those of the file and over predefined
    /// ones. The caller leaves out a protected variable where the ref is not protected.
    pub(crate) variables: BTreeMap<String, String>,
    /// The files that the push or the merge request changes. None: GitLab does not know, as for a new branch.
    pub(crate) changed: Option<Vec<String>>,
    /// The files in the repository.
    pub(crate) exists: Vec<String>,
}

/// What becomes of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is not in the pipeline.
    Absent,
    /// It is in the pipeline.
    Present {
        /// `on_success`, `on_failure`, `always`, `manual` or `delayed`.
        when: String,
        /// Whether the pipeline goes on without the job's success.
        allow_failure: bool,
    },
}

/// A pipeline without includes, ready to be asked about.
#[derive(Debug)]
pub(crate) struct Pipeline {
    frame: job::Frame,
    jobs: BTreeMap<String, job::Job>,
}

impl Pipeline {
    /// Reads a file.
    ///
    /// # Errors
    /// Where GitLab refuses it.
    pub(crate) fn read(yaml: &str) -> Result<Self, String> {
        let root = document::load(yaml)?;
        if document::get(&root, "include").is_some() {
            return Err("a pipeline with `include` is not judged here".to_owned());
        }
        let frame = job::Frame::read(&root)?;
        let mut jobs = BTreeMap::new();
        for (name, body) in document::jobs(&root)? {
            jobs.insert(name.to_owned(), job::Job::read(name, body, &frame)?);
        }
        Ok(Self { frame, jobs })
    }

    /// For each visible job what becomes of it. Empty: no pipeline is made, because `workflow` says so, because no job
    /// is left, or because only `.pre` and `.post` jobs are left.
    pub(crate) fn answers(&self, environment: &Environment) -> BTreeMap<String, Answer> {
        let Some(workflow) = self.frame.workflow(environment) else { return BTreeMap::new() };
        let runs = |(name, job): (&String, &job::Job)| (name.clone(), job.answer(name, &workflow, environment));
        let answers: BTreeMap<String, Answer> = self.jobs.iter().map(runs).collect();
        let carries = |name: &String| self.jobs.get(name).is_some_and(|job| !job.is_edge());
        let alive = answers.iter().any(|(name, answer)| *answer != Answer::Absent && carries(name));
        if alive { answers } else { BTreeMap::new() }
    }
}
