//! `cargo xtask hcl-judge [COUNT]`: `terraform fmt` and `engine check` accept and reject the same HCL.
//!
//! Files that differ from a sample source in one edit are made, always the same ones, and shown to both programs, many at
//! a time. Where they differ, the difference has to be of a kind that `known.tsv` lists with its reason, and all
//! together at most one file in two hundred may differ. Whether a rejected file is reported at the same place is not
//! compared.

mod judges;
mod mutation;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::checkout::Checkout;

/// The command.
pub(crate) const NAME: &str = "hcl-judge";

/// How many files are judged where nobody says how many.
pub(crate) const COUNT: usize = 5_000;

/// How many of them are judged in CI.
pub(crate) const PART: usize = 2_000;

/// The sample sources: every `.tf` below it.
const SOURCES: &str = "testdata/collaborative/";

/// One in so many files may differ, for a reason that is known.
const ONE_IN: usize = 200;

/// How many files share a folder, and with it a module.
const FOLDER: usize = 50;

/// How many files Terraform is shown at a time: the time that it takes for its errors grows with their square.
const BATCH: usize = 500;

/// The differences that are known: who rejects, a part of what it says, a part of what was edited, why the other does
/// not.
const KNOWN: &str = include_str!("known.tsv");

/// What one program says of the files that it rejects, by the file's number.
type Rejected = BTreeMap<usize, String>;

/// A difference.
struct Difference {
    rejects: &'static str,
    says: String,
    edit: String,
    /// Why it is known; `None` where it is not.
    reason: Option<&'static str>,
}

/// Judges `count` files, prints what differs, and says whether that is little enough.
///
/// # Errors
///
/// Where a program cannot be started or gives no sense, or files cannot be written.
pub(crate) fn run(count: usize) -> Result<bool> {
    let checkout = Checkout::open()?;
    let is_source = |path: &str| path.starts_with(SOURCES) && path.ends_with(".tf");
    let sources: Vec<(&str, &str)> = checkout.files().filter(|(path, _)| is_source(path)).collect();
    ensure!(!sources.is_empty(), "there is no `.tf` below `{SOURCES}`");
    progress("building the engine");
    let engine = judges::build()?;
    let texts: Vec<&str> = sources.iter().map(|(_, text)| *text).collect();
    let made = mutation::made(&texts, count);
    let folder = Scratch::new()?;
    for (number, mutant) in made.iter().enumerate() {
        let path = folder.0.join(path(number));
        std::fs::create_dir_all(path.parent().context("a file without a folder")?)?;
        std::fs::write(&path, &mutant.text)?;
    }
    let mut theirs = Rejected::new();
    for first in (0..made.len()).step_by(BATCH) {
        progress(&format!("asking terraform, {first} of {}", made.len()));
        theirs.extend(judges::terraform(&folder.0.join(batch(first)))?);
    }
    progress("asking the engine");
    let ours = judges::engine(&engine, &folder.0)?;
    progress("");
    let edit = |number: usize| {
        let mutant = made.get(number)?;
        let (source, _) = sources.get(mutant.source)?;
        Some(format!("{source}: {}", mutant.edit))
    };
    let differences = compare(&theirs, &ours, &edit);
    let (text, passed) = report(made.len(), theirs.len(), &differences);
    write!(io::stdout().lock(), "{text}")?;
    Ok(passed)
}

/// Judges [`PART`] files, if `terraform` can be started; says that it did not, if not.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn part() -> Result<bool> {
    if judges::has_terraform() {
        return run(PART);
    }
    writeln!(io::stdout().lock(), "{NAME}: skipped: no `terraform` on the path")?;
    Ok(true)
}

fn progress(what: &str) {
    let mut out = io::stderr().lock();
    if out.is_terminal() {
        // Where nobody sees it, nothing is lost.
        let _ = write!(out, "\r\u{1b}[K{what}");
        let _ = out.flush();
    }
}

/// The folder of the batch that has the file of a number.
fn batch(number: usize) -> String {
    format!("b{:02}", number.checked_div(BATCH).unwrap_or_default())
}

/// Where the file of a number lies.
fn path(number: usize) -> String {
    format!("{}/m{:03}/f{number:05}.tf", batch(number), number.checked_div(FOLDER).unwrap_or_default())
}

/// The number of a file by its path.
fn number(path: &str) -> Option<usize> {
    let name = path.trim().rsplit(['/', '\\']).next()?;
    name.strip_prefix('f')?.strip_suffix(".tf")?.parse().ok()
}

fn compare(theirs: &Rejected, ours: &Rejected, edit: &dyn Fn(usize) -> Option<String>) -> Vec<Difference> {
    let only = |rejects: &'static str, these: &Rejected, others: &Rejected| -> Vec<Difference> {
        let only = these.iter().filter(|(file, _)| !others.contains_key(file));
        let difference = |(file, says): (&usize, &String)| {
            let edit = edit(*file).unwrap_or_default();
            let reason = reason(KNOWN, rejects, says, &edit);
            Difference { rejects, says: says.clone(), edit, reason }
        };
        only.map(difference).collect()
    };
    let mut differences = only("terraform", theirs, ours);
    differences.extend(only("engine", ours, theirs));
    differences
}

