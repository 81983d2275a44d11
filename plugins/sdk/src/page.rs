//! A rule's page: the one source of what a rule is called, how bad it is and what is told about it.
//!
//! ````markdown
//! ---
//! title: A job changes production without a person
//! class: mandatory
//! severity: critical
//! practices: [A074]
//! ---
//! # apply-unattended
//!
//! ## What it checks
//! ..
//! ## Why
//! ..
//! ## Bad
//! ```yaml
//! ```
//! ## Good
//! ```yaml
//! ```
//! ## How to fix
//! ..
//! ## References
//! ..
//! ````
//!
//! All six sections are there, in this order and no others; `Bad` and `Good` hold a fenced block. The front matter is
//! lines of `key: value`, not YAML. Users see the page without it.

/// The sections, in order.
pub const SECTIONS: [&str; 6] = ["What it checks", "Why", "Bad", "Good", "How to fix", "References"];

/// What the front matter and the heading say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The heading: the rule's id.
    pub id: &'static str,
    /// One line: the bad thing, as a sentence without a full stop.
    pub title: &'static str,
    /// What a finding does to the gate.
    pub class: Class,
    /// How bad a finding is.
    pub severity: Severity,
    /// Ids of the practices that the rule checks; may be empty.
    pub practices: Vec<&'static str>,
    /// The Markdown from the heading on.
    pub markdown: &'static str,
}

/// What is wrong with a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page of rule `{rule}`, line {line}: {message}")]
pub struct PageError {
    /// The heading, or `?` where there is none.
    pub rule: String,
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            fn parse(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!(concat!("`{}` is not one of", $(" `", $word, "`"),+), word)),
                }
            }
        }
    };
}

words! {
    /// What a finding does to the gate.
    Class {
        /// Shown, never decides.
        Advice = "advice",
        /// Counts at or above the threshold, and can be waived.
        Default = "default",
        /// Always closes the gate.
        Mandatory = "mandatory",
    }
}

words! {
    /// How bad a finding is.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Untidy.
        Low = "low",
        /// Weakens a guard.
        Medium = "medium",
        /// Breaks a guard.
        High = "high",
        /// Opens production.
        Critical = "critical",
    }
}

