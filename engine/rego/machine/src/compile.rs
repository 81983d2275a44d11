//! Modules to a program: parsed, looked through for what can be evaluated, compiled.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::unstable::{Expr, Rule, RuleHead};
use regorus::{CompiledPolicy, Engine, PolicyLengthConfig};
use serde::{Deserialize, Serialize};

use crate::{Asks, Error, Namespaces, PlannedRule, Program, Scope, Value, builtin, conftest};

/// A file of Rego.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// What it is called in messages: its path.
    pub name: String,
    /// Its source.
    pub text: String,
}

/// What to compile, and for what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// The files. Names are unique.
    pub modules: Vec<Module>,
    /// Rules with findings of our own form.
    pub rules: Vec<RuleRequest>,
    /// Packages that are asked conftest's way; nothing for none.
    #[serde(default)]
    pub conftest: Option<Namespaces>,
    /// Names of rules that are evaluated besides, in any package: `test_` for all whose names begin so, or a whole
    /// name.
    pub names: Vec<String>,
    /// What `data` holds besides the modules, as JSON; empty for nothing.
    pub data: String,
    /// Whether data that says what a rule says is refused.
    #[serde(default)]
    pub exclusive: bool,
    /// Whether a built-in function that fails is undefined, as it is for OPA, and does not end the rule.
    pub lenient: bool,
    /// Whether the program will run without limits, so that it may call nothing whose cost has no bound.
    pub unlimited: bool,
}

/// A rule whose findings are a set called `findings`, and what it cannot decide one called `undecided`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRequest {
    /// The id.
    pub id: String,
    /// The path of its package: `data.terraform.local_state`.
    pub package: String,
    /// How it looks at its facts.
    pub scope: Scope,
    /// The kinds that it reads.
    pub kinds: Vec<String>,
}

/// Compiles the modules.
///
/// # Errors
/// The first thing that is wrong: a syntax error, a function that does not exist, a rule that calls itself, a rule
/// without `findings`.
pub fn compile(request: &Request) -> Result<Program, Error> {
    let mut engine = engine();
    engine.set_strict_builtin_errors(!request.lenient);
    for module in &request.modules {
        engine.add_policy(module.name.clone(), module.text.clone()).map_err(|error| of(&error))?;
    }
    if !request.data.is_empty() {
        engine.add_data_json(&request.data).map_err(|error| of(&error))?;
        if request.exclusive {
            conflict(&mut engine, &Value::from_json(&request.data)?)?;
        }
    }
    let heads = heads(&mut engine);
    let mut entries: BTreeSet<String> = BTreeSet::new();
    let mut rules = Vec::new();
    for rule in &request.rules {
        let path = |name: &str| Some(format!("{}.{name}", rule.package)).filter(|path| heads.contains(path));
        let Some(findings) = path("findings") else {
            return Err(Error::plain(format!("the package `{}` has no rule `findings`", rule.package)));
        };
        let undecided = path("undecided");
        entries.extend(undecided.iter().cloned().chain([findings.clone()]));
        let (id, scope, kinds) = (rule.id.clone(), rule.scope, rule.kinds.clone());
        rules.push(PlannedRule { id, scope, kinds, asks: Asks::Findings { findings, undecided } });
    }
    let asked = request.conftest.as_ref().map(|namespaces| conftest::plan(&heads, namespaces)).unwrap_or_default();
    for rule in asked {
        if let Asks::Messages { path, .. } | Asks::Exceptions { path, .. } = &rule.asks {
            entries.insert(path.clone());
        }
        rules.push(rule);
    }
    let named = |path: &&String| {
        let last = path.rsplit('.').next().unwrap_or(path);
        request.names.iter().any(|name| last == name || (name.ends_with('_') && last.starts_with(name.as_str())))
    };
    entries.extend(heads.iter().filter(named).cloned());
    let entries: Vec<String> = entries.into_iter().collect();
    let mut program = Program::new(entries, rules, request.data.clone(), !request.lenient);
    program.asks_file = request.modules.iter().any(|module| module.text.contains("data.conftest"));
    let Some(first) = program.entries.first() else { return Ok(program) };
    let policy = engine.compile_with_entrypoint(&Arc::from(first.as_str())).map_err(|error| of(&error))?;
    let paths: Vec<&str> = program.entries.iter().map(String::as_str).collect();
    match code(&policy, &paths, request.unlimited)? {
        Some(code) => program.code = code,
        // One entry that the machine cannot run must not slow down the others.
        None => {
            let mut machine: Vec<&str> = Vec::new();
            for path in paths {
                if code(&policy, &[path], request.unlimited)?.is_some() {
                    machine.push(path);
                } else {
                    program.interpreted.push(path.to_owned());
                }
            }
            program.code = code(&policy, &machine, request.unlimited)?.unwrap_or_default();
            program.sources.clone_from(&request.modules);
        }
    }
    Ok(program)
}

