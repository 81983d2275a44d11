//! A Terraform plan of 20 MB and 11,000 resources: read as a stream, handed over as items, and, beside it, what it
//! costs to hold the same text whole.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use criterion::Throughput;
use engine_benches::{Clock, criterion};
use engine_facts::terraform::plan;
use engine_facts::wire::{Fields, json};
use engine_model::FilePath;
use serde::de::IgnoredAny;

/// How many resources the plan has.
const RESOURCES: usize = 11_000;

fn main() -> Result<()> {
    let text = made();
    let path = FilePath::new("plan.json").context("not a path")?;
    let read = plan::read(&path, text.as_bytes(), &|_| false);
    ensure!(read.is_ok_and(|plan| plan.summary.values().sum::<u64>() == RESOURCES as u64), "the plan is not read");
    let mut criterion = criterion(Clock::Thread);
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
    group.bench_function("header and summary", |bencher| {
        bencher.iter(|| black_box(plan::read(&path, text.as_bytes(), &|_| false)).is_ok());
    });
    for (name, values, fields) in [("changes, cut", false, "address"), ("changes, whole", true, "*")] {
        let fields = Fields::new([fields]);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut bytes = 0;
                plan::changes(&path, text.as_bytes(), values, &mut |handed| {
                    bytes += handed.item().map_or(0, |item| json([&item], &fields).len());
                });
                black_box(bytes)
            });
        });
    }
    group.bench_function("serde_json, skipped through", |bencher| {
        bencher.iter(|| black_box(serde_json::from_str::<IgnoredAny>(&text)).is_ok());
    });
    group.bench_function("serde_json, held whole", |bencher| {
        bencher.iter(|| black_box(serde_json::from_str::<serde_json::Value>(&text)).is_ok());
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// A plan as Terraform lays it out: values, changes, configuration.
fn made() -> String {
    let values = |index: usize| {
        format!(
            r#"{{"name":"service-{index}","description":"Managed by Terraform","cidr_blocks":["10.{}.0.0/16","10.{}.0.0/16"],"rules":[{{"from":22,"to":22,"protocol":"tcp","self":false}}],"enabled":true,"size":{index},"comment":null,"tags":{{"Name":"s{index}","Owner":"team-{}","Environment":"production"}},"tags_all":{{"Name":"s{index}","Owner":"team-{}","Environment":"production"}}}}"#,
            index % 256,
            (index + 1) % 256,
            index % 17,
            index % 17
        )
    };
    let head = |index: usize| {
        format!(
            r#""address":"aws_security_group.r{index}","mode":"managed","type":"aws_security_group","name":"r{index}","provider_name":"registry.terraform.io/hashicorp/aws""#
        )
    };
    let all = |one: &dyn Fn(usize) -> String| (0..RESOURCES).map(one).collect::<Vec<_>>().join(",");
    let planned =
        all(&|index| format!(r#"{{{},"values":{},"sensitive_values":{{"tags":{{}}}}}}"#, head(index), values(index)));
    let changes = all(&|index| {
        let actions = if index % 7 == 0 { r#"["delete","create"]"# } else { r#"["create"]"# };
        format!(
            r#"{{{},"change":{{"actions":{actions},"before":null,"after":{},"after_unknown":{{"id":true,"arn":true}},"before_sensitive":false,"after_sensitive":{{"tags":{{}}}}}}}}"#,
            head(index),
            values(index)
        )
    });
    let code = all(&|index| {
        let filler = "x".repeat(420);
        format!(
            r#"{{{},"expressions":{{"name":{{"constant_value":"service-{index}"}},"description":{{"constant_value":"{filler}"}}}}}}"#,
            head(index)
        )
    });
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{{"root_module":{{"resources":[{planned}]}}}},"resource_changes":[{changes}],"configuration":{{"provider_config":{{"aws":{{"name":"aws"}}}},"root_module":{{"resources":[{code}]}}}},"complete":true,"errored":false}}"#
    )
}