/// The heading, found without judging the rest; empty where there is none.
#[must_use]
pub fn id(page: &'static str) -> &'static str {
    page.lines().find_map(|line| line.strip_prefix("# ")).map_or("", str::trim)
}

/// Reads and judges a page.
///
/// # Errors
/// Where anything is missing, unknown or out of order; the first one is told.
pub fn parse(page: &'static str) -> Result<Page, PageError> {
    let name = Some(id(page)).filter(|id| !id.is_empty()).unwrap_or("?");
    read(page).map_err(|(line, message)| PageError { rule: name.into(), line, message })
}

type Wrong = (usize, String);

fn read(page: &'static str) -> Result<Page, Wrong> {
    let mut front = Front::default();
    let mut rest = page;
    let mut line = 0;
    let end = loop {
        let Some((text, below)) = rest.split_once('\n') else {
            return Err((line.max(1), "the front matter does not end: `---` must stand before and after it".into()));
        };
        (rest, line) = (below, line + 1);
        match (line, text.trim()) {
            (1, "---") => {}
            (1, _) => return Err((1, "the first line must be `---`, then the front matter".into())),
            (_, "---") => break line,
            (_, entry) => front.take(entry).map_err(|message| (line, message))?,
        }
    };
    let missing = |key: &str| (end, format!("the front matter lacks `{key}`"));
    let markdown = rest.trim_start();
    let skipped = rest.lines().take_while(|line| line.trim().is_empty()).count();
    let id = judge(markdown).map_err(|(below, message)| (end + skipped + below, message))?;
    Ok(Page {
        id,
        title: front.title.ok_or_else(|| missing("title"))?,
        class: front.class.ok_or_else(|| missing("class"))?,
        severity: front.severity.ok_or_else(|| missing("severity"))?,
        practices: front.practices.ok_or_else(|| missing("practices"))?,
        markdown,
    })
}

#[derive(Default)]
struct Front {
    title: Option<&'static str>,
    class: Option<Class>,
    severity: Option<Severity>,
    practices: Option<Vec<&'static str>>,
}

impl Front {
    fn take(&mut self, entry: &'static str) -> Result<(), String> {
        let (key, value) = entry.split_once(':').ok_or_else(|| format!("`{entry}` is not `key: value`"))?;
        let value = value.trim();
        let twice = match key {
            "title" => self.title.replace(title(value)?).is_some(),
            "class" => self.class.replace(Class::parse(value)?).is_some(),
            "severity" => self.severity.replace(Severity::parse(value)?).is_some(),
            "practices" => self.practices.replace(practices(value)?).is_some(),
            _ => return Err(format!("`{key}` is not one of `title` `class` `severity` `practices`")),
        };
        if twice { Err(format!("`{key}` stands twice")) } else { Ok(()) }
    }
}

fn title(value: &'static str) -> Result<&'static str, String> {
    match value {
        "" => Err("`title` is empty".into()),
        _ if value.ends_with('.') => Err("`title` ends with a full stop".into()),
        _ => Ok(value),
    }
}

fn practices(value: &'static str) -> Result<Vec<&'static str>, String> {
    let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    let list = list.ok_or_else(|| format!("`{value}` is not a list: write `[A074, A075]`, or `[]`"))?;
    let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
    let good = |id: &str| {
        let digits = id.strip_prefix(|c: char| c.is_ascii_uppercase());
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    ids.map(|id| if good(id) { Ok(id) } else { Err(format!("`{id}` is not a practice's id, as `A074` is")) }).collect()
}

/// Judges the Markdown and gives its heading. Lines are counted from one, at the heading.
fn judge(markdown: &'static str) -> Result<&'static str, Wrong> {
    let heading = markdown.lines().next().and_then(|line| line.strip_prefix("# "));
    let id = heading.ok_or((1, String::from("`# rule-id` must follow the front matter")))?.trim();
    if !kebab(id) {
        return Err((1, format!("the heading `{id}` is not a rule's id: lower-case words joined by `-`")));
    }
    let mut wanted = SECTIONS.iter();
    let mut open: Option<Section> = None;
    let mut fence: Option<&str> = None;
    let mut last = 1;
    for (number, line) in (1..).zip(markdown.lines()).skip(1) {
        last = number;
        let mark = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if let Some(name) = line.strip_prefix("## ").filter(|_| fence.is_none()) {
            open.map_or(Ok(()), Section::close)?;
            match wanted.next() {
                Some(expected) if *expected == name.trim() => {}
                Some(expected) => return Err((number, format!("`## {expected}` must stand here, not `## {name}`"))),
                None => return Err((number, format!("`## {name}` is none of a page's sections"))),
            }
            open = Some(Section { line: number, name: name.trim(), text: false, fenced: false });
        } else if let Some(section) = &mut open {
            section.text |= !line.trim().is_empty();
            section.fenced |= mark.is_some();
        } else if !line.trim().is_empty() {
            return Err((number, "text must stand in a section".into()));
        }
    }
    if fence.is_some() {
        return Err((last, "a fenced block does not end".into()));
    }
    open.map_or(Ok(()), Section::close)?;
    wanted.next().map_or(Ok(id), |name| Err((last, format!("`## {name}` is missing"))))
}

struct Section {
    line: usize,
    name: &'static str,
    text: bool,
    fenced: bool,
}

impl Section {
    fn close(self) -> Result<(), Wrong> {
        if !self.text {
            return Err((self.line, format!("`## {}` is empty", self.name)));
        }
        if matches!(self.name, "Bad" | "Good") && !self.fenced {
            return Err((self.line, format!("`## {}` shows no fenced block", self.name)));
        }
        Ok(())
    }
}

pub(crate) fn kebab(id: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.split('-').all(word) && id.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Class, Severity, id, parse};

    const GOOD: &str = include_str!("../testdata/rule.md");

    /// The page with one piece of text changed, and what is said of it.
    fn change(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        let page = GOOD.replacen(from, to, 1);
        parse(page.leak()).map_or_else(|error| error.to_string(), |page| format!("{page:?}"))
    }

    #[test]
    fn a_good_page_says_everything() {
        let page = parse(GOOD).unwrap();
        assert_eq!((page.id, page.title), ("silent-failure", "A job that may fail: nobody notices"));
        assert_eq!((page.class, page.severity), (Class::Default, Severity::Low));
        assert_eq!(page.practices, ["A074", "A075"]);
        assert!(page.markdown.starts_with("# silent-failure\n\n## What it checks\n"));
        assert_eq!(id(GOOD), "silent-failure");
    }

    #[test]
    fn lines_may_end_as_on_windows() {
        let page = parse(GOOD.replace('\n', "\r\n").leak()).unwrap();
        assert_eq!((page.id, page.title), ("silent-failure", "A job that may fail: nobody notices"));
    }

    #[test]
    fn the_first_thing_wrong_is_told_with_rule_and_line() {
        let cases = [
            ("---\ntitle", "title", "line 1: the first line must be `---`, then the front matter"),
            ("class: default", "class: strict", "line 3: `strict` is not one of `advice` `default` `mandatory`"),
            ("severity: low", "severe: low", "line 4: `severe` is not one of `title` `class` `severity` `practices`"),
            ("severity: low", "class: default", "line 4: `class` stands twice"),
            ("severity: low\n", "", "line 5: the front matter lacks `severity`"),
            ("severity: low", "low", "line 4: `low` is not `key: value`"),
            ("notices", "notices.", "line 2: `title` ends with a full stop"),
            ("[A074, A075]", "A074", "line 5: `A074` is not a list: write `[A074, A075]`, or `[]`"),
            ("A075", "075", "line 5: `075` is not a practice's id, as `A074` is"),
            ("## Why", "## Because", "line 12: `## Why` must stand here, not `## Because`"),
            ("A check that may fail is no check.", "", "line 12: `## Why` is empty"),
            ("```yaml\nscan: {}\n```", "scan: {}", "line 20: `## Good` shows no fenced block"),
            ("scan: {}\n```", "scan: {}", "line 28: a fenced block does not end"),
            ("## References\n", "", "line 28: `## References` is missing"),
            ("## What it checks", "text\n## What it checks", "line 9: text must stand in a section"),
        ];
        for (from, to, wrong) in cases {
            assert_eq!(change(from, to), format!("page of rule `silent-failure`, {wrong}"), "{from}");
        }
        let heading = change("# silent-failure", "# Silent failure");
        assert!(
            heading.starts_with("page of rule `Silent failure`, line 7: the heading `Silent failure`"),
            "{heading}"
        );
        assert!(change("# silent-failure\n", "\n").starts_with("page of rule `?`, line "));
    }

    #[test]
    fn headings_in_a_fenced_block_are_no_sections() {
        assert!(change("scan: {}\n", "scan: {}\n## Why\n").starts_with("Page {"));
    }

    #[test]
    fn no_text_makes_it_panic() {
        for end in 0..=GOOD.len() {
            let Some(cut) = GOOD.get(..end) else { continue };
            assert!(parse(cut).is_err() || end + 60 > GOOD.len(), "{end}");
        }
    }
}
