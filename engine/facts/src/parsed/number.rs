//! Numbers: whatever the format, conftest hands them on as doubles.

use crate::wire::Json;

/// Whole numbers up to here are written as such.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// The double nearest to a decimal number's text; `None` where there is none, or none that is finite.
pub(super) fn json(text: &str) -> Option<Json> {
    double(text.parse().ok()?)
}

/// A double on the wire; `None` where JSON has none such.
pub(super) fn double(value: f64) -> Option<Json> {
    if !value.is_finite() {
        return None;
    }
    if value.fract() == 0.0 && value.abs() <= WHOLE {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
        return Some(Json::Integer(value as i64));
    }
    Some(Json::Number(serde_json::Number::from_f64(value)?.to_string().into()))
}

/// A decimal number's text without exponent and without zeros that say nothing: `1e3` is `1000`, `1.50` is `1.5`.
/// `None` where that is no number, or one of a length that nobody writes.
pub(super) fn plain(text: &str) -> Option<String> {
    const MAX_EXPONENT: usize = 400;
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let shift = usize::try_from(exponent.unsigned_abs()).ok().filter(|shift| *shift <= MAX_EXPONENT)?;
    let zeros = "0".repeat(shift);
    let (whole, fraction) = if exponent < 0 {
        let digits = format!("{zeros}{whole}");
        let (whole, moved) = digits.split_at_checked(digits.len().saturating_sub(shift))?;
        (whole.to_owned(), format!("{moved}{fraction}"))
    } else {
        let digits = format!("{fraction}{zeros}");
        let (moved, fraction) = digits.split_at_checked(shift)?;
        (format!("{whole}{moved}"), fraction.to_owned())
    };
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && !(whole == "0" && fraction.is_empty()) { "-" } else { "" };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_number_is_written_without_exponent() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(plain(text).as_deref(), expect, "{text}");
        check("1", Some("1"));
        check("1e3", Some("1000"));
        check("1.50", Some("1.5"));
        check("-1.25e1", Some("-12.5"));
        check("12e-3", Some("0.012"));
        check("1.5E+2", Some("150"));
        check("0.10", Some("0.1"));
        check("-0", Some("0"));
        check("007", Some("7"));
        check("1e9999999999", None);
        check("x", None);
        check("", None);
    }
}
