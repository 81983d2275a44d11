//! One request: what it asks, what that comes to, and how the answer is kept.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::object_store::GetErrorKind;
use async_nats::jetstream::{AckKind, Context, Message};
use engine_report::Kind;
use tokio::io::AsyncReadExt as _;
use tokio::time::{MissedTickBehavior, interval};

use super::event::Outcome;
use super::layout::{self, DEAD, DELIVERIES, MARGIN, TURN, VERDICT, is_word};
use crate::envelope::{self, Asked, Carried, Refused};
use crate::log::Log;
use crate::service::Service;

/// When a request that could not be worked on is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What every request shares.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) service: Arc<Service>,
    pub(super) context: Context,
    /// Bytes of one body.
    pub(super) body_bytes: usize,
    /// The version that reports name.
    pub(super) version: String,
}

/// Why a request has no outcome.
#[derive(Debug)]
enum Open {
    /// It may have one when it is tried again.
    Later(String),
    /// It never will.
    Never(String),
}

impl From<Refused> for Open {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Type(said) | Refused::Content(said) => Self::Never(said),
        }
    }
}

impl Desk {
    /// What a body asks for and comes to, for who waits for the reply.
    pub(super) async fn reply(&self, project: &str, body: &[u8]) -> Vec<u8> {
        let (id, outcome) = match self.decide(project, body).await {
            Ok(decided) => decided,
            Err(Open::Later(said) | Open::Never(said)) => (String::new(), Outcome::Refused(said)),
        };
        self.carried(project, &id, &outcome).await
    }

    /// Works on a request of the queue until it is off the queue, or on it again.
    pub(super) async fn work(&self, message: Message) {
        let project = message.subject.rsplit('.').next().unwrap_or_default().to_owned();
        let delivered = message.info().map_or(1, |info| info.delivered);
        let event = envelope::open(&message.payload).ok().filter(|event| is_word(&event.id));
        let is_beside = event.as_ref().is_some_and(|event| matches!(event.body, Carried::Elsewhere(_)));
        let known = event.map(|event| event.id);
        let end = if delivered > DELIVERIES {
            let said = format!("it was given to workers {DELIVERIES} times, and none came to an end with it");
            self.bury(&message, &project, known.as_deref(), &said).await
        } else {
            match self.decided(&message, &project).await {
                Ok((id, outcome)) => self.keep(&project, &id, &outcome).await,
                Err(Open::Never(said)) => self.bury(&message, &project, known.as_deref(), &said).await,
                Err(Open::Later(said)) => Err(said),
            }
        };
        let acknowledged = match &end {
            Ok(()) => message.double_ack().await,
            Err(said) => {
                Log.error("a request goes back to the queue", said);
                message.ack_with(AckKind::Nak(Some(AGAIN))).await
            }
        };
        // Where that does not get through, the broker gives the request to somebody again, who finds its verdict.
        if let Err(error) = acknowledged {
            Log.error("cannot acknowledge", &error.to_string());
        } else if end.is_ok()
            && is_beside
            && let Some(id) = known
        {
            self.forget(&project, &id).await;
        }
    }

    /// Decides, and asks for more time as long as that takes.
    async fn decided(&self, message: &Message, project: &str) -> Result<(String, Outcome), Open> {
        let mut turns = interval(TURN / 3);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        turns.tick().await;
        let decide = self.decide(project, &message.payload);
        tokio::pin!(decide);
        loop {
            tokio::select! {
                decided = &mut decide => return decided,
                _ = turns.tick() => {
                    // Who has no time left is overtaken, and only one of both keeps a verdict.
                    let _ = message.ack_with(AckKind::Progress).await;
                }
            }
        }
    }

