//! One line of a Makefile.

use engine_model::FilePath;

/// `(a,b)`, `"a" "b"`, `'a' 'b'`.
pub(super) fn operands(text: &str) -> Option<(String, String)> {
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.trim_end().strip_suffix(')')) {
        let mut depth = 0_usize;
        for (at, c) in inner.char_indices() {
            match c {
                '(' | '{' => depth = depth.saturating_add(1),
                ')' | '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    let (one, other) = inner.split_at_checked(at)?;
                    return Some((one.trim_end().to_owned(), other.get(1..)?.trim_start().to_owned()));
                }
                _ => {}
            }
        }
        return None;
    }
    let quoted = |text: &str| -> Option<(String, String)> {
        let text = text.trim_start();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (inner, rest) = text.get(1..)?.split_once(quote)?;
        Some((inner.to_owned(), rest.to_owned()))
    };
    let (one, rest) = quoted(text)?;
    let (other, rest) = quoted(&rest)?;
    rest.trim().is_empty().then_some((one, other))
}

/// A line without what is said about a variable as such, and whether that is `override`.
pub(super) fn stripped(line: &str) -> (bool, &str) {
    let (mut firm, mut rest) = (false, line);
    loop {
        let Some((word, after)) = rest.split_once(char::is_whitespace) else { return (firm, rest) };
        match word {
            "override" => firm = true,
            "export" | "private" => {}
            _ => return (firm, rest),
        }
        rest = after.trim_start();
    }
}

/// The name, the sign before `=` and the value of an assignment: `=` itself for a plain one, `:` for one that is expanded
/// where it stands.
pub(super) fn assignment(line: &str) -> Option<(&str, char, &str)> {
    let at = outside(line, |rest| rest.starts_with('='))?;
    let (before, after) = line.split_at_checked(at)?;
    let value = after.get(1..)?.trim_start();
    let name = before.trim_end();
    let sign = name.chars().next_back().filter(|c| matches!(c, ':' | '?' | '+' | '!')).unwrap_or('=');
    let name = if sign == '=' { name } else { name.trim_end_matches(sign).trim_end() };
    // A colon before makes it a rule.
    let bad = name.is_empty() || outside(name, |rest| rest.starts_with([':', ' ', '\t'])).is_some();
    (!bad).then_some((name, sign, value))
}

/// Where the colon of a rule stands; one behind a backslash is a part of a name.
pub(super) fn rule_colon(line: &str) -> Option<usize> {
    let mut from = 0_usize;
    loop {
        let at = from.saturating_add(outside(line.get(from..)?, |rest| rest.starts_with(':'))?);
        if !line.get(..at)?.ends_with('\\') {
            return Some(at);
        }
        from = at.saturating_add(1);
    }
}

/// What stands before and behind a second colon of a rule.
pub(super) fn parted(needs: &str) -> Option<(&str, &str)> {
    let at = rule_colon(needs)?;
    Some((needs.get(..at)?, needs.get(at.saturating_add(1)..)?))
}

/// A name as make compares it.
pub(super) fn plain_name(name: &str) -> String {
    let mut rest = name;
    while let Some(after) = rest.strip_prefix("./") {
        rest = after.trim_start_matches('/');
    }
    rest.replace("\\:", ":")
}

/// A rule, and the recipe behind its `;`; any other line whole.
pub(super) fn divided(line: &str) -> (&str, Option<&str>) {
    let Some(at) = outside(line, |rest| rest.starts_with([';', '#'])) else { return (line, None) };
    let (head, behind) = line.split_at_checked(at).unwrap_or((line, ""));
    let Some(behind) = behind.strip_prefix(';') else { return (line, None) };
    let plain = uncommented(head);
    let (_, bare) = stripped(plain.trim());
    let rule = assignment(bare).is_none() && rule_colon(bare).is_some();
    let own = rule_colon(bare).and_then(|colon| bare.get(colon..)).map(|after| after.trim_start_matches(':'));
    let variable = own.is_some_and(|own| assignment(stripped(own.trim()).1).is_some());
    if rule && !variable { (head, Some(behind)) } else { (line, None) }
}

