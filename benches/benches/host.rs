//! The sandbox: setting it up, loading what is built in, and one call in a fresh instance.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use engine_benches::{Clock, criterion, pipeline_path, sample, say_quantiles};
use engine_facts::gitlab;
use engine_facts::wire::{self, Fields};
use engine_host::{Facts, Host, Limits, Plugin, Scope};
use serde_json::Value;

/// How many calls the quantiles are taken from.
const CALLS: usize = 1_000;

/// The most bytes of the small facts: 1 KB, and a word more.
const SMALL: usize = 1_100;

/// How many calls at once a pool is made for: one a core of a small server.
const POOL: u32 = 2;

fn main() -> Result<()> {
    let once = Host::new(Limits::default())?;
    let serving = Host::pooled(Limits::default(), POOL)?;
    let (mapped, pooled) = (only(&once)?, only(&serving)?);
    let whole = facts(&mapped)?;
    let small = cut(&whole)?;
    ensure!([&mapped, &pooled].iter().all(|plugin| check(plugin, &small) && check(plugin, &whole)), "a call fails");

    let mut criterion = criterion(Clock::Thread);
    let mut group = criterion.benchmark_group("host");
    group.bench_function("new", |bencher| bencher.iter(|| Host::new(Limits::default()).is_ok()));
    // Each built-in is mapped, linked and asked what it is.
    group.bench_function("builtins", |bencher| bencher.iter(|| once.builtins().len()));
    group.bench_function("check/1 KB", |bencher| bencher.iter(|| check(&mapped, &small)));
    group.bench_function("check/whole job", |bencher| bencher.iter(|| check(&mapped, &whole)));
    group.bench_function("check/1 KB, pooled", |bencher| bencher.iter(|| check(&pooled, &small)));
    group.finish();
    criterion.final_summary();

    for (way, plugin) in [("mapped", &mapped), ("pooled", &pooled)] {
        for json in [&small, &whole] {
            let name = format!("one call in a fresh instance, {way}, {} bytes of facts", json.len());
            say_quantiles(&name, CALLS, || {
                black_box(check(plugin, json));
            })?;
        }
    }
    Ok(())
}

fn check(plugin: &Plugin, json: &str) -> bool {
    let facts = Facts { kind: gitlab::JOB, json: black_box(json), items: 1 };
    plugin.check(Scope::Item, &[facts]).is_ok()
}

/// The plugin that is built in.
fn only(host: &Host) -> Result<Plugin> {
    Ok(host.builtins().pop().context("no plugin is built in")??)
}

/// The sample's job that applies, as the gate hands it to the plugin: cut to what the plugin's rules read.
fn facts(plugin: &Plugin) -> Result<String> {
    let files = sample()?;
    let pipeline =
        gitlab::derive(&files, &pipeline_path()?, &gitlab::Project::default()).context("the sample has no pipeline")?;
    let job = pipeline.jobs.iter().find(|job| job.name == "Terraform Apply").context("no such job")?;
    let reads = plugin.manifest().rules.iter().flat_map(|rule| &rule.reads).filter(|reads| reads.kind == gitlab::JOB);
    let fields = Fields::new(reads.flat_map(|reads| reads.fields.iter().map(String::as_str)));
    Ok(wire::json([&gitlab::job_item(&pipeline, job)], &fields))
}

/// The same job with its last commands alone, the one that applies among them, in at most [`SMALL`] bytes.
fn cut(whole: &str) -> Result<String> {
    let mut items: Value = serde_json::from_str(whole)?;
    loop {
        let json = items.to_string();
        let commands = items.pointer_mut("/0/commands").and_then(Value::as_array_mut).context("no commands")?;
        if json.len() <= SMALL {
            ensure!(json.contains("terraform"), "the command that applies is gone");
            return Ok(json);
        }
        ensure!(!commands.is_empty(), "a job without commands is larger than that");
        commands.remove(0);
    }
}
