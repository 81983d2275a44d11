//! How long each kind of credential may live: `ceilings` of `engine.yaml`, or what holds without it.

use std::collections::BTreeMap;

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "engine.config")]
pub(crate) struct Config {
    /// Seconds, by the kind of credential.
    pub(crate) ceilings: BTreeMap<String, i64>,
}

/// The ceiling of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Ceiling {
    pub(crate) seconds: i64,
    /// Where it is written, if somebody wrote it.
    pub(crate) place: Place,
}

impl Ceiling {
    /// The ceiling of a kind; `None` where the engine knows none.
    pub(crate) fn of(kind: &str, configs: &Items<Config>) -> Option<Self> {
        let config = configs.first()?;
        let seconds = *config.ceilings.get(kind)?;
        Some(Self { seconds, place: config.at("ceilings").key(kind) })
    }
}
