//! File globs as Ruby's `File.fnmatch` reads them with `FNM_PATHNAME | FNM_DOTMATCH | FNM_EXTGLOB` (B1.15).
//!
//! Written by hand because `globset` lets `dir/**` reach any depth; in Ruby only `**/` at the start of a path
//! segment does, and every other `**` is a plain `*`.

/// Says whether `pattern` matches the whole of `path`.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    braces(pattern).iter().any(|plain| {
        let plain: Vec<char> = plain.chars().collect();
        walk(&plain, &path, true)
    })
}

/// Says whether `pattern` has a character that makes it more than a plain path.
pub(crate) fn is_pattern(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '{'])
}

/// Every pattern without braces that `pattern` stands for; braces nest.
fn braces(pattern: &str) -> Vec<String> {
    let letters: Vec<char> = pattern.chars().collect();
    let Some((open, close, commas)) = first_braces(&letters) else { return vec![pattern.to_owned()] };
    let text = |from: usize, to: usize| letters.get(from..to).unwrap_or_default().iter().collect::<String>();
    let (before, after) = (text(0, open), text(close + 1, letters.len()));
    let mut found = Vec::new();
    let mut start = open + 1;
    for end in commas.into_iter().chain([close]) {
        found.extend(braces(&format!("{before}{}{after}", text(start, end))));
        start = end + 1;
    }
    found
}

/// The first pair of braces: its two places and those of the commas that belong to it.
fn first_braces(letters: &[char]) -> Option<(usize, usize, Vec<usize>)> {
    let (mut open, mut depth, mut commas, mut escaped) = (0, 0_usize, Vec::new(), false);
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            '}' if depth == 1 => return Some((open, at, commas)),
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

/// Matches from here on; `start` says that a path segment begins here.
fn walk(pattern: &[char], path: &[char], start: bool) -> bool {
    if start && let ['*', '*', '/', rest @ ..] = pattern {
        // Zero directories, or one more directory and again.
        let deeper = path.iter().position(|letter| *letter == '/').and_then(|slash| path.get(slash + 1..));
        return walk(rest, path, true) || deeper.is_some_and(|deeper| walk(pattern, deeper, true));
    }
    match (pattern, path) {
        ([], []) => true,
        (['*', rest @ ..], _) => {
            let more = matches!(path, [letter, ..] if *letter != '/');
            walk(rest, path, false) || (more && path.get(1..).is_some_and(|path| walk(pattern, path, false)))
        }
        (['?', rest @ ..], [letter, path @ ..]) => *letter != '/' && walk(rest, path, false),
        (['[', class @ ..], [letter, path @ ..]) => match bracket(class, *letter) {
            Some((hit, rest)) => hit && *letter != '/' && walk(rest, path, false),
            None => *letter == '[' && walk(class, path, false),
        },
        (['\\', escaped, rest @ ..], [letter, path @ ..]) => escaped == letter && walk(rest, path, *letter == '/'),
        ([plain, rest @ ..], [letter, path @ ..]) => plain == letter && walk(rest, path, *letter == '/'),
        _ => false,
    }
}

/// Reads a `[…]` behind its opening bracket: whether `letter` is in it, and the pattern behind it.
fn bracket(class: &[char], letter: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match class {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let (mut hit, mut first) = (false, true);
    loop {
        rest = match rest {
            [']', behind @ ..] if !first => return Some((hit != negated, behind)),
            [low, '-', high, behind @ ..] if *high != ']' => {
                hit |= (*low..=*high).contains(&letter);
                behind
            }
            ['\\', escaped, behind @ ..] => {
                hit |= *escaped == letter;
                behind
            }
            [plain, behind @ ..] => {
                hit |= *plain == letter;
                behind
            }
            [] => return None,
        };
        first = false;
    }
}
