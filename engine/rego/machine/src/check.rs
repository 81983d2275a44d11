//! The rules of a program over facts.

use serde::{Deserialize, Serialize};

use crate::answer::{self, Base};
use crate::evaluate::Run;
use crate::{Answer, Asks, Error, Failure, Machine, PlannedRule, Program, Value, conftest};

/// How a rule looks at its facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// One item at a time: `input` is the item.
    Item,
    /// All items of all kinds it reads: `input` is an object from kind to the array of its items.
    Repository,
}

/// The items of one kind.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The kind.
    pub kind: &'a str,
    /// The items.
    pub items: Vec<Value>,
}

/// Runs the rules of this scope that read one of these kinds; `only` names those that shall run, and is empty for all.
///
/// A rule that fails stops no other: what it says is lost, what others say is not.
#[must_use]
pub fn check(program: &Program, machine: &Machine, scope: Scope, only: &[&str], facts: &[Facts<'_>]) -> Answer {
    let mut answer = Answer::default();
    let mut run = machine.run();
    let asked = |rule: &&PlannedRule| rule.scope == scope && (only.is_empty() || only.contains(&rule.id.as_str()));
    let rules: Vec<&PlannedRule> = program.rules.iter().filter(asked).collect();
    match scope {
        Scope::Item => {
            for (index, facts) in positions(facts) {
                let reading: Vec<&&PlannedRule> =
                    rules.iter().filter(|rule| rule.kinds.iter().any(|kind| kind == facts.kind)).collect();
                // A program has rules of one form.
                let as_file = reading.iter().any(|rule| !matches!(rule.asks, Asks::Findings { .. }));
                for (item, value) in positions(&facts.items) {
                    if as_file {
                        run.set_input(&value.field("contents"));
                        run.set_file(|| conftest::file(&value.field("path").text()));
                    } else {
                        run.set_input(value);
                    }
                    for rule in &reading {
                        let base = match rule.asks {
                            Asks::Findings { .. } => Base::Item { facts: index, item },
                            _ => Base::File { facts: index, item },
                        };
                        judge(rule, &mut run, &base, &mut answer);
                    }
                }
            }
        }
        Scope::Repository => {
            let kinds: Vec<&str> = facts.iter().map(|facts| facts.kind).collect();
            let one = |facts: &Facts<'_>| (Value::string(facts.kind), Value::array(facts.items.iter().cloned()));
            run.set_input(&Value::object(facts.iter().map(one)));
            for rule in rules {
                judge(rule, &mut run, &Base::Repository(&kinds), &mut answer);
            }
        }
    }
    answer
}

fn positions<T>(items: &[T]) -> impl Iterator<Item = (u32, &T)> {
    items.iter().enumerate().map(|(index, item)| (u32::try_from(index).unwrap_or(u32::MAX), item))
}

/// Evaluates a rule on the input that is set. One that failed is not asked again: it has no word any more.
fn judge(rule: &PlannedRule, run: &mut Run, base: &Base<'_>, answer: &mut Answer) {
    if answer.failed.iter().any(|failure| failure.rule == rule.id) {
        return;
    }
    if let Err(error) = said(rule, run, base, answer) {
        answer.findings.retain(|finding| finding.rule != rule.id);
        answer.undecided.retain(|undecided| undecided.rule != rule.id);
        answer.failed.push(Failure { rule: rule.id.clone(), message: error.to_string() });
    }
}

fn said(rule: &PlannedRule, run: &mut Run, base: &Base<'_>, answer: &mut Answer) -> Result<(), Error> {
    let (findings, undecided) = match &rule.asks {
        Asks::Findings { findings, undecided } => (findings, undecided),
        Asks::Messages { path, exception, .. } => {
            answer.findings.extend(conftest::messages(rule, path, exception.as_ref(), run, base)?);
            return Ok(());
        }
        Asks::Exceptions { path, exempted, .. } => {
            answer.findings.extend(conftest::exceptions(rule, path, exempted, run, base)?);
            return Ok(());
        }
    };
    let value = run.evaluate(findings)?.value;
    for member in answer::members(&value.0)? {
        answer.findings.push(answer::finding(&rule.id, member, base)?);
    }
    if let Some(undecided) = undecided {
        let value = run.evaluate(undecided)?.value;
        for member in answer::members(&value.0)? {
            answer.undecided.push(answer::undecided(&rule.id, member, base)?);
        }
    }
    Ok(())
}
