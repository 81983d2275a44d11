//! What a YAML scalar is to the library that conftest and Kubernetes read with: YAML 1.1 as Go has it. `y` and `on` are
//! true, `0777` is 511, `08` is 8, `1_000` is 1000, `12:30` and dates are text.

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    /// Whole, in 64 bits with or without a sign.
    Integer(i128),
    Float(f64),
    Text,
}

/// What a tag, as written, asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// One of YAML's own scalar types.
    Type(&'static str),
    /// Text: YAML's own tag for it, `!`, and every tag of somebody else's.
    Text,
    /// Base64 of bytes.
    Binary,
}

/// What `tag` asks for.
pub(super) fn tag(tag: &str) -> Tag {
    let of_yaml = tag.strip_prefix("!!").or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'));
    match of_yaml {
        Some("bool") => Tag::Type("bool"),
        Some("int") => Tag::Type("int"),
        Some("float") => Tag::Type("float"),
        Some("null") => Tag::Type("null"),
        Some("timestamp") => Tag::Type("timestamp"),
        Some("binary") => Tag::Binary,
        _ => Tag::Text,
    }
}

/// What a plain scalar without a tag is.
pub(super) fn value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Boolean(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Boolean(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes() {
        [b'.', ..] => float(text),
        [b'0'..=b'9' | b'+' | b'-', ..] => {
            let digits = text.replace('_', "");
            integer(&digits).map(Value::Integer).or_else(|| float(&digits))
        }
        _ => None,
    };
    number.unwrap_or(Value::Text)
}

/// A whole number in the base that its prefix names, if it has 64 bits.
fn integer(text: &str) -> Option<i128> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match rest.as_bytes() {
        [b'0', b'x' | b'X', ..] => (rest.get(2..)?, 16),
        [b'0', b'o' | b'O', ..] => (rest.get(2..)?, 8),
        [b'0', b'b' | b'B', ..] => (rest.get(2..)?, 2),
        [b'0', _, ..] => (rest.get(1..)?, 8),
        _ => (rest, 10),
    };
    // Rust takes a sign here too, and that would be the second one.
    let value =
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| i128::from_str_radix(digits, radix).ok())??;
    let value = if negative { value.checked_neg()? } else { value };
    // Only a number without a sign may need the sixty-fourth bit.
    let signed = text.starts_with(['+', '-']);
    let most = if signed { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
    (i128::from(i64::MIN)..=most).contains(&value).then_some(value)
}

/// Digits with a dot or an exponent; what a double cannot hold stays text.
fn float(text: &str) -> Option<Value> {
    let is_part = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    let value: f64 = if text.bytes().all(is_part) { text.parse().ok()? } else { return None };
    value.is_finite().then_some(Value::Float(value))
}

/// A double as the name of a mapping's entry: the shortest text that a single keeps apart, with an exponent from a
/// million on.
pub(super) fn float_key(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the name is that of the nearest single")]
    let single = value as f32;
    let scientific = format!("{single:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{single}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, float_key, value};

    #[test]
    fn a_plain_scalar_is_what_go_reads() {
        let check = |text: &str, expect: &str| {
            let shown = match value(text) {
                Value::Null => "null".to_owned(),
                Value::Boolean(value) => value.to_string(),
                Value::Integer(value) => value.to_string(),
                Value::Float(value) => format!("{value:?}"),
                Value::Text => "text".to_owned(),
            };
            assert_eq!(shown, expect, "{text}");
        };
        for (text, expect) in [
            ("", "null"),
            ("~", "null"),
            ("nUll", "text"),
            ("y", "true"),
            ("N", "false"),
            ("yEs", "text"),
            ("On", "true"),
            ("0", "0"),
            ("-0", "0"),
            ("0777", "511"),
            ("0o17", "15"),
            ("08", "8.0"),
            ("0x1F", "31"),
            ("-0x1f", "-31"),
            ("0b101", "5"),
            ("-0b11", "-3"),
            ("0x", "text"),
            ("1_000", "1000"),
            ("_1", "text"),
            ("+12", "12"),
            ("+-1", "text"),
            ("0x-1", "text"),
            ("1.", "1.0"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            (".", "text"),
            ("1e3", "1000.0"),
            ("1e", "text"),
            ("1e400", "text"),
            ("12:30", "text"),
            ("2001-12-14", "text"),
            ("1.2.3", "text"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "1.8446744073709552e19"),
            ("-9223372036854775809", "-9.223372036854776e18"),
            (".inf", "inf"),
            ("-.INF", "-inf"),
            (".Nan", "text"),
            ("1,000", "text"),
            ("-", "text"),
            ("--1", "text"),
            ("<<", "text"),
            ("infinity", "text"),
            ("+inf", "text"),
            ("0_8", "8.0"),
        ] {
            check(text, expect);
        }
    }

    #[test]
    fn a_float_is_a_short_name() {
        let check = |value: f64, expect: &str| assert_eq!(float_key(value), expect);
        check(1.5, "1.5");
        check(1.10, "1.1");
        check(1000.0, "1000");
        check(1e6, "1e+06");
        check(1.5e-5, "1.5e-05");
        check(0.0001, "0.0001");
        check(f64::NEG_INFINITY, "-.inf");
    }
}
