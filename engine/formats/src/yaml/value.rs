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
        Dialect::Yaml11 => super::ruby::value(text),
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
        && [super::ruby::value(text), core(text), super::go::value(text)]
            .iter()
            .all(|value| *value == ScalarValue::String)
}

/// Whether a tag, as written, says that the scalar is text.
pub(super) fn is_string_tag(tag: &str) -> bool {
    matches!(tag, "!!str" | "!str" | "!<tag:yaml.org,2002:str>" | "!!binary" | "!<tag:yaml.org,2002:binary>")
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

pub(super) fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
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
