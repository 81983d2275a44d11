//! One line of JSON for each thing that happens, on standard error. No body, no header and no address of anybody is in
//! it but an id that was made of letters and digits.

use std::io::{self, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine_config::Date;
use engine_model::Verdict;
use serde::Serialize;

/// Where lines go.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Log;

/// An answer, as it is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) id: &'a str,
    pub(crate) method: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) problem: Option<&'a str>,
    pub(crate) elapsed: Duration,
}

#[derive(Serialize)]
struct Answered<'a> {
    time: String,
    level: &'static str,
    message: &'static str,
    request: &'a str,
    method: &'a str,
    route: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    microseconds: u128,
}

#[derive(Serialize)]
struct Event<'a> {
    time: String,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl Log {
    /// A request was answered.
    pub(crate) fn answered(self, told: &Told<'_>) {
        let level = if told.status >= 500 { "error" } else { "info" };
        let (request, method, route) = (told.id, told.method, told.route);
        line(&Answered {
            time: now(),
            level,
            message: "answered",
            request,
            method,
            route,
            status: told.status,
            verdict: told.verdict.map(Verdict::as_str),
            problem: told.problem,
            microseconds: told.elapsed.as_micros(),
        });
    }

    /// Something happened to the server.
    pub(crate) fn info(self, message: &str, detail: Option<&str>) {
        line(&Event { time: now(), level: "info", message, detail });
    }

    /// Something failed.
    pub(crate) fn error(self, message: &str, detail: &str) {
        line(&Event { time: now(), level: "error", message, detail: Some(detail) });
    }
}

/// Writes something that is odd and stops nothing into the log.
pub fn remark(text: &str) {
    Log.info("note", Some(text));
}

fn line(value: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_string(value) {
        text.push('\n');
        // Nothing is left to do where standard error is gone.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// The time in UTC: `2026-11-26T14:03:09.120Z`.
fn now() -> String {
    #[expect(clippy::disallowed_methods, reason = "a server owns its clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}Z", Date::of_unix_seconds(seconds), since.subsec_millis())
}
