//! One rule evaluated for a test: a path and an input in, a value and what was printed out, as JSON.

use engine_rego_machine::{Error, Machine, Program, Value};
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// Paths of the rules, evaluated one after the other.
    entries: Vec<String>,
    /// The input as JSON; empty for none.
    #[serde(default)]
    input: String,
}

/// What one evaluation came to.
#[derive(Debug, Serialize)]
struct Told {
    /// The value as JSON; absent where it is undefined.
    value: Option<String>,
    prints: Vec<String>,
    error: Option<Error>,
}

/// The answers as JSON, one for each entry.
pub(crate) fn answer(program: &Program, asked: &Asked) -> Result<String, Error> {
    let machine = Machine::new(program)?;
    let mut run = machine.run();
    if !asked.input.is_empty() {
        run.set_input(&Value::from_json(&asked.input)?);
    }
    let told: Vec<Told> = asked.entries.iter().map(|entry| told(run.evaluate(entry))).collect();
    Ok(serde_json::to_string(&told).unwrap_or_default())
}

fn told(evaluated: Result<engine_rego_machine::Evaluated, Error>) -> Told {
    match evaluated {
        Ok(evaluated) if evaluated.value.is_undefined() => Told { value: None, prints: evaluated.prints, error: None },
        Ok(evaluated) => match evaluated.value.to_json() {
            Ok(value) => Told { value: Some(value), prints: evaluated.prints, error: None },
            Err(error) => Told { value: None, prints: evaluated.prints, error: Some(error) },
        },
        Err(error) => Told { value: None, prints: Vec::new(), error: Some(error) },
    }
}
