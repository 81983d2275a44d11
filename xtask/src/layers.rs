//! Which crate may name which: the layers of the engine, as a table and the check that holds it.
//!
//! To add an edge, add it here and its reason to ARCHITECTURE.md, in a change of its own.

use anyhow::Result;

use crate::checkout::Checkout;
use crate::metadata::{self, Crate, Dependency, Kind};
use crate::outcome::Outcome;

/// A crate of ours, and the crates of ours that it may name.
#[derive(Debug)]
struct Layer {
    /// Its name, or `plugins/*` for every crate whose folder lies directly there and has no line of its own.
    name: &'static str,
    /// What the crate itself may name.
    may: May,
    /// What its build script may name besides.
    build: &'static [&'static str],
}

#[derive(Debug)]
enum May {
    Only(&'static [&'static str]),
    /// Crates of ours, and guarded crates of others.
    Anything,
}

/// The layers, lowest first. Tests and examples (dev-dependencies) may name more than the crate itself: every crate on
/// a line further up, since what lies lower knows nothing of them, and nobody who uses the crate gets it with them.
const LAYERS: [Layer; 20] = [
    only("engine-model", &[]),
    only("engine-tree", &["engine-model"]),
    only("engine-formats", &["engine-model"]),
    only("engine-facts", &["engine-model", "engine-formats"]),
    only("engine-config", &["engine-model", "engine-formats", "engine-facts"]),
    only("engine-report", &["engine-model"]),
    only("engine-sdk-derive", &[]),
    only("engine-sdk", &["engine-sdk-derive"]),
    only("plugins/*", &["engine-sdk"]),
    only("engine-plugin-build", &[]),
    Layer { build: &["engine-plugin-build"], ..only("engine-host", &["engine-model"]) },
    only("engine-rego-machine", &[]),
    only("engine-rego-guest", &["engine-rego-machine"]),
    only("engine-rego", &["engine-model", "engine-formats", "engine-host", "engine-rego-machine"]),
    only(
        "engine-gate",
        &["engine-model", "engine-formats", "engine-facts", "engine-config", "engine-host", "engine-rego"],
    ),
    only("engine-vendor", &["engine-model", "engine-facts", "engine-gate"]),
    only("engine-serve", &["engine-model", "engine-tree", "engine-config", "engine-gate", "engine-report"]),
    only(
        "engine-cli",
        &[
            "engine-model",
            "engine-tree",
            "engine-config",
            "engine-host",
            "engine-rego",
            "engine-gate",
            "engine-vendor",
            "engine-report",
            "engine-serve",
        ],
    ),
    Layer { name: "engine-benches", may: May::Anything, build: &[] },
    only("xtask", &[]),
];

/// Crates of others that only some of ours may name, for whatever they are needed: what is behind them can then be
/// replaced in one place. A `*` at the end stands for any rest.
const GUARDED: [(&str, &[&str]); 19] = [
    ("annotate-snippets", &["engine-report"]),
    ("async-nats", &["engine-cli", "engine-serve"]),
    ("axum", &["engine-serve"]),
    ("brush-parser", &["engine-formats"]),
    ("clap*", &["engine-cli"]),
    ("flate2", &["engine-cli", "engine-tree", "xtask"]),
    ("gix*", &["engine-tree"]),
    ("globset", &["engine-facts", "engine-gate", "engine-rego", "engine-tree"]),
    ("granit-parser", &["engine-formats"]),
    ("hcl-edit", &["engine-formats"]),
    ("hyper*", &["engine-serve"]),
    ("ignore", &["engine-tree"]),
    ("indicatif", &["engine-cli"]),
    ("regorus", &["engine-rego-machine"]),
    ("rustls", &["engine-serve", "engine-vendor"]),
    ("tar", &["engine-cli", "engine-tree", "xtask"]),
    ("tokio*", &["engine-cli", "engine-serve"]),
    ("ureq", &["engine-vendor"]),
    ("wasmtime*", &["engine-host"]),
];

const fn only(name: &'static str, may: &'static [&'static str]) -> Layer {
    Layer { name, may: May::Only(may), build: &[] }
}

/// Compares what the manifests name with the tables.
///
/// # Errors
///
/// Where `cargo metadata` fails.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    Ok(judge(&metadata::load(&checkout.root, false)?, checkout))
}

