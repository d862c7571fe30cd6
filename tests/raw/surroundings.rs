//! The program when its surroundings break: few files, a full disk, a folder that cannot be written, a machine that sleeps.

use std::io::BufRead as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::proc;
use crate::process::{Ended, Folder, Program};
use crate::shop::Shop;
use crate::target::{Target, Way, given, request};
use crate::wire::Wire;

/// The program behind a line of the shell, which ends with `exec "$@"`.
fn within(folder: &Folder, line: &str, args: &[&str]) -> Command {
    let program = folder.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", line, "sh"]).arg(program.get_program()).args(args);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(&folder.0).stdin(std::process::Stdio::null());
    shell
}

fn run(folder: &Folder, line: &str, args: &[&str]) -> Ended {
    within(folder, line, args).output().unwrap().into()
}

fn serve(folder: &Folder, line: &str, args: &[&str]) -> Program {
    let mut command = within(folder, line, &[&["--listen", "127.0.0.1:0"], args].concat());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    Program::start(command)
}

/// There is nothing of the program's to break.
fn is_given() -> bool {
    let is_given = given().is_some();
    if is_given {
        println!("not run: it needs a simulator of its own");
    }
    is_given
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn with_256_files_a_new_client_is_served() {
    if is_given() {
        return;
    }
    let folder = Folder::new();
    let args = ["--tls-listen", "127.0.0.1:0", "--proxy-listen", "127.0.0.1:0", "--ca-dir", "ca"];
    let mut program = serve(&folder, "ulimit -n 256; exec \"$@\"", &args);
    let mut line = |prefix: &str| {
        let mut line = String::new();
        program.stdout.read_line(&mut line).unwrap();
        line.trim_end().strip_prefix(prefix).unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    let (https, proxy) = (line("https: https://"), line("proxy: http://"));
    let (status, info) = program.ask("GET /__sim/api/info", "");
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!((status, &info["limits"]["connections"]), (200, &80.into()));
    let addresses = [&program.address, &https, &proxy];
    let connect = |address: &&String| TcpStream::connect(address.as_str()).unwrap();
    let mut silent: Vec<_> = addresses.iter().cycle().take(900).map(connect).collect();
    for _ in 0..3 {
        assert_eq!(program.ask("GET /__sim/livez", "").0, 200);
    }
    silent.truncate(300);
    assert_eq!(program.ask("GET /__sim/livez", "").0, 200);
    let Ended { code, stderr, .. } = program.stop();
    assert_eq!(code, Some(0));
    for said in [
        "only 256 files can be open (ulimit -n)",
        "connections are open (--max-connections)",
        "--max-tunnels allows no more",
    ] {
        assert_eq!(stderr.matches(said).count(), 1, "{said}: {stderr}");
    }
    assert!(!stderr.contains("os error 24"), "no file was missing: {stderr}");
}

#[test]
fn a_log_that_cannot_be_written_stops_nobody() {
    if is_given() || !Path::new("/dev/full").exists() {
        return;
    }
    let folder = Folder::new();
    let program = serve(&folder, "exec \"$@\" 2>/dev/full", &["--log-level", "trace"]);
    for _ in 0..100 {
        assert_eq!(program.ask("POST /nicepay/direct/v2/registration", "{}").0, 200);
    }
    assert_eq!(program.stop().code, Some(0));
}

/// `ulimit -f 0`: no byte can be written to a file.
const FULL_DISK: &str = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";

#[test]
fn on_a_full_disk_no_half_ca_is_left() {
    if is_given() {
        return;
    }
    let folder = Folder::new();
    let ca = folder.0.join("ca");
    let args = ["serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--ca-dir", ca.to_str().unwrap()];
    let Ended { code, stdout, stderr } = run(&folder, FULL_DISK, &args);
    assert_eq!((code, stdout.as_str()), (Some(3), ""), "{stderr}");
    assert!(stderr.contains("ca-key.pem") && stderr.lines().count() == 1, "{stderr}");
    assert_eq!(files(&ca), [""; 0], "nothing half done");
    // With room again, it is made.
    let program = serve(&folder, "exec \"$@\"", &args[3..]);
    assert_eq!(program.ask("GET /__sim/livez", "").0, 200);
    let mut made = files(&ca);
    made.sort();
    assert_eq!(made, ["ca-key.pem", "ca.pem"]);
    // A CA that is there is read, and needs no room.
    let again = serve(&folder, FULL_DISK, &args[3..]);
    assert_eq!(again.ask("GET /__sim/livez", "").0, 200);
}

#[test]
fn on_a_full_disk_exec_does_not_run_the_program() {
    if is_given() {
        return;
    }
    let folder = Folder::new();
    let temporary = folder.0.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = within(&folder, FULL_DISK, &["exec", "--", "echo", "it ran"]);
    let Ended { code, stdout, stderr } = command.env("TMPDIR", &temporary).output().unwrap().into();
    assert!(code.is_some_and(|code| code != 0), "{stdout} {stderr}");
    assert!(!stdout.contains("it ran"), "{stdout}");
    assert!(stderr.contains(temporary.to_str().unwrap()), "it says where: {stderr}");
    assert_eq!(files(&temporary), [""; 0], "nothing is left");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    // Nobody can make a folder there, not even root.
    let folder = Folder::new();
    if is_given() || !Path::new("/proc/self").exists() {
        return;
    }
    let tls = ["serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"];
    let ended = run(&folder, "exec \"$@\"", &[&tls[..], &["--ca-dir", "/proc/nicepay-sim"]].concat());
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("/proc/nicepay-sim") && ended.stderr.lines().count() == 1, "{ended:?}");
    let ended = run(&folder, "cd /proc; XDG_DATA_HOME=/proc exec \"$@\"", &tls);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("/proc/nicepay-sim"), "{ended:?}");
    // Nothing else needs a folder.
    let program = serve(&folder, "cd /proc; exec \"$@\"", &[]);
    assert_eq!(program.ask("GET /__sim/livez", "").0, 200);
}

#[test]
fn a_program_that_was_stopped_goes_on() {
    let Some(target) = Target::with(&[]) else { return };
    let mut shop = Shop::new(&target);
    shop.goes_on("the start");
    let ways = target.ways();
    let [mut kept, mut half] = [(); 2].map(|()| ways.iter().map(|way| (way, target.connect(*way))).collect::<Vec<_>>());
    for (_, wire) in &mut half {
        wire.send("GET /__sim/livez HTTP/1.1\r\n");
    }
    // The proxy carries what came first first: when these are answered, no half head is on its way any more.
    for (_, wire) in &mut kept {
        wire.send(request("GET /__sim/livez", ""));
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    target.program().signal("-STOP");
    while !proc::is_stopped(target.program()) {}
    // These come while nobody answers.
    for (_, wire) in &mut kept {
        wire.send(request("GET /__sim/livez", ""));
    }
    let mut new = Wire::Plain(target.tcp(Way::Plain));
    new.send(request("GET /__sim/livez", ""));
    assert!(!new.answers_within(target.slow_client_timeout * 3), "nobody answers for longer than any deadline");
    target.program().signal("-CONT");
    for (way, wire) in &mut kept {
        assert_eq!(wire.answer().map(|answer| answer.status), Some(200), "{way:?}");
    }
    assert_eq!(new.answer().unwrap().status, 200);
    for (way, wire) in &mut half {
        assert!(wire.read_to_end().starts_with("HTTP/1.1 408 "), "{way:?}");
    }
    shop.goes_on("a minute of sleep");
}
