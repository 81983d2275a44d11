//! A job's container comes from elsewhere than the team says.

use engine_sdk::prelude::*;

use crate::facts::{Config, Job};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((jobs, configs): &(Items<Job>, Items<Config>), report: &mut Report) {
    let registries: Vec<&str> = configs.iter().flat_map(|config| &config.registries).map(String::as_str).collect();
    if registries.is_empty() {
        return;
    }
    for job in jobs {
        for (index, image) in job.images.iter().enumerate() {
            let place = || job.at("images").index(index);
            match image.repository.settled() {
                Ok(Some(name)) if !registries.iter().any(|registry| is_of(name, registry)) => {
                    report
                        .finding(
                            place(),
                            format!("job `{}` runs in `{name}`, which is from no registry of `engine.yaml`", job.name),
                        )
                        .help(format!("take it from {}", listed(&registries)));
                }
                Ok(_) => {}
                Err(unknown) => {
                    report.undecided(place(), format!("which image job `{}` runs in depends on {unknown}", job.name));
                }
            }
        }
    }
}

/// Whether an image is of a registry, or below a path of one.
fn is_of(name: &str, registry: &str) -> bool {
    let registry = registry.trim_end_matches('/');
    name.strip_prefix(registry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}
