//! What waits to be checked: a bounded number of merge requests, each of them once. Two checks of one merge
//! request never run at a time, so that they do not write over each other's words.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::event::Event;

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    room: usize,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Event>,
    busy: HashSet<Event>,
    closed: bool,
}

/// What became of an event that was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It waits.
    Waits,
    /// Its merge request waits already.
    Known,
    /// There is no room.
    Full,
}

impl Queue {
    /// A queue with room for so many merge requests.
    pub(crate) fn new(room: usize) -> Self {
        Self { state: Mutex::default(), room, changed: Notify::new() }
    }

    /// Puts an event in.
    pub(crate) fn put(&self, event: Event) -> Put {
        let mut state = self.lock();
        if state.waiting.contains(&event) {
            return Put::Known;
        }
        if state.closed || state.waiting.len() >= self.room {
            return Put::Full;
        }
        state.waiting.push_back(event);
        drop(state);
        self.changed.notify_one();
        Put::Waits
    }

    /// The next event whose merge request nobody is busy with; nothing when the queue is closed and empty. Whoever takes
    /// one says with [`Self::done`] that it is done.
    pub(crate) async fn next(&self) -> Option<Event> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                let found = state.waiting.iter().position(|event| !state.busy.contains(event));
                if let Some(event) = found.and_then(|at| state.waiting.remove(at)) {
                    state.busy.insert(event);
                    return Some(event);
                }
                if state.closed && state.waiting.is_empty() {
                    // Others wait for the same.
                    self.changed.notify_one();
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Says that nobody is busy with a merge request any more.
    pub(crate) fn done(&self, event: Event) {
        self.lock().busy.remove(&event);
        self.changed.notify_one();
    }

    /// Takes nothing more in.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Put, Queue};
    use crate::gitlab::event::Event;

    fn event(request: u64) -> Event {
        Event { project: 1, request }
    }

    #[tokio::test]
    async fn a_merge_request_waits_once_and_is_worked_on_once_at_a_time() {
        let queue = Queue::new(2);
        assert_eq!(queue.put(event(1)), Put::Waits);
        assert_eq!(queue.put(event(2)), Put::Waits);
        assert_eq!(queue.put(event(3)), Put::Full);
        assert_eq!(queue.put(event(1)), Put::Known);
        assert_eq!(queue.next().await, Some(event(1)));
        // While it is worked on, the next event of the same has to wait.
        assert_eq!(queue.put(event(1)), Put::Waits);
        assert_eq!(queue.next().await, Some(event(2)));
        assert_eq!(queue.len(), 1);
        queue.done(event(1));
        assert_eq!(queue.next().await, Some(event(1)));
        queue.close();
        assert_eq!(queue.put(event(4)), Put::Full);
        assert_eq!(queue.next().await, None);
        assert_eq!(queue.next().await, None);
    }
}