    /// What a body comes to, and the id of its event.
    async fn decide(&self, project: &str, body: &[u8]) -> Result<(String, Outcome), Open> {
        let event = envelope::open(body)?;
        if !is_word(&event.id) {
            let said = "the `id` of an event is made of letters, digits, `-` and `_`, at most 64 of them";
            return Err(Open::Never(said.to_owned()));
        }
        let wanted: Result<Vec<Kind>, &String> =
            event.reports.iter().map(|word| word.parse().map_err(|_| word)).collect();
        let wanted = wanted.map_err(|word| Open::Never(format!("there is no report `{word}`")))?;
        let wanted = if wanted.is_empty() { vec![Kind::Json] } else { wanted };
        let body = match event.body {
            Carried::Here(body) => body,
            Carried::Elsewhere(name) if name == input(project, &event.id) => self.fetch(&name).await?,
            Carried::Elsewhere(_) => {
                let said = format!("the `dataref` of this event can be `{}` alone", input(project, &event.id));
                return Err(Open::Never(said));
            }
        };
        if body.len() > self.body_bytes {
            return Err(Open::Never(format!("the body has more than {} bytes", self.body_bytes)));
        }
        let Asked { tree, named, .. } = envelope::read(&event.content_type, &body)?;
        drop(body);
        let evaluation = self.service.checked(tree, named, ()).await.map_err(Open::Later)?;
        Log.info("decided", Some(evaluation.verdict.as_str()));
        Ok((event.id, Outcome::of(&evaluation, &wanted, &self.version)))
    }

    /// An object of the store, whose digest is right.
    async fn fetch(&self, name: &str) -> Result<Vec<u8>, Open> {
        let later = |error: &dyn std::fmt::Display| Open::Later(format!("the object `{name}`: {error}"));
        let store = layout::store(&self.context).await.map_err(|error| later(&error))?;
        let mut object = match store.get(name).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => {
                return Err(Open::Never(format!("there is no object `{name}`")));
            }
            Err(error) => return Err(later(&error)),
        };
        if object.info().size > self.body_bytes {
            return Err(Open::Never(format!("the object has more than {} bytes", self.body_bytes)));
        }
        let mut bytes = Vec::with_capacity(object.info().size);
        object.read_to_end(&mut bytes).await.map_err(|error| later(&error))?;
        Ok(bytes)
    }

    /// Keeps an outcome, unless there is one already.
    async fn keep(&self, project: &str, id: &str, outcome: &Outcome) -> Result<(), String> {
        let payload = self.carried(project, id, outcome).await;
        let message = PublishMessage::build().expected_last_subject_sequence(0).payload(payload.into());
        let subject = format!("{VERDICT}.{project}.{id}");
        let sent = self.context.send_publish(subject, message).await;
        let kept = match sent {
            Ok(kept) => kept.await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(_) => Ok(()),
            // Somebody else was first; theirs is the same.
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(()),
            Err(error) => Err(format!("the verdict cannot be kept: {error}")),
        }
    }

    /// The event with an outcome; its reports are in the store where a message cannot hold them.
    async fn carried(&self, project: &str, id: &str, outcome: &Outcome) -> Vec<u8> {
        let whole = outcome.event(id, None);
        if whole.len().saturating_add(MARGIN) <= self.context.client().server_info().max_payload {
            return whole;
        }
        let name = output(project, id);
        let stored = layout::put(&self.context, &name, &whole).await;
        match stored {
            Ok(_) => outcome.event(id, Some(&name)),
            Err(said) => {
                Outcome::Refused(format!("the reports are too large, and cannot be stored: {said}")).event(id, None)
            }
        }
    }

    /// Takes a request that cannot be decided out of everybody's way, and says why to whoever waits and to whoever looks.
    async fn bury(&self, message: &Message, project: &str, id: Option<&str>, why: &str) -> Result<(), String> {
        Log.error("a dead letter", why);
        let letter = PublishMessage::build().header("Engine-Reason", header(why)).payload(message.payload.clone());
        let cannot = |error: &dyn std::fmt::Display| format!("a dead letter cannot be kept: {error}");
        let sent =
            self.context.send_publish(format!("{DEAD}.{project}"), letter).await.map_err(|error| cannot(&error))?;
        sent.await.map_err(|error| cannot(&error))?;
        match id {
            Some(id) => self.keep(project, id, &Outcome::Refused(why.to_owned())).await,
            None => Ok(()),
        }
    }

    /// Drops what was sent beside a request that is decided.
    async fn forget(&self, project: &str, id: &str) {
        if let Ok(store) = layout::store(&self.context).await {
            // What stays there goes when its time is over.
            let _ = store.delete(input(project, id)).await;
        }
    }
}

/// What the object is called that holds a request's body.
pub(super) fn input(project: &str, id: &str) -> String {
    format!("input.{project}.{id}")
}

fn output(project: &str, id: &str) -> String {
    format!("verdict.{project}.{id}")
}

/// A text as the value of a header.
fn header(text: &str) -> String {
    text.chars().map(|char| if char.is_ascii_graphic() || char == ' ' { char } else { '?' }).take(512).collect()
}
