//! What others' code may be used under, and that every crate we chose is declared once, used, and explained.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::metadata::{self, Crate};
use crate::outcome::Outcome;
use crate::spdx;

/// Licences that ask for no more than a notice, as SPDX names them.
const ALLOWED: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
const REASONS: &str = "ARCHITECTURE.md";

/// Judges every crate of `Cargo.lock`, and every one that a manifest of ours names.
///
/// # Errors
///
/// Where `cargo metadata` fails.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    Ok(judge(&metadata::load(&checkout.root, true)?, checkout))
}

fn judge(crates: &[Crate], checkout: &Checkout) -> Outcome {
    let mut outcome = Outcome::default();
    let lock = checkout.text(LOCK).unwrap_or_default();
    for other in crates.iter().filter(|other| !other.ours) {
        let wrong = match other.licence.as_deref() {
            None => Some("says no licence".to_owned()),
            Some(licence) => match spdx::satisfied(licence, |one| ALLOWED.contains(&one)) {
                Ok(true) => None,
                Ok(false) => Some(format!("is under `{licence}`")),
                Err(error) => Some(format!("is under `{licence}`, which cannot be read: {error}")),
            },
        };
        if let Some(wrong) = wrong {
            let message = format!("`{}` {} {wrong}", other.name, other.version);
            let hint = "use another crate, or argue for the licence in xtask/src/licences.rs";
            outcome.problem(LOCK, line(lock, other), message, hint);
        }
    }
    let declared = declared(checkout.text(MANIFEST).unwrap_or_default());
    chosen(&declared, crates, &mut outcome);
    explained(&declared, checkout, &mut outcome);
    outcome.checked = vec![
        (crates.iter().filter(|other| !other.ours).count(), "crates of others"),
        (declared.len(), "chosen by us"),
        (ALLOWED.len(), "licences allowed"),
    ];
    outcome
}

/// The workspace declares what its crates name, no more and no less.
fn chosen(declared: &[(usize, &str)], crates: &[Crate], outcome: &mut Outcome) {
    let ours = || crates.iter().filter(|ours| ours.ours);
    let used = |name: &str| ours().flat_map(|ours| &ours.dependencies).any(|dependency| dependency.name == name);
    for (number, name) in declared.iter().filter(|(_, name)| !used(name)) {
        outcome.problem(MANIFEST, *number, format!("no crate uses `{name}`"), "remove the line");
    }
    let known: BTreeSet<&str> = declared.iter().map(|(_, name)| *name).collect();
    for ours in ours() {
        for other in ours.dependencies.iter().filter(|other| !other.ours && !known.contains(other.name.as_str())) {
            let message = format!("`{}` is not among the dependencies of the workspace", other.name);
            outcome.problem(
                &ours.manifest,
                1,
                message,
                "declare it in Cargo.toml, and name it with `workspace = true`",
            );
        }
    }
}

/// Every chosen crate has its row in the table of ARCHITECTURE.md.
fn explained(declared: &[(usize, &str)], checkout: &Checkout, outcome: &mut Outcome) {
    let reasons = checkout.text(REASONS).unwrap_or_default();
    let rows: Vec<&str> = reasons.lines().filter(|line| line.trim_start().starts_with('|')).collect();
    for (number, name) in declared {
        let quoted = format!("`{name}`");
        if !rows.iter().any(|row| row.contains(&quoted)) {
            let message = format!("{REASONS} does not say why `{name}` is here");
            outcome.problem(MANIFEST, *number, message, "add a row with its name in backticks to the table there");
        }
    }
}

/// The crates of others that the workspace's manifest declares, with their lines.
fn declared(manifest: &str) -> Vec<(usize, &str)> {
    let mut within = false;
    let mut declared = Vec::new();
    for (number, line) in (1..).zip(manifest.lines()) {
        if line.starts_with('[') {
            within = line == "[workspace.dependencies]";
        }
        let key = line.split_once('=').map_or("", |(key, _)| key.trim_end());
        let name = !key.is_empty() && key.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char));
        if within && name && !line.contains("path = ") {
            declared.push((number, key));
        }
    }
    declared
}

