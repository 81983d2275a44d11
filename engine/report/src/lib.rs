//! Verdicts as people and machines read them: an [`engine_model::Evaluation`] as text and as JSON, and the rules' own
//! pages. Nothing is printed here and nothing decided; bytes become lines and columns here and nowhere else.

mod clean;
mod excerpt;
mod json;
#[cfg(test)]
mod sample;
mod text;

pub use json::{json, rules_json};
pub use text::{TextOptions, explain, problem, rules_text, text};

/// The JSON Schema (draft 2020-12) of the report that [`json()`] writes.
pub const SCHEMA: &str = include_str!("../schema/report-v1.json");
