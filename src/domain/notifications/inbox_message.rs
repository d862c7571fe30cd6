//! What the built-in inbox has received.

use jiff::Timestamp;

use crate::domain::accounts::IMid;

/// A request that the built-in inbox has received: a notification, as a merchant's server gets it.
#[derive(Clone, Debug)]
pub struct InboxMessage {
    /// The name of the inbox.
    pub inbox: Box<str>,
    /// When it came, by the simulator's clock.
    pub at: Timestamp,
    /// The merchant whose key was used to check it; none where it names no known merchant.
    pub i_mid: Option<IMid>,
    /// The `Content-Type`.
    pub content_type: Box<str>,
    /// The body, byte for byte; bytes that are not UTF-8 are replaced.
    pub body: Box<str>,
    /// Why its merchantToken is wrong: a slug and a sentence. None where the token is right.
    pub diagnosis: Option<Box<str>>,
}

impl InboxMessage {
    /// About how many bytes it takes in memory.
    pub fn memory_size(&self) -> usize {
        let texts = [&self.inbox, &self.content_type, &self.body].map(|text| text.len());
        size_of::<Self>() + texts.iter().sum::<usize>() + self.diagnosis.as_ref().map_or(0, |text| text.len())
    }
}