/// The line of `Cargo.lock` where a crate stands, counted from one.
fn line(lock: &str, other: &Crate) -> usize {
    let (name, version) = (format!("name = \"{}\"", other.name), format!("version = \"{}\"", other.version));
    let lines = lock.lines().zip(lock.lines().skip(1));
    (1..).zip(lines).find(|(_, (first, second))| *first == name && *second == version).map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::checkout::Checkout;
    use crate::metadata::{Crate, Dependency, Kind};

    const MANIFEST: &str = "[workspace]\nmembers = []\n[workspace.dependencies]\n# Ours.\nmine = { path = \"mine\" }\n\
        theirs = { version = \"1\", features = [\n    \"a\",\n] }\n[profile.release]\ncodegen-units = 16\n";
    const LOCK: &str = "[[package]]\nname = \"theirs\"\nversion = \"0.9.0\"\n\n[[package]]\nname = \"theirs\"\n\
        version = \"1.0.0\"\n";
    const REASONS: &str = "Not a row: `theirs`\n| `theirs` | because |\n";

    /// A workspace of `mine`, which names `theirs` alone.
    fn crates(licence: Option<&str>) -> Vec<Crate> {
        let one = |name: &str, ours| Crate {
            name: name.into(),
            version: "1.0.0".into(),
            licence: licence.map(str::to_owned),
            manifest: format!("{name}/Cargo.toml"),
            ours,
            dependencies: Vec::new(),
        };
        let dependency = Dependency { name: "theirs".into(), kind: Kind::Normal, ours: false };
        vec![Crate { dependencies: vec![dependency], ..one("mine", true) }, one("theirs", false)]
    }

    fn judged(crates: &[Crate], manifest: &str, reasons: &str) -> Vec<String> {
        let files = [("Cargo.toml", manifest), ("Cargo.lock", LOCK), ("ARCHITECTURE.md", reasons)];
        let problems = judge(crates, &Checkout::of(&files)).problems.into_iter();
        problems.map(|problem| format!("{}:{}: {}", problem.file, problem.line, problem.message)).collect()
    }

    #[test]
    fn every_crate_needs_an_allowed_licence() {
        assert_eq!(judged(&crates(Some("GPL-3.0 OR MIT")), MANIFEST, REASONS), [""; 0]);
        let refused = judged(&crates(Some("GPL-3.0")), MANIFEST, REASONS);
        assert_eq!(refused, ["Cargo.lock:6: `theirs` 1.0.0 is under `GPL-3.0`"]);
        assert_eq!(judged(&crates(None), MANIFEST, REASONS), ["Cargo.lock:6: `theirs` 1.0.0 says no licence"]);
        let broken = judged(&crates(Some("MIT AND")), MANIFEST, REASONS);
        assert_eq!(
            broken,
            ["Cargo.lock:6: `theirs` 1.0.0 is under `MIT AND`, which cannot be read: a licence is missing"]
        );
    }

    #[test]
    fn every_chosen_crate_is_declared_used_and_explained() {
        let missing = judged(&crates(Some("MIT")), MANIFEST, "Not a row: `theirs`\n");
        assert_eq!(missing, ["Cargo.toml:6: ARCHITECTURE.md does not say why `theirs` is here"]);
        let mut unused = crates(Some("MIT"));
        unused[0].dependencies.clear();
        assert_eq!(judged(&unused, MANIFEST, REASONS), ["Cargo.toml:6: no crate uses `theirs`"]);
        let undeclared = judged(&crates(Some("MIT")), "[workspace.dependencies]\n", REASONS);
        assert_eq!(undeclared, ["mine/Cargo.toml:1: `theirs` is not among the dependencies of the workspace"]);
    }
}
