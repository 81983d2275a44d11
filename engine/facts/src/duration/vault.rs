//! Durations as Vault and OpenBao read a TTL: `3600`, `1h30m`, `1d`.
//!
//! A whole number is seconds, a whole number with `d` days, and anything else is Go's (`1h30m`, no `d` in it). The
//! sources are `ParseDurationSecond` of HashiCorp's `go-secure-stdlib/parseutil`, and what a field of the type
//! `TypeDurationSecond` in Vault's `sdk/framework` makes of the result. Its judge is a running OpenBao.

use super::Refusal;
use super::go::{SECOND, nanoseconds};

/// Nanoseconds of a day.
const DAY: i64 = 86_400 * SECOND;

/// A TTL in whole seconds, never negative. An empty text is 0; what 0 means is each field's own business.
///
/// A part of a second is cut off, and so `-0.5s` is 0 and no error, as on the server. The arguments of a token's
/// creation (`ttl`, `period`, `explicit_max_ttl`) differ in this one: they refuse everything below zero.
///
/// # Errors
///
/// Where the server refuses the text: white space, a fraction without a unit, a unit that is not there (`w`), days
/// among other units, a negative result, more than about 292 years.
pub fn vault(text: &str) -> Result<i64, Refusal> {
    if text.is_empty() {
        return Ok(0);
    }
    let nanoseconds = if let Ok(seconds) = text.parse::<i64>() {
        seconds.checked_mul(SECOND).ok_or(Refusal::TooLong)?
    } else if let Some(days) = text.strip_suffix('d') {
        let days = days.parse::<i64>().map_err(|_| Refusal::Days(super::shown(days)))?;
        days.checked_mul(DAY).ok_or(Refusal::TooLong)?
    } else {
        nanoseconds(text)?
    };
    // By way of a floating-point number, as the server does it: far up, a second that is nearly over is over.
    let seconds = (nanoseconds / SECOND) as f64 + (nanoseconds % SECOND) as f64 / SECOND as f64;
    if seconds <= -1.0 {
        return Err(Refusal::Negative);
    }
    Ok(seconds as i64)
}
