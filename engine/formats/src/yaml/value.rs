//! What a scalar means to its reader.

use engine_model::{Scalar, ScalarStyle};

/// Whose YAML it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// YAML 1.1 as Ruby's Psych reads it: GitLab. `yes` is true, `017` is 15, `1:30` is 5400 and `1e3` is text.
    Yaml11,
    /// The core schema of YAML 1.2: `engine.yaml`. `yes` is text, `017` is 17, `1e3` is 1000.0.
    Yaml12,
    /// YAML as Go's `yaml.v2` reads it: Kubernetes. `yes` is true, `017` is 15, `1:30` is text and `1e3` is 1000.0.
    Go,
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalarValue {
    /// `null`, `~`, nothing.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction, or an integer beyond 64 bits.
    Float(f64),
    /// The text itself: quoted, in a block, dates, Ruby's `:symbols`, and all else.
    String,
}

/// What `scalar` is to a reader of `dialect`; `tag` is the tag written before it.
///
/// Only a plain scalar can be anything else than text, and with `!!str` or `!` not even that.
#[must_use]
pub fn scalar_value(scalar: &Scalar<'_>, tag: Option<&str>, dialect: Dialect) -> ScalarValue {
    let text = scalar.text;
    if scalar.style != ScalarStyle::Plain || tag.is_some_and(|tag| tag == "!" || is_string_tag(tag)) {
        return ScalarValue::String;
    }
    match dialect {
        Dialect::Yaml11 => psych(text),
        Dialect::Yaml12 => core(text),
        Dialect::Go => super::go::value(text),
    }
}

/// Whether a text may be written without quotes, so that every reader takes it for that text. Some that may are refused.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/' | '.' | '$');
    let holds = |c: char| c.is_ascii_alphanumeric() || "_/.$-+=@%^~,;()<>&|!?'\" ".contains(c) || c == ':';
    text.starts_with(starts)
        && text.chars().all(holds)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && [psych(text), core(text), super::go::value(text)].iter().all(|value| *value == ScalarValue::String)
}

/// Whether a tag, as written, says that the scalar is text.
pub(super) fn is_string_tag(tag: &str) -> bool {
    matches!(tag, "!!str" | "!str" | "!<tag:yaml.org,2002:str>" | "!!binary" | "!<tag:yaml.org,2002:binary>")
}

/// Psych's scalar scanner, without what it makes of dates and symbols.
fn psych(text: &str) -> ScalarValue {
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
    if let Some(float) = special(text, |name| is_word(name, &[".inf"]), |name| is_word(name, &[".nan"])) {
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
        [b'0', ..] if only(digits.get(1..).unwrap_or(""), |c| matches!(c, '0'..='7')) => (1, 8),
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
            let part: f64 = format!("0.{}0", fraction.replace('_', "")).parse().ok()?;
            let unit = if rest.len() == 2 { 1.0 } else { 60.0 };
            Some(ScalarValue::Float(total as f64 + part * unit))
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

/// The core schema of YAML 1.2.2, section 10.3.2.
fn core(text: &str) -> ScalarValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarValue::Null,
        "true" | "True" | "TRUE" => return ScalarValue::Boolean(true),
        "false" | "False" | "FALSE" => return ScalarValue::Boolean(false),
        _ => {}
    }
    let infinite = |name: &str| matches!(name, ".inf" | ".Inf" | ".INF");
    if let Some(float) = special(text, infinite, |name| matches!(name, ".nan" | ".NaN" | ".NAN")) {
        return float;
    }
    let (negative, digits) = signed(text);
    let value = match digits.as_bytes() {
        [b'0', b'o', ..] if digits.len() == text.len() => integer(false, digits.get(2..).unwrap_or(""), 8),
        [b'0', b'x', ..] if digits.len() == text.len() => integer(false, digits.get(2..).unwrap_or(""), 16),
        [b'0'..=b'9', ..] if digits.bytes().all(|b| b.is_ascii_digit()) => integer(negative, digits, 10),
        [b'0'..=b'9' | b'.', ..] => core_float(negative, digits),
        _ => None,
    };
    value.unwrap_or(ScalarValue::String)
}

