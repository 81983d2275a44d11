//! Whoever submits something: puts a request on the queue, and waits for its verdict, whatever happens to the connection.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::{self, Context};
use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine_model::Verdict;
use engine_report::Kind;
use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use tokio::io::AsyncReadExt as _;
use tokio::time::{sleep, timeout};

use super::connection::{Broker, Error};
use super::event::Outcome;
use super::layout::{self, MARGIN, SUBMIT, VERDICT, VERDICTS, is_word};
use super::work::input;
use crate::envelope::{ASKS, EVENTS};

/// How often the stream is asked for a verdict, beside being told.
const LOOKS: Duration = Duration::from_secs(2);

/// When something that did not get through is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// What is submitted.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The project that it is of: letters, digits, `-`, `_`.
    pub project: String,
    /// What the body is: `application/json`, `application/x-tar`.
    pub content_type: &'static str,
    /// The body, as for `POST /v1/check`.
    pub body: Vec<u8>,
    /// The reports that are wanted.
    pub reports: Vec<Kind>,
    /// How long the verdict is waited for.
    pub wait: Duration,
}

/// What it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A verdict, and the reports by their words.
    Decided {
        /// The verdict.
        verdict: Verdict,
        /// The reports.
        reports: BTreeMap<String, String>,
    },
    /// Nobody will decide it, and why.
    Refused(String),
    /// No verdict came in time; the request stays on the queue under this id.
    Silent(String),
}

/// Submits, and waits for the verdict.
///
/// # Errors
/// Where there is no connection, the broker refuses the request, or the project is no word.
pub fn submit(broker: &Broker, submission: &Submission) -> Result<Answer, Error> {
    if !is_word(&submission.project) {
        let said = format!("`{}` is not made of letters, digits, `-` and `_`, at most 64 of them", submission.project);
        return Err(Error::refused("the project", said));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(run(broker, submission))
}

async fn run(broker: &Broker, submission: &Submission) -> Result<Answer, Error> {
    let end = Instant::now() + submission.wait;
    let client = broker.connect("engine submit", false).await?;
    let context = jetstream::new(client.clone());
    let (project, id) = (submission.project.as_str(), client.new_inbox());
    // The client makes names that nobody makes twice.
    let id = id.rsplit('.').next().unwrap_or_default().to_owned();
    let verdict = format!("{VERDICT}.{project}.{id}");
    let refused = |what: &'static str| move |error: &dyn std::fmt::Display| Error::refused(what, error);
    let mut told = client.subscribe(verdict.clone()).await.map_err(|error| refused("to tell of a verdict")(&error))?;
    let request = request(&context, submission, &id).await?;
    put(&context, project, &id, request, end).await?;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Answer::Silent(id));
        }
        let told = timeout(left.min(LOOKS), told.next()).await.ok().flatten().map(|message| message.payload);
        let found = match told {
            Some(payload) => Some(payload),
            // It may have come while the connection was away.
            None => kept(&context, &verdict).await,
        };
        if let Some(payload) = found {
            return opened(&context, &payload).await;
        }
    }
}

/// The event that is put on the queue; a body that a message does not hold goes to the store.
async fn request(context: &Context, submission: &Submission, id: &str) -> Result<Vec<u8>, Error> {
    let mut event = Map::new();
    let reports = submission.reports.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(",");
    for (name, value) in [
        ("specversion", EVENTS),
        ("id", id),
        ("source", "/engine/submit"),
        ("type", ASKS),
        ("datacontenttype", submission.content_type),
        ("reports", &reports),
    ] {
        event.insert(name.to_owned(), value.into());
    }
    let encoded = submission.body.len() / 3 * 4;
    if encoded.saturating_add(MARGIN) <= context.client().server_info().max_payload {
        event.insert("data_base64".to_owned(), STANDARD.encode(&submission.body).into());
    } else {
        let name = input(&submission.project, id);
        layout::put(context, &name, &submission.body).await?;
        event.insert("dataref".to_owned(), name.into());
    }
    serde_json::to_vec(&Value::Object(event)).map_err(|error| Error::refused("the request", error))
}

/// Puts a request on the queue, once, however often it has to be tried.
async fn put(context: &Context, project: &str, id: &str, request: Vec<u8>, end: Instant) -> Result<(), Error> {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", id);
    let subject = format!("{SUBMIT}.{project}");
    loop {
        let sent = context.publish_with_headers(subject.clone(), headers.clone(), request.clone().into()).await;
        let kept = match sent {
            Ok(kept) => kept.await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() >= end => return Err(Error::refused("the request", error)),
            Err(_) => sleep(AGAIN).await,
        }
    }
}

/// The verdict that is kept, if there is one.
async fn kept(context: &Context, subject: &str) -> Option<Bytes> {
    let stream = context.get_stream_no_info(VERDICTS).await.ok()?;
    Some(stream.get_last_raw_message_by_subject(subject).await.ok()?.payload)
}

/// What an answer says, with the reports that it keeps elsewhere.
async fn opened(context: &Context, payload: &[u8]) -> Result<Answer, Error> {
    let refused = |error: &dyn std::fmt::Display| Error::refused("the verdict", error);
    let (mut outcome, stored) = Outcome::read(payload).map_err(|said| refused(&said))?;
    if let Some(name) = stored {
        let store = layout::store(context).await?;
        let mut object = store.get(name).await.map_err(|error| refused(&error))?;
        let mut bytes = Vec::new();
        object.read_to_end(&mut bytes).await.map_err(|error| refused(&error))?;
        (outcome, _) = Outcome::read(&bytes).map_err(|said| refused(&said))?;
    }
    Ok(match outcome {
        Outcome::Decided { verdict, reports } => Answer::Decided { verdict, reports },
        Outcome::Refused(said) => Answer::Refused(said),
    })
}
