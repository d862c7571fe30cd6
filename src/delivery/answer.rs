//! What a merchant answers: its status, and as much of it as is kept.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::domain::AttemptResult;

/// Bytes of an answer's body that are kept.
const KEPT: usize = 8 * 1024;
/// Bytes of an answer's headers that are kept.
const KEPT_HEADERS: usize = 2 * 1024;
/// Bytes that are read in search of them: headers and the frames of chunks come with them.
const READ: usize = 128 * 1024;

/// The beginning of an answer that the HTTP client reads; what comes after it is not waited for.
pub(super) async fn first_part(mut answer: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = KEPT - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == KEPT {
            break;
        }
    }
    text(&bytes, KEPT)
}

/// An answer's headers, a line each.
pub(super) fn header_lines<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Box<str> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        if lines.len() >= KEPT_HEADERS {
            break;
        }
        lines.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        for part in [b": ", value, b"\n"] {
            lines.extend_from_slice(part);
        }
    }
    lines.truncate(KEPT_HEADERS);
    text(&lines, KEPT_HEADERS).into()
}

fn text(bytes: &[u8], most: usize) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    // A character that was cut became a longer one.
    while text.len() > most {
        text.pop();
    }
    text
}

/// An answer that we read ourselves, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
}

/// An answer whose head has come.
struct Seen {
    status: u16,
    headers: Box<str>,
    body: Vec<u8>,
    /// Whether there is nothing more to wait for.
    whole: bool,
}

impl Incoming {
    /// Reads until the answer is whole, as large as it is kept, or over.
    pub(super) async fn read_from(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        while self.bytes.len() < READ && !seen(&self.bytes).is_some_and(|seen| seen.whole || seen.body.len() >= KEPT) {
            if stream.read_buf(&mut self.bytes).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// What was answered, once the head has come.
    pub(super) fn answer(&self) -> Option<AttemptResult> {
        let Seen { status, headers, mut body, .. } = seen(&self.bytes)?;
        body.truncate(KEPT);
        Some(AttemptResult::Answered { status, headers, body: text(&body, KEPT).into() })
    }
}

fn seen(mut bytes: &[u8]) -> Option<Seen> {
    loop {
        let (head, rest) = split_head(bytes)?;
        let head = String::from_utf8_lossy(head);
        let status = status(&head)?;
        if (100..200).contains(&status) {
            // An interim answer: the one that counts comes after it.
            bytes = rest;
            continue;
        }
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let chunked = header("transfer-encoding").is_some_and(|how| how.to_ascii_lowercase().contains("chunked"));
        let (body, whole) = match header("content-length").and_then(|length| length.parse::<usize>().ok()) {
            _ if matches!(status, 204 | 304) => (Vec::new(), true),
            _ if chunked => unchunked(rest),
            Some(length) => (rest[..rest.len().min(length)].to_vec(), rest.len() >= length),
            // It ends with the connection.
            None => (rest.to_vec(), false),
        };
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = header_lines(lines.map(|(name, value)| (name.trim(), value.trim().as_bytes())));
        return Some(Seen { status, headers, body, whole });
    }
}

fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // Some write line ends without a carriage return.
    let end = |mark: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).map(|at| (at, at + mark.len()));
    let (end, begin) = [end(b"\r\n\r\n"), end(b"\n\n")].into_iter().flatten().min()?;
    Some((&bytes[..end], &bytes[begin..]))
}

fn status(head: &str) -> Option<u16> {
    let rest = head.strip_prefix("HTTP/1.")?;
    let status = rest.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (100..1_000).contains(&status).then_some(status)
}

/// What chunks carry as far as they have come, and whether the last one has.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]);
        let Ok(size) = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16) else {
            // No chunk: nothing that comes can be understood.
            return (body, true);
        };
        if size == 0 {
            return (body, true);
        }
        let data = &rest[end + 1..];
        body.extend_from_slice(&data[..data.len().min(size)]);
        // Behind the data there is a line end.
        let Some(next) = size.checked_add(2).and_then(|length| data.get(length..)) else { break };
        rest = next;
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, body and whether it is whole, of what has come.
    fn parsed(bytes: &str) -> Option<(u16, String, bool)> {
        seen(bytes.as_bytes()).map(|seen| (seen.status, String::from_utf8(seen.body).unwrap(), seen.whole))
    }

    #[test]
    fn an_answer_is_read_however_it_is_framed() {
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
            let expected = expected.map(|(status, body, whole)| (status, body.to_owned(), whole));
            assert_eq!(parsed(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_kept_is_8_kib_whole_characters() {
        let incoming = Incoming { bytes: format!("HTTP/1.1 200 OK\r\n\r\nx{}", "é".repeat(8_000)).into_bytes() };
        let Some(AttemptResult::Answered { status: 200, body, .. }) = incoming.answer() else { panic!("an answer") };
        assert!(body.starts_with("xéé") && (8_190..=8_192).contains(&body.len()), "{}", body.len());
    }

    #[test]
    fn headers_are_kept_as_lines_and_no_more_than_2_kib_of_them() {
        let headers = |head: &str| {
            let incoming = Incoming { bytes: ["HTTP/1.1 200 OK\r\n", head, "\r\n\r\n"].concat().into_bytes() };
            let Some(AttemptResult::Answered { headers, .. }) = incoming.answer() else { panic!("an answer") };
            headers
        };
        assert_eq!(&*headers("Content-Length: 0\r\nX-One:  a:b \r\nno header"), "content-length: 0\nx-one: a:b\n");
        let long = headers(&format!("X: {}\r\nY: 1", "é".repeat(2_000)));
        assert!(long.starts_with("x: éé") && (2_046..=2_048).contains(&long.len()), "{}", long.len());
    }
}
