//! Tests of rules by example: the cases on a rule's page, and trees whose files mark what must be found in them.
//!
//! The same for a rule in Rego, in a plugin and in the engine itself. Rego's own tests are `engine-rego`'s.

mod memory;

use std::collections::BTreeMap;

use engine_model::{FilePath, RuleId, RuleInfo, Tree, TreeError};

pub use memory::Memory;

use crate::{CheckOptions, Error, Gate, Quiet, Trusted};

/// How a folder is called whose folders are trees with marks.
const FIXTURES: &str = "fixtures";

/// The most bytes that a file of a fixture may have.
const MAX_BYTES: u64 = 8 << 20;

/// Something that a rule should do, and whether it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is, for people: ``rule `local-state`, case 1 under Bad``.
    pub name: String,
    /// What is otherwise than it should be, a line each; empty where all is well.
    pub wrong: Vec<String>,
}

/// Makes the gate for a tree, which may have an `engine.yaml` of its own, or be judged by the one of a revision.
pub type GateFor<'g> = dyn Fn(&dyn Tree, Option<&Trusted<'_>>) -> Result<Gate, Error> + 'g;

/// How the path of a file ends that belongs to the revision which judges the others.
const REVISION: &str = " at origin/main";

/// The fenced blocks under a heading of a rule's page.
#[must_use]
pub fn blocks<'p>(page: &'p str, heading: &str) -> Vec<&'p str> {
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap_or("");
    section.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).map(|(_, text)| text).collect()
}

/// Every case on the pages of `rules`: a bad one must fire its rule, a good one must not.
///
/// # Errors
/// Where a gate cannot be made.
pub fn pages<'r>(rules: impl IntoIterator<Item = &'r RuleInfo>, gate: &GateFor<'_>) -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    for rule in rules {
        for (heading, fires) in [("Bad", true), ("Good", false)] {
            let blocks = blocks(&rule.page, heading);
            if blocks.is_empty() {
                let wrong = vec![format!("the page has no case under `{heading}`")];
                cases.push(Case { name: format!("rule `{}`", rule.id), wrong });
            }
            for (number, block) in (1..).zip(blocks) {
                let name = format!("rule `{}`, case {number} under `{heading}`", rule.id);
                let wrong = match Memory::pair(block) {
                    Some((tree, there)) => page(rule, &tree, there.as_ref(), fires, gate)?,
                    None => vec!["it does not begin with `# path`, or `//- path` before each file".to_owned()],
                };
                cases.push(Case { name, wrong });
            }
        }
    }
    Ok(cases)
}

fn page(
    rule: &RuleInfo,
    tree: &Memory,
    there: Option<&Memory>,
    fires: bool,
    gate: &GateFor<'_>,
) -> Result<Vec<String>, Error> {
    let options = CheckOptions::default();
    let evaluation = match there {
        None => gate(tree, None)?.check(tree, &options, &Quiet)?,
        Some(there) => {
            let trusted = Trusted { tree: there, name: "origin/main", id: "1a2b3c4d5e6f" };
            gate(tree, Some(&trusted))?.check_against(tree, &trusted, &options, &Quiet)?
        }
    };
    let found = evaluation.findings.iter().find(|finding| finding.rule == rule.id);
    Ok(match found {
        Some(finding) if !fires => vec![format!("it fires: {}: {}", finding.location, finding.message)],
        None if fires => {
            let mut wrong = vec!["it does not fire".to_owned()];
            let undecided = evaluation.undecided.iter().filter(|one| one.rules.contains(&rule.id));
            wrong.extend(undecided.map(|one| format!("it is undecided: {}", one.message)));
            wrong
        }
        _ => Vec::new(),
    })
}

