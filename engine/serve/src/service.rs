//! The gate of a server: one at a time, replaced as a whole, and called by everybody who asks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use engine_config::Date;
use engine_gate::{CheckOptions, Gate, Quiet, Trusted};
use engine_model::{Evaluation, FailOn, FilePath, Tree};
use engine_tree::Memory;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use crate::gitlab::Judge;

/// Loads configuration and policies; one sentence where that fails.
pub type Load = Box<dyn Fn() -> Result<Gate, String> + Send + Sync>;

/// The day by which waivers and assumptions expire; `None` where the clock is wrong.
pub type Clock = Box<dyn Fn() -> Option<Date> + Send + Sync>;

/// The gate, and the threads that it runs on.
pub struct Service {
    gate: RwLock<Arc<Gate>>,
    load: Load,
    clock: Clock,
    fail_on: FailOn,
    /// Checks run on these threads and no others, so that nobody who waits for a socket waits for a check.
    pool: ThreadPool,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("fail_on", &self.fail_on).finish_non_exhaustive()
    }
}

impl Service {
    /// A service with `gate`, and with `load` for the next one. `threads` is how many checks run at a time.
    ///
    /// # Errors
    /// Where there are no threads to be had.
    pub fn new(gate: Gate, load: Load, clock: Clock, fail_on: FailOn, threads: usize) -> Result<Self, std::io::Error> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("check-{number}"));
        let pool = pool.build().map_err(std::io::Error::other)?;
        Ok(Self { gate: RwLock::new(Arc::new(gate)), load, clock, fail_on, pool })
    }

    /// Loads the gate anew. Checks that run go on with the one that they began with.
    ///
    /// # Errors
    /// What `load` says; the gate that there is stays in force then.
    pub fn reload(&self) -> Result<(), String> {
        let gate = Arc::new((self.load)()?);
        *self.gate.write().unwrap_or_else(PoisonError::into_inner) = gate;
        Ok(())
    }

    /// Checks a tree, as the command line does.
    ///
    /// # Errors
    /// Where the tree as a whole cannot be listed.
    pub fn check(&self, tree: &dyn Tree, named: &[FilePath]) -> Result<Evaluation, engine_gate::Error> {
        let gate = Arc::clone(&self.gate.read().unwrap_or_else(PoisonError::into_inner));
        gate.check(tree, &self.options(named), &Quiet)
    }

    fn options(&self, named: &[FilePath]) -> CheckOptions {
        CheckOptions { fail_on: self.fail_on, allow_empty: false, today: (self.clock)(), named: named.to_vec() }
    }

    /// Checks a tree on a thread of the pool, by the gate that `judge` makes of the revision `trusted`, which is the
    /// branch and the commit of `named`.
    ///
    /// # Errors
    /// One sentence where there is no such gate, or the check did not come to an evaluation.
    pub(crate) async fn judged(
        self: &Arc<Self>,
        judge: Arc<Judge>,
        tree: Memory,
        trusted: Memory,
        named: (String, String),
        default_branch: Option<String>,
    ) -> Result<Evaluation, String> {
        let service = Arc::clone(self);
        self.run(move || {
            let trusted = Trusted { tree: &trusted, name: &named.0, id: &named.1 };
            let gate = judge(&trusted, default_branch)
                .map_err(|said| format!("the configuration of `{}` makes no gate: {said}", named.0))?;
            gate.check_against(&tree, &trusted, &service.options(&[]), &Quiet).map_err(|error| error.to_string())
        })
        .await
    }

    /// Checks a tree on a thread of the pool. `held` is kept until the check has ended, whoever still waits for it.
    ///
    /// # Errors
    /// One sentence where the check did not come to an evaluation.
    pub(crate) async fn checked<T: Tree + 'static>(
        self: &Arc<Self>,
        tree: T,
        named: Vec<FilePath>,
        held: impl Send + 'static,
    ) -> Result<Evaluation, String> {
        let service = Arc::clone(self);
        self.run(move || {
            let checked = service.check(&tree, &named).map_err(|error| error.to_string());
            // What was sent is gone before anybody else may send.
            drop((tree, held));
            checked
        })
        .await
    }

    /// Does some work on a thread of the pool.
    async fn run(
        &self,
        work: impl FnOnce() -> Result<Evaluation, String> + Send + 'static,
    ) -> Result<Evaluation, String> {
        let (sender, receiver) = oneshot::channel();
        self.pool.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err("the check ended in the middle, which is a fault of the engine".to_owned()));
            let _ = sender.send(done);
        });
        receiver.await.unwrap_or_else(|_| Err("the check was given up".to_owned()))
    }
}
