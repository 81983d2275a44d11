//! What the first screen says of the pipelines, as far as these facts carry it.

use super::job::Job;
use super::pipeline::Pipeline;

/// Sentences for the first screen, most important first.
#[must_use]
pub fn understood(pipelines: &[Pipeline]) -> Vec<String> {
    let mut out = Vec::new();
    if pipelines.is_empty() {
        return out;
    }
    let jobs: Vec<&Job> = pipelines.iter().flat_map(|pipeline| &pipeline.jobs).collect();
    let changing: Vec<&&Job> = jobs.iter().filter(|job| job.changes().next().is_some()).collect();
    let list = |jobs: &[&&Job]| jobs.iter().map(|job| described(job)).collect::<Vec<_>>().join("; ");
    const SHOWN: usize = 4;
    out.push(match changing.as_slice() {
        [] => "no job changes production with Terraform or a program that wraps it".to_owned(),
        [one] => format!("1 job changes production: {}", described(one)),
        many if many.len() <= SHOWN => format!("{} jobs change production: {}", many.len(), list(many)),
        many => {
            let first = many.get(..SHOWN).unwrap_or(many);
            format!(
                "{} jobs change production: {}; and {} more",
                many.len(),
                list(first),
                many.len().saturating_sub(SHOWN)
            )
        }
    });
    let stages = pipelines.iter().map(|pipeline| pipeline.stages.len().saturating_sub(2)).sum::<usize>();
    let includes: Vec<_> = pipelines.iter().flat_map(|pipeline| &pipeline.includes).collect();
    let resolved = includes.iter().filter(|include| include.resolved).count();
    let commands = jobs.iter().map(|job| job.commands.len()).sum::<usize>();
    let mut line = format!(
        "{} with {} in {}, {} read in their scripts",
        count(pipelines.len(), "pipeline"),
        count(jobs.len(), "job"),
        count(stages, "stage"),
        count(commands, "command"),
    );
    match includes.len() {
        0 => {}
        all if all == resolved => line.push_str(&format!(", {} resolved", count(all, "include"))),
        all => line.push_str(&format!(", {resolved} of {all} includes resolved")),
    }
    out.push(line);
    out
}

/// ``Terraform Apply` (by hand, from `master`)``.
fn described(job: &Job) -> String {
    let mut whens: Vec<String> = Vec::new();
    for start in &job.starts {
        let when = match start.when.get().map(String::as_str) {
            Some("manual") => "by hand",
            Some("delayed") => "by itself after a delay",
            Some("on_failure") => "by itself after a failure",
            Some(_) => "by itself",
            None => "unknown when",
        };
        if !whens.iter().any(|known| known == when) {
            whens.push(when.to_owned());
        }
    }
    if whens.is_empty() {
        whens.push("never".to_owned());
    }
    let mut detail = whens.join(" or ");
    if let Some(only) = &job.only {
        let refs: Vec<String> =
            only.refs.iter().filter_map(|name| name.get()).map(|name| format!("`{name}`")).collect();
        if !refs.is_empty() {
            detail.push_str(&format!(", only {}", refs.join(" and ")));
        }
    } else if let Some(condition) = job.starts.iter().find_map(|start| start.condition.get()) {
        let more = job.starts.len() > 1;
        detail.push_str(&format!(", if `{}`{}", condition.trim(), if more { " or another rule" } else { "" }));
    } else {
        detail.push_str(", from every branch and tag");
    }
    format!("`{}` ({detail})", job.name)
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
