//! Reading a merchant's response: its status, and the part of it that is kept.

use std::borrow::Cow;
use std::io;

use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout_at};

use crate::domain::{AttemptResult, KeyMask, MaskKeys as _};

/// How many bytes of a response's body are kept.
const KEPT_BODY: usize = 8 * 1024;
/// How many bytes of a response's headers are kept.
const KEPT_HEADERS: usize = 2 * 1024;
/// How many bytes of a body are read: more than is kept, because merchantKeys are masked before it is cut.
const MAX_BODY: usize = KEPT_BODY + KeyMask::LOOKAHEAD;
/// The same of headers.
const MAX_HEADERS: usize = KEPT_HEADERS + KeyMask::LOOKAHEAD;
/// How many bytes of a response are read at most, with headers and chunk sizes.
const MAX_READ: usize = 128 * 1024;

/// The part of a result that is kept, with masked merchantKeys.
pub(super) fn kept(result: AttemptResult, mask: &KeyMask) -> AttemptResult {
    let beginning = |text: Box<str>, max| match mask.masked_upto(&text, max) {
        Cow::Borrowed(whole) if whole.len() == text.len() => text,
        beginning => beginning.into(),
    };
    match result {
        AttemptResult::Responded { status, headers, body } => AttemptResult::Responded {
            status,
            headers: beginning(headers, KEPT_HEADERS),
            body: beginning(body, KEPT_BODY),
        },
        AttemptResult::Failed { class, mut error } => {
            error.mask_keys(mask);
            AttemptResult::Failed { class, error }
        }
        AttemptResult::Skipped { mut reason } => {
            reason.mask_keys(mask);
            AttemptResult::Skipped { reason }
        }
    }
}

/// The beginning of the body, a little more than is kept, as far as it has arrived until the deadline; the rest is not read.
pub(super) async fn read_body(mut body: impl BodyExt<Data: AsRef<[u8]>> + Unpin, deadline: Instant) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await {
        let Some(chunk) = frame.data_ref().map(AsRef::as_ref) else { continue };
        let room = MAX_BODY - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == MAX_BODY {
            break;
        }
    }
    text(&bytes, MAX_BODY)
}

/// The headers of a response, a line each.
pub(super) fn header_lines<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Box<str> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        if lines.len() >= MAX_HEADERS {
            break;
        }
        lines.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        for part in [b": ", value, b"\n"] {
            lines.extend_from_slice(part);
        }
    }
    lines.truncate(MAX_HEADERS);
    text(&lines, MAX_HEADERS).into()
}

fn text(bytes: &[u8], max: usize) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    // The replacement of a truncated character is longer than the character.
    while text.len() > max {
        text.pop();
    }
    text
}

/// A response that is read from the connection, as far as it has arrived. Every byte is looked at once, however few arrive
/// at a time.
#[derive(Debug, Default)]
pub(super) struct RawResponse {
    bytes: Vec<u8>,
    /// Where the part begins that is not understood yet, because it is not complete.
    pending: usize,
    /// Up to here, no end of that part was found.
    searched: usize,
    head: Option<Head>,
    body: Vec<u8>,
    part: Part,
}

#[derive(Debug)]
struct Head {
    status: u16,
    headers: Box<str>,
}

/// The part of a response that comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Part {
    #[default]
    Head,
    ChunkSize,
    /// So much data of a chunk, and what follows it.
    Chunk(usize),
    /// The line end after the data of a chunk.
    ChunkEnd,
    /// So much of the body. A body without a length ends with the connection.
    Body(usize),
    /// It is complete, or not to be understood.
    End,
}

impl RawResponse {
    /// Reads until the response is complete, its kept part is, or the connection ends.
    pub(super) async fn read_from(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        while self.bytes.len() < MAX_READ && !self.is_read() {
            if stream.read_buf(&mut self.bytes).await? == 0 {
                break;
            }
            self.understand();
        }
        Ok(())
    }

    /// The response, once its head has arrived.
    pub(super) fn result(self) -> Option<AttemptResult> {
        let Head { status, headers } = self.head?;
        Some(AttemptResult::Responded { status, headers, body: text(&self.body, MAX_BODY).into() })
    }

    fn is_read(&self) -> bool {
        matches!(self.part, Part::End) || self.body.len() >= MAX_BODY
    }

