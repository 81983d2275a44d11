//! Where gitlab-ci-local is known to do otherwise than GitLab, and what says so.

use serde_json::Value;

use super::Results;
use super::compare::{Difference, Found};

/// A way in which the two differ.
pub(crate) struct Deviation {
    pub(crate) name: &'static str,
    /// What decides: a page or a source of GitLab's.
    pub(crate) by: &'static str,
    /// What GitLab does, and what gitlab-ci-local does.
    pub(crate) reason: &'static str,
    covers: fn(&Difference<'_>) -> bool,
}

/// All of them.
pub(crate) const DEVIATIONS: [Deviation; 13] = [
    Deviation {
        name: "default",
        by: "GitLab documentation, CI/CD YAML syntax reference, `default`",
        reason: "GitLab's `default` has `hooks`, `id_tokens`, `interruptible`, `retry`, `tags` and `timeout` too; \
                 gitlab-ci-local takes six of its keywords",
        covers: |it| {
            const OTHER: [&str; 6] = ["hooks", "id_tokens", "interruptible", "retry", "tags", "timeout"];
            it.theirs.is_null() && OTHER.contains(&it.keyword) && it.defaulted
        },
    },
    Deviation {
        name: "trigger",
        by: "GitLab's source, lib/gitlab/ci/config/entry/bridge.rb",
        reason: "a job that triggers a pipeline runs nothing and takes none of the defaults; gitlab-ci-local prints them",
        covers: |it| {
            const TAKEN: [&str; 6] = ["image", "services", "before_script", "after_script", "artifacts", "cache"];
            it.ours.is_null() && TAKEN.contains(&it.keyword) && it.whole.get("trigger").is_some()
        },
    },
    Deviation {
        name: "functions of inputs",
        by: "GitLab documentation, CI/CD inputs, predefined interpolation functions",
        reason: "gitlab-ci-local says that it does not follow them",
        covers: |it| it.keyword == "image" && it.case.has("functions of inputs"),
    },
    Deviation {
        name: "inputs:regex",
        by: "GitLab documentation, CI/CD YAML syntax reference, `spec:inputs:regex`",
        reason: "GitLab refuses a value that does not match, and a pattern that is none; gitlab-ci-local takes both",
        covers: |it| {
            it.theirs.is_null()
                && it.job.is_empty()
                && (it.why.contains("does not match `") || it.why.contains("no regular expression"))
        },
    },
    Deviation {
        name: "inputs that are not used",
        by: "GitLab's source, lib/gitlab/ci/config/interpolation/inputs.rb",
        reason: "GitLab holds every value that is given against its input; gitlab-ci-local those that the text names",
        covers: |it| it.theirs.is_null() && it.job.is_empty() && it.why.starts_with("the value of the input `"),
    },
    Deviation {
        name: "rules beside only",
        by: "GitLab's source, lib/gitlab/ci/config/entry/processable.rb",
        reason: "GitLab refuses `only` and `except` in a job that has `rules`; gitlab-ci-local knows neither",
        covers: |it| it.theirs.is_null() && it.job.is_empty() && it.why.contains("has `rules`, so that it cannot have"),
    },
    Deviation {
        name: "needs in a circle",
        by: "GitLab's source, lib/gitlab/ci/yaml_processor/dag.rb",
        reason: "GitLab refuses jobs that wait for each other; gitlab-ci-local prints them",
        covers: |it| it.theirs.is_null() && it.job.is_empty() && it.why.contains("waits for itself"),
    },
    Deviation {
        name: "needs:parallel:matrix",
        by: "GitLab's source, lib/gitlab/ci/config/normalizer.rb",
        reason: "GitLab waits for the very instances that it names, and refuses a name that there is not; gitlab-ci-local \
                 does not print it, and takes a part of the variables for all that have it",
        covers: |it| {
            let refused =
                || it.why.split("; ").all(|why| why.starts_with("`needs` names the job `") && why.contains(": ["));
            (it.keyword == "needs" && without(it.ours, "parallel") == *it.theirs)
                || (it.theirs.is_null() && it.job.is_empty() && refused())
        },
    },
    Deviation {
        name: "image",
        by: "GitLab documentation, CI/CD YAML syntax reference, `image:docker`",
        reason: "GitLab's `image` has `docker` too; gitlab-ci-local prints its name and its entry point",
        covers: |it| {
            it.keyword == "image" && without(&Value::from(vec![it.ours.clone()]), "docker").get(0) == Some(it.theirs)
        },
    },
    Deviation {
        name: "variables:expand",
        by: "GitLab documentation, CI/CD YAML syntax reference, `variables:expand`",
        reason: "a variable of a job may be a mapping with `value` and `expand`; gitlab-ci-local refuses it",
        covers: |it| it.ours.is_null() && it.job.is_empty() && it.why.contains("invalid variables hash"),
    },
    Deviation {
        name: "keywords that there are not",
        by: "GitLab's source, lib/gitlab/ci/config/entry/job.rb",
        reason: "GitLab refuses keywords that it does not know and words that a keyword does not have; gitlab-ci-local \
                 looks for them with a schema alone, which is left out here",
        covers: |it| it.theirs.is_null() && it.job.is_empty() && it.why.contains("which there is not"),
    },
    Deviation {
        name: "component",
        by: "GitLab documentation, CI/CD components, `spec:component`",
        reason: "GitLab fills in of a component what the header of its file names; gitlab-ci-local fills in all of it",
        covers: |it| it.theirs.is_null() && it.job.is_empty() && it.why.contains("is not in `spec:component`"),
    },
    Deviation {
        name: "scalars of YAML 1.1",
        by: "GitLab's source, lib/gitlab/config/loader/yaml.rb, and Ruby's Psych 4.0.3, asked for the value of each",
        reason: "GitLab reads with Ruby, where `yes` is true, `017` is 15 and `1:30` is 5400; gitlab-ci-local reads YAML 1.2",
        covers: of_scalars,
    },
];

/// A list of mappings without one of their fields.
fn without(value: &Value, name: &str) -> Value {
    let one = |item: &Value| match item {
        Value::Object(fields) => fields
            .iter()
            .filter(|(field, _)| *field != name)
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    };
    value.as_array().map_or(Value::Null, |items| items.iter().map(one).collect())
}

/// The deviation that a difference is.
pub(crate) fn listed(difference: &Difference<'_>) -> Option<&'static str> {
    DEVIATIONS.iter().find(|deviation| (deviation.covers)(difference)).map(|deviation| deviation.name)
}

/// Whether a difference is how the two read a scalar: GitLab's reader is one of YAML 1.1, that of gitlab-ci-local one of
/// 1.2.
fn of_scalars(difference: &Difference<'_>) -> bool {
    const ODD: [(&str, &str); 6] =
        [("true", "yes"), ("false", "off"), ("15", "17"), ("1000", "1_000"), ("5400", "1:30"), ("false", "NO")];
    let texts = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (ours, theirs) = (texts(difference.ours), texts(difference.theirs));
    difference.keyword == "variables"
        && ours.len() == theirs.len()
        && ours.iter().all(|(name, own)| {
            let other = theirs.get(name).and_then(Value::as_str).unwrap_or("");
            let own = own.as_str().unwrap_or("");
            own == other || ODD.contains(&(own, other))
        })
}

/// Deviations that no case needs.
pub(crate) fn unused(results: &Results) -> Vec<&'static str> {
    let used = |name: &&str| {
        results.cases.iter().any(|(_, found)| matches!(found, Found::Listed(names) if names.contains(name)))
    };
    DEVIATIONS.iter().map(|deviation| deviation.name).filter(|name| !used(name)).collect()
}

impl super::Repository {
    /// Whether something is in it.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.keywords.contains(keyword)
    }
}
