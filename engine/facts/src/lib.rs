//! What documents mean together: every fact with the place of each of its values.
//!
//! Facts are plain structs; only [`wire`] turns them into JSON, for policies. What could not be seen is a gap or an
//! unknown value, never an absent one. What a fact means for the gate is the policies' business.

pub mod gitlab;
pub mod sourced;
pub mod terraform;
pub mod wire;

use engine_model::{NativeRule, RuleInfo};

/// Every native rule of the facts.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    [gitlab::INVALID_PIPELINE].into_iter().filter_map(NativeRule::info).collect()
}
