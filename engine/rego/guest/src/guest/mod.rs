//! The world `interpreter` of `plugins/wit` over `engine-rego-machine`.
//!
//! Nothing is decided here. Facts come as JSON and are made values of Rego; what rules say goes back as records.

#[doc(hidden)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../plugins/wit",
        world: "interpreter",
        pub_export_macro: true,
    });
}

mod request;

use bindings::engine::policy::types;
use engine_rego_machine as rego;

use request::Asked;

struct Interpreter;

impl bindings::Guest for Interpreter {
    fn compile(request: String) -> Result<Vec<u8>, String> {
        speak();
        let request = serde_json::from_str(&request).map_err(|error| plain(&error.to_string()))?;
        rego::compile(&request).and_then(|program| program.to_bytes()).map_err(|error| json(&error))
    }

    fn check(
        program: Vec<u8>,
        only: Vec<String>,
        scope: types::Scope,
        facts: Vec<types::Facts>,
    ) -> (types::Report, Vec<bindings::Failure>) {
        speak();
        let answer = rego::Program::from_bytes(&program).and_then(|program| {
            let machine = rego::Machine::new(&program)?;
            let read = |one: &types::Facts| values(&one.json);
            let items: Vec<Vec<rego::Value>> = facts.iter().map(read).collect::<Result<_, rego::Error>>()?;
            let facts = facts.iter().zip(items).map(|(one, items)| rego::Facts { kind: &one.kind, items });
            let only: Vec<&str> = only.iter().map(String::as_str).collect();
            let scope = match scope {
                types::Scope::Item => rego::Scope::Item,
                types::Scope::Repository => rego::Scope::Repository,
            };
            Ok(rego::check(&program, &machine, scope, &only, &facts.collect::<Vec<_>>()))
        });
        match answer {
            Ok(mut answer) => {
                let failed = std::mem::take(&mut answer.failed).into_iter();
                let failed = failed.map(|one| bindings::Failure { rule: one.rule, message: one.message });
                (report(answer), failed.collect())
            }
            // Neither the program nor the facts came from the policy: this is the engine's own fault, and ends the call.
            Err(error) => {
                bindings::log(types::Level::Error, &error.to_string());
                core::unreachable!()
            }
        }
    }

    fn evaluate(program: Vec<u8>, request: String) -> Result<String, String> {
        speak();
        let asked: Asked = serde_json::from_str(&request).map_err(|error| plain(&error.to_string()))?;
        let program = rego::Program::from_bytes(&program).map_err(|error| json(&error))?;
        request::answer(&program, &asked).map_err(|error| json(&error))
    }
}

#[expect(unsafe_code, unreachable_pub, reason = "generated from the WIT")]
mod export {
    use super::{Interpreter, bindings};

    bindings::export!(Interpreter with_types_in bindings);
}

/// Lets a panic say why before it traps.
fn speak() {
    std::panic::set_hook(Box::new(|panic| bindings::log(types::Level::Error, &panic.to_string())));
}

fn plain(message: &str) -> String {
    json(&rego::Error { module: None, line: 0, column: 0, message: message.to_owned() })
}

fn json(error: &rego::Error) -> String {
    serde_json::to_string(error).unwrap_or_default()
}

/// The items of a JSON array.
fn values(json: &str) -> Result<Vec<rego::Value>, rego::Error> {
    Ok(rego::Value::from_json(json)?.items())
}

fn report(answer: rego::Answer) -> types::Report {
    types::Report {
        findings: answer.findings.into_iter().map(finding).collect(),
        undecided: answer.undecided.into_iter().map(undecided).collect(),
    }
}

fn finding(finding: rego::Finding) -> types::Finding {
    let related = |one: rego::Related| types::Related { place: place(one.place), message: one.message };
    types::Finding {
        rule: finding.rule,
        place: place(finding.place),
        message: finding.message,
        related: finding.related.into_iter().map(related).collect(),
        help: finding.help,
        fix: finding.fix.map(fix),
    }
}

fn fix(fix: rego::Fix) -> types::Fix {
    let edit = |one: rego::Edit| types::Edit { place: place(one.place), replacement: one.replacement };
    types::Fix {
        title: fix.title,
        safe: fix.safe,
        edits: fix.edits.into_iter().map(edit).collect(),
        snippet: fix.snippet,
    }
}

fn undecided(undecided: rego::Undecided) -> types::Undecided {
    types::Undecided { rule: undecided.rule, place: place(undecided.place), message: undecided.message }
}

fn place(place: rego::Place) -> types::Place {
    let step = |step: rego::Step| match step {
        rego::Step::Key(key) => types::Step::Key(key),
        rego::Step::Index(index) => types::Step::Index(index),
    };
    types::Place {
        facts: place.facts,
        item: place.item,
        route: place.route.into_iter().map(step).collect(),
        range: place.range.map(|(start, end)| types::ByteRange { start, end }),
    }
}
