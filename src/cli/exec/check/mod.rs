//! `nicepay-sim exec --check`: tries the way here with a small program for each runtime on the `PATH`, in each version that
//! is there. The programs have NICEPAY's address built in, as the client libraries have.

mod path;
mod runtimes;
mod table;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use self::runtimes::{RUNTIMES, Runtime};
use self::table::Row;
use super::blind_spots;
use super::folder::Folder;
use super::tally::{CountProxy, Tally};
use crate::cli::{print, print_error};
use crate::connection::Way;
use crate::engine::Engine;
use crate::proxy::Traffic;
use crate::server::Arrivals;

/// How long a program may take to tell its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);
/// What the programs call themselves.
const USER_AGENT: &str = "nicepay-sim-check";
const MAX_REASON_CHARS: usize = 300;

/// A version of a runtime.
struct Installed {
    file: PathBuf,
    version: String,
}

/// What a try needs.
pub(super) struct Check<'a> {
    pub(super) engine: &'a Engine,
    pub(super) arrivals: &'a Arc<Arrivals>,
    pub(super) traffic: &'a Traffic,
    pub(super) count_proxy: &'a CountProxy,
    pub(super) variables: &'a [(String, OsString)],
    pub(super) folder: &'a Folder,
}

impl Check<'_> {
    /// Tries all runtimes, and prints the table. Whether all that are there arrived.
    pub(super) async fn run(&self) -> bool {
        let rows = self.rows(&RUNTIMES).await;
        for line in table::lines(&rows) {
            print(&line);
        }
        rows.iter().all(|row| ["yes", "absent"].contains(&row.arrived))
    }

    /// Tries runtimes, one after another.
    async fn rows(&self, runtimes: &[Runtime]) -> Vec<Row> {
        let mut tally = Tally::starting_after(self.engine.store().log.last(), Arc::clone(self.arrivals));
        let mut rows = Vec::new();
        for runtime in runtimes {
            let row = || Row { runtime: runtime.program, ..Row::default() };
            match self.installed(runtime).await {
                Ok(all) if all.is_empty() => rows.push(Row { arrived: "absent", ..row() }),
                Ok(all) => {
                    for installed in all {
                        print_error(&format!("checking {} {}", runtime.program, installed.version));
                        rows.extend(self.check(runtime, installed, &mut tally).await);
                    }
                }
                Err(error) => rows.push(Row { arrived: "no", advice: format!("it cannot be run: {error}"), ..row() }),
            }
        }
        rows
    }

    /// The versions of a runtime on the `PATH`: first the one that runs by its name.
    ///
    /// # Errors
    /// When the one that runs by its name does not tell its version.
    async fn installed(&self, runtime: &Runtime) -> io::Result<Vec<Installed>> {
        let mut all: Vec<Installed> = Vec::new();
        for file in path::files(runtime.program, &std::env::var_os("PATH").unwrap_or_default()) {
            match self.version(&file, runtime).await {
                Ok(version) if all.iter().any(|one| one.version == version) => {}
                Ok(version) => all.push(Installed { file, version }),
                // A shell goes on to the next one, too.
                Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied].contains(&error.kind()) => {}
                Err(error) if all.is_empty() => return Err(error),
                // It does not run by its name, so it is in nobody's way.
                Err(_) => {}
            }
        }
        Ok(all)
    }

    /// A row for each client of a runtime.
    async fn check(&self, runtime: &Runtime, installed: Installed, tally: &mut Tally) -> Vec<Row> {
        let (before, arrived_before) = ((self.count_proxy)(), tally.requests.clone());
        let output = self.run_program(&installed.file, runtime).await;
        self.traffic.idle(super::SETTLING_TIMEOUT).await;
        let after = (self.count_proxy)();
        tally.read_new(self.engine);
        let said = match &output {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(_) => String::new(),
        };
        let clients: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("try ")).collect();
        let row = |client: &str| {
            let way = tally.new_way(&format!("{USER_AGENT}/{}-{client}", runtime.program), &arrived_before);
            let mut row = Row {
                runtime: runtime.program,
                version: installed.version.clone(),
                client: client.to_owned(),
                ..Row::default()
            };
            if let Some(way) = way {
                let has_tunnel = way != Way::ProxyHttp;
                (row.arrived, row.how) = ("yes", if has_tunnel { "proxy, TLS" } else { "proxy, no TLS" });
                row.trusted = if has_tunnel { "yes" } else { "not asked" };
            } else {
                row.arrived = "no";
                let reason = reason(&output, &said, client, runtime);
                let is_untrusted = after.failed_handshakes > before.failed_handshakes;
                row.how = if after.tunnels > before.tunnels { "proxy, TLS" } else { "-" };
                row.trusted = if is_untrusted { "no" } else { "-" };
                let why = if is_untrusted {
                    format!(". {}", blind_spots::why_untrusted(runtime.program))
                } else {
                    String::new()
                };
                row.advice = reason + &why;
            }
            row
        };
        if clients.is_empty() { vec![row("")] } else { clients.into_iter().map(row).collect() }
    }

    async fn version(&self, file: &Path, runtime: &Runtime) -> io::Result<String> {
        let mut command = Command::new(file);
        // A JVM that is told its options by a variable says so.
        command.args(runtime.version).env_remove("JAVA_TOOL_OPTIONS");
        let output = self.output(command, VERSION_TIMEOUT).await?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        if !output.status.success() {
            return Err(io::Error::other(first_line(&said)));
        }
        Ok(version_in(&said).unwrap_or_else(|| first_line(&said)))
    }

    async fn run_program(&self, file: &Path, runtime: &Runtime) -> io::Result<Output> {
        let mut command = Command::new(file);
        command.args(runtime.arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some((name, text)) = runtime.file {
            let program = self.folder.path().join(name);
            // Another version has read it before.
            if !program.exists() {
                self.folder.write(name, text.as_bytes())?;
            }
            command.arg(program);
        }
        // A file outside a module.
        command.env("GO111MODULE", "off").env_remove("GOFLAGS");
        self.output(command, runtime.timeout).await
    }

    async fn output(&self, mut command: Command, timeout: Duration) -> io::Result<Output> {
        command.current_dir(self.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        let late = || io::Error::new(io::ErrorKind::TimedOut, format!("it did not end in {} s", timeout.as_secs()));
        tokio::time::timeout(timeout, command.output()).await.unwrap_or_else(|_| Err(late()))
    }
}

/// Why a client did not arrive, as far as its program says.
fn reason(output: &io::Result<Output>, said: &str, client: &str, runtime: &Runtime) -> String {
    let output = match output {
        Ok(output) => output,
        Err(error) => return error.to_string(),
    };
    let failed = format!("failed {client}: ");
    let of_client = said.lines().find_map(|line| line.strip_prefix(failed.as_str()));
    let of_any = || said.lines().find(|line| line.starts_with("failed "));
    let errors = String::from_utf8_lossy(&output.stderr);
    let of_runtime = || errors.lines().find(|line| !line.trim().is_empty() && !line.starts_with("Picked up "));
    let text = of_client.or_else(of_any).or_else(of_runtime).unwrap_or("it sent another address a request");
    let needs = if output.status.success() { String::new() } else { format!(" (it needs {})", runtime.needs) };
    format!("{}{needs}", first_line(text).trim_end_matches('.'))
}

/// The first word that begins with a number: `go1.19.8`, `v20.1.0` and `"17.0.15"` too.
fn version_in(text: &str) -> Option<String> {
    let words = text.split_whitespace().map(|word| word.trim_matches(['"', '(', ')', ',']));
    let versions = words.filter_map(|word| {
        let number = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        (number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.')).then_some(number)
    });
    versions.map(str::to_owned).next()
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(MAX_REASON_CHARS).collect()
}

#[cfg(test)]
mod tests;
