//! A day of the calendar.

use std::fmt;

use engine_model::NodeId;

use crate::error::shown;
use crate::reader::Reader;
use crate::setting::Written;

/// A day of the Gregorian calendar, without a time of day and without a zone. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDate {
    /// It is not written as one.
    Form,
    /// It is, and the calendar has no such day.
    Day,
}

impl Date {
    /// The day, or `None` where the calendar has no such day. Months and days count from one, years from 1 to 9999.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let good = (1..=9999).contains(&year) && (1..=days(year, month)).contains(&day);
        good.then_some(Self { year, month, day })
    }

    /// The day in UTC on which so many seconds have passed since 1970 began; the calendar's last one beyond it.
    #[must_use]
    pub fn of_unix_seconds(seconds: u64) -> Self {
        let mut left = seconds / 86_400;
        for year in 1970..=9999 {
            for month in 1..=12 {
                let length = days(year, month);
                if left < u64::from(length) {
                    let day = u8::try_from(left).map_or(length, |day| day.saturating_add(1));
                    return Self { year, month, day };
                }
                left = left.saturating_sub(u64::from(length));
            }
        }
        Self { year: 9999, month: 12, day: 31 }
    }

    /// How many days lie between `earlier` and this day; negative where this one is before it.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.ordinal().saturating_sub(earlier.ordinal())
    }

    /// How many days have passed since the calendar began.
    fn ordinal(self) -> i64 {
        let years = i64::from(self.year.saturating_sub(1));
        let leaps = years / 4 - years / 100 + years / 400;
        let months = (1..self.month).map(|month| i64::from(days(self.year, month)));
        years * 365 + leaps + months.sum::<i64>() + i64::from(self.day)
    }

    /// Reads `2027-01-31`, and nothing else.
    pub(crate) fn parse(text: &str) -> Result<Self, NoDate> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<u16>().ok()).ok_or(NoDate::Form)
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return Err(NoDate::Form);
        }
        let small = |number: u16| u8::try_from(number).map_err(|_| NoDate::Day);
        Self::new(year, small(month)?, small(day)?).ok_or(NoDate::Day)
    }
}

/// Reads a day.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<Date>> {
    let text = reader.text(node)?;
    let (message, help) = match Date::parse(text.value) {
        Ok(date) => return Some(text.map(|_| date)),
        Err(NoDate::Form) => (format!("{} is no date", shown(text.value)), "dates are written as `2027-01-31`"),
        Err(NoDate::Day) => (format!("there is no day {}", shown(text.value)), ""),
    };
    reader.error(node, message, help);
    None
}

/// How many days a month has; none where there is no such month.
fn days(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u8::from(leap),
        _ => 0,
    }
}

/// As `2027-01-31`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, NoDate};

    #[test]
    fn a_date_is_a_day_that_exists() {
        for good in ["2027-01-31", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(good).map(|date| date.to_string()), Ok(good.to_owned()));
        }
        for bad in ["2027-02-29", "2100-02-29", "2027-04-31", "2027-13-01", "2027-00-10", "2027-01-00", "0000-01-01"] {
            assert_eq!(Date::parse(bad), Err(NoDate::Day), "{bad}");
        }
        for bad in
            ["", "2027-1-31", "27-01-31", "2027-01-31T00:00:00Z", "2027/01/31", "2027-01", "2027-01-31-", "+027-01-01"]
        {
            assert_eq!(Date::parse(bad), Err(NoDate::Form), "{bad}");
        }
    }

    #[test]
    fn a_clock_has_a_date() {
        let check = |seconds: u64, expect: &str| assert_eq!(Date::of_unix_seconds(seconds).to_string(), expect);
        check(0, "1970-01-01");
        check(86_399, "1970-01-01");
        check(86_400, "1970-01-02");
        check(951_782_400, "2000-02-29");
        check(1_800_000_000, "2027-01-15");
        check(u64::MAX, "9999-12-31");
    }

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        let check = |from: &str, to: &str, expect: i64| {
            let date = |text: &str| Date::parse(text).unwrap();
            assert_eq!(date(to).days_since(date(from)), expect, "{from} {to}");
        };
        check("2027-01-31", "2027-01-31", 0);
        check("2027-01-31", "2027-02-01", 1);
        check("2027-02-01", "2027-01-31", -1);
        check("2028-02-28", "2028-03-01", 2);
        check("2027-01-01", "2028-01-01", 365);
        check("1970-01-01", "2000-03-01", 11_017);
        check("0001-01-01", "9999-12-31", 3_652_058);
    }

    #[test]
    fn dates_are_ordered() {
        let date = |text: &str| Date::parse(text).unwrap();
        assert!(date("2026-12-31") < date("2027-01-01") && date("2027-01-31") < date("2027-02-01"));
    }
}
