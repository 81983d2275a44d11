//! Bodies, read whole within limits of size and time, and only where there is room for them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::Problem;

/// Room is counted in pieces of this size.
const PIECE: usize = 1024;

/// What may unpack: itself, what is in it, and a copy of a part of that at a time.
pub(crate) const HEAVIEST: usize = 10;

/// What is read as it is: itself, and what it says.
pub(crate) const PLAIN: usize = 3;

/// How much may be held at a time.
#[derive(Debug)]
pub(crate) struct Room {
    requests: Arc<Semaphore>,
    pieces: Arc<Semaphore>,
    body_bytes: usize,
    body_time: Duration,
}

/// What a request holds of the room until it is answered.
#[derive(Debug)]
pub(crate) struct Held {
    _request: OwnedSemaphorePermit,
    _pieces: OwnedSemaphorePermit,
}

impl Room {
    /// Room for `requests` at a time that hold `held_bytes` together, of whose bodies one has at most `body_bytes`. There
    /// is always room for one that is as large and as heavy as can be.
    pub(crate) fn new(requests: usize, held_bytes: usize, body_bytes: usize, body_time: Duration) -> Self {
        let pieces = held_bytes.max(body_bytes.saturating_mul(HEAVIEST)).div_ceil(PIECE).min(Semaphore::MAX_PERMITS);
        let (requests, pieces) = (Arc::new(Semaphore::new(requests)), Arc::new(Semaphore::new(pieces)));
        Self { requests, pieces, body_bytes, body_time }
    }

    /// Reads a body. `weight` is how many times its size is held until it is answered, with what is made of it.
    ///
    /// # Errors
    /// 413 where it is too large, 408 where it takes too long, 400 where it breaks off, 503 where there is no room.
    pub(crate) async fn read(&self, body: Body, weight: usize) -> Result<(Bytes, Held), Problem> {
        let limit = self.body_bytes;
        let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {limit} bytes"));
        let hint = body.size_hint();
        if hint.lower() > limit as u64 {
            return Err(too_large());
        }
        let busy = |_| Problem::busy("there are more requests than this server holds at a time");
        let request = Arc::clone(&self.requests).try_acquire_owned().map_err(busy)?;
        // Where nobody says how much comes, there must be room for all that may.
        let expected = hint.upper().map_or(limit, |upper| usize::try_from(upper).unwrap_or(limit).min(limit));
        let pieces = u32::try_from(expected.saturating_mul(weight.min(HEAVIEST)).div_ceil(PIECE)).unwrap_or(u32::MAX);
        let pieces = Arc::clone(&self.pieces).try_acquire_many_owned(pieces).map_err(busy)?;
        let slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
        let whole = timeout(self.body_time, Limited::new(body, limit).collect()).await.map_err(slow)?;
        let bytes = whole.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => too_large(),
            None => Problem::bad("the body broke off"),
        })?;
        Ok((bytes.to_bytes(), Held { _request: request, _pieces: pieces }))
    }
}
