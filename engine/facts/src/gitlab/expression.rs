//! What GitLab refuses of an expression and of a pattern when it reads a file.
//!
//! Its own reader is laxer than the grammar it documents: it orders operators by their weight and asks whether every one
//! finds its values. That is done here, so that nothing is refused which GitLab takes. A pattern that a variable holds is
//! a text until a pipeline is made, and never refused.

use engine_formats::yaml::ScalarValue;
use engine_model::{Place, Span};

use super::language::Pattern;
use super::problem::Problem;

/// From how many pieces on an expression is too long.
const MAX_TOKENS: usize = 100;

/// A piece of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Value,
    Pattern,
    Open,
    Close,
    /// One that stands before its value.
    Not,
    /// One between two values, and its weight: what weighs less is done first.
    Operator(u16),
}

impl Token {
    fn weight(self) -> u16 {
        match self {
            Self::Not => 1,
            Self::Operator(weight) => weight,
            Self::Close => 900,
            Self::Open | Self::Value | Self::Pattern => 901,
        }
    }
}

/// The operators as they are written.
const OPERATORS: [(&str, Token); 7] = [
    ("==", Token::Operator(10)),
    ("=~", Token::Operator(10)),
    ("!=", Token::Operator(10)),
    ("!~", Token::Operator(10)),
    ("&&", Token::Operator(11)),
    ("||", Token::Operator(12)),
    ("!", Token::Not),
];

/// A scalar that is to be an expression and is none; `None` where GitLab takes it.
pub(super) fn problem(keyword: &str, place: &Place, value: Option<ScalarValue>, text: &str) -> Option<Problem> {
    if value != Some(ScalarValue::String) {
        return Some(Problem::new(place.clone(), format!("`{keyword}` is an expression, and `{text}` is none")));
    }
    let (span, reason) = refused(text)?;
    let message = format!("`{keyword}` is an expression that GitLab cannot read: {reason}");
    Some(Problem::new(place.part(span), message))
}

/// Why GitLab refuses an expression, and the bytes that it is about; `None` where it takes it.
fn refused(text: &str) -> Option<(Span, String)> {
    let whole = Span::from_range(0..text.len());
    let tokens = match tokens(text) {
        Ok(tokens) => tokens,
        Err(refused) => return Some(refused),
    };
    if tokens.is_empty() {
        return Some((whole, "it says nothing".to_owned()));
    }
    for (token, span) in &tokens {
        let pattern = text.get(span.range()).filter(|_| *token == Token::Pattern);
        if let Some(reason) = pattern.and_then(pattern_refused) {
            return Some((*span, reason));
        }
    }
    unordered(&tokens).map(|(span, reason)| (span.unwrap_or(whole), reason.to_owned()))
}

/// Why GitLab refuses a pattern with its slashes and flags, or a ref that is written as one; `None` where it takes it.
pub(super) fn pattern_refused(text: &str) -> Option<String> {
    // A pattern of several lines is read as one of its lines.
    let pattern = Pattern::read(text).filter(|_| !text.contains('\n'))?;
    pattern.refusal().map(|reason| format!("`{}` is no regular expression: {reason}", pattern.display()))
}

fn tokens(text: &str) -> Result<Vec<(Token, Span)>, (Span, String)> {
    let mut out: Vec<(Token, Span)> = Vec::new();
    let mut at = 0_usize;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let blank = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t', '\r', '\n', '\x0b', '\x0c']).len());
        at = at.saturating_add(blank);
        let rest = text.get(at..).unwrap_or("");
        if rest.is_empty() {
            return Ok(out);
        }
        if out.len().saturating_add(1) >= MAX_TOKENS {
            let message = format!("it has {MAX_TOKENS} pieces or more");
            return Err((Span::from_range(0..text.len()), message));
        }
        let Some((token, len)) = token(rest) else {
            let span = Span::from_range(at..text.len());
            let last = out.last().filter(|(token, span)| *token == Token::Pattern && span.end as usize == at);
            return Err((span, unread(rest, last.is_some())));
        };
        let end = at.saturating_add(len);
        out.push((token, Span::from_range(at..end)));
        at = end;
    }
}

