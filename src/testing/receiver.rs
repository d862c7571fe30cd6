//! A merchant's server that receives notifications. It has its own threads, so a handler may call the simulator, for
//! example with an inquiry.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::locks::IgnorePoison;

/// A notification as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Request line and headers, byte for byte.
    pub head: String,
    /// The body, byte for byte.
    pub body: String,
}

impl Received {
    /// All fields, in the order in which they were received.
    pub fn fields(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// The whole request for a snapshot: one field per line, without the port of `receiver`.
    ///
    /// # Panics
    /// When lines of the head do not end in CRLF.
    #[track_caller]
    pub fn snapshot(&self, receiver: &Receiver) -> String {
        assert_eq!(self.head.matches('\n').count(), self.head.matches("\r\n").count(), "{:?}", self.head);
        let authority = receiver.url().trim_start_matches("http://").split('/').next().unwrap_or_default();
        let head = self.head.replace(authority, "127.0.0.1:PORT").replace("\r\n", "\n");
        format!("{head}\n\n{}", self.body.replace('&', "\n&"))
    }

    /// A field of the form; empty where it is missing.
    pub fn field(&self, name: &str) -> &str {
        // Fields that need decoding are compared through `fields`.
        self.body.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name)).map_or("", |(_, v)| v)
    }
}

/// The response of a receiver.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header lines without line ends, such as `Location: http://x/`.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A response with a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: "OK".to_owned() }
    }
}

type Handler = Box<dyn FnMut(&Received) -> Answer + Send>;

/// A notification whose connection ended too early.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The received part, byte for byte.
    pub part: String,
    /// Whether the connection was reset; else it was closed.
    pub reset: bool,
}

/// How long a test waits for a notification that is already sent.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Default)]
struct State {
    received: Vec<Received>,
    broken: Vec<Broken>,
    stopped: bool,
}

/// The received notifications, and a signal for tests that wait for more.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A server that receives notifications.
pub struct Receiver {
    url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    handler: Arc<Mutex<Handler>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").field("url", &self.url).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().ignore_poison()
}

impl Receiver {
    #[track_caller]
    pub(super) fn start() -> Self {
        let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = match bound {
            Ok(bound) => bound,
            Err(error) => panic!("no port for a receiver: {error}"),
        };
        let shared: Arc<Shared> = Arc::default();
        let handler: Arc<Mutex<Handler>> = Arc::new(Mutex::new(Box::new(|_| Answer::status(200))));
        let (thread_shared, thread_handler) = (Arc::clone(&shared), Arc::clone(&handler));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if lock(&thread_shared.state).stopped {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (shared, handler) = (Arc::clone(&thread_shared), Arc::clone(&thread_handler));
                std::thread::spawn(move || serve(stream, &shared, &handler));
            }
        });
        Self { url: format!("http://{address}/notify"), address, shared, handler, thread: Some(thread) }
    }

    /// The URL for `dbProcessUrl`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on, responds with the result of `handler`, which may call the simulator.
    pub fn answer_with(&self, handler: impl FnMut(&Received) -> Answer + Send + 'static) {
        *lock(&self.handler) = Box::new(handler);
    }

    /// From now on, responds with a status.
    pub fn answer(&self, status: u16) {
        self.answer_with(move |_| Answer::status(status));
    }

    /// The notifications that were received so far.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.state).received.clone()
    }

    /// Waits for `count` notifications that broke off: the sender knows earlier than the receiver that a connection
    /// broke.
    ///
    /// # Panics
    /// When there are fewer after 30 seconds.
    #[track_caller]
    pub fn broken(&self, count: usize) -> Vec<Broken> {
        let few = |state: &mut State| state.broken.len() < count;
        let waited = self.shared.changed.wait_timeout_while(lock(&self.shared.state), RECEIVE_TIMEOUT, few);
        let broken = waited.ignore_poison().0.broken.clone();
        assert!(broken.len() >= count, "{} connections broke, not {count}", broken.len());
        broken
    }

    /// The only notification that was received.
    ///
    /// # Panics
    /// When there is not exactly one.
    #[track_caller]
    pub fn only(&self) -> Received {
        match self.received().as_slice() {
            [one] => one.clone(),
            all => panic!("{} notifications arrived, not one: {all:#?}", all.len()),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        lock(&self.shared.state).stopped = true;
        // Wakes the thread from waiting for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads requests from one connection until it ends.
fn serve(mut stream: TcpStream, shared: &Shared, handler: &Mutex<Handler>) {
    let mut buffer = Vec::new();
    loop {
        let received = match read(&mut stream, &mut buffer) {
            Ok(received) => received,
            Err(reset) => {
                if !buffer.is_empty() {
                    let part = String::from_utf8_lossy(&buffer).into_owned();
                    lock(&shared.state).broken.push(Broken { part, reset });
                    shared.changed.notify_all();
                }
                return;
            }
        };
        lock(&shared.state).received.push(received.clone());
        let answer = (lock(handler))(&received);
        let mut text = format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
        for header in &answer.headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.push_str(&answer.body);
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// The next request; or, at the end of the connection, whether that was reset.
fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Received, bool> {
    let mut part = [0; 4096];
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            let whole = end + 4 + length.unwrap_or(0_usize);
            if buffer.len() >= whole {
                let body = String::from_utf8_lossy(&buffer[end + 4..whole]).into_owned();
                buffer.drain(..whole);
                return Ok(Received { head, body });
            }
        }
        match stream.read(&mut part) {
            Ok(0) => return Err(false),
            Err(error) => return Err(error.kind() == std::io::ErrorKind::ConnectionReset),
            Ok(read) => buffer.extend_from_slice(&part[..read]),
        }
    }
}
