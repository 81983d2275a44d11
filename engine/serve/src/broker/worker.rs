//! A worker: takes requests as long as it has room, until it shall stop, and then ends what it has.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, Message};
use futures_util::StreamExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection::{Broker, Error};
use super::layout::{self, CHECK, WORKERS};
use super::work::Desk;
use crate::log::Log;
use crate::service::Service;

/// When something that the broker refuses, or that it is away for, is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The broker.
    pub broker: Broker,
    /// Requests at a time, of the queue and of those who ask, each.
    pub threads: usize,
    /// Bytes of one body.
    pub body_bytes: usize,
    /// Time for what is in work when the worker shall stop.
    pub drain_time: Duration,
    /// The version that reports name.
    pub version: String,
}

/// Works until SIGTERM or SIGINT. SIGHUP loads the gate anew.
///
/// # Errors
/// Where a secret cannot be read, the broker lets nobody in, or there is no runtime. A broker that is away is waited for.
pub fn work(service: Arc<Service>, options: &WorkerOptions) -> Result<(), Error> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(options.threads).enable_all().build().map_err(Error::Start)?;
    let worked = runtime.block_on(run(service, options));
    runtime.shutdown_background();
    worked
}

async fn run(service: Arc<Service>, options: &WorkerOptions) -> Result<(), Error> {
    let hear = |kind| signal(kind).map_err(Error::Start);
    let (mut terminate, mut interrupt, mut hangup) =
        (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?, hear(SignalKind::hangup())?);
    let client = tokio::select! {
        client = connected(&options.broker) => client?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let context = jetstream::new(client.clone());
    let desk = Arc::new(Desk {
        service: Arc::clone(&service),
        context: context.clone(),
        body_bytes: options.body_bytes,
        version: options.version.clone(),
    });
    let (stop, stopped) = watch::channel(false);
    // Each door has room of its own: a queue that is waited for holds nothing that somebody who asks would need.
    let room = Arc::new(Semaphore::new(options.threads));
    let counter = Arc::new(Semaphore::new(options.threads));
    let queue = tokio::spawn(queue(context, Arc::clone(&desk), Arc::clone(&room), options.threads, stopped.clone()));
    let asked = tokio::spawn(asked(client.clone(), desk, Arc::clone(&counter), stopped));
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                let service = Arc::clone(&service);
                tokio::task::spawn_blocking(move || match service.reload() {
                    Ok(()) => Log.info("policies loaded", None),
                    Err(said) => Log.error("the policies that were in force stay so", &said),
                });
            }
        }
    }
    Log.info("stopping", Some("what is in work is ended first"));
    let _ = stop.send(true);
    let all = u32::try_from(options.threads).unwrap_or(u32::MAX);
    let ended = timeout(options.drain_time, async {
        let _ = queue.await;
        let _ = asked.await;
        let _ = room.acquire_many(all).await;
        let _ = counter.acquire_many(all).await;
        let _ = client.flush().await;
    });
    match ended.await {
        Ok(()) => Log.info("stopped", None),
        Err(_) => Log.error("stopped", "what is still in work goes to another worker"),
    }
    Ok(())
}

/// Connects, and waits for a broker that is away. One that lets nobody in does not change its mind.
async fn connected(broker: &Broker) -> Result<Client, Error> {
    let mut is_said = false;
    loop {
        match broker.connect("engine worker", true).await {
            Err(Error::Connect { server, reason }) => {
                if !is_said {
                    Log.error("the broker is away", &format!("`{server}`: {reason}"));
                }
                is_said = true;
            }
            other => return other,
        }
        sleep(AGAIN).await;
    }
}

/// Takes requests off the queue.
async fn queue(
    context: Context,
    desk: Arc<Desk>,
    room: Arc<Semaphore>,
    threads: usize,
    mut stop: watch::Receiver<bool>,
) {
    let mut is_ready = false;
    while !*stop.borrow() {
        let taken = tokio::select! {
            taken = take(&context, &desk, &room, threads, &mut is_ready) => taken,
            _ = stop.changed() => return,
        };
        if let Err(error) = taken {
            Log.error("no requests come", &error.to_string());
        }
        tokio::select! {
            () = sleep(AGAIN) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Takes requests until the broker ends that.
async fn take(
    context: &Context,
    desk: &Arc<Desk>,
    room: &Arc<Semaphore>,
    threads: usize,
    is_ready: &mut bool,
) -> Result<(), Error> {
    layout::prepare(context).await?;
    let consumer = layout::consumer(context).await?;
    let refused = |error: &dyn std::fmt::Display| Error::refused("the requests", error);
    let batches = consumer.stream().max_messages_per_batch(threads).heartbeat(Duration::from_secs(5));
    let mut messages = batches.messages().await.map_err(|error| refused(&error))?;
    if !*is_ready {
        *is_ready = true;
        Log.info("working", None);
    }
    loop {
        // What is taken is worked on: who has no room takes nothing.
        let Ok(permit) = Arc::clone(room).acquire_owned().await else { return Ok(()) };
        let message = match messages.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(refused(&error)),
            None => return Ok(()),
        };
        let desk = Arc::clone(desk);
        tokio::spawn(async move {
            desk.work(message).await;
            drop(permit);
        });
    }
}

/// Answers whoever waits for a reply.
async fn asked(client: Client, desk: Arc<Desk>, room: Arc<Semaphore>, mut stop: watch::Receiver<bool>) {
    let subscribed = client.queue_subscribe(format!("{CHECK}.*"), WORKERS.to_owned()).await;
    let mut messages = match subscribed {
        Ok(messages) => messages,
        Err(error) => return Log.error("nobody can ask", &error.to_string()),
    };
    loop {
        let message = tokio::select! {
            message = messages.next() => message,
            _ = stop.changed() => None,
        };
        let Some(message) = message else { break };
        answer(message, &client, &desk, &room).await;
    }
    // What has come already is answered; what comes from now on goes to somebody else.
    let _ = messages.drain().await;
    while let Some(message) = messages.next().await {
        answer(message, &client, &desk, &room).await;
    }
}

async fn answer(message: Message, client: &Client, desk: &Arc<Desk>, room: &Arc<Semaphore>) {
    let Some(reply) = message.reply.clone() else { return };
    let Ok(permit) = Arc::clone(room).acquire_owned().await else { return };
    let (client, desk) = (client.clone(), Arc::clone(desk));
    tokio::spawn(async move {
        let project = message.subject.rsplit('.').next().unwrap_or_default();
        let answer = desk.reply(project, &message.payload).await;
        if let Err(error) = client.publish(reply, answer.into()).await {
            Log.error("a reply does not get through", &error.to_string());
        }
        drop(permit);
    });
}