/// What is said where no piece begins.
fn unread(rest: &str, behind_pattern: bool) -> String {
    const SHOWN: usize = 40;
    let shown: String = rest.chars().take(SHOWN).collect();
    let word = rest.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    match rest.chars().next() {
        Some('/') => "a pattern has two characters or more between its slashes".to_owned(),
        Some(flag) if behind_pattern && word => format!("`{flag}` is no flag of a pattern: `i`, `s`, `m` and `U` are"),
        Some('"' | '\'') => "a quote is not closed".to_owned(),
        _ if word => format!("`{shown}` is no variable and no text: one begins with `$`, the other is in quotes"),
        _ => format!("`{shown}` is nothing that an expression consists of"),
    }
}

/// The piece at the beginning of a text, and its bytes.
fn token(rest: &str) -> Option<(Token, usize)> {
    let word = |from: &str| from.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(from.len());
    match rest.chars().next()? {
        '(' => return Some((Token::Open, 1)),
        ')' => return Some((Token::Close, 1)),
        '$' => {
            if let Some(input) = input(rest) {
                return Some((Token::Value, input));
            }
            let len = word(rest.get(1..)?);
            return (len > 0).then_some((Token::Value, len.saturating_add(1)));
        }
        quote @ ('"' | '\'') => {
            let inside = rest.get(1..)?;
            let end = inside.find(quote).filter(|end| !inside.get(..*end).is_some_and(|text| text.contains('\n')))?;
            return Some((Token::Value, end.saturating_add(2)));
        }
        '/' => return pattern(rest).map(|len| (Token::Pattern, len)),
        _ => {}
    }
    if rest.starts_with("null") {
        return Some((Token::Value, 4));
    }
    if let Some(name) = ["true", "false"].into_iter().find(|name| rest.get(..word(rest)) == Some(*name)) {
        return Some((Token::Value, name.len()));
    }
    OPERATORS.iter().find(|(text, _)| rest.starts_with(text)).map(|(text, token)| (*token, text.len()))
}

/// How long an input that nobody filled in is.
fn input(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix("$[[")?;
    let name = inside.trim_start().strip_prefix("inputs.")?;
    let len = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|len| *len > 0)?;
    let end = name.get(len..)?.trim_start().strip_prefix("]]")?;
    Some(rest.len().saturating_sub(end.len()))
}

/// How long a pattern with its flags is. One that ends in two slashes has the first of them in it.
fn pattern(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    // Slashes that stand alone end it, those behind a backslash may be in it.
    let mut at = 1_usize;
    let mut ends = None;
    while let Some(next) = byte(at) {
        if next == b'/' {
            if byte(at.wrapping_sub(1)) == Some(b'\\') && at > 1 {
                at = at.saturating_add(1);
                continue;
            }
            ends = Some(at);
            break;
        }
        at = at.saturating_add(1);
    }
    let end = ends?;
    let end = if byte(end.saturating_add(1)) == Some(b'/') { end.saturating_add(1) } else { end };
    // One character may take several bytes.
    let inside = rest.get(1..end)?;
    inside.chars().nth(1)?;
    let behind = end.saturating_add(1);
    let flags = rest.get(behind..)?.find(|c: char| !"ismU".contains(c)).unwrap_or(rest.len().saturating_sub(behind));
    Some(behind.saturating_add(flags))
}

/// Why pieces are no expression: each operator is tried on the values before it, as GitLab orders them.
fn unordered(tokens: &[(Token, Span)]) -> Option<(Option<Span>, &'static str)> {
    const LACKS: &str = "an operator has no value on one of its sides";
    let mut values = 0_usize;
    let mut held: Vec<(Token, Span)> = Vec::new();
    let mut take = |(token, span): (Token, Span)| {
        let needs = match token {
            Token::Not => 1,
            Token::Operator(_) => 2,
            Token::Open => return Some((Some(span), "a parenthesis is not closed")),
            Token::Value | Token::Pattern | Token::Close => 0,
        };
        if values < needs {
            return Some((Some(span), LACKS));
        }
        values = if needs == 0 { values.saturating_add(1) } else { values.saturating_sub(needs).saturating_add(1) };
        None
    };
    for (token, span) in tokens.iter().copied() {
        match token {
            Token::Value | Token::Pattern => {
                take((token, span));
            }
            Token::Open | Token::Not => held.push((token, span)),
            Token::Operator(_) | Token::Close => {
                while let Some(last) = held.pop_if(|(last, _)| token.weight() >= last.weight()) {
                    if let Some(refused) = take(last) {
                        return Some(refused);
                    }
                }
                if token != Token::Close {
                    held.push((token, span));
                } else if held.pop().is_none() {
                    return Some((Some(span), "a parenthesis closes nothing"));
                }
            }
        }
    }
    while let Some(last) = held.pop() {
        if let Some(refused) = take(last) {
            return Some(refused);
        }
    }
    match values {
        0 => Some((None, "it says nothing")),
        1 => None,
        _ => Some((None, "two values have no operator between them")),
    }
}

