//! Regular expressions as GitLab's engine reads them, RE2, in terms of a crate whose syntax differs in a few places.
//!
//! There `\d`, `\w`, `\s` and `\b` mean ASCII, a set has no operators, and `{` that counts nothing is a character.

use regex_syntax::hir::{Hir, HirKind, Look};

use super::Refused;

/// How many alternatives an expression may be taken apart into.
const MAX_PARTS: usize = 64;

/// How deep it may be nested.
const MAX_NESTED: u32 = 100;

/// The largest count that RE2 takes.
const MAX_COUNT: u32 = 1000;

/// One alternative of an expression.
#[derive(Debug)]
pub(super) enum Part {
    /// It matches one text.
    Exact(String),
    Like(Hir),
}

/// Why an expression is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// GitLab's engine refuses it, and why.
    Certain(&'static str),
    /// It is not followed here, and may be one there.
    Unsure,
}

/// Why GitLab's engine certainly refuses an expression; `None` where it takes it, or nobody knows.
pub(super) fn refusal(text: &str) -> Option<&'static str> {
    let fault = match translated(text) {
        Ok(translated) => fault(&translated)?,
        Err(fault) => fault,
    };
    match fault {
        Fault::Certain(reason) => Some(reason),
        Fault::Unsure => None,
    }
}

/// What the crate finds wrong with an expression in its syntax.
fn fault(translated: &str) -> Option<Fault> {
    use regex_syntax::ast::ErrorKind as Kind;
    let mut parser = regex_syntax::ast::parse::ParserBuilder::new().nest_limit(MAX_NESTED).build();
    let error = parser.parse(translated).err()?;
    Some(match error.kind() {
        Kind::GroupUnclosed => Fault::Certain("a parenthesis is not closed"),
        Kind::GroupUnopened => Fault::Certain("a parenthesis closes nothing"),
        Kind::ClassUnclosed => Fault::Certain("a `[` is not closed"),
        Kind::ClassRangeInvalid => Fault::Certain("the end of a range is before its beginning"),
        Kind::RepetitionMissing => Fault::Certain("there is nothing to repeat"),
        Kind::RepetitionCountInvalid => Fault::Certain("the most of a count is less than its least"),
        Kind::EscapeUnexpectedEof => Fault::Certain("nothing stands behind the last `\\`"),
        Kind::UnsupportedLookAround => Fault::Certain("RE2 cannot look ahead or behind"),
        Kind::GroupNameDuplicate { .. } => Fault::Certain("two groups have one name"),
        _ => Fault::Unsure,
    })
}

/// The alternatives of an expression, which together are all of it.
pub(super) fn alternatives(text: &str, flags: &str) -> Result<Vec<Part>, Refused> {
    let mut translated = translated(text).map_err(|_| Refused::Invalid)?;
    if !flags.is_empty() {
        translated.insert_str(0, &format!("(?{flags})"));
    }
    let hir = parsed(&translated)?;
    let rows = rows(&hir).unwrap_or_else(|| vec![vec![hir]]);
    Ok(rows.into_iter().map(part).collect())
}

/// An expression in the syntax of the crate.
pub(super) fn parsed(text: &str) -> Result<Hir, Refused> {
    let mut parser = regex_syntax::ParserBuilder::new().utf8(false).nest_limit(MAX_NESTED).build();
    parser.parse(text).map_err(|_| Refused::Invalid)
}

/// The alternatives as rows of pieces; `None` where they are too many.
fn rows(hir: &Hir) -> Option<Vec<Vec<Hir>>> {
    match hir.kind() {
        HirKind::Capture(capture) => rows(&capture.sub),
        HirKind::Alternation(choices) => {
            let mut out = Vec::new();
            for choice in choices {
                out.extend(rows(choice)?);
                if out.len() > MAX_PARTS {
                    return None;
                }
            }
            Some(out)
        }
        HirKind::Concat(pieces) => {
            let mut out: Vec<Vec<Hir>> = vec![Vec::new()];
            for piece in pieces {
                let choices = rows(piece)?;
                if out.len().saturating_mul(choices.len()) > MAX_PARTS {
                    return None;
                }
                let longer = |row: &Vec<Hir>| {
                    let longer: Vec<Vec<Hir>> =
                        choices.iter().map(|choice| row.iter().chain(choice).cloned().collect()).collect();
                    longer
                };
                out = out.iter().flat_map(longer).collect();
            }
            Some(out)
        }
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, Some(1)) => {
            let mut out = rows(&repetition.sub)?;
            out.push(Vec::new());
            Some(out)
        }
        HirKind::Empty => Some(vec![Vec::new()]),
        _ => Some(vec![vec![hir.clone()]]),
    }
}

fn part(row: Vec<Hir>) -> Part {
    exact(&row).map_or_else(|| Part::Like(Hir::concat(row)), Part::Exact)
}

