//! What a pipeline's jobs name and it does not have, and jobs that wait for themselves.

use super::job::Job;
use super::parallel::Names;
use super::pipeline::Pipeline;
use super::problem::Problem;

/// Stages and jobs that a job names and the pipeline does not have.
pub(super) fn unknown_names(pipeline: &Pipeline, names: &Names, job: &Job, problems: &mut Vec<Problem>) {
    let unknown = |name: &str| names.meant(name).is_empty();
    if let (Some(stage), Some(origin), None) = (job.stage.get(), &job.stage.origin, job.stage_position)
        && pipeline.stages.iter().all(|known| known.get().is_some())
    {
        let message = format!("the stage `{stage}` is not one of this pipeline's stages");
        Problem::new(origin.place.clone(), message).once(problems);
    }
    let needed = job.needs.iter().flat_map(|needs| &needs.jobs).filter(|need| !need.foreign);
    let needed = needed.map(|need| ("needs", &need.job, need.optional, names.needed(need)));
    let depended = job.dependencies.iter().flatten();
    let depended =
        depended.map(|name| ("dependencies", name, false, name.get().map_or_else(Vec::new, |name| names.meant(name))));
    for (keyword, sourced, optional, meant) in needed.chain(depended) {
        let (Some(name), Some(origin)) = (sourced.get(), &sourced.origin) else { continue };
        if meant.is_empty() {
            if !optional {
                let message = format!("`{keyword}` names the job `{name}`, which is not in this pipeline");
                let known = pipeline.jobs.iter().map(|job| job.name.as_str());
                Problem::new(origin.place.clone(), message).meant(name, known).once(problems);
            }
            continue;
        }
        let mut meant = meant.into_iter().filter_map(|at| pipeline.jobs.get(at));
        let later =
            meant.all(|known| known.stage_position.zip(job.stage_position).is_some_and(|(theirs, own)| theirs > own));
        if later {
            let message = format!("`{keyword}` names the job `{name}`, which is in a later stage");
            Problem::new(origin.place.clone(), message).once(problems);
        }
    }
    if let (Some(stop), Some(origin)) = (job.environment.on_stop.get(), &job.environment.on_stop.origin)
        && unknown(stop)
        && !stop.contains('$')
    {
        let message = format!("`on_stop` names the job `{stop}`, which is not in this pipeline");
        Problem::new(origin.place.clone(), message).once(problems);
    }
}

/// A circle of `needs`, said once at the job where it was found.
pub(super) fn circles(jobs: &[Job], names: &Names, problems: &mut Vec<Problem>) {
    let needed = |job: &Job| -> Vec<usize> {
        let needs = job.needs.iter().flat_map(|needs| &needs.jobs).filter(|need| !need.foreign);
        needs.flat_map(|need| names.needed(need)).collect()
    };
    // What is left when jobs that wait for nothing are taken away, again and again, waits for itself.
    let mut waits: Vec<usize> = jobs.iter().map(|job| needed(job).len()).collect();
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); jobs.len()];
    for (at, job) in jobs.iter().enumerate() {
        for other in needed(job) {
            if let Some(list) = behind.get_mut(other) {
                list.push(at);
            }
        }
    }
    let mut free: Vec<usize> = waits.iter().enumerate().filter(|(_, count)| **count == 0).map(|(at, _)| at).collect();
    while let Some(at) = free.pop() {
        for next in behind.get(at).cloned().unwrap_or_default() {
            if let Some(count) = waits.get_mut(next) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.push(next);
                }
            }
        }
    }
    let waiting = jobs.iter().zip(&waits).find(|(job, count)| **count > 0 && job.needs.is_some());
    if let Some((job, needs)) = waiting.and_then(|(job, _)| Some((job, job.needs.as_ref()?))) {
        let message = format!("the job `{}` waits for itself, by way of what it needs", job.key);
        problems.push(Problem::new(needs.origin.place.clone(), message));
    }
}