#[cfg(test)]
mod tests {
    use super::{pattern_refused, refused};

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let found = refused(text).map(|(span, reason)| format!("{}: {reason}", text.get(span.range()).unwrap_or("?")));
        assert_eq!(found.as_deref(), expect, "{text}");
    }

    #[test]
    fn what_gitlab_takes_is_not_refused() {
        for text in [
            "$A",
            "$A == \"a\" && ($B =~ /^a\\/b$/i || $C != null)",
            "$A == $B == $C",
            "!$A",
            "!($A || $B) && true",
            "\"a\"",
            "/ab/",
            "/a//",
            "$A =~ $B",
            "$A =~ \"(\"",
            "$A $B ==",
            "() $A",
            "$[[ inputs.a ]] == 'b'",
            "$A =~ /[[:alpha:]]+\\d{2,}(?i)x/",
            "$A =~ /é./",
            "$A =~ /\\12/",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn what_gitlab_refuses_is_said_where_it_is() {
        check("", Some(": it says nothing"));
        check("()", Some("(): it says nothing"));
        check("$A ==", Some("==: an operator has no value on one of its sides"));
        check("&& $A", Some("&&: an operator has no value on one of its sides"));
        check("$A $B", Some("$A $B: two values have no operator between them"));
        check("($A", Some("(: a parenthesis is not closed"));
        check("$A)", Some("): a parenthesis closes nothing"));
        check("$A = 1", Some("= 1: `= 1` is nothing that an expression consists of"));
        check(
            "$A == main",
            Some("main: `main` is no variable and no text: one begins with `$`, the other is in quotes"),
        );
        check("$A == \"a", Some("\"a: a quote is not closed"));
        check("$A =~ /a/", Some("/a/: a pattern has two characters or more between its slashes"));
        check("$A =~ /é/", Some("/é/: a pattern has two characters or more between its slashes"));
        check("$A =~ /ab/x", Some("x: `x` is no flag of a pattern: `i`, `s`, `m` and `U` are"));
        check("$A =~ /a(b/", Some("/a(b/: `/a(b/` is no regular expression: a parenthesis is not closed"));
        check("null && $A =~ /ab)/", Some("/ab)/: `/ab)/` is no regular expression: a parenthesis closes nothing"));
        check(&"$A || ".repeat(50), Some(&format!("{}: it has 100 pieces or more", "$A || ".repeat(50))));
    }

    #[test]
    fn patterns_are_refused_where_re2_does() {
        for (text, reason) in [
            ("/(?!a)b/", "RE2 cannot look ahead or behind"),
            ("/(a)\\1/", "RE2 has no references to groups"),
            ("/a**/", "what is repeated is repeated again"),
            ("/*a/", "there is nothing to repeat"),
            ("/[b-a]/", "the end of a range is before its beginning"),
            ("/[a/", "a `[` is not closed"),
            ("/a{1001}/", "RE2 counts to 1000 at most"),
            ("/a{2,1}/", "the most of a count is less than its least"),
            ("/\\Za/", "RE2 has no such escape"),
            ("/(?x)a/", "RE2 has no such flag"),
        ] {
            let expect = format!("`{text}` is no regular expression: {reason}");
            assert_eq!(pattern_refused(text).as_deref(), Some(expect.as_str()), "{text}");
        }
        for text in ["/^v\\d+$/", "/a|b/i", "//", "main", "/ab/x", "/(/x", "/a{,2}/", "/\\x{61}\\pL/", "/^(?:a|)*$/"] {
            assert_eq!(pattern_refused(text), None, "{text}");
        }
    }
}
