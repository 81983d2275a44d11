//! Patterns of paths as languages, as `changes` and `exists` mean them: Ruby's `File.fnmatch` with `FNM_PATHNAME`,
//! `FNM_DOTMATCH` and `FNM_EXTGLOB`.
//!
//! `*` stops at a slash, and so does `**`, but for `**/` where a part of the path begins: that is any number of folders.
//! So `docs/**` is what lies in `docs` itself, and `docs/**/*` everything below it. Names that begin with a dot are like
//! any other, `{a,b}` is either.

use super::super::language::{Language, Languages};

/// How many patterns without braces one with braces may stand for.
const MAX_PLAIN: usize = 64;

/// How many pairs of braces are written out for that.
const MAX_STEPS: usize = 256;

/// How many bytes a pattern may have.
const MAX_LENGTH: usize = 1024;

/// What no path matches.
const NOTHING: &str = r"[^\s\S]";

/// Any number of folders.
const FOLDERS: &str = "(?-u:[^/]+/)*";

/// Anything in one part of a path.
const PART: &str = "(?-u:[^/]*)";

/// The paths that a pattern matches; `None` where it holds a variable, or stands for too much to be followed.
pub(in super::super) fn language(languages: &Languages, pattern: &str) -> Option<Language> {
    if pattern.contains('$') || pattern.len() > MAX_LENGTH {
        return None;
    }
    let mut each: Vec<String> = spread(pattern)?.iter().filter_map(|plain| expression(plain)).collect();
    if each.is_empty() {
        each.push(NOTHING.to_owned());
    }
    languages.expression(&format!(r"\A(?:{})\z", each.join("|"))).ok()
}

/// Every pattern without braces that one with braces stands for. A brace that is never closed matches nothing.
fn spread(pattern: &str) -> Option<Vec<Vec<char>>> {
    let (mut out, mut open, mut steps) = (Vec::new(), vec![pattern.chars().collect::<Vec<char>>()], 0_usize);
    while let Some(pattern) = open.pop() {
        steps = steps.saturating_add(1);
        match braces(&pattern) {
            Braces::None => out.push(pattern),
            Braces::Open => {}
            Braces::Pair(from, commas, to) => {
                let (before, behind) = (pattern.get(..from)?, pattern.get(to.saturating_add(1)..)?);
                let mut from = from;
                for end in commas.into_iter().chain([to]) {
                    let chosen = pattern.get(from.saturating_add(1)..end)?;
                    open.push([before, chosen, behind].concat());
                    from = end;
                }
            }
        }
        if steps > MAX_STEPS || open.len().saturating_add(out.len()) > MAX_PLAIN {
            return None;
        }
    }
    Some(out)
}

/// What a pattern has of braces.
enum Braces {
    None,
    /// One that is never closed.
    Open,
    /// The first pair, and the commas that are its own.
    Pair(usize, Vec<usize>, usize),
}