/// Every tree with marks: each folder in a folder called `fixtures`. What `rules` find must be what the marks say, no
/// more and no less. A mark is a comment `# error: rule-id, rule-id` (or `// error:`); at the end of a line it means that
/// line, alone on a line the next one.
///
/// # Errors
/// Where the tree cannot be listed, or a gate cannot be made.
pub fn fixtures(tree: &dyn Tree, folder: &str, rules: &[RuleId], gate: &GateFor<'_>) -> Result<Vec<Case>, Error> {
    let mut trees: BTreeMap<String, Memory> = BTreeMap::new();
    let mut cases = Vec::new();
    for entry in tree.list()?.files {
        let Some((root, below)) = fixture(entry.path.as_str(), folder) else { continue };
        match tree.read(&entry.path, MAX_BYTES) {
            Ok(bytes) => trees.entry(root).or_default().add(below, bytes),
            Err(error) => cases.push(Case { name: entry.path.to_string(), wrong: vec![error.to_string()] }),
        }
    }
    for (name, tree) in trees {
        let evaluation = gate(&tree, None)?.check(&tree, &CheckOptions::default(), &Quiet)?;
        let ours = evaluation.findings.iter().filter(|finding| rules.contains(&finding.rule));
        let line = |finding: &engine_model::Finding| {
            format!("{}:{}: {}", finding.location.file.path(), finding.location.start().line, finding.rule)
        };
        let found: Vec<String> = ours.map(line).collect();
        let marked: Vec<String> = marks(&tree)?;
        let missing =
            marked.iter().filter(|mark| !found.contains(mark)).map(|mark| format!("marked, not found: {mark}"));
        let extra = found.iter().filter(|line| !marked.contains(line)).map(|line| format!("found, not marked: {line}"));
        cases.push(Case { name: format!("fixture `{name}`"), wrong: missing.chain(extra).collect() });
    }
    Ok(cases)
}

/// The folder of the fixture that a path lies in, and the path there.
fn fixture<'p>(path: &'p str, folder: &str) -> Option<(String, &'p str)> {
    let folder = folder.trim_matches('/');
    let rest = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
    let mark = format!("{FIXTURES}/");
    let inside = if rest.starts_with(&mark) {
        mark.len()
    } else {
        rest.find(&format!("/{mark}"))?.checked_add(mark.len() + 1)?
    };
    let (name, below) = rest.get(inside..)?.split_once('/')?;
    let root = path.strip_suffix(below)?.trim_end_matches('/');
    Some((root.to_owned(), below)).filter(|_| !name.is_empty() && !below.is_empty())
}

/// `path:line: rule` for each mark of a tree.
fn marks(tree: &Memory) -> Result<Vec<String>, TreeError> {
    let mut marks = Vec::new();
    for entry in tree.list()?.files {
        let bytes = tree.read(&entry.path, MAX_BYTES)?;
        for (number, line) in (1_usize..).zip(String::from_utf8_lossy(&bytes).lines()) {
            let Some((before, rules)) = line.split_once("# error: ").or_else(|| line.split_once("// error: ")) else {
                continue;
            };
            let number = if before.trim().is_empty() { number.saturating_add(1) } else { number };
            marks.extend(rules.split(',').map(|rule| format!("{}:{number}: {}", entry.path, rule.trim())));
        }
    }
    Ok(marks)
}

impl Memory {
    /// The files of a text that has `//- path` before each, or `# path` in its first line for a single one; nothing
    /// where it has neither.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut tree = Self::default();
        if let Some(path) = text.strip_prefix("# ").and_then(|rest| rest.lines().next()) {
            tree.add(FilePath::new(path.trim())?.as_str(), text.as_bytes().to_vec());
            return Some(tree);
        }
        for part in text.split("//- ").skip(1) {
            let (path, text) = part.split_once('\n')?;
            tree.add(FilePath::new(path.trim())?.as_str(), text.as_bytes().to_vec());
        }
        Some(tree).filter(|tree| !tree.is_empty())
    }
}

impl Memory {
    /// The files of a text, and those whose path ends in ` at origin/main`, if there are any: the revision that judges.
    #[must_use]
    pub fn pair(text: &str) -> Option<(Self, Option<Self>)> {
        let (mut tree, mut there) = (Self::default(), Self::default());
        for (path, bytes) in Self::of(text)?.into_files() {
            match path.as_str().strip_suffix(REVISION) {
                Some(path) => there.add(path, bytes),
                None => tree.add(path.as_str(), bytes),
            }
        }
        let there = Some(there).filter(|there| !there.is_empty());
        Some((tree, there))
    }
}

#[cfg(test)]
mod tests {
    use super::fixture;

    #[test]
    fn a_fixture_is_a_folder_in_fixtures() {
        let check = |path: &str, folder: &str, expect: Option<(&str, &str)>| {
            let found = fixture(path, folder);
            assert_eq!(found.as_ref().map(|(root, below)| (root.as_str(), *below)), expect, "{path}");
        };
        check("p/rule/fixtures/bad/main.tf", "p", Some(("p/rule/fixtures/bad", "main.tf")));
        check("p/fixtures/bad/ci/a.yml", "", Some(("p/fixtures/bad", "ci/a.yml")));
        check("p/fixtures/main.tf", "p", None);
        check("p/rule/rule.rego", "p", None);
        check("q/fixtures/bad/main.tf", "p", None);
    }
}
