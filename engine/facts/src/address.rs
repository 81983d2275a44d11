//! Secrets in addresses: the password before a host, and arguments behind a `?` that are named like one.
//!
//! A text may hold any number of addresses. What is named and not written, `$TOKEN` say, is no secret.

use std::ops::Range;

/// Words in the name of an argument that holds a secret.
const WORDS: &[&str] =
    &["token", "secret", "password", "passwd", "signature", "sshkey", "private_key", "api_key", "apikey"];

/// Names of arguments that hold one, whole.
const NAMES: &[&str] = &["sig", "key", "pwd"];

/// The shortest user of an address without a password that is taken for a token.
const SHORTEST_TOKEN: usize = 16;

/// The bytes of the secrets that addresses in `text` hold, in order.
#[must_use]
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = text.match_indices("://").filter_map(|(at, _)| before_host(text, at)).collect();
    found.extend(text.match_indices(['?', '&']).filter_map(|(at, _)| argument(text, at.saturating_add(1))));
    found.sort_by_key(|range| range.start);
    found
}

/// A text with three asterisks for each secret of an address in it.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0_usize;
    for range in secrets(text) {
        out.push_str(text.get(at..range.start).unwrap_or(""));
        out.push_str("***");
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// The password, or the token, before the host of the address whose scheme ends at `scheme`.
fn before_host(text: &str, scheme: usize) -> Option<Range<usize>> {
    let start = scheme.saturating_add("://".len());
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| ends(c) || matches!(c, '/' | '?' | '#')).unwrap_or(rest.len());
    let user = rest.get(..end)?.rsplit_once('@')?.0;
    match user.split_once(':') {
        Some((name, password)) => written(password, start.saturating_add(name.len()).saturating_add(1)),
        None if user.len() >= SHORTEST_TOKEN => written(user, start),
        None => None,
    }
}

/// The value of the argument that begins at `start`, where its name is that of a secret.
fn argument(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| ends(c) || matches!(c, '&' | '#' | ')' | ']' | ',')).unwrap_or(rest.len());
    let (name, value) = rest.get(..end)?.split_once('=')?;
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return None;
    }
    let plain = name.to_ascii_lowercase().replace('-', "_");
    let is_secret = NAMES.contains(&plain.as_str()) || WORDS.iter().any(|word| plain.contains(word));
    if is_secret { written(value, start.saturating_add(name.len()).saturating_add(1)) } else { None }
}

/// Where a value stands that is one, and not the name of one.
fn written(value: &str, start: usize) -> Option<Range<usize>> {
    let named = value.starts_with(['$', '<', '%', '*']) && !value.starts_with("%2") || value.contains("{{");
    (!value.is_empty() && !named).then(|| start..start.saturating_add(value.len()))
}

/// Whether an address ends before a character.
fn ends(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\')
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn what_opens_a_door_is_told_from_what_does_not() {
        let check = |text: &str, expect: &str| assert_eq!(without_secrets(text), expect);
        check(
            "git::https://oauth2:glpat-0123@gitlab.com/a.git?ref=v1",
            "git::https://oauth2:***@gitlab.com/a.git?ref=v1",
        );
        check("https://ghp_0123456789abcdef@github.com/a", "https://***@github.com/a");
        check("http://u:p@h/x?token=abc&ref=main", "http://u:***@h/x?token=***&ref=main");
        check(
            "s3::https://h/b?aws_access_key_id=AKIA&aws_access_key_secret=abc",
            "s3::https://h/b?aws_access_key_id=AKIA&aws_access_key_secret=***",
        );
        check(
            "`https://h/x.zip?X-Amz-Signature=00ff`, and `http://a:b@c`",
            "`https://h/x.zip?X-Amz-Signature=***`, and `http://a:***@c`",
        );
        check("postgres://u:p%40x@db/state?sslmode=require", "postgres://u:***@db/state?sslmode=require");
        for same in [
            "ssh://git@git.example.com:2222/a.git",
            "https://user@host/path",
            "https://host:8443/a@b:c",
            "https://oauth2:$TOKEN@host/a",
            "https://oauth2:${CI_JOB_TOKEN}@host/a",
            "https://u:{{ token }}@host/a",
            "make a && token=1 make b",
            "a ? b : c",
            "https://h/?token=",
            "",
        ] {
            check(same, same);
        }
    }
}
