//! The public cases of two implementations of Rego, natively and in the sandbox.
//!
//! `passing.tsv` lists the cases that the command line of the Rego library itself passes: the case, and the digest of
//! its answer as JSON, or `error` where it is one. Each asks for the value of a rule, wrapped as
//! `result := [value | value := RULE]`. `out.tsv` lists those of them that we do not pass, with a reason. The first
//! list may only grow and the second only shrink: a case of the second that passes fails the test as well.
//!
//! Natively there are no functions of `time`, which is held as well: a case that calls one is an error there.
//!
//! The cases themselves are not part of this repository; without them nothing is run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine_host::{Host, Interpreter, Limits};
use engine_rego_machine::{Machine, Program, Request, Value, compile};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};

use crate::case::{Case, cases};

const PASSING: &str = include_str!("passing.tsv");
const OUT: &str = include_str!("out.tsv");

/// How much of what the library's own command line passes must pass here.
const SHARE: f64 = 0.95;

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    folder.join("regorus-cases").is_dir().then_some(folder)
}

fn rows(table: &str) -> BTreeMap<&str, &str> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
}

/// The first bytes of the digest of an answer.
fn digest(json: &str) -> String {
    Sha256::digest(json).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn request(case: &Case) -> Request {
    let names = vec![case.name_of_rule().to_owned(), "result".to_owned()];
    Request { modules: case.modules(), names, data: case.data.clone(), ..Request::default() }
}

/// The rule that is asked for, where it is one; else the rule that asks for the whole package.
fn entry<'c>(case: &'c Case, program: &Program) -> (&'c str, bool) {
    let direct = program.entries.contains(&case.rule);
    (if direct { &case.rule } else { "data.conformance_query.result" }, direct)
}

/// A value as the case's answer has it: in an array, which is empty where it is undefined.
fn answer(json: Option<&str>, direct: bool) -> String {
    match json {
        Some(json) if direct => digest(&format!("[{json}]")),
        Some(json) => digest(json),
        None => digest("[]"),
    }
}

/// The answer as the engine's own policies get it.
fn natively(case: &Case) -> String {
    let asked = || {
        let program = Program::from_bytes(&compile(&request(case))?.to_bytes()?)?;
        let mut run = Machine::new(&program)?.run();
        if !case.input.is_empty() {
            run.set_input(&Value::from_json(&case.input)?);
        }
        let (entry, direct) = entry(case, &program);
        let value = run.evaluate(entry)?.value;
        let json = if value.is_undefined() { None } else { Some(value.to_json()?) };
        Ok::<_, engine_rego_machine::Error>(answer(json.as_deref(), direct))
    };
    asked().unwrap_or_else(|_| "error".to_owned())
}

/// The answer as a policy from disk gets it.
fn sandboxed(case: &Case, interpreter: &Interpreter) -> String {
    let request = serde_json::to_string(&request(case)).unwrap();
    // What is stopped has no answer, and is an error to whoever asked.
    let Ok(compiled) = interpreter.compile(&request, None) else { return "error".into() };
    let Ok(bytes) = compiled.program else { return "error".into() };
    let program = Program::from_bytes(&bytes).unwrap();
    let (entry, direct) = entry(case, &program);
    let asked = serde_json::json!({"entries": [entry], "input": case.input}).to_string();
    let told = match interpreter.evaluate(&bytes, &asked) {
        Err(_) | Ok(Err(_)) => return "error".into(),
        Ok(Ok(told)) => told,
    };
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    if told[0]["error"].is_null() { answer(told[0]["value"].as_str(), direct) } else { "error".into() }
}

#[test]
fn what_the_library_passes_passes_here_natively_and_in_the_sandbox() {
    let Some(corpus) = corpus() else {
        println!("skipped: the cases of other implementations are not here");
        return;
    };
    let (passing, out) = (rows(PASSING), rows(OUT));
    assert!(out.keys().all(|case| passing.contains_key(case)), "`out.tsv` names cases that are not in `passing.tsv`");
    let host = Host::new(Limits::default()).unwrap();
    let interpreter = host.interpreter().unwrap();
    let cases = cases(&corpus, &passing.keys().copied().collect::<Vec<_>>());
    let judge = |case: Case| {
        let expected = passing[case.name.as_str()];
        let (native, boxed) = (natively(&case), sandboxed(&case, &interpreter));
        let has_native = !case.calls("time.");
        let wrong = (native != if has_native { expected } else { "error" } || boxed != expected)
            .then(|| format!("{}\tnatively {native}, in the sandbox {boxed}, expected {expected}", case.name));
        (case.name, wrong)
    };
    // Some cases nest deeply, and natively the library recurses.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(256 << 20).build().unwrap();
    let judged: Vec<(String, Option<String>)> = pool.install(|| cases.into_par_iter().map(judge).collect());
    let wrong: Vec<&String> = judged
        .iter()
        .filter(|(name, _)| !out.contains_key(name.as_str()))
        .filter_map(|(_, wrong)| wrong.as_ref())
        .collect();
    assert!(wrong.is_empty(), "{} cases fail that are not in `out.tsv`:\n{wrong:#?}", wrong.len());
    let mended: Vec<&String> = judged
        .iter()
        .filter(|(name, wrong)| out.contains_key(name.as_str()) && wrong.is_none())
        .map(|(name, _)| name)
        .collect();
    assert!(mended.is_empty(), "these pass now, take them out of `out.tsv`: {mended:#?}");
    let removed = out.values().filter(|reason| reason.starts_with("removed: ")).count();
    let asked = passing.len() - removed;
    let share = (passing.len() - out.len()) as f64 / asked as f64;
    println!("{} of {asked} cases pass, {removed} aside that call what does not exist here", passing.len() - out.len());
    assert!(share >= SHARE, "{share}");
}
