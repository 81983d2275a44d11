//! Seconds as people say them.

/// `1 h`, `1 h 30 min`, `32 days`: exact, in the largest units that are easy to hold. A day and less is told in hours.
pub(crate) fn human(seconds: i64) -> String {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    let seconds = seconds.max(0);
    let days = if seconds >= 2 * DAY { seconds / DAY } else { 0 };
    let rest = seconds - days * DAY;
    let parts = [(days, "days"), (rest / HOUR, "h"), (rest % HOUR / 60, "min"), (rest % 60, "s")];
    let told: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if told.is_empty() { "0 s".into() } else { told.join(" ") }
}

/// The same as GitLab reads it, in one unit: `1 hour`, `90 minutes`.
pub(crate) fn gitlab(seconds: i64) -> String {
    let (number, unit) = match seconds {
        _ if seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
        _ if seconds % 60 == 0 => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{gitlab, human};

    #[test]
    fn seconds_are_told_in_units_that_are_easy_to_hold() {
        let cases = [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_600, "1 h"),
            (3_601, "1 h 1 s"),
            (5_400, "1 h 30 min"),
            (86_400, "24 h"),
            (86_401, "24 h 1 s"),
            (172_800, "2 days"),
            (2_764_800, "32 days"),
            (180_061, "2 days 2 h 1 min 1 s"),
            (i64::MAX, "106751991167300 days 15 h 30 min 7 s"),
        ];
        for (seconds, told) in cases {
            assert_eq!(human(seconds), told, "{seconds}");
        }
    }

    #[test]
    fn gitlab_gets_one_unit() {
        let cases =
            [(3_600, "1 hour"), (7_200, "2 hours"), (5_400, "90 minutes"), (60, "1 minute"), (61, "61 seconds")];
        for (seconds, told) in cases {
            assert_eq!(gitlab(seconds), told, "{seconds}");
        }
    }
}
