//! Reading a merchant's response: its status, and the part of it that is kept.

use std::io;

use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout_at};

use crate::domain::AttemptResult;

/// How many bytes of a response's body are kept.
const MAX_BODY: usize = 8 * 1024;
/// How many bytes of a response's headers are kept.
const MAX_HEADERS: usize = 2 * 1024;
/// How many bytes of a response are read at most, with headers and chunk sizes.
const MAX_READ: usize = 128 * 1024;

/// The beginning of the body, as much as is kept and has arrived until the deadline; the rest is not read.
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

/// A response that is read from the connection, as far as it has arrived.
#[derive(Debug, Default)]
pub(super) struct RawResponse {
    bytes: Vec<u8>,
}

/// A response whose head has arrived.
struct ParsedResponse {
    status: u16,
    headers: Box<str>,
    body: Vec<u8>,
    /// Whether it has arrived completely.
    is_complete: bool,
}

impl RawResponse {
    /// Reads until the response is complete, its kept part is, or the connection ends.
    pub(super) async fn read_from(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        while self.bytes.len() < MAX_READ
            && !parse(&self.bytes).is_some_and(|parsed| parsed.is_complete || parsed.body.len() >= MAX_BODY)
        {
            if stream.read_buf(&mut self.bytes).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// The response, once its head has arrived.
    pub(super) fn result(&self) -> Option<AttemptResult> {
        let ParsedResponse { status, headers, mut body, .. } = parse(&self.bytes)?;
        body.truncate(MAX_BODY);
        Some(AttemptResult::Responded { status, headers, body: text(&body, MAX_BODY).into() })
    }
}

fn parse(mut bytes: &[u8]) -> Option<ParsedResponse> {
    loop {
        let (head, rest) = split_head(bytes)?;
        let head = String::from_utf8_lossy(head);
        let status = status(&head)?;
        if (100..200).contains(&status) {
            // An interim response: the final one follows.
            bytes = rest;
            continue;
        }
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let chunked = header("transfer-encoding").is_some_and(|how| how.to_ascii_lowercase().contains("chunked"));
        let (body, is_complete) = match header("content-length").and_then(|length| length.parse::<usize>().ok()) {
            _ if matches!(status, 204 | 304) => (Vec::new(), true),
            _ if chunked => decode_chunks(rest),
            Some(length) => (rest[..rest.len().min(length)].to_vec(), rest.len() >= length),
            // The body ends with the connection.
            None => (rest.to_vec(), false),
        };
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = header_lines(lines.map(|(name, value)| (name.trim(), value.trim().as_bytes())));
        return Some(ParsedResponse { status, headers, body, is_complete });
    }
}

fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // Some servers write line ends without a carriage return.
    let end = |mark: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).map(|at| (at, at + mark.len()));
    let (end, begin) = [end(b"\r\n\r\n"), end(b"\n\n")].into_iter().flatten().min()?;
    Some((&bytes[..end], &bytes[begin..]))
}

fn status(head: &str) -> Option<u16> {
    let rest = head.strip_prefix("HTTP/1.")?;
    let status = rest.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (100..1_000).contains(&status).then_some(status)
}

/// The data of the chunks that have arrived, and whether the last one has.
fn decode_chunks(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]);
        let Ok(size) = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16) else {
            // Not a chunk: the rest cannot be understood.
            return (body, true);
        };
        if size == 0 {
            return (body, true);
        }
        let data = &rest[end + 1..];
        body.extend_from_slice(&data[..data.len().min(size)]);
        // A line end follows the data.
        let Some(next) = size.checked_add(2).and_then(|length| data.get(length..)) else { break };
        rest = next;
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status, the body, and whether it is complete.
    fn parsed(bytes: &str) -> Option<(u16, String, bool)> {
        parse(bytes.as_bytes())
            .map(|parsed| (parsed.status, String::from_utf8(parsed.body).unwrap(), parsed.is_complete))
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
            assert_eq!(parsed(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn at_most_8_kib_of_a_body_are_kept_in_whole_characters() {
        let raw = RawResponse { bytes: format!("HTTP/1.1 200 OK\r\n\r\nx{}", "é".repeat(8_000)).into_bytes() };
        let Some(AttemptResult::Responded { status: 200, body, .. }) = raw.result() else { panic!("no response") };
        assert!(body.starts_with("xéé") && (8_190..=8_192).contains(&body.len()), "{}", body.len());
    }

    #[test]
    fn at_most_2_kib_of_headers_are_kept_as_lines() {
        let headers = |head: &str| {
            let raw = RawResponse { bytes: ["HTTP/1.1 200 OK\r\n", head, "\r\n\r\n"].concat().into_bytes() };
            let Some(AttemptResult::Responded { headers, .. }) = raw.result() else { panic!("no response") };
            headers
        };
        assert_eq!(&*headers("Content-Length: 0\r\nX-One:  a:b \r\nno header"), "content-length: 0\nx-one: a:b\n");
        let long = headers(&format!("X: {}\r\nY: 1", "é".repeat(2_000)));
        assert!(long.starts_with("x: éé") && (2_046..=2_048).contains(&long.len()), "{}", long.len());
    }
}