fn braces(pattern: &[char]) -> Braces {
    let (mut from, mut depth, mut commas, mut escaped) = (None, 0_usize, Vec::new(), false);
    for (at, letter) in pattern.iter().enumerate() {
        match (letter, from) {
            _ if escaped => escaped = false,
            ('\\', _) => escaped = true,
            ('{', None) => from = Some(at),
            ('{', Some(_)) => depth = depth.saturating_add(1),
            (',', Some(_)) if depth == 0 => commas.push(at),
            ('}', Some(from)) if depth == 0 => return Braces::Pair(from, commas, at),
            ('}', Some(_)) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if from.is_some() { Braces::Open } else { Braces::None }
}

/// A pattern without braces as a regular expression; `None` where it matches nothing.
fn expression(pattern: &[char]) -> Option<String> {
    let mut out = String::new();
    let (mut rest, mut begins) = (pattern, true);
    loop {
        let (piece, behind) = match rest {
            [] => return Some(out),
            ['*', '*', '/', behind @ ..] if begins => {
                if !out.ends_with(FOLDERS) {
                    out.push_str(FOLDERS);
                }
                rest = behind;
                continue;
            }
            ['*', behind @ ..] => (if out.ends_with(PART) { "" } else { PART }.to_owned(), behind),
            ['?', behind @ ..] => ("[^/]".to_owned(), behind),
            ['[', behind @ ..] => class(behind)?,
            ['\\'] => return None,
            ['\\', letter, behind @ ..] | [letter, behind @ ..] => (literal(*letter), behind),
        };
        out.push_str(&piece);
        begins = piece == "/";
        rest = behind;
    }
}

/// A set behind its opening bracket as a regular expression, and what is behind it; `None` where no character is in it,
/// or it is never closed. A slash is in no set.
fn class(inner: &[char]) -> Option<(String, &[char])> {
    let (negated, mut rest) = match inner {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, inner),
    };
    let mut members = String::new();
    loop {
        rest = match rest {
            [']', behind @ ..] if negated => return Some((format!("[^/{members}]"), behind)),
            [']', behind @ ..] => {
                return (!members.is_empty()).then(|| (format!("[[{members}]--[/]]"), behind));
            }
            _ => {
                let (low, behind) = member(rest)?;
                match behind {
                    ['-', high, ..] if *high != ']' => {
                        let (high, behind) = member(behind.get(1..)?)?;
                        // One that runs backwards is its two ends.
                        let to = if low <= high { "-" } else { "" };
                        members.push_str(&format!("{}{to}{}", literal(low), literal(high)));
                        behind
                    }
                    _ => {
                        members.push_str(&literal(low));
                        behind
                    }
                }
            }
        };
    }
}

/// A character of a set, and what is behind it.
fn member(set: &[char]) -> Option<(char, &[char])> {
    match set {
        ['\\', letter, behind @ ..] | [letter, behind @ ..] => Some((*letter, behind)),
        [] => None,
    }
}

fn literal(letter: char) -> String {
    regex_syntax::escape(letter.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::super::super::language::Languages;
    use super::language;

    /// Holds a pattern against paths; `+` marks those that it matches.
    fn check(pattern: &str, paths: &[&str]) {
        let languages = Languages::default();
        let language = language(&languages, pattern).unwrap();
        for marked in paths {
            let path = marked.trim_start_matches('+');
            assert_eq!(languages.has(language, path), *marked != path, "{pattern} {path}");
        }
    }

    // What Ruby 3.1 says of the same patterns and paths.
    #[test]
    fn paths_are_matched_as_ruby_does() {
        check("*", &["+a.rs", "+.env", "src/a.rs"]);
        check("**", &["+a.rs", "+.env", "src/a.rs"]);
        check("src/**", &["+src/a.rs", "+src/.env", "src/b/a.rs", "src"]);
        check("src/**/*", &["+src/a.rs", "+src/b/a.rs", "+src/b/c/a.rs", "a.rs", "src"]);
        check("**/*", &["+a.rs", "+src/.env", "+.git/x"]);
        check("**/a.rs", &["+a.rs", "+src/b/a.rs", "src/ba.rs"]);
        check("**/b/**", &["+src/b/a.rs", "+b/a.rs", "src/b/c/a.rs"]);
        check("src/**/**/a.rs", &["+src/a.rs", "+src/b/c/a.rs"]);
        check("src/**a.rs", &["+src/a.rs", "src/b/a.rs"]);
        check("a**.rs", &["+a.rs", "+abc.rs", "a/b.rs"]);
        check("src", &["+src", "src/a.rs"]);
        check("s?c/*", &["+src/a.rs", "s/c/a.rs"]);
        check("src?a.rs", &["src/a.rs", "+src.a.rs"]);
        check("Docker*", &["+Dockerfile", "dockerfile"]);
        check("!(b).rs", &["a.rs", "+!(b).rs"]);
        check("?", &["+é"]);
    }

    #[test]
    fn sets_of_characters_are_matched_as_ruby_does() {
        check("[ds]*/*", &["+src/a.rs", "+docs/a.md", "a/b"]);
        check("src/[!a]*", &["+src/.env", "src/a.rs"]);
        check("[^a]*", &["+.env", "a.rs"]);
        check("src[!a]a.rs", &["src/a.rs", "+src-a.rs"]);
        check("src[/]a.rs", &["src/a.rs"]);
        check("a[b/c]d", &["+abd", "+acd", "a/d"]);
        check("[a-c-e]", &["+b", "+-", "+e", "d"]);
        check("[a-]", &["+a", "+-"]);
        check("[z-a]", &["b", "+z", "+a"]);
        check("[\\]]", &["+]"]);
        check("[a&&b]", &["+a", "+&", "+b"]);
        check("[a", &["[a", "a"]);
        check("[]a]", &["]", "a"]);
        check("[!]a]", &["b", "+ba]"]);
    }

    #[test]
    fn braces_are_matched_as_ruby_does() {
        check("{src,docs}/*", &["+src/a.rs", "+docs/a.md", "a.rs"]);
        check("{src/**/*,docs/*}.{rs,md}", &["+src/b/a.rs", "+docs/a.md", "docs/b/a.md"]);
        check("{a,{b,c}}", &["+a", "+c", "b,c"]);
        check("a/{**/,}b", &["+a/x/y/b", "+a/b"]);
        check("{a/,b}**/c", &["+a/x/y/c", "bx/c/c", "+bx/c"]);
        check("a{,b}", &["+a", "+ab"]);
        check("{}", &["{}"]);
        check("{a,b", &["a", "{a,b"]);
        check("a}", &["+a}"]);
        check("\\{a,b}", &["+{a,b}", "a"]);
    }

    #[test]
    fn what_stands_for_too_much_is_not_followed() {
        let languages = Languages::default();
        assert!(language(&languages, "$DIR/*").is_none());
        assert!(language(&languages, &"{a,b}".repeat(7)).is_none());
        assert!(language(&languages, &"{a}".repeat(300)).is_none());
    }
}
