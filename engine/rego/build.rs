//! Compiles the policies of `policies/`: every folder with a `rule.rego`, by category. What is wrong with one fails the
//! build, so that nothing of it can be wrong when the engine runs.
//!
//! What comes out is `policies.rs`, a list of rules and programs that `src/builtin.rs` includes.

#[path = "src/error.rs"]
#[expect(unreachable_pub, reason = "shared with the crate")]
mod error;
#[path = "src/metadata.rs"]
#[expect(dead_code, reason = "shared with the crate, which reads more of it")]
mod metadata;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use engine_model::{Class, FilePath, Severity, SourceFile};
use engine_rego_machine::{Module, Request, RuleRequest, Scope, compile};

use metadata::Declared;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.join("policies").display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut paths = Vec::new();
    walk(&root.join("policies"), &mut paths)?;
    paths.sort();
    let mut shared = Vec::new();
    let mut rules: BTreeMap<String, Vec<(Declared, Module, String)>> = BTreeMap::new();
    for path in paths.iter().filter(|path| !path.to_string_lossy().ends_with("_test.rego")) {
        let name = path.strip_prefix(&root)?.to_str().and_then(FilePath::new).ok_or("a name is not UTF-8")?;
        let text = read(path)?;
        let module = Module { name: name.to_string(), text: text.clone() };
        match metadata::read(&SourceFile::new(name, text)).map_err(|errors| listed(&errors))? {
            Some(declared) => {
                let page = path.with_file_name("rule.md");
                println!("cargo::rerun-if-changed={}", page.display());
                let page = format!("include_str!({:?})", page.display().to_string());
                rules.entry(declared.category.clone()).or_default().push((declared, module, page));
            }
            None => shared.push(module),
        }
    }
    let mut list = String::from("static POLICIES: &[BuiltinPolicy] = &[\n");
    for (category, rules) in &rules {
        let request = Request {
            modules: shared.iter().cloned().chain(rules.iter().map(|(_, module, _)| module.clone())).collect(),
            rules: rules.iter().map(|(declared, ..)| requested(declared)).collect(),
            unlimited: true,
            ..Request::default()
        };
        let program = compile(&request).map_err(|error| format!("policies/{category}: {error}"))?;
        // It costs ten times as much, in each check.
        if let [slow, ..] = program.interpreted() {
            return Err(format!("policies/{category}: the machine cannot run `{slow}`: write it otherwise").into());
        }
        let program = program.to_bytes().map_err(|error| format!("policies/{category}: {error}"))?;
        let file = out.join(format!("{category}.program"));
        std::fs::write(&file, program)?;
        writeln!(list, "    BuiltinPolicy {{ id: {category:?}, program: include_bytes!({file:?}), rules: &[")?;
        for (declared, _, page) in rules {
            rule(&mut list, declared, page)?;
        }
        list.push_str("    ] },\n");
    }
    list.push_str("];\n");
    std::fs::write(out.join("policies.rs"), list)?;
    Ok(())
}

fn requested(declared: &Declared) -> RuleRequest {
    RuleRequest {
        id: declared.id.to_string(),
        package: format!("data.{}", declared.package),
        scope: declared.scope,
        kinds: declared.reads.iter().map(|reads| reads.kind.clone()).collect(),
    }
}

/// A rule as Rust.
fn rule(list: &mut String, declared: &Declared, page: &str) -> std::fmt::Result {
    let class = match declared.class {
        Class::Advice => "Advice",
        Class::Default => "Default",
        Class::Mandatory => "Mandatory",
    };
    let severity = match declared.severity {
        Severity::Info => "Info",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    };
    let scope = match declared.scope {
        Scope::Item => "Item",
        Scope::Repository => "Repository",
    };
    let (id, title, practices) = (declared.id.as_str(), &declared.title, &declared.practices);
    writeln!(list, "        BuiltinRule {{ id: {id:?}, title: {title:?}, class: Class::{class},")?;
    writeln!(list, "            severity: Severity::{severity}, practices: &{practices:?}, scope: Scope::{scope},")?;
    list.push_str("            reads: &[");
    for reads in &declared.reads {
        write!(list, "({:?}, &{:?}), ", reads.kind, reads.fields)?;
    }
    writeln!(list, "], page: {page} }},")
}

fn listed(errors: &[error::PolicyError]) -> String {
    let one = |error: &error::PolicyError| match &error.location {
        Some(location) => format!("{location}: {error}"),
        None => error.to_string(),
    };
    errors.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Every `.rego` file below a folder.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "the engine's own sources, while it is built")]
    let entries = std::fs::read_dir(folder)?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rego") {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "the engine's own sources, while it is built")]
    let text = std::fs::read_to_string(path)?;
    Ok(text)
}

fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "how cargo speaks to a build script")]
    let value = std::env::var(name);
    value.map_err(|error| format!("`{name}`: {error}").into())
}