fn judge(crates: &[Crate], checkout: &Checkout) -> Outcome {
    let mut outcome = Outcome::default();
    let mut edges = 0;
    for ours in crates {
        let manifest = checkout.text(&ours.manifest).unwrap_or_default();
        let Some(place) = LAYERS.iter().position(|layer| is(layer, ours)) else {
            let message = format!("`{}` has no line in the table of layers", ours.name);
            outcome.problem(&ours.manifest, 1, message, "add it to xtask/src/layers.rs, where it belongs");
            continue;
        };
        for dependency in &ours.dependencies {
            edges += 1;
            if let Some((message, hint)) = refusal(ours, place, dependency, crates) {
                outcome.problem(&ours.manifest, line(manifest, dependency), message, hint);
            }
        }
    }
    for layer in LAYERS.iter().filter(|layer| !crates.iter().any(|ours| is(layer, ours))) {
        let message = format!("the table of layers names `{}`, and no crate is called so", layer.name);
        outcome.problem("xtask/src/layers.rs", 1, message, "remove the line, or name the crate as it is called now");
    }
    outcome.checked = vec![(crates.len(), "crates"), (edges, "dependencies"), (GUARDED.len(), "guarded names")];
    outcome
}

fn is(layer: &Layer, ours: &Crate) -> bool {
    let plugin = || {
        let folder = ours.manifest.strip_prefix("plugins/").and_then(|rest| rest.strip_suffix("/Cargo.toml"));
        let named = LAYERS.iter().any(|layer| layer.name == ours.name);
        layer.name == "plugins/*" && !named && folder.is_some_and(|folder| !folder.contains('/'))
    };
    layer.name == ours.name || plugin()
}

