//! Verdicts as people and machines read them: an [`engine_model::Evaluation`] as text and as JSON, and the rules' own
//! pages. Nothing is printed here and nothing decided; bytes become lines and columns here and nowhere else.

mod clean;
mod excerpt;
mod json;
#[cfg(test)]
mod sample;
mod text;

pub use json::{json, rules_json};
pub use text::{TextOptions, explain, rules_text, text};