/// An engine of the library. How long a file may be is for whoever reads it; how long a line is matters to nobody.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::MAX,
        max_file_bytes: NonZeroUsize::MAX,
        max_lines: NonZeroUsize::MAX,
    });
    engine
}

/// The library's words as an error.
fn of(error: &impl std::fmt::Display) -> Error {
    Error::of(&format!("{error:#}"))
}

/// Code for these entries; nothing where the library's machine cannot run one of them, or not as it should.
fn code(policy: &CompiledPolicy, entries: &[&str], unlimited: bool) -> Result<Option<Vec<u8>>, Error> {
    if entries.is_empty() {
        return Ok(None);
    }
    let program = match Compiler::compile_from_policy(policy, entries) {
        Ok(program) => program,
        Err(error) => {
            let error = of(&error);
            let unknown =
                error.message.contains("nknown function") || error.message.contains("could not find function");
            return if unknown { Err(error) } else { Ok(None) };
        }
    };
    for called in &program.builtin_info_table {
        if builtin::is_refused(&called.name) {
            let message = format!("the function `{}` does not exist here: it is no function of its input", called.name);
            return Err(Error::plain(message));
        }
        if unlimited && builtin::is_unbounded(&called.name) {
            let message = format!("the function `{}` has no bound in its input's size", called.name);
            return Err(Error::plain(message));
        }
    }
    for call in &program.instruction_data.builtin_call_params {
        let Some(called) = program.builtin_info_table.get(usize::from(call.builtin_index)) else { continue };
        // The machine takes a call with too many or too few for a line that does not hold.
        if called.name != "print" && u16::from(call.num_args) != called.num_args {
            let (name, takes, given) = (&called.name, called.num_args, call.num_args);
            return Err(Error::plain(format!("the function `{name}` takes {takes} arguments, and is given {given}")));
        }
    }
    // A whole package as a value: the machine shows rules in it that are undefined, and does not see a circle.
    if program.needs_runtime_recursion_check {
        return Ok(None);
    }
    program.serialize_binary().map(Some).map_err(Error::plain)
}

/// The paths of all rules of all modules, functions aside.
fn heads(engine: &mut Engine) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for module in engine.get_modules().iter() {
        let Some(package) = path(&module.package.refr) else { continue };
        for rule in &module.policy {
            let head = match &**rule {
                Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }, .. } => refr,
                Rule::Default { refr, args, .. } if args.is_empty() => refr,
                _ => continue,
            };
            // What is after the first name is the key of a partial rule.
            let Some(name) = first_name(head) else { continue };
            paths.insert(format!("data.{package}.{name}"));
        }
    }
    paths
}

/// Refuses data that says what a rule or a function says: the library would take the data, and the rule would be silent.
fn conflict(engine: &mut Engine, data: &Value) -> Result<(), Error> {
    for module in engine.get_modules().iter() {
        let Some(package) = path(&module.package.refr) else { continue };
        for rule in &module.policy {
            let head = match &**rule {
                Rule::Spec {
                    head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
                    ..
                } => refr,
                Rule::Default { refr, .. } => refr,
            };
            let mut names: Vec<&str> = package.split('.').collect();
            fixed_names(head, &mut names);
            let mut at = data.clone();
            for name in &names {
                at = if at.is_object() { at.field(name) } else { break };
            }
            if !at.is_undefined() {
                let path = names.join(".");
                let file = module.package.refr.span().source.get_path().clone();
                return Err(Error::plain(format!(
                    "a file of data says what `data.{path}` is, and so does the rule in `{file}`: call one of them otherwise"
                )));
            }
        }
    }
    Ok(())
}

/// Names joined by dots, as a package is written.
fn path(expression: &Expr) -> Option<String> {
    regorus::utils::get_path_string(expression, None).ok()
}

/// Adds the names of a rule's head, up to the first part that is none.
fn fixed_names<'e>(head: &'e Expr, names: &mut Vec<&'e str>) -> bool {
    match head {
        Expr::Var { span, .. } => {
            names.push(span.text());
            true
        }
        Expr::RefDot { refr, field, .. } => {
            let fixed = fixed_names(refr, names);
            if fixed {
                names.push(field.0.text());
            }
            fixed
        }
        Expr::RefBrack { refr, index, .. } => match (fixed_names(refr, names), &**index) {
            (true, Expr::String { span, .. } | Expr::RawString { span, .. }) => {
                names.push(span.text());
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn first_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => first_name(refr),
        Expr::Var { span, .. } => Some(span.text().to_owned()),
        _ => None,
    }
}
