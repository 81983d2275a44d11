//! The plans of `testdata/plans`: made by Terraform itself from the configurations beside them, and compared with what
//! is kept. Where Terraform is not installed, what is kept is only counted.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::checkout::Checkout;
use crate::outcome::Outcome;
use crate::scratch::Scratch;

const FOLDER: &str = "testdata/plans";

/// Makes every plan anew and compares it.
///
/// # Errors
///
/// Where Terraform fails, or a file cannot be written.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let names = names(checkout);
    if Command::new("terraform").arg("version").output().is_err() {
        outcome.checked = vec![(names.len(), "plans kept, none made: terraform is not installed")];
        return Ok(outcome);
    }
    for name in &names {
        let kept = format!("{FOLDER}/{name}/plan.json");
        if plan(checkout.text(&kept).unwrap_or(""))? != plan(&made(&checkout.root, name)?)? {
            let hint = "see what changed, then `cargo xtask plans-write`";
            outcome.problem(&kept, 1, "Terraform makes another plan of these configurations", hint);
        }
    }
    outcome.checked = vec![(names.len(), "plans made by terraform")];
    Ok(outcome)
}

/// What a plan says, to be compared: one of its lists has another order each time.
fn plan(text: &str) -> Result<serde_json::Value> {
    let mut plan: serde_json::Value = serde_json::from_str(text).context("a kept plan is no JSON")?;
    if let Some(fields) = plan.as_object_mut() {
        fields.remove("relevant_attributes");
    }
    Ok(plan)
}

/// Makes every plan anew and keeps it.
///
/// # Errors
///
/// As [`check`].
pub(crate) fn write(checkout: &Checkout) -> Result<Outcome> {
    let names = names(checkout);
    for name in &names {
        let path = checkout.root.join(format!("{FOLDER}/{name}/plan.json"));
        fs::write(&path, made(&checkout.root, name)?).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(Outcome { checked: vec![(names.len(), "plans written")], ..Outcome::default() })
}

/// Folders with a configuration as it was.
fn names(checkout: &Checkout) -> Vec<String> {
    let name = |path: &str| {
        let rest = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
        rest.strip_suffix("/first/main.tf").map(str::to_owned)
    };
    checkout.files().filter_map(|(path, _)| name(path)).collect()
}

/// The plan from a folder's `first` to its `then`, with identifiers and times replaced.
fn made(root: &Path, name: &str) -> Result<String> {
    let scratch = Scratch::new(name)?;
    let folder = root.join(FOLDER).join(name);
    copy(&folder.join("first"), scratch.path())?;
    terraform(scratch.path(), &["init", "-input=false"])?;
    terraform(scratch.path(), &["apply", "-input=false", "-auto-approve"])?;
    copy(&folder.join("then"), scratch.path())?;
    terraform(scratch.path(), &["init", "-input=false"])?;
    terraform(scratch.path(), &["plan", "-input=false", "-out=plan.tfplan"])?;
    let json = terraform(scratch.path(), &["show", "-json", "plan.tfplan"])?;
    // As text, so that the order of what Terraform writes stays.
    let json = with(&json, "timestamp", "2026-01-01T00:00:00Z");
    let json = with(&json, "terraform_version", "1.11.4");
    Ok(format!("{}\n", without_ids(json.trim_end())))
}

/// The text with another value for every field of that name that holds a string.
fn with(json: &str, field: &str, value: &str) -> String {
    let before = format!("\"{field}\":\"");
    let mut parts = json.split(before.as_str());
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        out.push_str(&before);
        out.push_str(value);
        out.push_str(part.find('"').and_then(|end| part.get(end..)).unwrap_or(""));
    }
    out
}

fn terraform(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("terraform");
    command.args(arguments).current_dir(folder).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
    let output = command.output().context("cannot start `terraform`")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "`terraform {}` failed: {}", arguments.join(" "), said.trim());
    Ok(String::from_utf8(output.stdout)?)
}

/// The text with every UUID replaced by its number, the same one by the same number.
fn without_ids(text: &str) -> String {
    const LENGTH: usize = 36;
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.get(..LENGTH).filter(|word| is_uuid(word));
        let Some(word) = word else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or("");
            continue;
        };
        let number = seen.iter().position(|known| *known == word).unwrap_or_else(|| {
            seen.push(word);
            seen.len().saturating_sub(1)
        });
        out.push_str(&format!("00000000-0000-0000-0000-{number:012}"));
        rest = rest.get(LENGTH..).unwrap_or("");
    }
    out
}

fn is_uuid(word: &str) -> bool {
    word.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    #[expect(clippy::disallowed_methods, reason = "the repository's own test data")]
    let entries = fs::read_dir(from).with_context(|| format!("cannot read `{}`", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::without_ids;

    #[test]
    fn the_same_identifier_becomes_the_same_number() {
        let (one, two) = ("1f0c9a52-7a1e-4f6b-9d7c-0a6f5b1c2d3e", "AAAAAAAA-7a1e-4f6b-9d7c-0a6f5b1c2d3e");
        let text = format!("\"{one}\", é {two} {one}x 1f0c9a52-7a1e");
        let zero = "00000000-0000-0000-0000-000000000000";
        let first = "00000000-0000-0000-0000-000000000001";
        assert_eq!(without_ids(&text), format!("\"{zero}\", é {first} {zero}x 1f0c9a52-7a1e"));
    }
}
