//! The program as it is run: arguments, files, signals, exit codes, and what it prints.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use nicepay_sim::testing::Simulator;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::process::{Ended, Folder, Program, exchange, receive, send};

/// The published sandbox key.
const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const SCENARIO: &str = "title = 't'\ndescription = 'd'\n[pace]\nnotification = '2s'\nseamless = '1s'\n";

impl Folder {
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs what ends by itself.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::from(self.command(args).output().unwrap())
    }
}

impl Program {
    fn info(&self) -> Value {
        let (status, body) = self.ask("GET /__sim/api/info", "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Nobody reads its log any longer: the pipe is closed.
    fn close_stderr(&mut self) {
        let (reader, _) = std::io::pipe().unwrap();
        self.stderr = BufReader::new(std::process::ChildStderr::from(std::os::fd::OwnedFd::from(reader)));
    }

    /// Reads the log until a line has this text; returns the line.
    pub(crate) fn wait_for_log(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "it ended without saying {text:?}");
        }
        line
    }
}

#[test]
fn it_stops_when_its_stdin_ends_only_if_that_is_asked_for() {
    let folder = Folder::new();
    for serves in ["serve", "demo"] {
        let args = [serves, "--listen", "127.0.0.1:0", "--stop-with-stdin", "true"];
        let mut command = folder.command(&args);
        let mut program = Program::start({
            command.stdin(Stdio::piped());
            command
        });
        let mut stdin = program.child.stdin.take().unwrap();
        // What is written there means nothing.
        stdin.write_all(b"stop\n").unwrap();
        assert_eq!(program.ask("GET /__sim/livez", "").0, 200);
        drop(stdin);
        let Ended { code, stderr, .. } = program.end();
        assert_eq!(code, Some(0), "{serves}: {stderr}");
        assert!(stderr.contains("stdin has ended (--stop-with-stdin)"), "{stderr}");
    }
    // Stdin of a service is at its end from the beginning.
    let program = folder.serve(&[]);
    assert_eq!(program.ask("GET /__sim/livez", "").0, 200);
}

