//! Facts that are a stream: the changes of Terraform plans, made, handed over and forgotten in batches.

use engine_facts::terraform::plan::{self, Change};
use engine_facts::wire::{self, Fields};
use engine_host as host;
use engine_model::{FilePath, RuleId, Undecided};

use crate::library::Library;
use crate::policy::{Input, Policy};
use crate::rulebook::Rulebook;
use crate::run::{BATCH_BYTES, Handed, Outcome, judged};

/// How many bytes of changes are kept for the places of one batch.
const KEPT_BYTES: usize = 4 << 20;

/// A policy whose item rules read the stream.
pub(crate) struct Consumer<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) rules: Vec<&'p host::Rule>,
    pub(crate) fields: Fields,
}

impl Consumer<'_> {
    /// Whether any rule reads what is before or after a change.
    fn reads_values(&self) -> bool {
        self.fields.reads("before") || self.fields.reads("after")
    }

    pub(crate) fn ids(&self) -> Vec<RuleId> {
        self.rules.iter().map(|rule| rule.info.id.clone()).collect()
    }
}

/// Runs the consumers over every change of every plan.
pub(crate) fn run(
    consumers: &[Consumer<'_>],
    plans: &[FilePath],
    library: &Library<'_>,
    rulebook: &Rulebook,
) -> Outcome {
    let mut outcome = Outcome::default();
    if consumers.is_empty() || plans.is_empty() {
        return outcome;
    }
    let values = consumers.iter().any(Consumer::reads_values);
    let inputs = consumers.iter().map(|consumer| consumer.policy.input()).collect();
    let mut batch = Batch { consumers, rulebook, inputs, kept: Vec::new(), bytes: 0 };
    for path in plans {
        let source = match library.open(path) {
            Ok(source) => source,
            Err(error) => {
                // It was there a moment ago.
                let rules = consumers.iter().flat_map(Consumer::ids).collect();
                let message = error.to_string();
                outcome.undecided.push(Undecided {
                    cause: None,
                    closes: true,
                    message,
                    location: None,
                    way_out: None,
                    rules,
                });
                continue;
            }
        };
        plan::changes(path, source, values, &mut |handed| {
            let Some(item) = handed.item() else { return };
            batch.add(&item, handed.keep());
            if batch.is_full() {
                batch.run(&mut outcome);
            }
        });
    }
    batch.run(&mut outcome);
    outcome.evaluated.extend(consumers.iter().flat_map(Consumer::ids));
    outcome
}

/// Changes that are handed over together.
struct Batch<'c, 'p> {
    consumers: &'c [Consumer<'p>],
    rulebook: &'c Rulebook,
    /// The items as each consumer takes them.
    inputs: Vec<Input>,
    kept: Vec<Change>,
    bytes: usize,
}

impl Batch<'_, '_> {
    fn add(&mut self, item: &wire::Item, change: Change) {
        for (consumer, input) in self.consumers.iter().zip(&mut self.inputs) {
            input.add(item, &consumer.fields);
        }
        self.bytes = self.bytes.saturating_add(change.size());
        self.kept.push(change);
    }

    fn is_full(&self) -> bool {
        self.bytes >= KEPT_BYTES || self.inputs.iter().any(|input| input.bytes() >= BATCH_BYTES)
    }

    fn run(&mut self, outcome: &mut Outcome) {
        if self.kept.is_empty() {
            return;
        }
        for (consumer, input) in self.consumers.iter().zip(&mut self.inputs) {
            let mut input = std::mem::replace(input, consumer.policy.input());
            input.close();
            let handed = [(plan::CHANGE, input, self.kept.len())];
            let held = [Handed::Streamed(&self.kept)];
            let scope = host::Scope::Item;
            judged(consumer.policy, scope, &consumer.rules, &handed, &held, self.rulebook, outcome);
        }
        self.kept.clear();
        self.bytes = 0;
    }
}
