//! The pages of the rules: every rule has one, with a bad and a good case, and its id is used once.
//!
//! That the cases do what they say is proven where they run, in the tests of plugins and readers.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::markdown::{self, Line, Part};
use crate::outcome::Outcome;

/// What a page tells, in this order.
const SECTIONS: [&str; 6] = ["What it checks", "Why", "Bad", "Good", "How to fix", "References"];

/// Judges every page.
///
/// # Errors
///
/// Never.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    let mut cases = 0;
    for (path, text) in checkout.files() {
        let Some(expected) = id_of(path) else { continue };
        let lines = markdown::lines(text);
        let heading = lines.iter().find_map(|line| Some((line.number, title(line, "# ")?)));
        let (number, id) = heading.unwrap_or((1, ""));
        if id != expected {
            let message = format!("the page is called `{id}`, its place says `{expected}`");
            outcome.problem(path, number, message, "the heading, the file or folder, and the rule's id are one name");
        }
        if let Some(first) = ids.insert(id, path) {
            let message = format!("the rule `{id}` exists already, in {first}");
            outcome.problem(path, number, message, "give one of them another id");
        }
        sections(path, &lines, &mut outcome);
        practices(path, &lines, &mut outcome);
        cases += lines.iter().filter(|line| line.part == Part::Fence).count() / 2;
    }
    outcome.checked = vec![(ids.len(), "rules"), (cases, "fenced cases")];
    Ok(outcome)
}

/// The id that a page's place gives its rule; nothing where the file is no page.
fn id_of(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["plugins", _, "src", .., folder, "rule.md"] => Some(folder.replace('_', "-")),
        ["policies", _, folder, "rule.md"] => Some((*folder).to_owned()),
        ["engine", _, "rules", file] => file.strip_suffix(".md").map(str::to_owned),
        _ => None,
    }
}

/// The text of a heading of this level.
fn title<'a>(line: &Line<'a>, level: &str) -> Option<&'a str> {
    line.text.strip_prefix(level).filter(|_| line.part == Part::Prose).map(str::trim)
}

/// All six are there, in order, each with something in it, and the cases with a fenced block.
fn sections(path: &str, lines: &[Line<'_>], outcome: &mut Outcome) {
    let titles: Vec<(usize, &str)> =
        lines.iter().enumerate().filter_map(|(index, line)| Some((index, title(line, "## ")?))).collect();
    let found: Vec<&str> = titles.iter().map(|(_, title)| *title).collect();
    if found != SECTIONS {
        let message = format!("the sections are `{}`", found.join("`, `"));
        outcome.problem(
            path,
            1,
            message,
            "they are What it checks, Why, Bad, Good, How to fix, References, in this order",
        );
    }
    let ends = titles.iter().skip(1).map(|(index, _)| *index).chain([lines.len()]);
    for ((start, title), end) in titles.iter().zip(ends) {
        let within = || lines.iter().take(end).skip(start + 1);
        let needs: fn(&Line<'_>) -> bool = match *title {
            "Bad" | "Good" => |line: &Line<'_>| matches!(line.part, Part::Code(_)),
            _ => |line: &Line<'_>| line.part == Part::Prose,
        };
        if !within().any(|line| needs(line) && !line.text.trim().is_empty()) {
            let message = format!("`{title}` says nothing");
            outcome.problem(path, start + 1, message, "a case is a fenced block, everything else at least a sentence");
        }
    }
}

/// The practices of the front matter are ids of the catalogue: `A` and three digits.
fn practices(path: &str, lines: &[Line<'_>], outcome: &mut Outcome) {
    let front = lines.iter().skip(1).take_while(|line| line.text.trim() != "---" && !line.text.starts_with('#'));
    for line in front {
        let Some(list) = line.text.strip_prefix("practices:") else { continue };
        let ids = list.trim().trim_start_matches('[').trim_end_matches(']').split(',').map(str::trim);
        for id in ids.filter(|id| !id.is_empty()) {
            let digits = id.strip_prefix('A').filter(|digits| digits.len() == 3);
            if !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
                let message = format!("`{id}` is no id of a practice");
                outcome.problem(path, line.number, message, "an `A` and three digits, such as A074");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::checkout::Checkout;

    const PAGE: &str = "---\ntitle: t\npractices: [A074, A075]\n---\n# bad-thing\n\n## What it checks\na\n## Why\nb\n\
        ## Bad\n```yaml\n# no heading\nc: 1\n```\n## Good\n```yaml\nd: 1\n```\n## How to fix\ne\n## References\n- f\n";
    const PATH: &str = "plugins/p/src/bad_thing/rule.md";

    fn judged(files: &[(&str, &str)]) -> Vec<String> {
        let problems = check(&Checkout::of(files)).unwrap().problems.into_iter();
        problems.map(|problem| format!("{}: {}", problem.line, problem.message)).collect()
    }

    #[test]
    fn a_whole_page_passes_and_none_does_not() {
        assert_eq!(judged(&[(PATH, PAGE)]), [""; 0]);
        assert_eq!(judged(&[(PATH, &PAGE.replace("A074, A075", ""))]), [""; 0]);
        assert!(check(&Checkout::of(&[(PATH, PAGE)])).unwrap().passed());
        assert!(!check(&Checkout::of(&[("plugins/sdk/testdata/rule.md", PAGE)])).unwrap().passed());
    }

    #[test]
    fn what_a_page_lacks_is_told() {
        for (from, to, expected) in [
            ("## Why\nb\n", "", "1: the sections are `What it checks`, `Bad`, `Good`, `How to fix`, `References`"),
            ("b\n## Bad", "\n## Bad", "9: `Why` says nothing"),
            ("```yaml\nd: 1\n```\n", "d: 1\n", "16: `Good` says nothing"),
            ("# no heading\nc: 1\n", "\n", "11: `Bad` says nothing"),
            ("# bad-thing", "# other", "5: the page is called `other`, its place says `bad-thing`"),
            ("A075", "75", "3: `75` is no id of a practice"),
            ("A075", "A0750", "3: `A0750` is no id of a practice"),
            ("[A074, A075]", "A7x4", "3: `A7x4` is no id of a practice"),
        ] {
            let page = PAGE.replace(from, to);
            assert_ne!(page, PAGE, "{from}");
            assert_eq!(judged(&[(PATH, &page)]), [expected]);
        }
    }

    #[test]
    fn an_id_exists_once_over_plugins_and_engine() {
        let twice = judged(&[("engine/facts/rules/bad-thing.md", PAGE), (PATH, PAGE)]);
        assert_eq!(twice, ["5: the rule `bad-thing` exists already, in engine/facts/rules/bad-thing.md"]);
    }
}