#[test]
fn a_shell_completes_commands_and_settings() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let Ended { code, stdout, stderr } = folder.run(&["completions", shell]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        for word in ["healthcheck", "stop-with-stdin", "completions"] {
            assert!(stdout.contains(word), "{shell}: {word}");
        }
    }
    let script = folder.write("completion.sh", &folder.run(&["completions", "bash"]).stdout);
    // As bash does it when somebody types `nicepay-sim hea` and presses Tab.
    let asks = r#"source "$0"; function=$(complete -p nicepay-sim | sed 's/.* -F \([^ ]*\) .*/\1/')
        COMP_WORDS=(nicepay-sim hea) COMP_CWORD=1
        "$function" nicepay-sim hea nicepay-sim; echo "${COMPREPLY[@]}""#;
    let output = std::process::Command::new("bash").args(["-c", asks, &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "healthcheck\n", "{output:?}");
    let Ended { code, stdout, stderr } = folder.run(&["completions", "tcsh"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("bash") && stderr.contains("zsh"), "{stderr}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    let page = folder.run(&["man"]);
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    for command in ["serve", "demo", "ca", "exec", "audit", "healthcheck", "check", "schema", "sign", "explain", "man"]
    {
        assert!(page.stdout.contains(&format!("nicepay\\-sim\\-{command}(1)")), "{command}: {}", page.stdout);
        let own = folder.run(&["man", command]);
        assert_eq!((own.code, own.stderr.as_str()), (Some(0), ""), "{command}");
        assert!(own.stdout.contains(&format!(".TH nicepay-sim-{command} 1")), "{command}: {}", own.stdout);
    }
    let none = folder.run(&["man", "serv"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(2), ""));
    assert!(none.stderr.contains("no command \"serv\""), "{}", none.stderr);
}

#[test]
fn stdout_has_one_line_that_says_where() {
    let folder = Folder::new();
    for args in [&[][..], &["--log-level", "trace"], &["--log-format", "json"]] {
        let program = folder.serve(args);
        let (host, port) = program.address.split_once(':').unwrap();
        assert_eq!(host, "127.0.0.1");
        assert_ne!(port.parse::<u16>().unwrap(), 0, "the port that port 0 became");
        assert_eq!(program.ask("GET /__sim/readyz", "").0, 200, "it serves once it says so");
        assert_eq!(program.ask("GET /", "").0, 200);
        let ended = program.stop();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert!(!ended.stderr.is_empty(), "logs go to stderr");
    }
    let program = Program::start(folder.command(&["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(program.stop().code, Some(0));
}

#[test]
fn the_first_answer_comes_within_a_second() {
    let folder = Folder::new();
    let first_answer = || {
        let before = Instant::now();
        assert_eq!(folder.serve(&[]).ask("GET /__sim/livez", "").0, 200);
        before.elapsed()
    };
    // The best of three: other tests use the machine, too.
    let best = [first_answer(), first_answer(), first_answer()].into_iter().min().unwrap();
    assert!(best < Duration::from_secs(1), "{best:?}");
}

#[test]
fn the_demo_says_on_its_second_line_where_the_shop_is() {
    let folder = Folder::new();
    let mut program = Program::start(folder.command(&["demo", "--listen", "127.0.0.1:0"]));
    let mut line = String::new();
    program.stdout.read_line(&mut line).unwrap();
    assert_eq!(line, ["demo shop: http://", &program.address, "/demo/\n"].concat());
    assert_eq!(program.ask("GET /demo/", "").0, 200);
    // The merchant is there for everybody to see, and a reset keeps it.
    assert_eq!(program.ask("POST /__sim/api/reset", "{}").0, 204);
    assert!(program.ask("GET /__sim/api/merchants", "").1.contains("TOKODEMO01"));
    let ended = program.stop();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert_eq!(folder.serve(&[]).ask("GET /demo/", "").0, 404, "only with demo");
}

#[test]
fn both_signals_end_it_cleanly() {
    let folder = Folder::new();
    for (name, said) in [("-INT", "stopping on SIGINT"), ("-TERM", "stopping on SIGTERM")] {
        let program = folder.serve(&[]);
        program.signal(name);
        let ended = program.end();
        assert_eq!(ended.code, Some(0), "{name}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}

#[test]
fn what_does_not_exist_ends_with_2() {
    let folder = Folder::new();
    for args in [
        &["demo", "--nonsense"][..],
        &["check", "--nonsense"],
        &["schema", "approve"],
        &["man", "nonsense"],
        &["completions"],
        &["completions", "nonsense"],
        &["--data", "x"],
        &["--nonsense"],
        &["serve", "--nonsense"],
        &["--listen", "nowhere"],
        &["--seed", "many"],
        &["healthcheck", "--timeout", "soon"],
        &["sign"],
    ] {
        let ended = folder.run(args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}: {}", ended.stderr);
        assert!(!ended.stderr.is_empty(), "{args:?}");
    }
    for args in [
        &["--help"][..],
        &["--version"],
        &["serve", "--help"],
        &["sign", "--help"],
        &["explain", "--help"],
        &["check", "--help"],
    ] {
        let ended = folder.run(args);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(ended.stdout.contains("nicepay-sim"), "{args:?}: {}", ended.stdout);
    }
}

#[test]
fn a_bad_setting_ends_with_3_and_says_what() {
    let folder = Folder::new();
    let unknown_key = folder.write("unknown-key.toml", "seed = 1\nlisten-on = 5\n");
    let bad_value = folder.write("bad-value.toml", "seed = 1\n\nretries =   'often'\n");
    let bad_toml = folder.write("bad.toml", "seed = 1\nlisten\n");
    let story_key = folder.write("key.toml", &format!("{SCENARIO}[[rule]]\n[rule.then]\noutcom = 'approve'\n"));
    let story_value = folder.write("value.toml", &SCENARIO.replace("'2s'", "'soon'"));
    let story_toml = folder.write("toml.toml", &format!("{SCENARIO}]\n"));
    let story_sense = folder.write(
        "sense.toml",
        &format!("{SCENARIO}[[rule]]\nid = 'odd'\n[rule.then]\noutcome = 'approve'\nreason = 'risk'\n"),
    );
    let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let bad_pem = folder.write("bad.pem", &pem("?"));
    let bad_der = folder.write("bad-der.pem", &pem("AAAA"));
    let missing = folder.0.join("missing.toml").to_str().unwrap().to_owned();
    for (args, says) in [
        (["--config", &unknown_key], &["unknown-key.toml", "line 2, column 1", "listen-on"][..]),
        (["--config", &bad_value], &["bad-value.toml", "line 3, column 13"]),
        (["--config", &bad_toml], &["bad.toml", "line 2, column 7"]),
        (["--config", &missing], &["missing.toml"]),
        (["--scenario", "nonsense"], &["nonsense", "review-then-approve"]),
        (["--scenario", &missing], &["missing.toml"]),
        (["--scenario", &story_key], &["line 8, column 1", "outcom"]),
        (["--scenario", &story_value], &["line 4, column 16", "soon"]),
        (["--scenario", &story_toml], &["line 6, column 1"]),
        (["--scenario", &story_sense], &["sense.toml, line 10, column 1", "`reason` needs"]),
        (["--profile", "loose"], &["profile", "loose"]),
        (["--log-format", "xml"], &["log-format", "xml"]),
        (["--clock", "yesterday"], &["clock", "yesterday"]),
        (["--notify-on", "paid"], &["notify-on", "paid"]),
        (["--retry-interval", "-1s"], &["retry-interval"]),
        (["--public-url", "nicepay.test"], &["public-url", "nicepay.test"]),
        (["--allow-egress", "10.0.0.0/99"], &["allow-egress", "10.0.0.0/99"]),
        (["--max-events", "0"], &["max-events"]),
        (["--notification-ca", &missing], &["missing.toml", "No such file"]),
        (["--notification-ca", &unknown_key], &["unknown-key.toml", "contains no certificate in PEM"]),
        (["--notification-ca", &bad_pem], &["bad.pem", "is not a certificate in PEM"]),
        (["--notification-ca", &bad_der], &["bad-der.pem", "certificate 1 cannot be used"]),
        (["--notification-insecure", "*"], &["notification-insecure", "no setting for all hosts"]),
        (["--notification-insecure", "a b"], &["notification-insecure", "a b"]),
        (["--callback-scheme", "javascript"], &["callback-scheme", "javascript"]),
        (["--callback-scheme", "my app"], &["callback-scheme", "my app"]),
        (["--callback-method", "put"], &["callback-method", "put"]),
        (["--empty-fields", "null"], &["empty-fields", "null"]),
        (["--expired-status", "7"], &["expired-status", "7"]),
        (["--abandoned-status", "4"], &["abandoned-status", "4"]),
        (["--inquiry-amt", "guess"], &["inquiry-amt", "guess"]),
        (["--inquiry-keys", "41"], &["inquiry-keys", "41"]),
        (["--cancel-keys", "9"], &["cancel-keys", "9"]),
    ] {
        let [flag, value] = args;
        let ended = folder.run(&["--listen", "127.0.0.1:0", &format!("{flag}={value}")]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{args:?}: {}", ended.stderr);
        for part in says {
            assert!(ended.stderr.contains(part), "{args:?} does not say {part:?}: {}", ended.stderr);
        }
    }
    folder.write("nicepay-sim.toml", "sed = 1\n");
    let ended = folder.run(&["--listen", "127.0.0.1:0"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("nicepay-sim.toml") && ended.stderr.contains("line 1, column 1"), "{}", ended.stderr);
}

#[test]
fn an_address_in_use_ends_with_4() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = folder.run(&["--listen", &address]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), ""), "{}", ended.stderr);
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_a_file() {
    let folder = Folder::new();
    folder.write("nicepay-sim.toml", "seed = 1\nlisten = '127.0.0.1:0'\nprofile = 'strict'\n");
    let other = folder.write("other.toml", "seed = 4\nlisten = '127.0.0.1:0'\n");
    let seed_and_profile = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = folder.command(args);
        command.envs(env.iter().copied());
        let program = Program::start(command);
        let info = program.info();
        (info["seed"].to_string().replace('"', ""), info["profile"].as_str().unwrap().to_owned())
    };
    let is = |seed: &str, profile: &str| (seed.to_owned(), profile.to_owned());
    assert_eq!(seed_and_profile(&[], &[]), is("1", "strict"));
    assert_eq!(seed_and_profile(&[], &[("NICEPAY_SIM_SEED", "2")]), is("2", "strict"));
    assert_eq!(seed_and_profile(&["--seed", "3"], &[("NICEPAY_SIM_SEED", "2")]), is("3", "strict"));
    assert_eq!(seed_and_profile(&["--config", &other], &[]), is("4", "lenient"), "instead of the usual file");
    assert_eq!(seed_and_profile(&[], &[("NICEPAY_SIM_CONFIG", &other)]), is("4", "lenient"));
    let env = [("NICEPAY_SIM_CONFIG", other.as_str()), ("NICEPAY_SIM_PROFILE", "strict")];
    assert_eq!(seed_and_profile(&["--seed=5", "--profile=lenient"], &env), is("5", "lenient"));
}

#[test]
fn it_stops_within_a_second_whoever_is_connected() {
    let folder = Folder::new();
    let program = folder.serve(&[]);
    let mut idle: Vec<TcpStream> = (0..20).map(|_| program.connect()).collect();
    for stream in &mut idle[1..] {
        assert_eq!(exchange(stream, "GET /__sim/livez", "").0, 200, "kept alive");
    }
    let mut waiting = program.connect();
    send(&mut waiting, "GET /__sim/api/events/wait?type=token.revoked&timeout=60", "");
    while !program.ask("GET /__sim/api/info", "").1.contains(r#""waiting":1"#) {}
    let before = Instant::now();
    let ended = program.stop();
    let took = before.elapsed();
    assert_eq!(ended.code, Some(0));
    assert!(took < Duration::from_secs(1), "{took:?}");
    let (status, body) = receive(&mut waiting);
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("stopping"), "{body}");
    for mut stream in idle {
        let mut rest = Vec::new();
        // Closed or reset, whichever came first.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty());
    }
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let folder = Folder::new();
    let mut program = folder.serve(&[]);
    let body = include_str!("samples/registration-tokenize.json");
    let (first, second) = body.split_at(body.len() / 2);
    let mut stream = program.connect();
    let length = body.len();
    let head = format!(
        "POST /nicepay/direct/v2/registration HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(first.as_bytes()).unwrap();
    program.signal("-TERM");
    program.wait_for_log("stopping on SIGTERM");
    stream.write_all(second.as_bytes()).unwrap();
    let (status, answer) = receive(&mut stream);
    assert_eq!(status, 200);
    assert!(answer.contains(r#""resultCd":"0000""#), "{answer}");
    assert_eq!(program.end().code, Some(0));
}

/// A server that is not ready at first, and then is.
fn ready_at_the_third_look() -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        for status in ["503 Not yet", "500 Not yet", "200 OK"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, server)
}

#[test]
fn healthcheck_says_whether_one_is_ready() {
    let folder = Folder::new();
    let program = folder.serve(&[]);
    let url = format!("http://{}", program.address);
    assert_eq!(folder.run(&["healthcheck", &url]).code, Some(0));
    assert_eq!(folder.run(&["healthcheck", &format!("{url}/")]).code, Some(0));
    let by_settings = folder.command(&["healthcheck"]).env("NICEPAY_SIM_LISTEN", &program.address).output().unwrap();
    assert_eq!(by_settings.status.code(), Some(0), "where the settings say that it listens");
    assert_eq!(program.stop().code, Some(0));
    let ended = folder.run(&["healthcheck", &url]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("not ready"), "{}", ended.stderr);
    assert_eq!(folder.run(&["healthcheck", "--wait", "--timeout", "100ms", &url]).code, Some(1));

    let (url, server) = ready_at_the_third_look();
    assert_eq!(folder.run(&["healthcheck", "--wait", &url]).code, Some(0));
    server.join().unwrap();
}

#[test]
fn sign_computes_the_published_token() {
    const TOKEN: &str = "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a";
    let folder = Folder::new();
    let fields = ["timeStamp=20210913090977", "iMid=PAYLOANTES", "referenceNo=ord20210913090977", "amt=25145"];
    let sign = |more: &[&str]| folder.run(&[&["sign", "registration"], more].concat());
    let ended = sign(&fields);
    assert_eq!((ended.code, ended.stdout), (Some(0), format!("{TOKEN}\n")), "{}", ended.stderr);
    let own_key = sign(&[&fields[..], &["--merchant-key", KEY]].concat());
    assert_eq!(own_key.stdout, format!("{TOKEN}\n"));
    assert_ne!(sign(&[&fields[..], &["--merchant-key", "another-key"]].concat()).stdout, own_key.stdout);
    let words = folder.run(&["sign", "checkMid", "timeStamp=20260101120000", "iMid=PAYLOANTES"]);
    let spelled = ["timeStamp=20260101120000", "iMid=PAYLOANTES", "referenceNo=TEST", "amt=0"];
    assert_eq!((words.code, words.stdout), (Some(0), sign(&spelled).stdout), "{}", words.stderr);
    let mut configured = folder.command(&["sign", "registration"]);
    configured.args(fields.map(|field| field.replace("PAYLOANTES", "MYSHOP0001")));
    let unknown = Ended::from(configured.output().unwrap());
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("MYSHOP0001"), "{}", unknown.stderr);
    let known = Ended::from(configured.env("NICEPAY_SIM_MERCHANT", "MYSHOP0001=its-merchant-key").output().unwrap());
    assert_eq!((known.code, known.stdout.len()), (Some(0), 65), "{}", known.stderr);

    for (args, says) in [
        (&["sign", "nonsense"][..], "remove-token"),
        (&["sign", "registration", "amt=1"], "timeStamp"),
        (&["sign", "registration", "amount=1"], "amount"),
        (&["sign", "registration", "amt"], "NAME=VALUE"),
        (&["sign", "checkMid", "timeStamp=20260101120000", "iMid=PAYLOANTES", "amt=1"], "leave out amt"),
    ] {
        let ended = folder.run(args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(says), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn sign_fills_in_a_request_from_stdin() {
    let folder = Folder::new();
    let with_stdin = |text: &str| {
        let mut child = folder.command(&["sign", "registration", "--json"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ended::from(child.wait_with_output().unwrap())
    };
    let request = r#"{"timeStamp":"20210913090977","iMid":"PAYLOANTES","zzz":"kept","referenceNo":"ord20210913090977","amt":25145}"#;
    let ended = with_stdin(request);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let token = "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a";
    assert_eq!(ended.stdout, format!("{},\"merchantToken\":\"{token}\"}}\n", request.trim_end_matches('}')));
    assert_eq!(with_stdin("[]").code, Some(2));
    assert_eq!(with_stdin("{").code, Some(2));
}

#[test]
fn explain_names_the_mistake_behind_a_token() {
    let folder = Folder::new();
    let explain = |args: &[&str], body: &str| {
        let mut child = folder.command(&["explain"]).args(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        Ended::from(child.wait_with_output().unwrap())
    };
    let good = include_str!("samples/registration-tokenize.json");
    let right = explain(&["registration"], good);
    assert_eq!((right.code, right.stdout.as_str()), (Some(0), "the merchantToken is right for registration\n"));
    for (what, args, body, code, says) in [
        ("another amount", &["registration"][..], good.replace("\"25145\",", "\"2514500\","), 1, "merchantToken/"),
        (
            "another recipe",
            &["cancel"],
            good.to_owned(),
            1,
            "merchantToken/other-recipe: the token is that of registration",
        ),
        (
            "another key",
            &["registration", "--merchant-key", "not-the-key"],
            good.to_owned(),
            1,
            "merchantToken/other-key: ",
        ),
        ("no token", &["registration"], r#"{"iMid":"PAYLOANTES"}"#.to_owned(), 1, "merchantToken/missing: "),
        (
            "its key in a field",
            &["registration"],
            format!(r#"{{"iMid":"PAYLOANTES","timeStamp":"1","amt":"1","referenceNo":"{KEY}","merchantToken":"x"}}"#),
            1,
            "merchantToken/length: ",
        ),
        (
            "a field without a value",
            &["registration"],
            r#"{"iMid":"PAYLOANTES","timestamp":"1","amt":"1","referenceNo":"r","merchantToken":"x"}"#.to_owned(),
            1,
            "merchantToken/field-absent: timeStamp is missing: you sent \"timestamp\"",
        ),
        ("no JSON", &["registration"], "{\"iMid\":".to_owned(), 2, "body/truncated: "),
        ("an unknown iMid", &["registration"], r#"{"iMid":"NOBODY"}"#.to_owned(), 2, "use --merchant-key"),
        ("nothing", &["registration"], String::new(), 2, "use --merchant-key"),
        ("an unknown recipe", &["nonsense"], String::new(), 2, "possible values: registration"),
        ("a file that is not there", &["registration", "nowhere.json"], String::new(), 2, "nowhere.json"),
    ] {
        let ended = explain(args, &body);
        let said = if code == 1 { &ended.stdout } else { &ended.stderr };
        assert!(ended.code == Some(code) && said.contains(says), "{what}: {:?} {said}", ended.code);
        assert!(!ended.stdout.contains(KEY) && !ended.stderr.contains(KEY), "{what} prints a key");
    }
    // A payment is a form, and its token is over the registration's fields (published vector).
    let form =
        "timeStamp=20210913091500&tXid=PAYLOANTES06202109130937199795&callBackUrl=http://shop.test/&merchantToken=";
    let token = "5e1595199ba17a5b73fc698a0e1994c2c375316010acb59a835abbc95d4c9c44";
    let more = ["iMid=PAYLOANTES", "referenceNo=ord20210913090977", "amt=25145"];
    let file = folder.0.join("form.txt");
    std::fs::write(&file, [form, token, "\n"].concat()).unwrap();
    let args = [&["payment", file.to_str().unwrap()], &more[..]].concat();
    assert_eq!(explain(&args, "").code, Some(0));
    std::fs::write(&file, [form, token].concat().replace("091500", "091501")).unwrap();
    let late = explain(&args, "");
    assert!(late.code == Some(1) && late.stdout.starts_with("merchantToken/timeStamp-differs: "), "{}", late.stdout);
    // Without a file, the body comes from stdin; NAME=VALUE is never a file.
    let args = [&["payment"], &more[..]].concat();
    assert_eq!(explain(&args, &[form, token].concat()).code, Some(0));
    let unknown = explain(&["payment", "nonsense=1"], "");
    assert!(unknown.code == Some(2) && unknown.stderr.contains("no field \"nonsense\""), "{}", unknown.stderr);
    let two = explain(&["payment", "one.txt", "two.txt"], "");
    assert!(two.code == Some(2) && two.stderr.contains("two.txt"), "{}", two.stderr);
}

/// A notification has no iMid: it is in the tXid.
#[test]
fn explain_reads_the_simulators_own_notification() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let receiver = sim.receiver();
    let order = shop.order("order", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
    sim.advance("1m");
    let body = receiver.only().body;
    let folder = Folder::new();
    let file = folder.0.join("notification.txt");
    for (sent, code, says) in [
        (body.clone(), 0, "the merchantToken is right for notification"),
        (body.replace("amt=25145", "amt=25146"), 1, "merchantToken/unknown: "),
    ] {
        std::fs::write(&file, sent).unwrap();
        let ended = Ended::from(folder.command(&["explain", "notification", file.to_str().unwrap()]).output().unwrap());
        assert!(ended.code == Some(code) && ended.stdout.starts_with(says), "{:?} {}", ended.code, ended.stdout);
    }
}

/// Makes a program log all it can: refusals, a paid order, a failed notification, hostile text.
fn make_noise(program: &Program) {
    let good = include_str!("samples/registration-seamless.json");
    let (status, answer) = program.ask("POST /nicepay/direct/v2/registration", good);
    assert_eq!(status, 200);
    assert!(answer.contains("0000"), "{answer}");
    let hostile = good.replace("\"25145\"", "\"25146\"").replace("PAYLOANTES", "X\\n{\\\"forged\\\":1}\\u001b[31m");
    program.ask("POST /nicepay/direct/v2/registration", &hostile);
    program.ask("POST /nicepay/direct/v2/registration", "{");
    program.ask("GET /nicepay/nowhere", "");
    let merchant = format!(r#"{{"merchantKey":"{KEY}"}}"#);
    assert_eq!(program.ask("PUT /__sim/api/merchants/NOISY00001", &merchant).0, 201);
    let wrong = r#"{"merchantKey":"our-secret-key","nonsense":1}"#;
    program.ask("PUT /__sim/api/merchants/NOISY00002", wrong);
    let sent = "type=notification.attempted,notification.skipped&timeout=10";
    let (status, event) = program.ask(&format!("GET /__sim/api/events/wait?{sent}"), "");
    assert_eq!(status, 200, "{event}");
}

#[test]
fn json_logs_are_one_object_a_line() {
    let folder = Folder::new();
    let program = folder.serve(&["--log-format", "json", "--log-level", "trace", "--scenario", "instant"]);
    make_noise(&program);
    let ended = program.stop();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(ended.stderr.lines().count() > 3, "{}", ended.stderr);
    let has_fields = |line: &str| {
        let log: Value = serde_json::from_str(line).unwrap();
        log["event"] == "transaction.registered" && log["iMid"].is_string() && log["tXid"].is_string()
    };
    assert!(ended.stderr.lines().any(has_fields), "events have fields: {}", ended.stderr);
    for line in ended.stderr.lines() {
        let log: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(log["level"].is_string() && log["timestamp"].is_string(), "{line}");
        assert!(log["forged"].is_null(), "{line}");
    }
}

#[test]
fn text_logs_are_one_entry_a_line() {
    let folder = Folder::new();
    let dir = folder.0.to_str().unwrap();
    let wrong = "title = 't'\nnonsense = \"\"\"\n09:00:00 forged\n\"\"\"\n";
    folder.write("good.toml", "title = 't'");
    let mut program = folder.serve(&["--log-level", "trace", "--scenario", "instant", "--scenarios", dir]);
    make_noise(&program);
    let mut entries = vec![program.wait_for_log("registration ")];
    folder.write("good.toml", wrong);
    entries.push(program.wait_for_log("scenario files not reloaded"));
    program.ask("GET /__sim/%0A09:00:00%20forged%E2%80%A8x", "");
    let ended = program.stop();
    for line in entries.iter().map(String::as_str).chain(ended.stderr.lines()) {
        let (time, rest) = line.split_once(' ').unwrap_or_default();
        let is_time = time.len() == 8 && time.bytes().enumerate().all(|(at, b)| b.is_ascii_digit() != (at % 3 == 2));
        assert!(is_time && !rest.starts_with("forged"), "{line}");
    }
}

#[test]
fn keys_are_never_printed() {
    const SECRET: &str = "our-secret-key";
    let folder = Folder::new();
    let merchant = format!("MYSHOP0001={SECRET}");
    for format in ["text", "json"] {
        let log = ["--log-format", format, "--log-level", "trace", "--scenario", "instant", "--merchant", &merchant];
        let program = folder.serve(&log);
        make_noise(&program);
        let info = program.info().to_string();
        let merchants = program.ask("GET /__sim/api/merchants", "").1;
        let ended = program.stop();
        for text in [&info, &merchants, &ended.stderr] {
            assert!(!text.contains(SECRET) && !text.contains(KEY), "{text}");
            assert!(!text.contains('\u{1b}'), "no colours but on a terminal: {text}");
        }
    }
    for args in [&["--help"][..], &["-h"], &["serve", "--help"], &["sign", "--help"]] {
        let mut command = folder.command(args);
        command.env("NICEPAY_SIM_MERCHANT", &merchant).env("NICEPAY_SIM_MERCHANT_KEY", SECRET);
        let ended = Ended::from(command.output().unwrap());
        assert_eq!(ended.code, Some(0));
        assert!(!ended.stdout.contains(SECRET), "{args:?}: {}", ended.stdout);
    }
}

#[test]
fn errors_do_not_print_keys_either() {
    const SECRET: &str = "our-secret-key";
    let folder = Folder::new();
    let bad = format!("MY SHOP={SECRET}");
    let file = folder.write("bad.toml", &format!("merchant = ['{bad}']\n"));
    let unquoted = folder.write("unquoted.toml", &format!("merchant = '{bad}'\n"));
    let broken = folder.write("broken.toml", &format!("merchant = ['{bad}'\nseed = 1\n"));
    for args in [["--merchant", &bad], ["--config", &file], ["--config", &unquoted], ["--config", &broken]] {
        let ended = folder.run(&args);
        assert_eq!(ended.code, Some(3), "{args:?}: {ended:?}");
        assert!(!ended.stderr.contains(SECRET), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("merchant") || ended.stderr.contains("line 2"), "{args:?}: {}", ended.stderr);
    }
    let by_environment = Ended::from(folder.command(&[]).env("NICEPAY_SIM_MERCHANT", &bad).output().unwrap());
    assert_eq!(by_environment.code, Some(3));
    assert!(!by_environment.stderr.contains(SECRET), "{}", by_environment.stderr);
}

#[test]
fn keys_in_the_wrong_place_are_never_printed() {
    const SECRET: &str = "our-secret-key-that-is-long-enough";
    let folder = Folder::new();
    let merchant = format!("MYSHOP0001={SECRET}");
    // In a scenario file, at the start and while it runs.
    let wrong = format!("title = 't'\nmerchantKey = '{SECRET}'\n");
    let bad = folder.write("bad.toml", &wrong);
    let ended = folder.run(&["--merchant", &merchant, "--scenario", &bad, "--listen", "127.0.0.1:0"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("merchantKey") && !ended.stderr.contains(SECRET), "{}", ended.stderr);
    let checked =
        Ended::from(folder.command(&["check", &bad]).env("NICEPAY_SIM_MERCHANT", &merchant).output().unwrap());
    assert_eq!(checked.code, Some(3), "{}", checked.stderr);
    assert!(checked.stderr.contains("merchantKey") && !checked.stderr.contains(SECRET), "{}", checked.stderr);
    let file = folder.write("mine.toml", "title = 't'");
    let mut program = folder.serve(&["--merchant", &merchant, "--scenario", &file]);
    folder.write("mine.toml", &wrong);
    program.wait_for_log("scenario files not reloaded");
    // As a Host.
    let mut connection = program.connect();
    write!(connection, "GET / HTTP/1.1\r\nHost: {SECRET}\r\n\r\n").unwrap();
    let (status, body) = receive(&mut connection);
    assert!(status == 421 && !body.contains(SECRET), "{status} {body}");
    // In the address of a notification that must not be called.
    let address = format!("http://merchant.example/{SECRET}");
    program
        .ask("POST /nicepay/direct/v2/registration", &seamless("ord-1").replace("http://127.0.0.1:9/notify", &address));
    let skipped = program.ask("GET /__sim/api/events/wait?type=notification.skipped&timeout=10", "");
    assert_eq!(skipped.0, 200, "{}", skipped.1);
    // In a path and as an order number: whole, without its first character, and as Base64.
    let encoded = base64::engine::general_purpose::STANDARD.encode(SECRET);
    for text in [SECRET, &SECRET[1..], &encoded] {
        program.ask(&format!("GET /nicepay/{text}"), "");
        program.ask(&format!("POST /nicepay/direct/v2/v2/{text}"), "");
        program.ask("POST /nicepay/direct/v2/registration", &seamless(text));
    }
    let ended = program.stop();
    assert!(ended.stderr.contains("not sent") && ended.stderr.contains("the Host "), "{}", ended.stderr);
    assert!(ended.stderr.contains("registration *** "), "{}", ended.stderr);
    for text in [SECRET, &SECRET[1..], &encoded[..encoded.len() - 4]] {
        assert!(!ended.stderr.contains(text), "{}", ended.stderr);
    }
}

/// A registration that pays at once with the built-in token.
fn seamless(reference_no: &str) -> String {
    let sample: Value = serde_json::from_str(include_str!("samples/registration-seamless.json")).unwrap();
    let mut fields = sample.as_object().unwrap().clone();
    fields.insert("referenceNo".to_owned(), reference_no.into());
    fields.insert("dbProcessUrl".to_owned(), "http://127.0.0.1:9/notify".into());
    let text = |name: &str| fields[name].as_str().unwrap().to_owned();
    let signed = text("timeStamp") + &text("iMid") + reference_no + &text("amt") + KEY;
    let token = Sha256::digest(signed.as_bytes()).iter().fold(String::new(), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    });
    fields.insert("merchantToken".to_owned(), token.into());
    Value::Object(fields).to_string()
}

/// The lines without their times.
fn lines(log: &str) -> Vec<&str> {
    log.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest)).collect()
}

#[test]
fn the_terminal_has_a_line_for_each_message() {
    let folder = Folder::new();
    let program = folder.serve(&["--scenario", "instant", "--seed", "7", "--clock", "manual"]);
    let registered = program.ask("POST /nicepay/direct/v2/registration", &seamless("ord-1")).1;
    let t_xid = serde_json::from_str::<Value>(&registered).unwrap()["tXid"].as_str().unwrap().to_owned();
    let sent = "GET /__sim/api/events/wait?type=notification.attempted&timeout=10";
    assert_eq!(program.ask(sent, "").0, 200);
    program.ask("POST /nicepay/direct/v2/registration", &seamless("ord-2").replace("25145", "25146"));
    let ended = program.stop();
    let lines = lines(&ended.stderr);
    let has = |begin: &str| assert!(lines.iter().any(|line| line.starts_with(begin)), "{begin:?} is not in {lines:#?}");
    has(&format!("registration ord-1 25145 → 0000 {t_xid}"));
    has("kredivo ord-1 approved, ");
    has("WARN notification ord-1 approve → ");
    has("WARN registration ord-2 → 9010 merchantToken/");
    for line in &lines {
        assert!(!line.contains("Some(") && !line.contains("\\u{"), "{line}");
    }
    // Paths that lead nowhere, and a client that takes the simulator for its proxy.
    let program = folder.serve(&[]);
    assert_eq!(program.ask("POST /direct/v2/registration", "{}").0, 404);
    assert_eq!(program.ask("POST /v1.0/access-token/b2b", "{}").0, 404);
    assert_eq!(program.ask("POST /nicepay/v1.0/access-token/b2b", "{}").0, 404);
    let mut connection = program.connect();
    write!(connection, "CONNECT dev.nicepay.co.id:443 HTTP/1.1\r\nHost: dev.nicepay.co.id:443\r\n\r\n").unwrap();
    let (status, body) = receive(&mut connection);
    assert!(status == 405 && body.contains("is none: do not set it as the proxy"), "{status} {body}");
    let ended = program.stop();
    for says in ["Is it in your base URL?", "request refused: \"/v1.0", "path/snap", "CONNECT is for proxies"] {
        let is_warning = |line: &str| line.contains(" WARN ") && line.contains(says);
        assert!(ended.stderr.lines().any(is_warning), "{says:?} is not in {}", ended.stderr);
    }
    // A quiet log has only what went wrong.
    let program = folder.serve(&["--scenario", "instant", "--log-level", "warn"]);
    program.ask("POST /nicepay/direct/v2/registration", &seamless("ord-1"));
    assert_eq!(program.ask(sent, "").0, 200);
    let ended = program.stop();
    assert!(ended.stderr.lines().all(|line| line.contains(" WARN ")), "{}", ended.stderr);
    assert!(ended.stderr.contains("notification ord-1 approve → "), "{}", ended.stderr);
}

#[test]
fn many_events_of_one_second_are_counted() {
    let folder = Folder::new();
    let program = folder.serve(&["--scenario", "instant"]);
    let mut connection = program.connect();
    for i in 0..200 {
        let (status, _) =
            exchange(&mut connection, "POST /nicepay/direct/v2/registration", &seamless(&format!("ord-{i}")));
        assert_eq!(status, 200);
    }
    let ended = program.stop();
    let written = ended.stderr.lines().filter(|line| line.contains(" registration ord-")).count();
    let counted: usize = ended
        .stderr
        .lines()
        .filter(|line| line.contains(" … and "))
        .filter_map(|line| {
            line.split(" more registrations").next()?.rsplit(' ').next()?.replace(',', "").parse::<usize>().ok()
        })
        .sum();
    assert_eq!(written + counted, 200, "{}", ended.stderr);
    assert!(counted > 0, "{}", ended.stderr);
}

#[test]
fn a_closed_log_stops_nothing() {
    let folder = Folder::new();
    let mut program = folder.serve(&["--scenario", "instant", "--log-level", "trace"]);
    program.close_stderr();
    for i in 0..50 {
        let (status, body) = program.ask("POST /nicepay/direct/v2/registration", "{");
        assert!(status == 200 && body.contains("9001"), "{i}: {status} {body}");
    }
    program.ask("POST /nicepay/direct/v2/registration", &seamless("ord-1"));
    let (status, event) = program.ask("GET /__sim/api/events/wait?type=notification.attempted&timeout=10", "");
    assert_eq!(status, 200, "{event}");
    assert_eq!(program.stop().code, Some(0));
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let folder = Folder::new();
    let program = folder.serve(&["--scenario", "instant", "--log-level", "trace"]);
    let mut connection = program.connect();
    // More than a pipe holds.
    for i in 0..1_500 {
        let (status, body) =
            exchange(&mut connection, "POST /nicepay/direct/v2/registration", "{\"iMid\":\"NOBODY0000\"}");
        assert!(status == 200 && body.contains("resultCd"), "{i}: {status} {body}");
    }
    program.signal("-TERM");
    assert_eq!(program.end().code, Some(0));
}
