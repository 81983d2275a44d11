//! Plain scalars as Ruby's Psych reads them, which is how GitLab reads a pipeline: YAML 1.1, and a little of Ruby.

use std::borrow::Cow;

use engine_model::{Scalar, ScalarStyle};

use super::value::{ScalarValue, integer, is_string_tag, signed, special};

/// The most digits before the point of a number that is written without an exponent, and the most zeros behind it.
const FIXED: std::ops::RangeInclusive<i32> = -3..=15;

/// The text that Ruby makes of a scalar, as GitLab does of the value of a variable: `1.10` is `1.1`, `yes` is `true`,
/// `017` is `15`, `:on` is `on`. `None` for a number of over 64 bits that is not written in plain digits.
#[must_use]
pub fn ruby_text<'t>(scalar: &Scalar<'t>, tag: Option<&str>) -> Option<Cow<'t, str>> {
    let text = scalar.text;
    if scalar.style != ScalarStyle::Plain || tag.is_some_and(|tag| tag == "!" || is_string_tag(tag)) {
        return Some(Cow::Borrowed(text));
    }
    Some(match value(text) {
        ScalarValue::Null => Cow::Borrowed(""),
        ScalarValue::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        ScalarValue::Integer(value) => Cow::Owned(value.to_string()),
        ScalarValue::Float(value) => match digits_of(text) {
            Some(digits) => Cow::Owned(digits),
            None if text.contains('.') => Cow::Owned(float(value)),
            None => return None,
        },
        ScalarValue::String => Cow::Borrowed(symbol(text).unwrap_or(text)),
    })
}

/// Whether Ruby takes a plain scalar for a date or a time. GitLab refuses a file with one.
#[must_use]
pub fn is_ruby_date(scalar: &Scalar<'_>, tag: Option<&str>) -> bool {
    let plain = scalar.style == ScalarStyle::Plain && tag.is_none();
    plain && (is_date(scalar.text) || is_time(scalar.text))
}

/// A name behind a colon, with or without quotes.
fn symbol(text: &str) -> Option<&str> {
    let name = text.strip_prefix(':').filter(|name| !name.is_empty())?;
    // What stands behind the last quote is dropped.
    let quoted = |quote: char| {
        let (inner, _) = name.strip_prefix(quote)?.rsplit_once(quote)?;
        Some(inner.strip_prefix(':').unwrap_or(inner))
    };
    Some(quoted('"').or_else(|| quoted('\'')).unwrap_or(name))
}

/// An integer of over 64 bits in plain digits.
fn digits_of(text: &str) -> Option<String> {
    let (negative, digits) = signed(text);
    let decimal = digits.starts_with(|c: char| matches!(c, '1'..='9'))
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b','));
    decimal.then(|| {
        let sign = if negative { "-" } else { "" };
        format!("{sign}{}", digits.replace(['_', ','], ""))
    })
}

/// A number as Ruby prints it: the fewest digits that mean it, at least one behind the point.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-Infinity" } else { "Infinity" }.to_owned();
    }
    if value == 0.0 {
        return format!("{value:?}");
    }
    let shortest = format!("{value:e}");
    let count = shortest.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    // Of two as short and as near Ruby takes the even one.
    let even = format!("{value:.*e}", count.saturating_sub(1));
    let written = if even.parse() == Ok(value) { even } else { shortest };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // One digit more may stand before the point where one stands behind it.
    let fits = exponent == 15 && count > 16;
    if !fits && !FIXED.contains(&exponent.saturating_add(1)) {
        let point = if mantissa.contains('.') { "" } else { ".0" };
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}{point}e{sign}{:02}", exponent.unsigned_abs());
    }
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let before = usize::try_from(exponent.saturating_add(1)).unwrap_or(0);
    let zeros = usize::try_from(exponent.saturating_add(1).saturating_neg()).unwrap_or(0);
    let (whole, fraction) = match digits.split_at_checked(before) {
        Some((whole, fraction)) => (whole.to_owned(), format!("{}{fraction}", "0".repeat(zeros))),
        None => (format!("{digits:0<before$}"), String::new()),
    };
    let whole = if whole.is_empty() { "0" } else { &whole };
    let fraction = if fraction.is_empty() { "0" } else { &fraction };
    format!("{sign}{whole}.{fraction}")
}

/// Splits digits off, at least and at most so many.
fn digits(text: &str, least: usize, most: usize) -> Option<(&str, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least { None } else { text.split_at_checked(count) }
}

/// `2024-1-31`.
fn is_date(text: &str) -> bool {
    let read = || {
        let (_, rest) = digits(text, 4, 4)?;
        let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
        let within = |part: &str, most: u8| part.len() == 1 || part.parse::<u8>().is_ok_and(|part| part <= most);
        Some(rest.is_empty() && within(month, 12) && within(day, 31))
    };
    read().unwrap_or(false)
}

