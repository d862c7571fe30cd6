//! The open connections. When there are too many, the one that is idle for the longest time is closed for a new one.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::client::Client;
use crate::locks::IgnorePoison as _;

/// The open connections, up to a maximum.
#[derive(Clone, Debug)]
pub struct OpenClients(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    list: Mutex<List>,
    max: usize,
    has_warned: AtomicBool,
}

#[derive(Debug, Default)]
struct List {
    numbers: u64,
    clients: HashMap<u64, Arc<Client>>,
}

impl List {
    /// The number of the connection that is idle for the longest time.
    fn longest_idle(&self) -> Option<u64> {
        let idle = self.clients.iter().filter(|(_, client)| !client.is_answering());
        idle.min_by_key(|(_, client)| client.idle_since()).map(|(number, _)| *number)
    }
}

impl OpenClients {
    /// At most `max` at the same time.
    pub fn new(max: usize) -> Self {
        Self(Arc::new(Shared { list: Mutex::default(), max: max.max(1), has_warned: AtomicBool::new(false) }))
    }

    /// A place for a new connection; none when a request is answered on each of the others.
    pub fn enter(&self) -> Option<OpenClient> {
        let mut list = self.list();
        if list.clients.len() >= self.0.max {
            if !self.0.has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "{} connections are open (--max-connections): for each new one, the one that is idle for the longest \
                     time is closed",
                    self.0.max
                );
            }
            let longest = list.longest_idle()?;
            if let Some(client) = list.clients.remove(&longest) {
                client.tell_to_close();
            }
        }
        list.numbers += 1;
        let (number, client) = (list.numbers, Arc::new(Client::new()));
        list.clients.insert(number, Arc::clone(&client));
        drop(list);
        Some(OpenClient { open: self.clone(), number, client })
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.0.list.lock().ignore_poison()
    }
}

/// A connection that has a place; dropping it frees the place.
#[derive(Debug)]
pub struct OpenClient {
    open: OpenClients,
    number: u64,
    client: Arc<Client>,
}

impl Deref for OpenClient {
    type Target = Arc<Client>;

    fn deref(&self) -> &Arc<Client> {
        &self.client
    }
}

impl Drop for OpenClient {
    fn drop(&mut self) {
        self.open.list().clients.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_idle_connection_is_closed_for_a_new_one() {
        let open = OpenClients::new(3);
        let [first, second, third] = std::array::from_fn(|_| open.enter().unwrap());
        // The first one is busy, and the second one was busy after the third one had come.
        let answering = first.begin(false).unwrap();
        std::thread::yield_now();
        drop(second.begin(false));
        assert!(second.idle_since() >= third.idle_since());
        let _fourth = open.enter().unwrap();
        let told = [&first, &second, &third].map(|client| client.is_told_to_close());
        assert_eq!(told.iter().filter(|told| **told).count(), 1);
        assert!(!told[0], "a request is answered there");
        drop(answering);
        drop(third);
        assert_eq!(open.list().clients.len(), 3 - usize::from(!told[2]));
    }

    #[test]
    fn there_is_no_place_when_all_are_busy() {
        let open = OpenClients::new(2);
        let clients = [open.enter().unwrap(), open.enter().unwrap()];
        let answering = clients.each_ref().map(|client| client.begin(false).unwrap());
        assert!(open.enter().is_none());
        drop(answering);
        assert!(open.enter().is_some());
    }

    #[test]
    fn nothing_is_answered_after_the_last_request() {
        let client = Arc::new(Client::new());
        let answering = client.begin(true).unwrap();
        assert!(client.begin(false).is_none() && !client.has_ended());
        drop(answering);
        assert!(client.begin(false).is_none() && client.has_ended());
    }
}
