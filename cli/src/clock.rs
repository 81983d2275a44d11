//! The wall clock, which nothing below the command line reads.

use std::time::{SystemTime, UNIX_EPOCH};

use engine_config::Date;

/// The day in UTC; `None` where the machine's clock stands before 1970.
pub(crate) fn today() -> Option<Date> {
    #[expect(clippy::disallowed_methods, reason = "the command line owns the clock")]
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Date::of_unix_seconds(seconds))
}