    /// Goes through what has arrived, as far as its parts are complete.
    fn understand(&mut self) {
        while !self.is_read() {
            let next = match self.part {
                Part::Head => self.take_head(),
                Part::ChunkSize => self.take_line().map(|line| match chunk_size(&line) {
                    None | Some(0) => Part::End,
                    Some(size) => Part::Chunk(size),
                }),
                Part::Chunk(size) => {
                    self.take_body(size).map(|left| if left == 0 { Part::ChunkEnd } else { Part::Chunk(left) })
                }
                Part::ChunkEnd => self.take_line().map(|_| Part::ChunkSize),
                Part::Body(length) => self.take_body(length).map(Part::Body),
                Part::End => None,
            };
            let Some(next) = next else { return };
            self.part = if matches!(next, Part::Body(0)) { Part::End } else { next };
        }
    }

    /// A whole head: the response's, or that of an interim response, which the final one follows.
    fn take_head(&mut self) -> Option<Part> {
        // Some servers write line ends without a carriage return.
        let ends = |at: &usize| {
            let line = &self.bytes[self.pending..*at];
            self.bytes[*at] == b'\n' && (line.ends_with(b"\n") || line.ends_with(b"\n\r"))
        };
        let Some(end) = (self.searched..self.bytes.len()).find(ends) else {
            self.searched = self.bytes.len();
            return None;
        };
        let head = String::from_utf8_lossy(&self.bytes[self.pending..end]).into_owned();
        self.go_to(end + 1);
        let Some(status) = status(&head) else { return Some(Part::End) };
        if (100..200).contains(&status) {
            return Some(Part::Head);
        }
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let lines: Vec<_> = lines.map(|(name, value)| (name.trim(), value.trim())).collect();
        let header =
            |name: &str| lines.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let chunked = header("transfer-encoding").is_some_and(|how| how.to_ascii_lowercase().contains("chunked"));
        let part = match header("content-length").and_then(|length| length.parse().ok()) {
            _ if matches!(status, 204 | 304) => Part::End,
            _ if chunked => Part::ChunkSize,
            length => Part::Body(length.unwrap_or(usize::MAX)),
        };
        let headers = header_lines(lines.iter().map(|(name, value)| (*name, value.as_bytes())));
        self.head = Some(Head { status, headers });
        Some(part)
    }

    /// A whole line.
    fn take_line(&mut self) -> Option<String> {
        let Some(end) = (self.searched..self.bytes.len()).find(|at| self.bytes[*at] == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let line = String::from_utf8_lossy(&self.bytes[self.pending..end]).into_owned();
        self.go_to(end + 1);
        Some(line)
    }

    /// What there is of so many bytes of the body, and how many are left.
    fn take_body(&mut self, length: usize) -> Option<usize> {
        let data = &self.bytes[self.pending..];
        let data = &data[..data.len().min(length)];
        if data.is_empty() && length > 0 {
            return None;
        }
        let taken = data.len();
        self.body.extend_from_slice(&data[..taken.min(MAX_BODY - self.body.len())]);
        self.go_to(self.pending + taken);
        Some(length - taken)
    }

    fn go_to(&mut self, at: usize) {
        (self.pending, self.searched) = (at, at);
    }
}

/// What is understood of an answer that arrives in pieces of this size, and whether it is complete.
#[cfg(any(test, feature = "fuzz"))]
pub fn read_answer(bytes: &[u8], piece: usize) -> (Option<AttemptResult>, bool) {
    let mut raw = RawResponse::default();
    for piece in bytes.chunks(piece) {
        raw.bytes.extend_from_slice(piece);
        raw.understand();
    }
    let is_complete = matches!(raw.part, Part::End);
    (raw.result(), is_complete)
}

fn status(head: &str) -> Option<u16> {
    let rest = head.strip_prefix("HTTP/1.")?;
    let status = rest.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (100..1_000).contains(&status).then_some(status)
}

/// The size of a chunk; none where the line has no size, and the rest cannot be understood.
fn chunk_size(line: &str) -> Option<usize> {
    usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;
    use crate::domain::MerchantKey;

    /// The status, the body, and whether it is complete.
    fn parsed(bytes: &[u8], piece: usize) -> Option<(u16, String, bool)> {
        let (Some(AttemptResult::Responded { status, body, .. }), is_complete) = read_answer(bytes, piece) else {
            return None;
        };
        Some((status, body.to_string(), is_complete))
    }

    #[test]
    fn a_response_is_read_in_every_framing() {
        for (bytes, expected) in [
            ("", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO", Some((200, "O", false))),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOKmore", Some((200, "OK", true))),
            ("HTTP/1.0 500\r\n\r\nto the end", Some((500, "to the end", false))),
            ("HTTP/1.1 200 OK\n\nbare", Some((200, "bare", false))),
            ("HTTP/1.1 204 No Content\r\n\r\n", Some((204, "", true))),
            ("HTTP/1.1 100 Continue\r\n\r\n", None),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", Some((404, "", true))),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nOK\r\n1\r\n!\r\n0\r\n\r\n",
                Some((200, "OK!", true)),
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nOK", Some((200, "OK", false))),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nOK", Some((200, "OK", false))),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nOK", Some((200, "", true))),
            ("HTTP/1.1 99 X\r\n\r\n", None),
            ("SSH-2.0-OpenSSH\r\n\r\n", None),
        ] {
            let expected = expected.map(|(status, body, is_complete)| (status, body.to_owned(), is_complete));
            for piece in [1, 2, 3, bytes.len().max(1)] {
                assert_eq!(parsed(bytes.as_bytes(), piece), expected, "{bytes:?} by {piece}");
            }
        }
    }

