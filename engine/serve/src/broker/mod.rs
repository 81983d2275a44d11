//! The same verdict through NATS: workers that share one queue, and whoever submits something to them.
//!
//! ```text
//! submit ─► engine.v1.submit.<project> ─► stream of requests ─► worker ─► stream of verdicts ─► engine.v1.verdict.<project>.<id>
//! ask    ─► engine.v1.check.<project>  ─► any worker         ─► reply
//! ```
//! A request is acknowledged when its verdict is stored, and a second verdict for it cannot be stored: whoever is killed
//! in between has lost nothing, and decides nothing twice. What cannot be decided ends as a dead letter with the reason.

mod connection;
mod event;
mod layout;
mod submit;
mod work;
mod worker;

pub use connection::{Broker, Error};
pub use submit::{Answer, Submission, submit};
pub use worker::{WorkerOptions, work};