/// Why a difference is known.
fn reason(known: &'static str, rejects: &str, says: &str, edit: &str) -> Option<&'static str> {
    let mut lines = known.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.find_map(|line| {
        let mut cells = line.split('\t');
        let (who, said, edited, reason) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        (who == rejects && says.contains(said) && edit.contains(edited)).then_some(reason)
    })
}

/// What is printed, and whether it is a pass.
fn report(files: usize, rejected: usize, differences: &[Difference]) -> (String, bool) {
    let mut text = String::new();
    let mut kinds: BTreeMap<(&str, &str), (usize, &str)> = BTreeMap::new();
    for difference in differences {
        let kind = (difference.rejects, difference.reason.unwrap_or("NOT KNOWN"));
        let (count, _) = kinds.entry(kind).or_insert((0, &difference.edit));
        *count = count.saturating_add(1);
    }
    if !kinds.is_empty() {
        text.push_str("files  only rejected by  reason\n");
    }
    for ((rejects, reason), (count, first)) in kinds {
        text.push_str(&format!("{count:>5}  {rejects:<16}  {reason}\n       such as {first}\n"));
    }
    let unknown: Vec<&Difference> = differences.iter().filter(|difference| difference.reason.is_none()).collect();
    for difference in &unknown {
        let Difference { rejects, says, edit, .. } = difference;
        text.push_str(&format!("{edit}\n  {rejects}: {says}\n"));
    }
    if !unknown.is_empty() {
        text.push_str(
            "  hint: mend the reader in engine/formats/src/hcl, or list the kind in xtask/src/hcl_judge/known.tsv\n",
        );
    }
    let many = differences.len().saturating_mul(ONE_IN) > files;
    let passed = unknown.is_empty() && !many && rejected > 0 && rejected < files;
    let end = match (passed, many) {
        (true, _) => "ok",
        (false, true) => "failed, more than 0.5 % differ",
        (false, false) => "failed",
    };
    text.push_str(&format!(
        "{NAME}: {files} files, {rejected} rejected by terraform, {} differ: {end}\n",
        differences.len()
    ));
    (text, passed)
}

/// A folder that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("engine-hcl-judge-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make `{}`", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it is the system's to tidy.
        let _ = std::fs::remove_dir_all(Path::new(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, Rejected, compare, number, path, reason, report};

    #[test]
    fn a_file_is_known_by_its_number() {
        assert_eq!(path(4_999), "b09/m099/f04999.tf");
        assert_eq!(number(&path(4_999)), Some(4_999));
        assert_eq!(number("x/main.tf"), None);
    }

    #[test]
    fn a_reason_is_found_by_what_is_said() {
        let known = "# who\twhat\twhere\twhy\nterraform\tBad thing\tput \"x\"\tit is bad\n";
        let edit = "line 3: put \"x\" before \"y\"";
        assert_eq!(reason(known, "terraform", "A: Bad thing here", edit), Some("it is bad"));
        assert_eq!(reason(known, "terraform", "A: Bad thing here", "line 3: deleted \"x\""), None);
        assert_eq!(reason(known, "terraform", "A: thing", edit), None);
        assert_eq!(reason(known, "engine", "A: Bad thing here", edit), None);
        for line in KNOWN.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [who, said, edited, reason] = cells.as_slice() else { panic!("{line}") };
            let full = [said, edited, reason].iter().all(|cell| !cell.is_empty());
            assert!(["terraform", "engine"].contains(who) && full, "{line}");
        }
    }

    #[test]
    fn a_difference_that_nobody_knows_fails() {
        let rejected = |files: &[usize]| files.iter().map(|file| (*file, "no".to_owned())).collect::<Rejected>();
        let edit = |_: usize| Some("main.tf: deleted `{`".to_owned());
        let judge = |theirs: &[usize], ours: &[usize], files: usize| {
            report(files, theirs.len(), &compare(&rejected(theirs), &rejected(ours), &edit))
        };
        assert_eq!(judge(&[1, 2], &[1, 2], 500).0, "hcl-judge: 500 files, 2 rejected by terraform, 0 differ: ok\n");
        let (text, passed) = judge(&[1, 2], &[1, 3], 500);
        assert!(!passed && text.contains("main.tf: deleted `{`\n  engine: no\n"), "{text}");
        assert!(!judge(&[1, 2], &[1], 500).1);
        // Nothing rejected, or everything: nobody has looked.
        assert!(!judge(&[], &[], 500).1 && !judge(&[0, 1], &[0, 1], 2).1);
    }

    #[test]
    fn too_many_differences_fail_whatever_they_are() {
        let differences = |count: usize| -> Vec<super::Difference> {
            let one = |_| super::Difference {
                rejects: "engine",
                says: String::new(),
                edit: String::new(),
                reason: Some("known"),
            };
            (0..count).map(one).collect()
        };
        assert!(report(1_000, 9, &differences(5)).1);
        let (text, passed) = report(1_000, 9, &differences(6));
        assert!(!passed && text.ends_with("6 differ: failed, more than 0.5 % differ\n"), "{text}");
    }
}
