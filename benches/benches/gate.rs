//! The sample checked in one process: what a server would pay for a repository it has not seen.

use std::hint::black_box;

use anyhow::{Result, ensure};
use engine_benches::{Clock, criterion, sample_root};
use engine_config::Config;
use engine_gate::{CheckOptions, Gate, Quiet};
use engine_host::{Host, Limits};
use engine_tree::WorkingTree;

fn main() -> Result<()> {
    let config = Config::default_for(vec!["master".to_owned()]);
    let gate = Gate::new(&Host::new(Limits::default())?, config, engine_gate::FromDisk::default())?;
    let options = CheckOptions::default();
    let found = gate.check(&WorkingTree::open(&sample_root())?, &options, &Quiet)?.counts;
    ensure!(found.documents > 6 && found.evaluated > 0, "the sample is not judged: {found:?}");
    let mut criterion = criterion(Clock::Process);
    let mut group = criterion.benchmark_group("gate");
    group.bench_function("check/sample", |bencher| {
        bencher.iter(|| {
            let tree = WorkingTree::open(&sample_root());
            tree.map(|tree| black_box(gate.check(&tree, &options, &Quiet)).is_ok())
        });
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
