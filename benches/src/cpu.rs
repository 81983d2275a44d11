//! CPU time, which a busy neighbour disturbs less than the clock on the wall.

use std::io::Write as _;
use std::time::Duration;

use cpu_time::{ProcessTime, ThreadTime};
use criterion::Criterion;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Whose time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The measuring thread's alone.
    Thread,
    /// Every thread's, so that work handed to others is not free.
    Process,
}

/// CPU time as criterion measures it: user and system, in nanoseconds.
#[derive(Debug)]
pub struct CpuTime(pub Clock);

/// A moment of one of the clocks.
#[derive(Debug)]
pub enum Moment {
    /// Of [`Clock::Thread`].
    Thread(ThreadTime),
    /// Of [`Clock::Process`].
    Process(ProcessTime),
}

impl Measurement for CpuTime {
    type Intermediate = Moment;
    type Value = Duration;

    fn start(&self) -> Moment {
        match self.0 {
            Clock::Thread => Moment::Thread(ThreadTime::now()),
            Clock::Process => Moment::Process(ProcessTime::now()),
        }
    }

    fn end(&self, start: Moment) -> Duration {
        match start {
            Moment::Thread(start) => start.elapsed(),
            Moment::Process(start) => start.elapsed(),
        }
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        one.saturating_add(*other)
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Criterion with this clock and the arguments of the command line. Call `final_summary` on it at the end.
#[must_use]
pub fn criterion(clock: Clock) -> Criterion<CpuTime> {
    Criterion::default().with_measurement(CpuTime(clock)).configure_from_args()
}

/// Times `calls` calls of `call`, one by one, in CPU time of this thread, and prints the 10th percentile, the median
/// and the 90th percentile in microseconds.
///
/// # Errors
///
/// Where standard output cannot be written.
pub fn say_quantiles(name: &str, calls: usize, mut call: impl FnMut()) -> std::io::Result<()> {
    let mut times: Vec<Duration> = Vec::with_capacity(calls);
    for _ in 0..calls {
        let start = ThreadTime::now();
        call();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| {
        let index = times.len().saturating_mul(percent) / 100;
        times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    let (low, median, high) = (at(10), at(50), at(90));
    writeln!(
        std::io::stdout(),
        "{name}: {calls} calls, CPU time: p10 {low:.1} µs, median {median:.1} µs, p90 {high:.1} µs"
    )
}
