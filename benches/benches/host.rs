//! The sandbox: setting it up, loading what is built in, and one call in a fresh instance.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use engine_benches::{Clock, criterion, pipeline_path, sample, say_quantiles};
use engine_facts::gitlab;
use engine_facts::wire::{self, Fields};
use engine_host::{Facts, Host, Limits, Plugin, Scope};

/// How many calls the quantiles are taken from.
const CALLS: usize = 1_000;

/// The size of the facts of one call, in bytes: about 1 KB.
const WANTED: std::ops::RangeInclusive<usize> = 900..=1_200;

fn main() -> Result<()> {
    let once = Host::new(Limits::default())?;
    let plugin = only(&once)?;
    let json = facts(&plugin)?;
    ensure!(WANTED.contains(&json.len()), "the facts have {} bytes, which is not about 1 KB", json.len());

    let mut criterion = criterion(Clock::Thread);
    let mut group = criterion.benchmark_group("host");
    group.bench_function("new", |bencher| bencher.iter(|| Host::new(Limits::default()).is_ok()));
    // Each built-in is mapped, linked and asked what it is.
    group.bench_function("builtins", |bencher| bencher.iter(|| once.builtins().len()));
    group.bench_function("check/1 KB", |bencher| bencher.iter(|| check(&plugin, &json)));
    group.finish();
    criterion.final_summary();

    say_quantiles("host/check/1 KB, fresh instance", CALLS, || {
        black_box(check(&plugin, &json));
    })?;
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
    let pipeline = gitlab::derive(&files, &pipeline_path()?).context("the sample has no pipeline")?;
    let job = pipeline.jobs.iter().find(|job| job.name == "Terraform Apply").context("no such job")?;
    let reads = plugin.manifest().rules.iter().flat_map(|rule| &rule.reads).filter(|reads| reads.kind == gitlab::JOB);
    let fields = Fields::new(reads.flat_map(|reads| reads.fields.iter().map(String::as_str)));
    Ok(wire::json([&gitlab::job_item(&pipeline, job)], &fields))
}