/// `2024-01-31 10:00:00`, with or without parts of a second and a zone.
fn is_time(text: &str) -> bool {
    let read = || {
        let (_, rest) = digits(text.strip_prefix('-').unwrap_or(text), 4, 4)?;
        let (_, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
        let (_, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
        let blank = |c: char| c.is_ascii_whitespace();
        let rest = match rest.strip_prefix(['T', 't']) {
            Some(rest) => rest,
            None => rest.strip_prefix(blank)?.trim_start_matches(blank),
        };
        let (_, rest) = digits(rest, 1, 2)?;
        let (_, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
        let (_, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
        let rest = match rest.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        let zone = rest.trim_start_matches(blank);
        if rest.is_empty() || zone == "Z" {
            return Some(true);
        }
        let (_, rest) = digits(zone.strip_prefix(['+', '-'])?, 1, 2)?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        Some(rest.is_empty() || digits(rest, 2, 2).is_some_and(|(_, rest)| rest.is_empty()))
    };
    read().unwrap_or(false)
}

/// Psych's scalar scanner, without what it makes of dates and symbols.
pub(super) fn value(text: &str) -> ScalarValue {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if text.is_empty() || text == "~" || is(&["null"]) {
        return ScalarValue::Null;
    }
    if is(&["yes", "true", "on"]) {
        return ScalarValue::Boolean(true);
    }
    if is(&["no", "false", "off"]) {
        return ScalarValue::Boolean(false);
    }
    if let Some(float) =
        special(text, |name| name.eq_ignore_ascii_case(".inf"), |name| name.eq_ignore_ascii_case(".nan"))
    {
        return float;
    }
    let (negative, digits) = signed(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return ScalarValue::String;
    }
    if digits.contains(':') {
        return sexagesimal(negative, digits).unwrap_or(ScalarValue::String);
    }
    if digits.contains('.') {
        return psych_float(negative, digits).unwrap_or(ScalarValue::String);
    }
    let bare = || digits.chars().filter(|c| !matches!(c, '_' | ',')).collect::<String>();
    let only = |body: &str, allowed: fn(&char) -> bool| {
        !body.is_empty() && body.chars().all(|c| allowed(&c) || matches!(c, '_' | ','))
    };
    let (body, radix) = match digits.as_bytes() {
        [b'0', b'b', ..] if only(digits.get(2..).unwrap_or(""), |c| matches!(c, '0' | '1')) => (2, 2),
        [b'0', b'x', ..] if only(digits.get(2..).unwrap_or(""), char::is_ascii_hexdigit) => (2, 16),
        [b'0'] => (0, 10),
        [b'0', ..] if only(digits.get(1..).unwrap_or(""), |c| matches!(c, '0'..='7')) => (0, 8),
        [b'1'..=b'9', ..] if only(digits, char::is_ascii_digit) && !doubled(digits) => (0, 10),
        _ => return ScalarValue::String,
    };
    integer(negative, bare().get(body..).unwrap_or(""), radix).unwrap_or(ScalarValue::String)
}

/// Whether a separator stands next to another or at the end.
fn doubled(digits: &str) -> bool {
    let separator = |b: &u8| matches!(b, b'_' | b',');
    digits.bytes().last().is_some_and(|b| separator(&b))
        || digits.as_bytes().windows(2).any(|pair| pair.iter().all(separator))
}

/// `12:30` and `12:30:15.5`: hours, minutes and seconds, in seconds.
fn sexagesimal(negative: bool, digits: &str) -> Option<ScalarValue> {
    let mut parts = digits.split(':');
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let (last, fraction) = rest.last()?.split_once('.').map_or((*rest.last()?, None), |(last, f)| (last, Some(f)));
    let minutes = |part: &str| match part.as_bytes() {
        [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'] => part.parse::<i64>().ok(),
        _ => None,
    };
    let good = first.bytes().all(|b| b.is_ascii_digit() || b == b'_') && rest.len() <= 2;
    let hours: i64 = first.replace('_', "").parse().ok().filter(|_| good)?;
    let middle = if rest.len() == 2 { minutes(rest.first()?)? } else { minutes(last)? };
    let seconds = if rest.len() == 2 { minutes(last)? } else { 0 };
    let hours = if negative { hours.checked_neg()? } else { hours };
    let total = hours.checked_mul(3600)?.checked_add(middle * 60)?.checked_add(seconds)?;
    match fraction {
        None => Some(ScalarValue::Integer(total)),
        Some(fraction) if fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') => {
            // Added up as Ruby does, part by part; a `_` that is not between digits ends the number.
            let mut digits = String::new();
            let mut letters = fraction.chars().peekable();
            while let Some(letter) = letters.next() {
                match letter {
                    '_' if digits.is_empty() || !letters.peek().is_some_and(char::is_ascii_digit) => break,
                    '_' => {}
                    digit => digits.push(digit),
                }
            }
            let last: f64 = format!("{last}.{digits}0").parse().ok()?;
            let (middle, last) = if rest.len() == 2 { (middle as f64 * 60.0, last) } else { (0.0, last * 60.0) };
            Some(ScalarValue::Float(hours as f64 * 3600.0 + middle + last))
        }
        Some(_) => None,
    }
}

/// Digits, a dot, digits, and an exponent that must have a sign.
fn psych_float(negative: bool, digits: &str) -> Option<ScalarValue> {
    let (mantissa, exponent) = match digits.find(['e', 'E']).and_then(|at| digits.split_at_checked(at)) {
        Some((mantissa, exponent)) => (mantissa, exponent.get(1..)?),
        None => (digits, "+0"),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let power = exponent.strip_prefix(['+', '-'])?;
    let good = whole.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b','))
        && !whole.starts_with(['_', ','])
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && !(whole.is_empty() && fraction.is_empty())
        && !power.is_empty()
        && power.bytes().all(|b| b.is_ascii_digit());
    let whole = whole.replace(['_', ','], "");
    let float: f64 = format!("{whole}.{fraction}e{exponent}").parse().ok().filter(|_| good)?;
    Some(ScalarValue::Float(if negative { -float } else { float }))
}
