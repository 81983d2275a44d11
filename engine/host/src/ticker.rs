//! Deadlines: one thread that sleeps until the earliest of them and then lets every guest look at the clock.
//!
//! A guest is interrupted by raising the engine's epoch, which each running guest notices at its next function entry
//! or loop; it then compares the clock with its own deadline (`store.rs`). So an early or a spare tick cuts nobody, and
//! how late a guest is cut is how late this thread wakes. While no deadline is near, nothing ticks.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wasmtime::Engine;

/// How soon a guest that has not ended after its tick is ticked again.
const AGAIN: Duration = Duration::from_millis(1);

/// The thread and what it shares with the calls. Dropping it ends and joins the thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    clock: Mutex<Clock>,
    wake: Condvar,
}

#[derive(Default)]
struct Clock {
    engines: Vec<Engine>,
    /// The deadlines of all running calls; the number keeps equal ones apart.
    deadlines: BTreeSet<(Instant, u64)>,
    next: u64,
    /// Until when the thread sleeps; `None` where it sleeps until it is woken.
    asleep_until: Option<Instant>,
    closed: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("deadlines", &self.lock().deadlines.len()).finish_non_exhaustive()
    }
}

impl Shared {
    /// Nothing panics while it holds the lock, so a poisoned one still guards a whole value.
    fn lock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut clock = self.lock();
        while !clock.closed {
            let now = Instant::now();
            let next = clock.deadlines.first().map(|(at, _)| *at);
            let until = match next {
                Some(at) if at <= now => {
                    clock.engines.iter().for_each(Engine::increment_epoch);
                    Some(now + AGAIN)
                }
                other => other,
            };
            clock.asleep_until = until;
            clock = match until {
                None => self.wake.wait(clock).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let pause = until.saturating_duration_since(now);
                    self.wake.wait_timeout(clock, pause).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

impl Ticker {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("engine-deadlines".into()).stack_size(128 << 10);
        let thread = thread.spawn(move || theirs.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Lets the guests of one more engine be interrupted.
    pub(crate) fn drive(&self, engine: &Engine) {
        self.shared.lock().engines.push(engine.clone());
    }

    /// Ticks at `deadline` and then until the guard is dropped.
    pub(crate) fn watch(&self, deadline: Instant) -> Watch<'_> {
        let mut clock = self.shared.lock();
        let number = clock.next;
        clock.next = number.wrapping_add(1);
        clock.deadlines.insert((deadline, number));
        // In a row of calls each deadline is later than the last, so the thread is woken for the first alone.
        if clock.asleep_until.is_none_or(|until| deadline < until) {
            self.shared.wake.notify_one();
        }
        Watch { shared: &self.shared, deadline: (deadline, number) }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // It panics nowhere, and there is nobody left to tell.
            drop(thread.join());
        }
    }
}

/// A deadline that is being kept.
pub(crate) struct Watch<'a> {
    shared: &'a Shared,
    deadline: (Instant, u64),
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.shared.lock().deadlines.remove(&self.deadline);
    }
}