    #[test]
    fn a_response_ends_where_it_is_complete_though_the_connection_stays_open() {
        let large = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(MAX_BODY));
        for (bytes, ends) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", true),
            ("HTTP/1.1 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n", true),
            (large.as_str(), true),
            (&large[..large.len() - 1], false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO", false),
        ] {
            let (mut receiver, mut stream) = duplex(large.len());
            receiver.write_all(bytes.as_bytes()).now_or_never().unwrap().unwrap();
            let read = RawResponse::default().read_from(&mut stream).now_or_never();
            assert_eq!(read.is_some(), ends, "{} bytes of {:?}", bytes.len(), &bytes[..40.min(bytes.len())]);
        }
    }

    const KEY: &str = "key-of-the-merchant";

    /// The headers and the body that are kept.
    fn kept_of(bytes: &str) -> (Box<str>, Box<str>) {
        let (read, _) = read_answer(bytes.as_bytes(), usize::MAX);
        match kept(read.unwrap(), &KeyMask::of([&MerchantKey::new(KEY).unwrap()])) {
            AttemptResult::Responded { headers, body, .. } => (headers, body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_is_masked_before_the_rest_is_cut() {
        for before in KEPT_BODY - KEY.len()..=KEPT_BODY {
            let body = format!("{}{KEY} and more", "x".repeat(before));
            let (headers, body) = kept_of(&format!("HTTP/1.1 200 OK\r\nX-Long: {body}\r\n\r\n{body}"));
            assert!(!body.contains("key-") && body.len() <= KEPT_BODY + 3, "{before}");
            assert_eq!(headers.len(), KEPT_HEADERS);
        }
    }

    #[test]
    fn at_most_8_kib_of_a_body_are_kept_in_whole_characters() {
        let (_, body) = kept_of(&format!("HTTP/1.1 200 OK\r\n\r\nx{}", "é".repeat(8_000)));
        assert!(body.starts_with("xéé") && (8_190..=8_192).contains(&body.len()), "{}", body.len());
    }

    #[test]
    fn at_most_2_kib_of_headers_are_kept_as_lines() {
        let headers = |head: &str| {
            let (headers, _) = kept_of(&["HTTP/1.1 200 OK\r\n", head, "\r\n\r\n"].concat());
            headers
        };
        assert_eq!(&*headers("Content-Length: 0\r\nX-One:  a:b \r\nno header"), "content-length: 0\nx-one: a:b\n");
        let long = headers(&format!("X: {}\r\nY: 1", "é".repeat(2_000)));
        assert!(long.starts_with("x: éé") && (2_046..=2_048).contains(&long.len()), "{}", long.len());
    }

    /// As many bytes as are read of a response, one at a time: half a minute of work where each byte costs a look at all of
    /// them.
    #[test]
    fn bytes_that_drip_cost_no_more_than_bytes_that_flow() {
        let long = "x".repeat(MAX_READ);
        let ones = "1\r\n\r\n".repeat(MAX_READ / 5);
        for response in [
            format!("HTTP/1.1 200 OK\r\nX: {long}"),
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;{long}"),
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{ones}"),
            "HTTP/1.1 100 Continue\r\n\r\n".repeat(MAX_READ / 25),
        ] {
            let start = std::time::Instant::now();
            read_answer(&response.as_bytes()[..MAX_READ.min(response.len())], 1);
            assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
        }
    }
}
