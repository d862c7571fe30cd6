//! What the built-in inbox has received.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::domain::{IMid, InboxMessage};
use crate::locks::IgnorePoison;

/// All messages together are at most this large.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The built-in inbox.
#[derive(Debug)]
pub struct Inbox {
    state: Mutex<State>,
    max: usize,
}

#[derive(Debug, Default)]
struct State {
    /// With their numbers, the oldest first.
    messages: VecDeque<(u64, Arc<InboxMessage>)>,
    bytes: usize,
    /// The number of the last message.
    last: u64,
}

impl State {
    fn retain(&mut self, keep: impl Fn(&InboxMessage) -> bool) {
        self.messages.retain(|(_, message)| keep(message));
        self.bytes = self.messages.iter().map(|(_, message)| message.memory_size()).sum();
    }
}

impl Inbox {
    /// Keeps at most `max` messages, and at most 8 MiB; beyond that the oldest are removed.
    pub fn new(max: usize) -> Self {
        Self { state: Mutex::default(), max: max.max(1) }
    }

    /// Adds a message.
    pub fn add(&self, message: InboxMessage) {
        let mut state = self.state.lock().ignore_poison();
        state.last += 1;
        state.bytes += message.memory_size();
        let id = state.last;
        state.messages.push_back((id, Arc::new(message)));
        // The newest stays, however large it is.
        while state.messages.len() > self.max || (state.bytes > MAX_BYTES && state.messages.len() > 1) {
            let Some((_, oldest)) = state.messages.pop_front() else { return };
            state.bytes -= oldest.memory_size();
        }
    }

    /// The matching messages with their numbers, the oldest first.
    pub fn list(&self, matches: impl Fn(&InboxMessage) -> bool) -> Vec<(u64, Arc<InboxMessage>)> {
        let state = self.state.lock().ignore_poison();
        state.messages.iter().filter(|(_, message)| matches(message)).cloned().collect()
    }

    /// Removes the messages of the inbox with this name, or of all inboxes.
    pub fn empty(&self, inbox: Option<&str>) {
        let mut state = self.state.lock().ignore_poison();
        state.retain(|message| inbox.is_some_and(|inbox| *message.inbox != *inbox));
    }

    /// Removes the messages of one merchant, or all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        let mut state = self.state.lock().ignore_poison();
        state.retain(|message| i_mid.is_some_and(|i_mid| message.i_mid.as_ref() != Some(i_mid)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> InboxMessage {
        InboxMessage {
            inbox: "default".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            i_mid: None,
            content_type: "".into(),
            body: body.into(),
            diagnosis: None,
        }
    }

    #[test]
    fn the_oldest_messages_go_when_there_are_too_many_or_they_are_too_large() {
        let ids = |inbox: &Inbox| inbox.list(|_| true).iter().map(|(id, _)| *id).collect::<Vec<_>>();
        let inbox = Inbox::new(2);
        (1..=3).for_each(|n| inbox.add(message(&n.to_string())));
        assert_eq!(ids(&inbox), [2, 3]);
        let inbox = Inbox::new(100);
        (1..=9).for_each(|_| inbox.add(message(&"x".repeat(1024 * 1024))));
        assert_eq!(ids(&inbox), (3..=9).collect::<Vec<_>>());
        inbox.add(message(&"x".repeat(2 * MAX_BYTES)));
        assert_eq!(ids(&inbox), [10]);
        inbox.add(message(""));
        assert_eq!(ids(&inbox), [11]);
        inbox.empty(None);
        inbox.add(message(""));
        assert_eq!((ids(&inbox), inbox.state.lock().unwrap().bytes), (vec![12], size_of::<InboxMessage>() + 7));
    }
}
