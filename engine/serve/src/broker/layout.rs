//! What there is in the broker: streams, the consumer that workers share, the store for what is large. Whoever works makes
//! what is missing, where it may.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::object_store::{self, ObjectMetadata, ObjectStore};
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy, StorageType, Stream};

use super::connection::Error;

/// Who asks and waits for a reply: `engine.v1.check.<project>`.
pub(super) const CHECK: &str = "engine.v1.check";

/// Requests that are kept until they are decided: `engine.v1.submit.<project>`.
pub(super) const SUBMIT: &str = "engine.v1.submit";

/// What they came to: `engine.v1.verdict.<project>.<id>`.
pub(super) const VERDICT: &str = "engine.v1.verdict";

/// What could not be decided: `engine.v1.dead.<project>`.
pub(super) const DEAD: &str = "engine.v1.dead";

/// The queue group and the durable consumer that all workers share.
pub(super) const WORKERS: &str = "engine-workers";

/// The stream of requests.
pub(super) const REQUESTS: &str = "ENGINE_REQUESTS";

/// The stream of verdicts.
pub(super) const VERDICTS: &str = "ENGINE_VERDICTS";

/// The stream of dead letters.
pub(super) const DEAD_LETTERS: &str = "ENGINE_DEAD";

/// The store for what a message does not hold.
pub(super) const STORE: &str = "engine";

/// How long verdicts, dead letters and stored objects are kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a worker has before a request goes to another one; it asks for more as long as it works.
pub(super) const TURN: Duration = Duration::from_secs(30);

/// What is left of a message beside its body: subject, headers, protocol. In bytes.
pub(super) const MARGIN: usize = 8 * 1024;

/// The largest piece of an object, in bytes.
const PIECE: usize = 128 * 1024;

/// How often a request is delivered before it is a dead letter.
pub(super) const DELIVERIES: i64 = 5;

/// Makes the streams and the store that are missing.
pub(super) async fn prepare(context: &Context) -> Result<(), Error> {
    let stream = |name: &str, subject: String| stream::Config {
        name: name.to_owned(),
        subjects: vec![subject],
        storage: StorageType::File,
        ..stream::Config::default()
    };
    let streams = [
        stream::Config { retention: RetentionPolicy::WorkQueue, ..stream(REQUESTS, format!("{SUBMIT}.*")) },
        stream::Config {
            max_age: KEPT,
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            ..stream(VERDICTS, format!("{VERDICT}.*.*"))
        },
        stream::Config { max_age: KEPT, ..stream(DEAD_LETTERS, format!("{DEAD}.*")) },
    ];
    for config in streams {
        let name = config.name.clone();
        if let Err(error) = context.get_or_create_stream(config).await
            && context.get_stream(&name).await.is_err()
        {
            return Err(Error::refused("a stream", format!("`{name}`: {error}")));
        }
    }
    if context.get_object_store(STORE).await.is_err() {
        let config =
            object_store::Config { bucket: STORE.to_owned(), max_age: KEPT, ..object_store::Config::default() };
        context.create_object_store(config).await.map_err(|error| Error::refused("a store", error))?;
    }
    Ok(())
}

/// The consumer that all workers share.
pub(super) async fn consumer(context: &Context) -> Result<Consumer<pull::Config>, Error> {
    let refused = |error: &dyn std::fmt::Display| Error::refused("the requests", error);
    let requests: Stream = context.get_stream(REQUESTS).await.map_err(|error| refused(&error))?;
    let config = pull::Config {
        durable_name: Some(WORKERS.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: TURN,
        // Workers count themselves: what the broker stops delivering is told to nobody.
        max_deliver: -1,
        ..pull::Config::default()
    };
    requests.get_or_create_consumer(WORKERS, config).await.map_err(|error| refused(&error))
}

/// The store.
pub(super) async fn store(context: &Context) -> Result<ObjectStore, Error> {
    context.get_object_store(STORE).await.map_err(|error| Error::refused("the store", error))
}

/// Puts an object into the store, in pieces that messages hold.
pub(super) async fn put(context: &Context, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let piece = context.client().server_info().max_payload.saturating_sub(MARGIN).clamp(1024, PIECE);
    let object = ObjectMetadata { name: name.to_owned(), chunk_size: Some(piece), ..ObjectMetadata::default() };
    let mut bytes = bytes;
    let stored = store(context).await?.put(object, &mut bytes).await;
    stored.map(|_| ()).map_err(|error| Error::refused("to store what a message does not hold", error))
}

/// Whether a text may stand in a subject as one word.
pub(super) fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}
