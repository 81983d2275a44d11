//! Durations as Go reads them: `1h30m`, `-1.5h`, `300ms`.
//!
//! A sign, then numbers with a fraction or without, each with its unit right after it; no white space, no `d`. The
//! source is Go's package `time`, function `ParseDuration`, with its limits: a number and a sum of at most 2^63
//! nanoseconds, fractions cut where 63 bits end. Terraform providers read such strings with it, among them
//! `assume_role.duration` of the AWS provider.

use super::{Refusal, shown};

/// The units, in nanoseconds. The two signs for micro are different characters.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Nanoseconds of a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// The largest magnitude, which only a negative duration may have.
const LIMIT: u64 = 1 << 63;

/// A duration of Go's in whole seconds, cut towards zero; negative where it is.
///
/// # Errors
///
/// Where Go refuses the text: no unit, one that Go does not have, white space, nothing, too long.
pub fn go(text: &str) -> Result<i64, Refusal> {
    Ok(nanoseconds(text)? / SECOND)
}

/// A duration of Go's in nanoseconds.
pub(super) fn nanoseconds(text: &str) -> Result<i64, Refusal> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let negative = text.starts_with('-');
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(Refusal::Empty);
    }
    let mut rest = unsigned;
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let (part, after) = part(rest)?;
        // Two parts of the largest size come to zero: so they do in Go.
        sum = sum.wrapping_add(part);
        if sum > LIMIT {
            return Err(Refusal::TooLong);
        }
        rest = after;
    }
    match i64::try_from(sum) {
        Ok(sum) if negative => Ok(sum.wrapping_neg()),
        Ok(sum) => Ok(sum),
        Err(_) if negative => Ok(i64::MIN),
        Err(_) => Err(Refusal::TooLong),
    }
}

/// The first number with its unit, in nanoseconds, and what follows.
fn part(text: &str) -> Result<(u64, &str), Refusal> {
    let (digits, after) = digits(text);
    let whole = whole(digits)?;
    let (fraction, scale, after, has_fraction) = match after.strip_prefix('.') {
        Some(after) => {
            let (digits, after) = self::digits(after);
            let (fraction, scale) = fraction(digits);
            (fraction, scale, after, !digits.is_empty())
        }
        None => (0, 1.0, after, false),
    };
    if digits.is_empty() && !has_fraction {
        return Err(Refusal::NoNumber(shown(text)));
    }
    let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
    let (unit, after) = after.split_at_checked(end).unwrap_or((after, ""));
    if unit.is_empty() {
        return Err(Refusal::NoUnit);
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let Some((_, unit)) = known else {
        return Err(Refusal::Unit(shown(unit)));
    };
    let mut value = whole.checked_mul(*unit).filter(|value| *value <= LIMIT).ok_or(Refusal::TooLong)?;
    if fraction > 0 {
        // As Go does it, in this order, so that the same bits are lost.
        value = value.wrapping_add((fraction as f64 * (*unit as f64 / scale)) as u64);
        if value > LIMIT {
            return Err(Refusal::TooLong);
        }
    }
    Ok((value, after))
}

/// The digits at the beginning, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A whole number of at most 2^63; none is zero.
fn whole(digits: &str) -> Result<u64, Refusal> {
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().ok().filter(|value| *value <= LIMIT).ok_or(Refusal::TooLong)
}

/// The digits after a point as a number and what it is to be divided by. Digits past 63 bits are passed over.
fn fraction(digits: &str) -> (u64, f64) {
    let (mut value, mut scale) = (0_u64, 1.0);
    for digit in digits.bytes().map(|byte| u64::from(byte.wrapping_sub(b'0'))) {
        if value > (LIMIT - 1) / 10 {
            break;
        }
        let next = value.saturating_mul(10).saturating_add(digit);
        if next > LIMIT {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value, scale)
}
