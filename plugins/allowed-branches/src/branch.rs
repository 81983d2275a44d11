//! Which branches are production's, and how names and patterns of branches compare.

use engine_sdk::prelude::*;
use serde::Deserialize;

/// The engine's configuration. There is always one.
#[derive(Deserialize, Facts)]
#[facts(kind = "engine.config")]
pub(crate) struct Config {
    pub(crate) written: bool,
    pub(crate) branches: Vec<String>,
    pub(crate) tenants: Vec<Tenant>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

/// What the default branch is called.
const USUAL: &[&str] = &["main", "master"];

/// What else is taken for production's where nobody says: the name says it.
const TELLING: &[&str] = &["production", "prod"];

/// The branches that production changes from.
pub(crate) struct Production {
    branches: Vec<String>,
    /// Whether somebody named them, so that each of them is one.
    pub(crate) named: bool,
}

impl Production {
    pub(crate) fn new(config: &Items<Config>) -> Self {
        match config.iter().next().filter(|config| !config.branches.is_empty()) {
            Some(config) => Self { branches: config.branches.clone(), named: config.written },
            None => Self { branches: USUAL.iter().map(|name| (*name).to_owned()).collect(), named: false },
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.branches.iter().map(String::as_str)
    }

    /// Whether all branches of a name or pattern are production's.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|own| covers(own, name)) || !self.named && TELLING.contains(&name)
    }

    /// Whether some branch of a name or pattern may be one of production's.
    pub(crate) fn meets(&self, name: &str) -> bool {
        self.names().any(|own| overlaps(own, name)) || !self.named && TELLING.contains(&name)
    }

    /// Whether the default branch is one of them; `None` where only GitLab knows.
    pub(crate) fn has_default(&self) -> Option<bool> {
        (!self.named || USUAL.iter().any(|name| self.has(name))).then_some(true)
    }

    /// The branches for people: `` `main` or `master` ``.
    pub(crate) fn title(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        names.join(" or ")
    }

    /// An example of what to write.
    pub(crate) fn example(&self) -> &str {
        self.names().find(|name| !name.contains('*')).unwrap_or("main")
    }
}

/// Whether every name that `narrow` matches is matched by `wide`; `*` stands for any number of characters. A `*` of
/// `narrow` is only matched by one of `wide`, so that it is never said wrongly.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    let (wide, narrow): (Vec<char>, Vec<char>) = (wide.chars().collect(), narrow.chars().collect());
    follow(&wide, &narrow, |wide, narrow| wide == narrow && wide != '*')
}

/// Whether `pattern` matches with the star of the text taken as text, by the rows of a table.
fn follow(pattern: &[char], text: &[char], same: impl Fn(char, char) -> bool) -> bool {
    let mut row: Vec<bool> = Vec::new();
    let mut reached = true;
    row.push(true);
    for piece in pattern {
        reached &= *piece == '*';
        row.push(reached);
    }
    for c in text {
        let mut next = vec![false];
        for (index, piece) in pattern.iter().enumerate() {
            let at = |row: &[bool], index: usize| row.get(index).copied().unwrap_or(false);
            let matched = if *piece == '*' {
                at(&next, index) || at(&row, index.saturating_add(1))
            } else {
                at(&row, index) && same(*piece, *c)
            };
            next.push(matched);
        }
        row = next;
    }
    row.last() == Some(&true)
}

/// Whether some name may match both. Where both have stars, only what stands before the first and behind the last ones
/// is compared, so that it is said rather too often.
pub(crate) fn overlaps(one: &str, other: &str) -> bool {
    match (one.contains('*'), other.contains('*')) {
        (_, false) => covers(one, other),
        (false, true) => covers(other, one),
        (true, true) => {
            let ends = |text: &str| {
                let head: Vec<char> = text.chars().take_while(|c| *c != '*').collect();
                let tail: Vec<char> = text.chars().rev().take_while(|c| *c != '*').collect();
                (head, tail)
            };
            let alike = |a: &[char], b: &[char]| a.iter().zip(b).all(|(a, b)| a == b);
            let ((head, tail), (other_head, other_tail)) = (ends(one), ends(other));
            alike(&head, &other_head) && alike(&tail, &other_tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{covers, overlaps};

    #[test]
    fn a_pattern_covers_what_it_matches() {
        let check =
            |wide: &str, narrow: &str, expect: bool| assert_eq!(covers(wide, narrow), expect, "{wide} {narrow}");
        check("main", "main", true);
        check("main", "mainly", false);
        check("*", "main", true);
        check("release/*", "release/1/2", true);
        check("release/*", "release/*", true);
        check("release/*", "release/v*", true);
        check("release/v*", "release/*", false);
        check("release/*", "*", false);
        check("*-prod", "a-*-prod", true);
        check("main", "*", false);
        check("a*", "*a", false);
    }

    #[test]
    fn patterns_overlap_where_a_name_may_match_both() {
        let check = |one: &str, other: &str, expect: bool| {
            assert_eq!(overlaps(one, other), expect, "{one} {other}");
            assert_eq!(overlaps(other, one), expect, "{other} {one}");
        };
        check("main", "main", true);
        check("main", "m*", true);
        check("main", "develop", false);
        check("main", "d*", false);
        check("release/*", "*-1", true);
        check("release/*", "feature/*", false);
        check("*-a", "*-b", false);
    }
}
