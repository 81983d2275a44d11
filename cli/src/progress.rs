//! A progress bar for a check that takes longer than a blink.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine_gate::{Progress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A check that is done before this long shows nothing.
const BLINK: Duration = Duration::from_millis(300);

/// A bar on standard error that appears only when it is worth it.
pub(crate) struct Bar {
    visible: bool,
    began: Instant,
    pieces: AtomicUsize,
    done: AtomicUsize,
    step: AtomicUsize,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    pub(crate) fn new(visible: bool) -> Self {
        let zero = || AtomicUsize::new(0);
        Self { visible, began: Instant::now(), pieces: zero(), done: zero(), step: zero(), bar: OnceLock::new() }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    fn draw(&self) {
        if !self.visible || self.began.elapsed() < BLINK {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg:8} {bar:40} {pos}/{len} {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        let reading = self.step.load(Ordering::Relaxed) == 0;
        bar.set_message(if reading { "reading" } else { "judging" });
        bar.set_length(self.pieces.load(Ordering::Relaxed) as u64);
        bar.set_position(self.done.load(Ordering::Relaxed) as u64);
    }
}

impl Progress for Bar {
    fn begin(&self, step: Step, pieces: usize) {
        self.step.store(usize::from(step == Step::Judge), Ordering::Relaxed);
        self.pieces.store(pieces, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.draw();
    }

    fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.draw();
    }
}
