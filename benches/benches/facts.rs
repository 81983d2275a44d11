//! Documents to facts, and facts to the JSON that a policy reads. The sample's documents are parsed before.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use engine_benches::{Clock, criterion, pipeline_path, sample};
use engine_facts::gitlab::{self, Pipeline};
use engine_facts::wire::{self, Fields, Item};

fn main() -> Result<()> {
    let files = sample()?;
    let path = pipeline_path()?;
    let project = gitlab::Project::default();
    let pipeline = gitlab::derive(&files, &path, &project).context("the sample has no pipeline")?;
    let everything = Fields::new(["*"]);
    let mut criterion = criterion(Clock::Thread);
    let mut group = criterion.benchmark_group("facts");
    group
        .bench_function("derive/sample", |bencher| bencher.iter(|| gitlab::derive(black_box(&files), &path, &project)));
    group.bench_function("items/sample", |bencher| bencher.iter(|| items(black_box(&pipeline))));
    let items = items(&pipeline);
    group.bench_function("json/sample", |bencher| bencher.iter(|| wire::json(black_box(&items), &everything)));
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn items(pipeline: &Pipeline) -> Vec<Item> {
    pipeline.jobs.iter().map(|job| gitlab::job_item(pipeline, job)).collect()
}
