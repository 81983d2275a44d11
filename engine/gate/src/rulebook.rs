//! Which rules there are, what they weigh and which of them run: what policies say of them, under a configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_config::{Config, ConfigError, Profile};
use engine_model::{RuleId, RuleInfo};

/// A practice that the profile `continuous` gives up: changes of production are started by hand.
const BY_HAND: &str = "A074";

/// Every rule as it counts.
#[derive(Debug)]
pub(crate) struct Rulebook {
    /// Sorted by id, as policies describe them.
    described: Vec<RuleInfo>,
    /// The same with the severities and classes of the configuration.
    rules: Arc<[RuleInfo]>,
    /// Rules that do not run.
    off: BTreeMap<RuleId, &'static str>,
}

impl Rulebook {
    /// The rules as policies describe them, under a configuration. Ids are unique.
    ///
    /// # Errors
    /// Where the configuration names a rule that is not there, or changes or waives one that it may not.
    pub(crate) fn new(mut rules: Vec<RuleInfo>, config: &Config) -> Result<Self, Vec<ConfigError>> {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let described = rules.clone();
        let errors = applied(&mut rules, config);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut off = BTreeMap::new();
        if config.profile.value == Profile::Continuous {
            let given_up = rules.iter().filter(|rule| rule.practices.iter().any(|practice| practice == BY_HAND));
            off.extend(given_up.map(|rule| (rule.id.clone(), "the profile `continuous`")));
        }
        Ok(Self { described, rules: rules.into(), off })
    }

    /// What would be wrong with another configuration of the same policies.
    pub(crate) fn refused(&self, config: &Config) -> Vec<ConfigError> {
        applied(&mut self.described.clone(), config)
    }

    /// Every rule, sorted by id.
    pub(crate) fn rules(&self) -> &Arc<[RuleInfo]> {
        &self.rules
    }

    /// The rule of that id.
    pub(crate) fn info(&self, id: &RuleId) -> Option<&RuleInfo> {
        let index = self.rules.binary_search_by(|rule| rule.id.cmp(id)).ok()?;
        self.rules.get(index)
    }

    /// Whether a rule runs.
    pub(crate) fn runs(&self, id: &RuleId) -> bool {
        !self.off.contains_key(id)
    }

    /// What does not run and why, a sentence each.
    pub(crate) fn switched_off(&self) -> Vec<String> {
        self.off.iter().map(|(rule, why)| format!("{why} leaves out the rule `{rule}`")).collect()
    }
}

/// Gives rules what a configuration makes of them, and says what it may not say. `rules` are sorted by id.
fn applied(rules: &mut [RuleInfo], config: &Config) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let known = |rules: &[RuleInfo], id: &RuleId| rules.binary_search_by(|rule| rule.id.cmp(id)).ok();
    for change in &config.overrides {
        let Some(rule) = known(rules, &change.rule.value).and_then(|index| rules.get_mut(index)) else {
            let ids = rules.iter().map(|rule| rule.id.as_str());
            errors.push(ConfigError::unknown_rule(&change.rule, ids));
            continue;
        };
        if let Some(refused) = ConfigError::refusal(change, rule.class) {
            errors.push(refused);
            continue;
        }
        rule.severity = change.severity.as_ref().map_or(rule.severity, |severity| severity.value);
        rule.class = change.class.as_ref().map_or(rule.class, |class| class.value);
    }
    let assumed = config.assumptions.iter().flat_map(|assumption| &assumption.rules).map(|rule| (rule, false));
    let waived = config.waivers.iter().flat_map(|waiver| &waiver.rules).map(|rule| (rule, true));
    for (rule, is_waived) in assumed.chain(waived) {
        match known(rules, &rule.value).and_then(|index| rules.get(index)) {
            None => errors.push(ConfigError::unknown_rule(rule, rules.iter().map(|rule| rule.id.as_str()))),
            Some(known) => {
                errors.extend(ConfigError::unwaivable(rule, known.class).filter(|_| is_waived));
            }
        }
    }
    errors
}