/// Why a crate may not name another, and what to do about it; nothing where it may.
fn refusal(ours: &Crate, place: usize, named: &Dependency, crates: &[Crate]) -> Option<(String, &'static str)> {
    let Layer { may: May::Only(may), build, .. } = LAYERS.get(place)? else { return None };
    if !named.ours {
        let guard = GUARDED.iter().find(|(pattern, _)| matches(pattern, &named.name));
        let (_, allowed) = guard.filter(|(_, allowed)| !allowed.contains(&ours.name.as_str()))?;
        let message = format!("only `{}` may name `{}`, not `{}`", allowed.join("`, `"), named.name, ours.name);
        return Some((message, "go through that crate, or let its type stay inside"));
    }
    let lower = || {
        let found = crates.iter().find(|other| other.name == named.name)?;
        LAYERS.iter().position(|layer| is(layer, found)).filter(|other| *other < place)
    };
    let allowed = may.contains(&named.name.as_str())
        || match named.kind {
            Kind::Normal => false,
            Kind::Build => build.contains(&named.name.as_str()),
            Kind::Dev => lower().is_some(),
        };
    let what = match named.kind {
        Kind::Normal => "depend on",
        Kind::Build => "name in its build script",
        Kind::Dev => "name in its tests",
    };
    let hint = "move the code to the layer it belongs to; a new edge is a change of its own, see xtask/src/layers.rs";
    (!allowed).then(|| (format!("`{}` may not {what} `{}`", ours.name, named.name), hint))
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// The line of a manifest that names a dependency, counted from one; one where it is written in an unusual way.
fn line(manifest: &str, named: &Dependency) -> usize {
    let mut kind = None;
    for (number, line) in (1..).zip(manifest.lines()) {
        if line.starts_with('[') {
            kind = match line {
                _ if line.ends_with("dev-dependencies]") => Some(Kind::Dev),
                _ if line.ends_with("build-dependencies]") => Some(Kind::Build),
                _ if line.ends_with("dependencies]") => Some(Kind::Normal),
                _ => None,
            };
        }
        let key = line.split(['=', '.']).next().unwrap_or_default().trim();
        if kind == Some(named.kind) && key == named.name {
            return number;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::{LAYERS, judge};
    use crate::checkout::Checkout;
    use crate::metadata::{Crate, Dependency, Kind};

    const MANIFEST: &str = "\
[dependencies]
x.workspace = true
NAME.workspace = true
[build-dependencies]
NAME.workspace = true
[dev-dependencies]
NAME = { workspace = true }
";

    /// What is wrong with a workspace as the table has it, where `name` names `dependency` besides.
    fn judged(name: &str, kind: Kind, dependency: &str) -> Vec<String> {
        let mut crates: Vec<Crate> = LAYERS.iter().map(|layer| a_crate(layer.name)).collect();
        if !crates.iter().any(|ours| ours.name == name) {
            crates.push(a_crate(name));
        }
        let ours = crates.iter().any(|ours| ours.name == dependency);
        let naming = crates.iter_mut().find(|ours| ours.name == name).unwrap();
        naming.dependencies.push(Dependency { name: dependency.into(), kind, ours });
        let (path, manifest) = (naming.manifest.clone(), MANIFEST.replace("NAME", dependency));
        let outcome = judge(&crates, &Checkout::of(&[(&path, &manifest)]));
        outcome.problems.into_iter().map(|problem| format!("{}: {}", problem.line, problem.message)).collect()
    }

    fn a_crate(name: &str) -> Crate {
        let name = if name == "plugins/*" { "a-plugin" } else { name };
        let folder = if name.ends_with("-plugin") { "plugins" } else { "engine" };
        Crate {
            name: name.into(),
            version: "1.0.0".into(),
            licence: None,
            manifest: format!("{folder}/{name}/Cargo.toml"),
            ours: true,
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn an_edge_of_the_table_passes_and_every_other_fails() {
        let nothing: [&str; 0] = [];
        assert_eq!(judged("engine-facts", Kind::Normal, "engine-formats"), nothing);
        assert_eq!(judged("a-plugin", Kind::Normal, "engine-sdk"), nothing);
        assert_eq!(judged("engine-benches", Kind::Normal, "engine-cli"), nothing);
        let up = judged("engine-formats", Kind::Normal, "engine-facts");
        assert_eq!(up, ["3: `engine-formats` may not depend on `engine-facts`"]);
        for (name, dependency) in [
            ("engine-model", "engine-formats"),
            ("engine-report", "engine-gate"),
            ("engine-sdk", "engine-model"),
            ("a-plugin", "engine-model"),
            ("b-plugin", "a-plugin"),
            ("engine-cli", "engine-facts"),
            ("xtask", "engine-model"),
        ] {
            assert_eq!(judged(name, Kind::Normal, dependency).len(), 1, "{name} -> {dependency}");
        }
    }

    #[test]
    fn a_build_script_may_name_only_what_is_said_for_it() {
        let nothing: [&str; 0] = [];
        assert_eq!(judged("engine-host", Kind::Build, "engine-plugin-build"), nothing);
        let refused = judged("engine-gate", Kind::Build, "engine-plugin-build");
        assert_eq!(refused, ["5: `engine-gate` may not name in its build script `engine-plugin-build`"]);
        assert_eq!(judged("engine-host", Kind::Normal, "engine-plugin-build").len(), 1);
    }

    #[test]
    fn tests_may_name_every_lower_crate_and_no_higher_one() {
        let nothing: [&str; 0] = [];
        assert_eq!(judged("engine-gate", Kind::Dev, "engine-tree"), nothing);
        assert_eq!(judged("engine-gate", Kind::Dev, "a-plugin"), nothing);
        let refused = judged("engine-tree", Kind::Dev, "engine-gate");
        assert_eq!(refused, ["7: `engine-tree` may not name in its tests `engine-gate`"]);
    }

    #[test]
    fn a_guarded_crate_has_one_reader() {
        let nothing: [&str; 0] = [];
        assert_eq!(judged("engine-host", Kind::Build, "wasmtime"), nothing);
        assert_eq!(judged("engine-gate", Kind::Normal, "serde"), nothing);
        assert_eq!(judged("engine-benches", Kind::Normal, "wasmtime"), nothing);
        let refused = judged("engine-gate", Kind::Dev, "wasmtime-environ");
        assert_eq!(refused, ["7: only `engine-host` may name `wasmtime-environ`, not `engine-gate`"]);
    }

    #[test]
    fn table_and_workspace_have_the_same_crates() {
        let crates = |names: &[&str]| names.iter().map(|name| a_crate(name)).collect::<Vec<_>>();
        let all: Vec<&str> = LAYERS.iter().map(|layer| layer.name).collect();
        let messages = |crates: &[Crate]| -> Vec<String> {
            judge(crates, &Checkout::default()).problems.into_iter().map(|problem| problem.message).collect()
        };
        let more = messages(&crates(&[all.as_slice(), &["engine-new"]].concat()));
        assert_eq!(more, ["`engine-new` has no line in the table of layers"]);
        let fewer = messages(&crates(all.get(1..).unwrap()));
        assert_eq!(fewer, ["the table of layers names `engine-model`, and no crate is called so"]);
    }
}
