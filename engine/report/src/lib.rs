//! Verdicts as people and machines read them: an [`engine_model::Evaluation`] as text, as JSON and in the forms that
//! others read ([`Kind`]), and the rules' own pages. Nothing is printed here and nothing decided; bytes become lines and columns here and nowhere else.

mod clean;
mod codequality;
mod excerpt;
mod fingerprint;
mod json;
mod junit;
mod kind;
mod markdown;
#[cfg(test)]
mod sample;
mod sarif;
mod text;

pub use json::{json, rules_json};
pub use kind::Kind;
pub use text::{TextOptions, explain, problem, rules_text, text};

/// The JSON Schema (draft 2020-12) of the report that [`json()`] writes.
pub const SCHEMA: &str = include_str!("../schema/report-v1.json");
