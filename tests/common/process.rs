//! The program in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// An empty directory to run in, gone with its test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("nicepay-sim-program-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The program, with no settings but those of the test.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nicepay-sim"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("NICEPAY_SIM_") {
                command.env_remove(name);
            }
        }
        command.args(args).current_dir(&self.0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs what serves.
    pub(crate) fn serve(&self, args: &[&str]) -> Program {
        self.serve_at("127.0.0.1:0", args)
    }

    /// Runs what serves there.
    pub(crate) fn serve_at(&self, address: &str, args: &[&str]) -> Program {
        let mut all = vec!["--listen", address];
        all.extend_from_slice(args);
        Program::start(self.command(&all))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What is left of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A program that serves; killed when it is dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) stderr: BufReader<ChildStderr>,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut program = Self { child, stdout, stderr, address: String::new() };
        let mut line = String::new();
        program.stdout.read_line(&mut line).unwrap();
        let Some(address) = line.strip_prefix("listening on http://") else {
            let mut said = String::new();
            program.stderr.read_to_string(&mut said).unwrap();
            panic!("the first line is {line:?}, and on stderr: {said}");
        };
        program.address = address.strip_suffix('\n').unwrap().to_owned();
        program
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    pub(crate) fn ask(&self, head: &str, body: &str) -> (u16, String) {
        exchange(&mut self.connect(), head, body)
    }

    pub(crate) fn signal(&self, name: &str) {
        let killed = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits for its end, with what it has printed since the last look.
    pub(crate) fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let code = self.child.wait().unwrap().code();
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        Ended { code, stdout, stderr }
    }

    pub(crate) fn stop(self) -> Ended {
        self.signal("-TERM");
        self.end()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `head` is a method and a path.
pub(crate) fn send(stream: &mut TcpStream, head: &str, body: &str) {
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
}

/// Reads one answer, with a Content-Length or in chunks.
pub(crate) fn receive(stream: &mut TcpStream) -> (u16, String) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer but {line:?}")).parse().unwrap();
    let (mut length, mut is_chunked) = (0, false);
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        is_chunked |= name.eq_ignore_ascii_case("transfer-encoding") && value == "chunked";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    while is_chunked {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let mut chunk = vec![0; usize::from_str_radix(line.trim_end(), 16).unwrap()];
        reader.read_exact(&mut chunk).unwrap();
        reader.read_line(&mut line).unwrap();
        is_chunked = !chunk.is_empty();
        body.extend(chunk);
    }
    (status, String::from_utf8(body).unwrap())
}

pub(crate) fn exchange(stream: &mut TcpStream, head: &str, body: &str) -> (u16, String) {
    send(stream, head, body);
    receive(stream)
}
