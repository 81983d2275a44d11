//! Text to documents: YAML, HCL and shell, in bytes a second.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use criterion::{BenchmarkId, Throughput};
use engine_benches::{Clock, Files, corpus, criterion, sample};
use engine_formats::{hcl, shell, yaml};
use engine_model::SourceFile;

fn main() -> Result<()> {
    let mut criterion = criterion(Clock::Thread);
    let mut group = criterion.benchmark_group("documents");
    let mut measure = |from: &str, files: &Files| {
        let mut one = |format: &str, bytes: usize, read: &dyn Fn()| {
            if bytes > 0 {
                group.throughput(Throughput::BytesDecimal(bytes.try_into().unwrap_or(u64::MAX)));
                group.bench_function(BenchmarkId::new(format, from), |bencher| bencher.iter(read));
            }
        };
        let (yaml, hcl, scripts) = (files.yaml(), files.hcl(), files.scripts());
        one("yaml", bytes(&yaml), &|| yaml.iter().for_each(|file| drop(black_box(yaml::parse(file)))));
        one("hcl", bytes(&hcl), &|| hcl.iter().for_each(|file| drop(black_box(hcl::parse(file)))));
        let size = scripts.iter().map(String::len).sum();
        one("shell", size, &|| scripts.iter().for_each(|script| drop(black_box(shell::parse(script)))));
    };
    measure("sample", &sample()?);
    if let Some(files) = corpus()? {
        measure("corpus", &files);
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn bytes(files: &[Arc<SourceFile>]) -> usize {
    files.iter().map(|file| file.text().len()).sum()
}
