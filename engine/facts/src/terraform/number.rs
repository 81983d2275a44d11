//! Numbers as Terraform computes them, as long as that is exact.
//!
//! Terraform holds 512 bits of mantissa. Here a number is a decimal of at most 38 digits, and an operation whose
//! result Terraform would round, or that would not fit, has no result.

use std::cmp::Ordering;
use std::fmt;

/// A decimal number: `digits` divided by ten to the power of `scale`, with as small a scale as can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    digits: i128,
    scale: u32,
}

/// More digits than this are not followed.
const MAX_SCALE: u32 = 36;

impl Number {
    /// The number that Terraform reads in a literal or a string: `-1.5e3`. `None` for anything else, and for what has
    /// too many digits to be followed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (mantissa, ""),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let digits = if negative { unsigned(digits)?.checked_neg()? } else { digits };
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if scale < 0 {
            let factor = ten_to(scale.unsigned_abs())?;
            return Self::new(digits.checked_mul(factor)?, 0);
        }
        Self::new(digits, u32::try_from(scale).ok()?)
    }

    /// The same number as an index, where it is a whole one and not negative.
    #[must_use]
    pub fn index(self) -> Option<usize> {
        if self.scale == 0 { usize::try_from(self.digits).ok() } else { None }
    }

    /// The same number, negated.
    #[must_use]
    pub fn negate(self) -> Option<Self> {
        Self::new(unsigned(self.digits)?.checked_neg()?, self.scale)
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.exact(other)?;
        Self::new(left.checked_add(right)?, scale)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.exact(other)?;
        Self::new(left.checked_sub(right)?, scale)
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        self.exact(other)?;
        self.zero_has_no_sign(other)?;
        Self::new(self.digits.checked_mul(other.digits)?, self.scale.checked_add(other.scale)?)
    }

    /// The quotient; `None` also for a division by zero and for one that is not exact in binary, as `1 / 3`.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        let (left, right, _) = self.exact(other)?;
        self.zero_has_no_sign(other)?;
        let shared = common_divisor(left.unsigned_abs(), right.unsigned_abs());
        let shared = i128::try_from(shared).ok()?;
        let (left, right) = (left.checked_div(shared)?, right.checked_div(shared)?);
        let (left, right) = if right < 0 { (left.checked_neg()?, right.checked_neg()?) } else { (left, right) };
        if right.count_ones() != 1 {
            return None;
        }
        let scale = right.trailing_zeros();
        Self::new(left.checked_mul(5_i128.checked_pow(scale)?)?, scale)
    }

    /// The remainder of whole numbers, with the sign of the dividend.
    #[must_use]
    pub fn modulo(self, other: Self) -> Option<Self> {
        if self.scale > 0 || other.scale > 0 {
            return None;
        }
        let digits = self.digits.checked_rem(other.digits)?;
        let digits = if self.digits < 0 || other.digits < 0 { unsigned(digits)? } else { digits };
        Self::new(digits, 0)
    }

    /// Which is greater.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let (left, right, _) = self.aligned(other)?;
        Some(left.cmp(&right))
    }

    /// Refuses what gives a zero with a sign: nothing times or divided by something negative.
    fn zero_has_no_sign(self, other: Self) -> Option<()> {
        let zero = self.digits == 0 || other.digits == 0;
        let negative = self.digits < 0 || other.digits < 0;
        (!(zero && negative)).then_some(())
    }

    fn new(mut digits: i128, mut scale: u32) -> Option<Self> {
        while scale > 0 && digits.checked_rem(10) == Some(0) {
            digits = digits.checked_div(10)?;
            scale = scale.checked_sub(1)?;
        }
        (scale <= MAX_SCALE).then_some(Self { digits, scale })
    }

    /// Both over one scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let widen = |number: Self| number.digits.checked_mul(ten_to(scale.checked_sub(number.scale)?)?);
        Some((widen(self)?, widen(other)?, scale))
    }

    /// The same, where Terraform holds both without rounding.
    fn exact(self, other: Self) -> Option<(i128, i128, u32)> {
        if self.is_binary() && other.is_binary() { self.aligned(other) } else { None }
    }

    /// Whether the number is a whole one divided by a power of two.
    fn is_binary(self) -> bool {
        5_i128.checked_pow(self.scale).is_some_and(|fives| self.digits.checked_rem(fives) == Some(0))
    }
}

/// Digits that a sign may be given to: Terraform has a zero with a sign, which it writes as `-0` in a text, and this
/// has none.
fn unsigned(digits: i128) -> Option<i128> {
    (digits != 0).then_some(digits)
}

fn parse_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn ten_to(power: u32) -> Option<i128> {
    10_i128.checked_pow(power)
}

fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a.max(1)
}

/// As Terraform writes it in a string: `1.5`, never `1.50` or `15e-1`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let width = scale.saturating_add(1);
        let digits = format!("{:0>width$}", self.digits.unsigned_abs());
        let (whole, fraction) = digits.split_at_checked(digits.len().saturating_sub(scale)).unwrap_or((&digits, ""));
        f.write_str(if self.digits < 0 { "-" } else { "" })?;
        f.write_str(whole)?;
        if fraction.is_empty() { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(Number::parse(text).map(|number| number.to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn numbers_are_read_and_written_as_terraform_does() {
        check("1.50", Some("1.5"));
        check("-0.05", Some("-0.05"));
        check("1e3", Some("1000"));
        check("12e-3", Some("0.012"));
        check("-0", None);
        check("-0.0", None);
        check("1.", None);
        check(".5", None);
        check("0x1F", None);
        check("1e999", None);
        check("1234567890123456789012345678901234567890", None);
    }

    #[test]
    fn what_terraform_would_round_has_no_result() {
        let number = |text| Number::parse(text).unwrap();
        assert_eq!(number("7").over(number("-2")), Number::parse("-3.5"));
        assert_eq!(number("1").over(number("3")), None);
        assert_eq!(number("1").over(number("0")), None);
        assert_eq!(number("0.1").plus(number("0.2")), None);
        assert_eq!(number("0").times(number("-2")), None);
        assert_eq!(number("0").negate(), None);
        assert_eq!(number("-6").modulo(number("3")), None);
        assert_eq!(number("2").minus(number("2")), Number::parse("0"));
        assert_eq!(number("0.5").plus(number("0.25")), Number::parse("0.75"));
        assert_eq!(number("-7").modulo(number("3")), Number::parse("-1"));
        assert_eq!(number("0.1").compare(number("0.10")), Some(std::cmp::Ordering::Equal));
    }
}
