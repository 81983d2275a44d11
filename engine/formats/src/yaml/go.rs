//! Plain scalars as Go's `yaml.v2` reads them, and so Kubernetes: its `resolve.go`.

use super::value::{ScalarValue, integer, special};

/// What a plain scalar is. What Go makes a date of is text here.
pub(super) fn value(text: &str) -> ScalarValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarValue::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return ScalarValue::Boolean(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return ScalarValue::Boolean(false);
        }
        _ => {}
    }
    let infinite = |name: &str| matches!(name, ".inf" | ".Inf" | ".INF");
    if let Some(float) = special(text, infinite, |name| matches!(name, ".nan" | ".NaN" | ".NAN")) {
        return float;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return ScalarValue::String;
    }
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    let (negative, digits) = match bare.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, bare.strip_prefix('+').unwrap_or(&bare)),
    };
    let (radix, body) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)),
        [b'0', _, ..] => (8, digits.get(1..)),
        _ => (10, Some(digits)),
    };
    let found = integer(negative, body.unwrap_or(""), radix).or_else(|| float(negative, digits));
    found.unwrap_or(ScalarValue::String)
}

/// Digits, a dot, digits and an exponent, of which only some digits must be there.
fn float(negative: bool, digits: &str) -> Option<ScalarValue> {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let good = number(whole)
        && number(fraction)
        && number(power)
        && !power.is_empty()
        && !(whole.is_empty() && fraction.is_empty());
    let float: f64 = format!("{whole}.{fraction}0e{exponent}").parse().ok().filter(|_| good)?;
    Some(ScalarValue::Float(if negative { -float } else { float }))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_plain_scalar_is_what_go_makes_of_it() {
        let check = |text: &str, expect: &str| assert_eq!(format!("{:?}", value(text)), expect, "{text}");
        check("", "Null");
        check("NULL", "Null");
        check("yes", "Boolean(true)");
        check("Off", "Boolean(false)");
        check("n", "Boolean(false)");
        check("oN", "String");
        check("0644", "Integer(420)");
        check("0o644", "Integer(420)");
        check("-0x1f", "Integer(-31)");
        check("0b101", "Integer(5)");
        check("1_000", "Integer(1000)");
        check("+7", "Integer(7)");
        check("0", "Integer(0)");
        check("08", "Float(8.0)");
        check("1e3", "Float(1000.0)");
        check("-.5", "Float(-0.5)");
        check("1.", "Float(1.0)");
        check("1.5e+3", "Float(1500.0)");
        check(".inf", "Float(inf)");
        check("1:30", "String");
        check("100m", "String");
        check("1Gi", "String");
        check("-", "String");
        check(".", "String");
        check("0x", "String");
        check("1.2.3", "String");
        check("2024-01-31", "String");
        check("9223372036854775808", "Float(9.223372036854776e18)");
    }
}
