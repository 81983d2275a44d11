//! Regular expressions: `/…/flags` and the RE2 dialect on top of the `regex` crate (B1.14).
//!
//! RE2 knows ASCII alone in `\d`, `\w`, `\s` and `\b`, finds a match anywhere in the text, and takes `$` for the
//! very end unless the flag `m` is set. Where the two dialects differ the pattern is rewritten first.

use regex::bytes::Regex;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Compiles the text between the slashes; `flags` are any of `i`, `s`, `m`, `U`.
    ///
    /// # Errors
    /// Where RE2 refuses the pattern.
    pub(crate) fn new(body: &str, flags: &str) -> Result<Self, String> {
        let body = rewrite(&body.replace("\\/", "/"))?;
        let body = if flags.is_empty() { body } else { format!("(?{}){body}", once(flags)) };
        // Bytes, because only there `\B` may be ASCII; the text is UTF-8 either way.
        Regex::new(&body).map(Self).map_err(|error| format!("invalid regular expression `{body}`: {error}"))
    }

    /// Says whether the pattern is found anywhere in `text`.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
    }
}

/// Splits `/body/flags` where `text` is wholly of that form.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let (body, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    flags.chars().all(|flag| "ismU".contains(flag)).then_some((body, flags))
}

/// Each flag once: RE2 accepts a flag twice, the `regex` crate does not.
fn once(flags: &str) -> String {
    "ismU".chars().filter(|flag| flags.contains(*flag)).collect()
}

/// Rewrites a pattern of RE2 into one of the `regex` crate with the same meaning.
fn rewrite(body: &str) -> Result<String, String> {
    let mut letters = body.chars().peekable();
    let mut out = String::new();
    let mut operators = Operators::None;
    while let Some(letter) = letters.next() {
        let before = std::mem::replace(&mut operators, Operators::None);
        match letter {
            '\\' => {
                let escaped = letters.next().ok_or("trailing `\\`")?;
                if escaped == 'Q' {
                    let quoted: String = letters.collect();
                    let (text, rest) = quoted.split_once("\\E").unwrap_or((&quoted, ""));
                    return Ok(format!("{out}{}{}", regex::escape(text), rewrite(rest)?));
                }
                out.push_str(&escape(escaped, false)?);
                if "xpP".contains(escaped) && letters.peek() == Some(&'{') {
                    copy_to(&mut letters, &mut out, '}');
                }
            }
            '[' => bracket(&mut letters, &mut out)?,
            '(' => {
                out.push('(');
                if letters.next_if_eq(&'?').is_some() {
                    out.push('?');
                    group(letters.clone())?;
                }
            }
            '{' if repeats(letters.clone()) => {
                operators = before.next('{')?;
                out.push('{');
                copy_to(&mut letters, &mut out, '}');
            }
            '{' => out.push_str("\\{"),
            '*' | '+' | '?' => {
                operators = before.next(letter)?;
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// What repetition stands right before: RE2 refuses two of them in a row, the `regex` crate does not.
#[derive(Debug, Clone, Copy)]
enum Operators {
    /// None.
    None,
    /// One that `?` may still make lazy.
    One,
    /// A lazy one.
    Lazy,
}

impl Operators {
    /// The state behind one more repetition.
    fn next(self, letter: char) -> Result<Self, String> {
        match (self, letter) {
            (Self::None, _) => Ok(Self::One),
            (Self::One, '?') => Ok(Self::Lazy),
            _ => Err(format!("bad repetition operator `{letter}`")),
        }
    }
}

/// Copies letters up to the end letter, with it.
fn copy_to(letters: &mut impl Iterator<Item = char>, out: &mut String, end: char) {
    for letter in letters {
        out.push(letter);
        if letter == end {
            break;
        }
    }
}

/// Refuses the flags of a group that RE2 does not have.
fn group(rest: impl Iterator<Item = char>) -> Result<(), String> {
    let head: String = rest.take_while(|letter| *letter != ')' && *letter != ':').collect();
    let named = head.starts_with("P<") || head.starts_with('<');
    if !named && head.contains(['x', 'u', 'R']) {
        return Err(format!("RE2 does not know the group `(?{head}`"));
    }
    Ok(())
}

/// Rewrites a class behind its `[`. Only `[:name:]` opens a class within a class; RE2 has no set operations.
fn bracket(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if letters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    while let Some(letter) = letters.next() {
        match letter {
            ']' if !first => {
                out.push(']');
                return Ok(());
            }
            '\\' => {
                let escaped = letters.next().ok_or("trailing `\\`")?;
                out.push_str(&escape(escaped, true)?);
                if "xpP".contains(escaped) && letters.peek() == Some(&'{') {
                    copy_to(letters, out, '}');
                }
            }
            '[' if letters.peek() == Some(&':') => {
                out.push('[');
                copy_to(letters, out, ']');
            }
            ']' | '[' | '&' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
        first = false;
    }
    Err("missing `]`".to_owned())
}

/// What stands for the escaped letter.
fn escape(letter: char, class: bool) -> Result<String, String> {
    let text = match (letter, class) {
        ('d', _) => "[0-9]".to_owned(),
        ('D', _) => "[^0-9]".to_owned(),
        ('w', _) => "[0-9A-Za-z_]".to_owned(),
        ('W', _) => "[^0-9A-Za-z_]".to_owned(),
        ('s', _) => "[\\t\\n\\x0C\\r ]".to_owned(),
        ('S', _) => "[^\\t\\n\\x0C\\r ]".to_owned(),
        ('b' | 'B', false) => format!("(?-u:\\{letter})"),
        ('<' | '>', _) => regex::escape(&letter.to_string()),
        ('u' | 'U' | 'Z' | '1'..='9', _) => return Err(format!("RE2 does not know `\\{letter}`")),
        (other, _) => format!("\\{other}"),
    };
    Ok(text)
}

/// Says whether a `{` opens a repetition: `{2}`, `{2,}` or `{2,3}`; otherwise it is a letter in RE2.
fn repeats(rest: impl Iterator<Item = char>) -> bool {
    let inside: String = rest.take_while(|letter| *letter != '}').collect();
    let (low, high) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}