/// Where the first place is that is in no `$(…)`.
fn outside(text: &str, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '(' | '{' if before == '$' || depth > 0 => depth = depth.saturating_add(1),
            ')' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && wanted(text.get(at..).unwrap_or("")) => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

/// A line without its comment, lines that a backslash joins as one. A `#` in `$(…)` is none.
pub(super) fn uncommented(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = outside(rest, |rest| rest.starts_with('#')) {
        let before = rest.get(..at).unwrap_or("");
        match before.strip_suffix('\\') {
            Some(escaped) => {
                out.push_str(escaped);
                out.push('#');
                rest = rest.get(at.saturating_add(1)..).unwrap_or("");
            }
            None => {
                out.push_str(before);
                rest = "";
            }
        }
    }
    out.push_str(rest);
    if !out.contains("\\\n") && !out.contains("\\\r\n") {
        return out;
    }
    let parts: Vec<&str> = out.split("\\\n").map(|part| part.trim_end_matches("\\\r")).collect();
    let last = parts.len().saturating_sub(1);
    let part = |(at, part): (usize, &&str)| {
        let part = if at > 0 { part.trim_start() } else { part };
        (if at < last { part.trim_end() } else { part }).to_owned()
    };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join(" ")
}

/// A line with those behind it that a backslash joins, and where the next one begins.
pub(super) fn joined(text: &str, from: usize) -> (&str, usize) {
    let mut end = from;
    loop {
        let rest = text.get(end..).unwrap_or("");
        let Some(at) = rest.find('\n') else { return (text.get(from..).unwrap_or(""), text.len()) };
        end = end.saturating_add(at).saturating_add(1);
        let line = rest.get(..at).unwrap_or("").trim_end_matches('\r');
        let backslashes = line.len().saturating_sub(line.trim_end_matches('\\').len());
        if backslashes % 2 == 0 {
            return (text.get(from..end).unwrap_or(""), end);
        }
    }
}

/// What stands for the `%` of a pattern in a name. A pattern without a folder is one of the name in any.
pub(super) fn stem(pattern: &str, name: &str) -> Option<String> {
    let (folder, own) = folder_of(pattern, name);
    let (before, after) = pattern.split_once('%')?;
    let stem = own.strip_prefix(before)?.strip_suffix(after)?;
    (!stem.is_empty()).then(|| format!("{folder}{stem}"))
}

/// What a target of a pattern needs, with what stands for `%` in it.
pub(super) fn with_stem(need: &str, pattern: &str, name: &str) -> String {
    let (folder, _) = folder_of(pattern, name);
    match stem(pattern, name) {
        Some(stem) if need.contains('%') => {
            format!("{folder}{}", need.replacen('%', stem.strip_prefix(folder).unwrap_or(&stem), 1))
        }
        _ => need.to_owned(),
    }
}

/// The folder of a name, and the rest, where the pattern has none.
fn folder_of<'n>(pattern: &str, name: &'n str) -> (&'n str, &'n str) {
    let at = name.rfind('/').filter(|_| !pattern.contains('/')).map_or(0, |at| at.saturating_add(1));
    name.split_at_checked(at).unwrap_or(("", name))
}

/// What of a name is known, around what only the run tells.
fn pieces(name: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('$') {
        out.push(before);
        rest = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((_, after)) => after,
            None => after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        };
    }
    out.push(rest);
    out
}

/// Whether something of a name is known.
pub(super) fn says_something(name: &str) -> bool {
    pieces(name).iter().any(|piece| piece.contains(|c: char| c.is_ascii_alphanumeric()))
}

/// Whether two names may be one.
pub(super) fn may_be_one(one: &str, other: &str) -> bool {
    let (one, other) = (pieces(one), pieces(other));
    let (first, last) = (
        |pieces: &[&str]| pieces.first().copied().unwrap_or("").to_owned(),
        |pieces: &[&str]| pieces.last().copied().unwrap_or("").to_owned(),
    );
    match (one.as_slice(), other.as_slice()) {
        ([one], [other]) => one == other,
        ([known], open) | (open, [known]) => {
            let Some(mut rest) = known.strip_prefix(first(open).as_str()) else { return false };
            for piece in open.get(1..open.len().saturating_sub(1)).unwrap_or(&[]) {
                let Some((_, after)) = rest.split_once(piece) else { return false };
                rest = after;
            }
            rest.ends_with(last(open).as_str())
        }
        (one, other) => {
            let (a, b, y, z) = (first(one), first(other), last(one), last(other));
            (a.starts_with(&b) || b.starts_with(&a)) && (y.ends_with(&z) || z.ends_with(&y))
        }
    }
}

/// Whether a path is one that a pattern names: `*` and `?` are anything but a slash.
pub(super) fn is_named(pattern: &str, path: &FilePath) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.as_str().split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(pattern, part)| is_part(pattern, part))
}

fn is_part(pattern: &str, part: &str) -> bool {
    let (pattern, part): (Vec<char>, Vec<char>) = (pattern.chars().collect(), part.chars().collect());
    // The places of the pattern that the letters so far may have come to.
    let mut at: Vec<bool> = vec![false; pattern.len().saturating_add(1)];
    let stars = |at: &mut Vec<bool>| {
        for index in 0..pattern.len() {
            if at.get(index) == Some(&true)
                && pattern.get(index) == Some(&'*')
                && let Some(next) = at.get_mut(index.saturating_add(1))
            {
                *next = true;
            }
        }
    };
    if let Some(first) = at.first_mut() {
        *first = true;
    }
    stars(&mut at);
    for letter in part {
        let mut next: Vec<bool> = vec![false; at.len()];
        for (index, wanted) in pattern.iter().enumerate().filter(|(index, _)| at.get(*index) == Some(&true)) {
            let to = if *wanted == '*' {
                Some(index)
            } else {
                Some(index.saturating_add(1)).filter(|_| *wanted == '?' || *wanted == letter)
            };
            if let Some(slot) = to.and_then(|to| next.get_mut(to)) {
                *slot = true;
            }
        }
        at = next;
        stars(&mut at);
    }
    at.last() == Some(&true)
}