fn core_float(negative: bool, digits: &str) -> Option<ScalarValue> {
    // Rust's own grammar is this one, but for the words that cannot come here and a dot alone.
    let good = digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    let float: f64 = digits.parse().ok().filter(|_| good)?;
    Some(ScalarValue::Float(if negative { -float } else { float }))
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn is_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

pub(super) fn special(text: &str, infinite: impl Fn(&str) -> bool, nan: impl Fn(&str) -> bool) -> Option<ScalarValue> {
    let (negative, name) = signed(text);
    if infinite(name) {
        return Some(ScalarValue::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    nan(text).then_some(ScalarValue::Float(f64::NAN))
}

pub(super) fn integer(negative: bool, digits: &str, radix: u32) -> Option<ScalarValue> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    if let Ok(value) = i128::from_str_radix(digits, radix) {
        let value = if negative { -value } else { value };
        return Some(i64::try_from(value).map_or(ScalarValue::Float(value as f64), ScalarValue::Integer));
    }
    let float =
        digits.chars().filter_map(|c| c.to_digit(radix)).fold(0.0, |sum, d| sum * f64::from(radix) + f64::from(d));
    Some(ScalarValue::Float(if negative { -float } else { float }))
}

#[cfg(test)]
mod tests {
    use engine_model::{Builder, Document, FilePath, Format, Frame, ScalarStyle, SourceFile, Span, Text};

    use super::{Dialect, ScalarValue, scalar_value};

    fn scalar(text: &str, style: ScalarStyle) -> Document {
        let file = SourceFile::new(FilePath::new("a.yml").unwrap(), text.into());
        let span = Span::from_range(0..text.len());
        let mut builder = Builder::new(Frame::File(file), Format::Yaml);
        let node = builder.scalar(span, style, Text::Source(span));
        builder.finish(vec![node])
    }

    fn check(text: &str, ruby: &str, core: &str) {
        let document = scalar(text, ScalarStyle::Plain);
        let scalar = document.scalar(document.roots()[0]).unwrap();
        assert_eq!(format!("{:?}", scalar_value(&scalar, None, Dialect::Yaml11)), ruby, "{text} to Ruby");
        assert_eq!(format!("{:?}", scalar_value(&scalar, None, Dialect::Yaml12)), core, "{text} in YAML 1.2");
    }

    #[test]
    fn words() {
        check("", "Null", "Null");
        check("~", "Null", "Null");
        check("nUll", "Null", "String");
        check("Yes", "Boolean(true)", "String");
        check("OFF", "Boolean(false)", "String");
        check("True", "Boolean(true)", "Boolean(true)");
        check("tRUE", "Boolean(true)", "String");
        check("y", "String", "String");
        check("false ", "String", "String");
        check(":on", "String", "String");
        check("2024-01-31", "String", "String");
        check("2024-01-31 10:00:00", "String", "String");
        check("$CI", "String", "String");
    }

    #[test]
    fn integers() {
        check("0", "Integer(0)", "Integer(0)");
        check("-12", "Integer(-12)", "Integer(-12)");
        check("017", "Integer(15)", "Integer(17)");
        check("08", "String", "Integer(8)");
        check("0o17", "String", "Integer(15)");
        check("0x1F", "Integer(31)", "Integer(31)");
        check("-0x1F", "Integer(-31)", "String");
        check("0b101", "Integer(5)", "String");
        check("1_000", "Integer(1000)", "String");
        check("1,000", "Integer(1000)", "String");
        check("1__0", "String", "String");
        check("0x", "String", "String");
        check("0x_", "String", "String");
        check("9223372036854775808", "Float(9.223372036854776e18)", "Float(9.223372036854776e18)");
        check("1:30", "Integer(5400)", "String");
        check("1:30:05", "Integer(5405)", "String");
        check("1:75", "String", "String");
        check("1:2:3:4", "String", "String");
        check("-", "String", "String");
        check("3 hours", "String", "String");
        check("8080:80", "String", "String");
    }

    #[test]
    fn floats() {
        check("1.5", "Float(1.5)", "Float(1.5)");
        check("-.5", "Float(-0.5)", "Float(-0.5)");
        check("1.", "Float(1.0)", "Float(1.0)");
        check(".", "String", "String");
        check("1e3", "String", "Float(1000.0)");
        check("1.5e3", "String", "Float(1500.0)");
        check("1.5e+3", "Float(1500.0)", "Float(1500.0)");
        check("1_0.5", "Float(10.5)", "String");
        check("1.2.3", "String", "String");
        check("10.0.0.1/8", "String", "String");
        check(".inf", "Float(inf)", "Float(inf)");
        check("-.INF", "Float(-inf)", "Float(-inf)");
        check(".Nan", "Float(NaN)", "String");
        check("inf", "String", "String");
        check("1:30.5", "Float(5430.0)", "String");
    }

    #[test]
    fn what_is_quoted_or_tagged_as_text_is_text() {
        let document = scalar("yes", ScalarStyle::DoubleQuoted);
        let quoted = document.scalar(document.roots()[0]).unwrap();
        assert_eq!(scalar_value(&quoted, None, Dialect::Yaml11), ScalarValue::String);
        let document = scalar("yes", ScalarStyle::Plain);
        let plain = document.scalar(document.roots()[0]).unwrap();
        assert_eq!(scalar_value(&plain, Some("!!str"), Dialect::Yaml11), ScalarValue::String);
        assert_eq!(scalar_value(&plain, Some("!!bool"), Dialect::Yaml11), ScalarValue::Boolean(true));
    }
}
