//! What the benches share: CPU time as the measure, the sample repository, the corpus.
//!
//! The measurements themselves are in `benches/`, one file a layer; the figures and how to get them again are in
//! `README.md`.

mod cpu;
mod sample;

pub use cpu::{Clock, CpuTime, criterion, say_quantiles};
pub use sample::{Files, corpus, pipeline_path, sample, sample_root};
