//! `engine worker`.

use std::time::Duration;

use anyhow::Result;
use engine_serve::WorkerOptions;

use crate::args::{Broker, Worker};
use crate::{PASS, serve};

/// Works until it is told to stop.
pub(crate) fn run(worker: &Worker) -> Result<u8> {
    let threads = serve::threads(worker.threads);
    let service = serve::service(&worker.config, &worker.policies, worker.fail_on, threads)?;
    let options = WorkerOptions {
        broker: broker(&worker.broker),
        threads,
        body_bytes: serve::mebibytes(worker.max_body),
        drain_time: Duration::from_secs(worker.drain_time.into()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    engine_serve::work(service, &options)?;
    Ok(PASS)
}

/// How the broker is reached.
pub(crate) fn broker(args: &Broker) -> engine_serve::Broker {
    engine_serve::Broker {
        server: args.server.clone(),
        credentials: args.creds.clone(),
        nkey: args.nkey.clone(),
        authority: args.tls_ca.clone(),
        certificate: args.tls_cert.clone().zip(args.tls_key.clone()),
    }
}
