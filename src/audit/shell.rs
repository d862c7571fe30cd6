//! Runs a command in a shell: with a limit of time and of output. It leaves nothing behind.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;

use super::client::Body;
use crate::platform;

/// How much of each stream is kept. More is read and forgotten.
const MAX_OUTPUT: usize = 1024 * 1024;
/// How long a stream may stay open when the command has ended: something in the background may have it.
const GRACE: Duration = Duration::from_millis(200);
/// How much of its last line an error quotes.
const MAX_QUOTED: usize = 200;

/// A command.
#[derive(Clone, Debug)]
pub struct Shell {
    script: String,
    variables: Vec<(String, OsString)>,
}

/// The processes of a command; killed when this is dropped before it has ended.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // It has a number until it was waited for, so no other process can be meant.
        if let Some(process) = self.0.id() {
            let _ = platform::kill_group(process);
        }
    }
}

impl Shell {
    /// A command for `sh -c`, or for `cmd /C` on Windows, with these variables beside those of this process.
    pub fn new(script: impl Into<String>, variables: Vec<(String, OsString)>) -> Self {
        Self { script: script.into(), variables }
    }

    /// Runs it, and returns its standard output. `filled` puts values into the script.
    pub(super) async fn run(&self, filled: impl Fn(&str) -> String, limit: Duration) -> Result<Body, String> {
        let mut command = platform::shell(&filled(&self.script));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        platform::in_own_group(&mut command);
        let mut group = Group(command.spawn().map_err(|error| format!("the command cannot be run: {error}"))?);
        let (stdout, stderr) = (group.0.stdout.take(), group.0.stderr.take());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = {
            let reading = async { tokio::join!(read(stdout, &mut out), read(stderr, &mut err)) };
            tokio::pin!(reading);
            let mut is_read = false;
            let ended = async {
                let status = loop {
                    tokio::select! {
                        status = group.0.wait() => break status,
                        _ = &mut reading, if !is_read => is_read = true,
                    }
                };
                if !is_read {
                    let _ = tokio::time::timeout(GRACE, reading).await;
                }
                status
            };
            tokio::time::timeout(limit, ended).await
        };
        let status = status.map_err(|_| format!("the command did not end within {} s", limit.as_secs_f64()))?;
        let status = status.map_err(|error| error.to_string())?;
        if !status.success() {
            let code = platform::exit_code(status);
            return Err(match last_line(&err) {
                Some(line) => format!("the command ended with {code}: {line}"),
                None => format!("the command ended with {code}"),
            });
        }
        Ok(Body { is_whole: out.len() < MAX_OUTPUT, bytes: out })
    }
}

async fn read(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    let mut part = vec![0; 8 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        kept.extend_from_slice(&part[..length.min(MAX_OUTPUT - kept.len())]);
    }
}

/// The last line with something in it, short.
fn last_line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|c| !c.is_control()).take(MAX_QUOTED).collect())
}