/// The text that a row matches, where it is one.
fn exact(row: &[Hir]) -> Option<String> {
    let (first, rest) = row.split_first()?;
    let (last, inner) = rest.split_last()?;
    let anchored =
        matches!(first.kind(), HirKind::Look(Look::Start)) && matches!(last.kind(), HirKind::Look(Look::End));
    if !anchored {
        return None;
    }
    let mut bytes = Vec::new();
    for piece in inner {
        match piece.kind() {
            HirKind::Literal(literal) => bytes.extend_from_slice(&literal.0),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

/// An expression in the syntax of the crate.
fn translated(text: &str) -> Result<String, Fault> {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let mut in_class = false;
    let mut class_is_empty = false;
    let mut counted_before = false;
    while let Some(c) = chars.next() {
        let began = std::mem::replace(&mut class_is_empty, false);
        let was_counted = std::mem::replace(&mut counted_before, false);
        match c {
            '*' | '+' | '?' if !in_class && !out.ends_with('(') => {
                if was_counted {
                    return Err(Fault::Certain("what is repeated is repeated again"));
                }
                out.push(c);
                // A lazy count is one too.
                if let Some(lazy) = chars.next_if_eq(&'?') {
                    out.push(lazy);
                }
                counted_before = true;
            }
            '(' if !in_class && chars.peek() == Some(&'?') => {
                let rest: String = chars.clone().skip(1).collect();
                let flags = rest.split([':', ')', '<', 'P']).next().unwrap_or("");
                if flags.contains(['x', 'u', 'R']) {
                    return Err(Fault::Certain("RE2 has no such flag"));
                }
                out.push('(');
            }
            '\\' => match chars.next().ok_or(Fault::Certain("nothing stands behind the last `\\`"))? {
                'd' => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                'w' => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                's' => out.push_str(if in_class { "\\t\\n\\f\\r\\x20" } else { "[\\t\\n\\f\\r\\x20]" }),
                'D' => out.push_str("[^0-9]"),
                'W' => out.push_str("[^0-9A-Za-z_]"),
                'S' => out.push_str("[^\\t\\n\\f\\r\\x20]"),
                'b' if !in_class => out.push_str("(?-u:\\b)"),
                'B' if !in_class => out.push_str("(?-u:\\B)"),
                'C' if !in_class => out.push_str("(?s-u:.)"),
                'Q' if !in_class => {
                    let rest: String = chars.clone().collect();
                    let quoted = rest.split("\\E").next().unwrap_or("");
                    out.push_str(&regex_syntax::escape(quoted));
                    let skipped = quoted.chars().count().saturating_add(if rest.contains("\\E") { 2 } else { 0 });
                    chars.by_ref().take(skipped).for_each(drop);
                }
                '/' => out.push('/'),
                // Two digits are a character by its number.
                '1'..='7' if chars.peek().is_some_and(|next| ('0'..='7').contains(next)) => return Err(Fault::Unsure),
                c if c.is_ascii_digit() && c != '0' => return Err(Fault::Certain("RE2 has no references to groups")),
                '0' => out.push_str("\\x00"),
                c if c.is_ascii_alphabetic() => {
                    if c == 'E' {
                        return Err(Fault::Unsure);
                    }
                    if !"aftnrvAzpPx".contains(c) {
                        return Err(Fault::Certain("RE2 has no such escape"));
                    }
                    out.push('\\');
                    out.push(c);
                }
                c => out.push_str(&regex_syntax::escape(&c.to_string())),
            },
            '[' if !in_class => {
                in_class = true;
                class_is_empty = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            '[' if chars.peek() == Some(&':') => {
                let rest: String = chars.clone().collect();
                match rest.find(":]") {
                    Some(end) => {
                        let name: String = rest.get(..end.saturating_add(2)).unwrap_or("").to_owned();
                        out.push('[');
                        out.push_str(&name);
                        chars.by_ref().take(name.chars().count()).for_each(drop);
                    }
                    None => out.push_str("\\["),
                }
            }
            ']' if in_class && began => out.push_str("\\]"),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.peek() == Some(&'-') => out.push_str("\\-"),
            '{' if !in_class => match counted(&chars.clone().collect::<String>()) {
                Some(counts) if counts.iter().any(|count| *count > MAX_COUNT) => {
                    return Err(Fault::Certain("RE2 counts to 1000 at most"));
                }
                Some(_) if was_counted => return Err(Fault::Certain("what is repeated is repeated again")),
                Some(_) => out.push('{'),
                None => out.push_str("\\{"),
            },
            '}' if !in_class && !closes(&out) => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    if in_class { Err(Fault::Certain("a `[` is not closed")) } else { Ok(out) }
}

/// The counts behind `{`, where they are some: `2}`, `2,}`, `2,3}`.
fn counted(rest: &str) -> Option<Vec<u32>> {
    let (inside, _) = rest.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if least.is_empty() || !digits(least) || !digits(most) {
        return None;
    }
    let number = |text: &str| text.parse().unwrap_or(u32::MAX);
    Some([least, most].into_iter().filter(|text| !text.is_empty()).map(number).collect())
}

/// Whether a count is open at the end of what is written so far, or the braces of `\p{…}` and `\x{…}` are.
fn closes(out: &str) -> bool {
    let open = out.rfind('{').filter(|at| !out.get(..*at).is_some_and(|before| before.ends_with('\\')));
    open.is_some_and(|at| !out.get(at..).is_some_and(|rest| rest.contains('}')))
}
