//! What waits to be checked: a bounded number of merge requests, each with its newest event alone. Two checks of one merge
//! request never run at a time, so that they do not write over each other's words.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::event::Event;

/// A merge request: its project and its number.
type Request = (u64, u64);

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
    busy: HashSet<Request>,
    closed: bool,
}

/// What became of an event that was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It waits.
    Waits,
    /// It waits in the place of an older one of the same merge request.
    Replaces,
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
        let same = |one: &&mut Event| (one.project, one.request) == (event.project, event.request);
        if let Some(older) = state.waiting.iter_mut().find(same) {
            *older = event;
            return Put::Replaces;
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
                let free = |event: &Event| !state.busy.contains(&(event.project, event.request));
                let found = state.waiting.iter().position(free);
                if let Some(event) = found.and_then(|at| state.waiting.remove(at)) {
                    state.busy.insert((event.project, event.request));
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
    pub(crate) fn done(&self, event: &Event) {
        self.lock().busy.remove(&(event.project, event.request));
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

    fn event(request: u64, commit: &str) -> Event {
        Event { project: 1, request, commit: commit.to_owned() }
    }

    #[tokio::test]
    async fn the_newest_event_of_a_merge_request_counts_and_one_at_a_time() {
        let queue = Queue::new(2);
        assert_eq!(queue.put(event(1, "a")), Put::Waits);
        assert_eq!(queue.put(event(2, "a")), Put::Waits);
        assert_eq!(queue.put(event(3, "a")), Put::Full);
        assert_eq!(queue.put(event(1, "b")), Put::Replaces);
        let first = queue.next().await.unwrap();
        assert_eq!(first, event(1, "b"));
        // While it is worked on, the next one of the same has to wait.
        assert_eq!(queue.put(event(1, "c")), Put::Waits);
        assert_eq!(queue.next().await.unwrap(), event(2, "a"));
        assert_eq!(queue.len(), 1);
        queue.done(&first);
        assert_eq!(queue.next().await.unwrap(), event(1, "c"));
        queue.close();
        assert_eq!(queue.put(event(4, "a")), Put::Full);
        assert_eq!(queue.next().await, None);
        assert_eq!(queue.next().await, None);
    }
}
