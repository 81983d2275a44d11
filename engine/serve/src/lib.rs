//! The same verdict for whoever asks over a network: Kubernetes before it admits an object, programs that send documents
//! or an archive over HTTP, a GitLab whose merge requests change (`gitlab`), and whoever puts them on a queue of NATS (`broker`).
//!
//! ```text
//! connection ─ limits ─► request ─ Memory (a tree) ─► Service::check ─► Evaluation ─► answer
//! ```
//! What a check is lives in `engine-gate`; which configuration and policies there are is the caller's, who hands over a
//! function that loads them. Here are the network, the clock, the limits that keep a server up, and the wire types.

mod admission;
mod app;
mod body;
mod broker;
mod check;
mod envelope;
mod gitlab;
mod log;
mod metrics;
mod openapi;
mod problem;
mod server;
mod service;
mod tls;

pub use broker::{Answer, Broker, Error as BrokerError, Submission, WorkerOptions, submit, work};
pub use gitlab::{GitlabOptions, Judge};
pub use log::remark;
pub use server::{Error, Options, Parts, run};
pub use service::{Clock, Load, Service};
pub use tls::TlsFiles;
