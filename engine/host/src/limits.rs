//! What one call of a guest may use. Enforcing it is `store.rs` and `ticker.rs`.

use std::fmt;
use std::time::Duration;

/// What one call of a guest may use. Every call has all of it to itself: nothing is shared between calls.
///
/// Not covered: the host's time to copy facts into the guest and the answer out of it, which grows with their sizes
/// alone, and the time to compile a plugin that is loaded from bytes, which `plugin_bytes` bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time from the start of a call to its end, instantiation included.
    pub deadline: Duration,
    /// Bytes of linear memory and tables together.
    pub memory_bytes: usize,
    /// Bytes of an answer: its texts and its records.
    pub output_bytes: usize,
    /// Findings and undecided rules of an answer, together.
    pub findings: usize,
    /// Bytes of native stack. A guest's own stack in linear memory usually ends earlier: Rust's has 1 MiB.
    pub stack_bytes: usize,
    /// Bytes of the log that are kept; the rest is dropped, except for the last line of level `error`.
    pub log_bytes: usize,
    /// Bytes of a line of the log that are kept.
    pub log_line_bytes: usize,
    /// Deterministic units, about one an instruction, for plugins that are loaded from bytes; `None` turns the count
    /// off. Built-in plugins never count: the gate's own code may use its time.
    pub fuel: Option<u64>,
    /// Bytes of a plugin that is loaded from bytes.
    pub plugin_bytes: usize,
}

impl Default for Limits {
    /// What `engine check` uses: 10 s, 128 MiB, 8 MiB and 10,000 findings out, 512 KiB of stack, 64 KiB of log, five
    /// thousand million units of fuel, plugins of 32 MiB.
    ///
    /// The fuel is 40 times what `apply-via-ci` takes for 1 MiB of facts (117 million units), and some 2 s of the
    /// machine that this was measured on: one that is four times slower still ends where the fuel does, and not at the
    /// deadline.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            memory_bytes: 128 << 20,
            output_bytes: 8 << 20,
            findings: 10_000,
            stack_bytes: 512 << 10,
            log_bytes: 64 << 10,
            log_line_bytes: 4 << 10,
            fuel: Some(5_000_000_000),
            plugin_bytes: 32 << 20,
        }
    }
}

/// A number of bytes as people read it: `512 B`, `64 KiB`, `9.4 MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, usize); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let Some((unit, size)) = UNITS.iter().find(|(_, size)| self.0 >= *size) else {
            return write!(f, "{} B", self.0);
        };
        // In tenths, rounded up, so that an amount over a limit never reads as the limit itself.
        let tenths =
            (self.0 / size).saturating_mul(10).saturating_add((self.0 % size).saturating_mul(10).div_ceil(*size));
        if tenths % 10 == 0 {
            write!(f, "{} {unit}", tenths / 10)
        } else {
            write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

/// A time as people read it: `80 ms`, `10 s`, `1.25 s`. Rounded down to the millisecond.
pub(crate) struct Time(pub(crate) Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        if millis >= 1000 {
            let (seconds, rest) = (millis / 1000, millis % 1000 / 10);
            return if rest == 0 { write!(f, "{seconds} s") } else { write!(f, "{seconds}.{rest:02} s") };
        }
        write!(f, "{millis} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Time};
    use std::time::Duration;

    #[test]
    fn amounts_read_as_people_write_them() {
        let bytes = |n: usize| Bytes(n).to_string();
        assert_eq!([bytes(0), bytes(1023), bytes(1024), bytes(64 << 10)], ["0 B", "1023 B", "1 KiB", "64 KiB"]);
        assert_eq!([bytes(9_900_000), bytes(5 << 30), bytes(usize::MAX)], ["9.5 MiB", "5 GiB", "17179869184 GiB"]);
        let time = |millis: u64| Time(Duration::from_millis(millis)).to_string();
        assert_eq!([time(80), time(10_000), time(1259)], ["80 ms", "10 s", "1.25 s"]);
    }
}
