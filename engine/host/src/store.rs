//! What belongs to one call: its clock, its memory, its log. Dropped with the call.

use std::time::Instant;

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Engine, ResourceLimiter, Store, StoreContextMut, UpdateDeadline};

use crate::bindings::types::Level as GuestLevel;
use crate::{CallError, Level, Limits, LogLine};

/// What an entry of a table counts as: a reference and its bookkeeping.
const TABLE_ENTRY_BYTES: usize = 16;

/// The host's side of one call.
pub(crate) struct State {
    started: Instant,
    /// The limit that was overrun, where one was; it outranks the trap that came of it.
    pub(crate) overrun: Option<CallError>,
    memory: Memory,
    pub(crate) log: Log,
}

/// A store for one call that started at `started`.
pub(crate) fn store(
    engine: &Engine,
    limits: &Limits,
    fuel: Option<u64>,
    started: Instant,
) -> wasmtime::Result<Store<State>> {
    let memory = Memory { limit: limits.memory_bytes, used: 0, asked: None };
    let log = Log { room: limits.log_bytes, line: limits.log_line_bytes, lines: Vec::new(), last_error: None };
    let mut store = Store::new(engine, State { started, overrun: None, memory, log });
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(most_copied(limits));
    store.set_max_component_handles(0);
    if let Some(fuel) = fuel {
        store.set_fuel(fuel)?;
    }
    let limit = limits.deadline;
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |mut context| {
        let used = context.data().started.elapsed();
        if used < limit {
            return Ok(UpdateDeadline::Continue(1));
        }
        context.data_mut().overrun = Some(CallError::Deadline { limit, used });
        Ok(UpdateDeadline::Interrupt)
    });
    Ok(store)
}

/// How many bytes the host copies out of a guest at most before it gives up: more than an answer may have, so that an
/// answer a little too large can still be measured, and told apart from one with too many findings.
pub(crate) fn most_copied(limits: &Limits) -> usize {
    limits.output_bytes.saturating_mul(4)
}

impl State {
    /// The limit that was overrun, if any.
    pub(crate) fn take_overrun(&mut self, limits: &Limits) -> Option<CallError> {
        let asked = self.memory.asked.map(|asked| CallError::Memory { limit: limits.memory_bytes, asked });
        self.overrun.take().or(asked)
    }
}

/// The one import.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.root().func_wrap("log", |mut context: StoreContextMut<'_, State>, (level, text): (GuestLevel, WasmStr)| {
        let log = &context.data().log;
        if !log.takes(level) {
            return Ok(());
        }
        let line = cut(&text.to_str(&context)?, log.line);
        context.data_mut().log.push(level, line);
        Ok(())
    })
}

/// The text up to `most` bytes, at a character's end.
fn cut(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default().to_owned()
}

/// The lines that a guest logged.
pub(crate) struct Log {
    room: usize,
    line: usize,
    pub(crate) lines: Vec<LogLine>,
    /// The last line of level `error`, kept even where there is no room for it.
    pub(crate) last_error: Option<String>,
}

impl Log {
    /// Whether a line would be kept at all, so that one that would not is never read.
    fn takes(&self, level: GuestLevel) -> bool {
        self.room > 0 || level == GuestLevel::Error
    }

    fn push(&mut self, level: GuestLevel, text: String) {
        if level == GuestLevel::Error {
            self.last_error = Some(text.clone());
        }
        if self.room == 0 {
            return;
        }
        // An empty line costs a byte as well, or there could be any number of them.
        let cost = text.len().max(1);
        if cost > self.room {
            self.room = 0;
            return;
        }
        self.room -= cost;
        let level = match level {
            GuestLevel::Debug => Level::Debug,
            GuestLevel::Info => Level::Info,
            GuestLevel::Warn => Level::Warn,
            GuestLevel::Error => Level::Error,
        };
        self.lines.push(LogLine { level, text });
    }
}

/// What the guest's memories and tables have, together: a component may have several of each.
///
/// What was granted stays counted, even where the machine could not give it. Taking it back when a growth is said to
/// have failed would be a hole: a growth beyond what memory can have at all fails without being asked for here first.
struct Memory {
    limit: usize,
    used: usize,
    asked: Option<usize>,
}

impl Memory {
    fn grow(&mut self, by: usize) -> wasmtime::Result<bool> {
        let asked = self.used.saturating_add(by);
        if asked > self.limit {
            self.asked = Some(asked);
            return Err(wasmtime::Error::msg("over the memory limit"));
        }
        self.used = asked;
        Ok(true)
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ENTRY_BYTES))
    }

    // A component compiled from Python has 38 core instances; nobody needs ten times that.
    fn instances(&self) -> usize {
        400
    }

    fn tables(&self) -> usize {
        400
    }

    fn memories(&self) -> usize {
        400
    }
}
