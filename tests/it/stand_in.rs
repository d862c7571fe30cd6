//! The stand-in for NICEPAY's hosts: https, its certificate, the proxy in front of it, and URLs in answers.

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::common::process::{Folder, Program};
use crate::installed;

const INFO: &str = "GET /__sim/api/info HTTP/1.1\r\nConnection: close\r\nHost: ";
/// Nothing takes that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program with https and the proxy, and a CA of its own.
struct Served {
    program: Program,
    folder: Folder,
    https: String,
    proxy: String,
}

impl Served {
    fn new(args: &[&str]) -> Self {
        let folder = Folder::new();
        let ca = folder.0.join("ca");
        let all = ["--tls-listen", "127.0.0.1:0", "--proxy-listen", "127.0.0.1:0", "--ca-dir", ca.to_str().unwrap()];
        let mut program = folder.serve(&[&all, args].concat());
        let mut line = |prefix: &str| {
            let mut line = String::new();
            program.stdout.read_line(&mut line).unwrap();
            line.trim_end().strip_prefix(prefix).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let (https, proxy) = (line("https: https://"), line("proxy: http://"));
        line("CA certificate: ");
        Self { program, folder, https, proxy }
    }

    fn ca(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.folder.0.join("ca/ca.pem")).unwrap()
    }

    /// What a client of `name` gets that trusts `ca`.
    fn ask(&self, name: &'static str, ca: CertificateDer<'static>, request: &str) -> std::io::Result<String> {
        over_tls(connect(&self.https), name, ca, request)
    }

    /// The log since the start.
    fn stop(self) -> String {
        self.program.stop().stderr
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn over_tls(
    stream: TcpStream,
    name: &'static str,
    ca: CertificateDer<'static>,
    request: &str,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(ca).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, stream);
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What the server says to bytes.
fn raw(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn base_url(answer: &str) -> String {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let info: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    info["urls"]["base"].as_str().unwrap().to_owned()
}

#[test]
fn every_host_of_nicepay_is_served_over_https_and_urls_say_so() {
    let served = Served::new(&[]);
    for name in [
        "dev.nicepay.co.id",
        "dev-services.nicepay.co.id",
        "staging.nicepay.co.id",
        "www.nicepay.co.id",
        "api.nicepay.co.id",
        "services.nicepay.co.id",
        "localhost",
        "127.0.0.1",
    ] {
        let answer = served.ask(name, served.ca(), &format!("{INFO}{name}\r\n\r\n")).unwrap();
        assert_eq!(base_url(&answer), format!("https://{name}"));
    }
    let plain = raw(&served.program.address, format!("{INFO}localhost\r\n\r\n").as_bytes());
    assert_eq!(base_url(&String::from_utf8(plain).unwrap()), "http://localhost");
}

#[test]
fn the_proxy_leads_nicepays_hosts_here() {
    let served = Served::new(&[]);
    let (stream, head) = tunnel(&served.proxy);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let name = "dev.nicepay.co.id";
    let answer = over_tls(stream, name, served.ca(), &format!("{INFO}{name}\r\n\r\n")).unwrap();
    assert_eq!(base_url(&answer), "https://dev.nicepay.co.id");
    // Without a tunnel, as old versions of axios ask: the scheme is that of the URL.
    let request = "GET https://dev.nicepay.co.id/__sim/api/info HTTP/1.1\r\nHost: dev.nicepay.co.id\r\n\r\n";
    let answer = String::from_utf8(raw(&served.proxy, request.as_bytes())).unwrap();
    assert_eq!(base_url(&answer), "https://dev.nicepay.co.id");
}

/// The answer to a request for a tunnel to NICEPAY.
fn tunnel(proxy: &str) -> (TcpStream, String) {
    let mut stream = connect(proxy);
    stream.write_all(b"CONNECT dev.nicepay.co.id:443 HTTP/1.1\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    (stream, String::from_utf8(head).unwrap())
}

#[test]
fn of_ten_thousand_tunnels_a_thousand_open_and_the_rest_is_served_as_before() {
    const ALL: usize = 10_000;
    const MAX: usize = 1_000;
    // The simulator has three sockets for each tunnel to itself.
    if rlimit::increase_nofile_limit(u64::MAX).unwrap() < 4 * MAX as u64 {
        return installed::not_run("a process may not open enough files");
    }
    let served = Served::new(&["--slow-client-timeout", "1h"]);
    let (mut open, mut refused) = (Vec::new(), 0);
    for _ in 0..ALL {
        let (mut stream, head) = tunnel(&served.proxy);
        if head.starts_with("HTTP/1.1 200 ") {
            open.push(stream);
            continue;
        }
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        let mut sentence = String::new();
        stream.read_to_string(&mut sentence).unwrap();
        assert!(
            sentence.contains("1000 connections go through the proxy") && sentence.contains("--max-tunnels"),
            "{sentence}"
        );
        refused += 1;
    }
    assert_eq!((open.len(), refused), (MAX, ALL - MAX));
    let name = "dev.nicepay.co.id";
    let request = format!("{INFO}{name}\r\n\r\n");
    assert_eq!(served.program.ask("GET /__sim/api/info", "").0, 200);
    assert_eq!(base_url(&served.ask(name, served.ca(), &request).unwrap()), "https://dev.nicepay.co.id");
    let answer = over_tls(open.pop().unwrap(), name, served.ca(), &request).unwrap();
    assert_eq!(base_url(&answer), "https://dev.nicepay.co.id");
}

#[test]
fn who_speaks_the_wrong_protocol_is_told_the_right_port() {
    let served = Served::new(&[]);
    let answer = String::from_utf8(raw(&served.https, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.ends_with(&format!("plain HTTP is on http://{}/\n", served.program.address)), "{answer}");
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    let answer = String::from_utf8(raw(&served.program.address, &hello)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.ends_with(&format!("https is on https://{}/\n", served.https)), "{answer}");
    let log = served.stop();
    assert_eq!(log.matches("plain HTTP on the port for https").count(), 1, "{log}");
    assert_eq!(log.matches("TLS on the port for plain HTTP").count(), 1, "{log}");
}

#[test]
fn a_handshake_that_fails_is_one_line_in_the_log() {
    let served = Served::new(&["--slow-client-timeout", "1s"]);
    let request = format!("{INFO}localhost\r\n\r\n");
    let unknown = served.ask("shop.example", served.ca(), &request).unwrap_err();
    assert!(unknown.to_string().contains("AccessDenied"), "{unknown}");
    let other = CertificateParams::new(Vec::new()).unwrap().self_signed(&KeyPair::generate().unwrap()).unwrap();
    let untrusted = served.ask("localhost", other.der().clone(), &request).unwrap_err();
    assert!(untrusted.to_string().contains("UnknownIssuer"), "{untrusted}");
    // TLS 1.1, with one cipher: an alert, 15 03.
    let old = [&[0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2][..], &[7; 32], &[0, 0, 2, 0, 0x2f, 1, 0]].concat();
    assert_eq!(raw(&served.https, &old)[..2], [0x15, 3]);
    // It begins and never ends: closed after the timeout.
    assert_eq!(raw(&served.https, &[0x16, 3, 1, 0, 45]), [0_u8; 0]);
    let good = served.ask("localhost", served.ca(), &request).unwrap();
    assert!(good.starts_with("HTTP/1.1 200 "), "{good}");
    let log = served.stop();
    for said in [
        "the certificate does not cover \"shop.example\"",
        "does not trust the certificate",
        "offers nothing that is supported",
        "was not finished in time",
    ] {
        assert_eq!(log.matches(said).count(), 1, "{said}: {log}");
    }
    assert_eq!(log.matches("TLS handshake failed").count(), 4, "{log}");
}

#[test]
fn the_ca_stays_and_only_its_owner_can_read_its_key() {
    let folder = Folder::new();
    let ca = folder.0.join("data/ca");
    let args = ["ca", "--ca-dir", ca.to_str().unwrap()];
    let first = folder.run(&args);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert_eq!(first.stdout.lines().next(), ca.join("ca.pem").to_str());
    for client in ["curl", "Python requests", "Node", "Ruby, Go", "Java", "Chromium", "Firefox"] {
        assert!(first.stdout.contains(client), "{}", first.stdout);
    }
    let pem = folder.run(&[&args[..], &["--pem"]].concat()).stdout;
    assert_eq!(pem.trim_end(), std::fs::read_to_string(ca.join("ca.pem")).unwrap().trim_end());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&ca.join("ca-key.pem")), 0o600);
    // Everybody may trust the CA, as far as the umask allows it.
    assert_eq!(mode(&ca.join("ca.pem")), mode(&ca) & 0o666);
    // The certificate of the server is of this CA.
    let served = folder.serve(&["--tls-listen", "127.0.0.1:0", "--ca-dir", ca.to_str().unwrap()]);
    drop(served);
    assert_eq!(folder.run(&[&args[..], &["--pem"]].concat()).stdout, pem);
}

#[test]
fn a_ca_is_replaced_after_a_year_and_when_it_was_made_by_a_clock_that_was_ahead() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let folder = Folder::new();
    let pem = || folder.run(&["ca", "--ca-dir", "ca", "--pem"]).stdout;
    let made_at = |time| std::fs::File::open(folder.0.join("ca/ca.pem")).unwrap().set_modified(time).unwrap();
    let mut known = pem();
    #[expect(clippy::disallowed_methods, reason = "files have the time of the machine")]
    let now = SystemTime::now();
    for (time, is_replaced) in [
        (now - 364 * DAY, false),
        (now - 366 * DAY, true),
        (now + DAY / 2, false),
        (now + 2 * DAY, true),
        (now + 365 * DAY, true),
    ] {
        made_at(time);
        let next = pem();
        assert_eq!(next != known, is_replaced, "{time:?}");
        known = next;
    }
}

#[test]
fn certificates_that_cannot_be_used_end_with_3_and_the_name_of_the_file() {
    let folder = Folder::new();
    let identity = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["shop.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        folder.write(&format!("{name}.pem"), &certificate.pem());
        folder.write(&format!("{name}-key.pem"), &key.serialize_pem())
    };
    let (one, _) = (identity("one"), identity("two"));
    assert!(one.ends_with("one-key.pem"));
    folder.write("text.pem", "no certificate");
    folder.write("file", "");
    for (args, says) in [
        (&["--tls-cert", "one.pem", "--tls-key", "two-key.pem"][..], "two-key.pem: does not belong to one.pem"),
        (&["--tls-cert", "text.pem", "--tls-key", "one-key.pem"], "text.pem: contains no certificate"),
        (&["--tls-cert", "one.pem", "--tls-key", "text.pem"], "text.pem: is not a private key"),
        (&["--tls-cert", "nowhere.pem", "--tls-key", "one-key.pem"], "nowhere.pem: "),
        (&["--tls-cert", "one.pem"], "tls-key: "),
        (&["--tls-key", "one-key.pem"], "tls-cert: "),
        (&["--ca-dir", "file/below"], "file/below/ca.pem: "),
        (&["--ca-dir", "ca", "--public-url", "https://shop.example"], "not for shop.example; use your own certificate"),
    ] {
        let ended = folder.run(&[&["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"], args].concat());
        assert_eq!(ended.code, Some(3), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{args:?}: {}", ended.stderr);
    }
    // Its own certificate is served whatever the name.
    let own = ["--tls-listen", "127.0.0.1:0", "--tls-cert", "one.pem", "--tls-key", "one-key.pem"];
    let mut program = folder.serve(&own);
    let mut line = String::new();
    program.stdout.read_line(&mut line).unwrap();
    let https = line.trim_end().strip_prefix("https: https://").unwrap();
    let ca = CertificateDer::from_pem_file(folder.0.join("one.pem")).unwrap();
    let answer = over_tls(connect(https), "shop.example", ca, &format!("{INFO}localhost\r\n\r\n")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn forwarded_headers_count_from_a_trusted_proxy_only() {
    let request = format!("{INFO}127.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: pay.example\r\n\r\n");
    for (args, expected) in [(&[][..], "http://127.0.0.1"), (&["--trusted-proxy", "127.0.0.1"], "https://pay.example")]
    {
        let folder = Folder::new();
        let program = folder.serve(args);
        let answer = String::from_utf8(raw(&program.address, request.as_bytes())).unwrap();
        assert_eq!(base_url(&answer), expected);
    }
}

#[test]
fn pages_of_other_sites_and_false_hosts_are_refused_on_every_listener() {
    let served = Served::new(&[]);
    let address = served.program.address.clone();
    let ask = |host: &str, headers: &str, through: &str| {
        let (body, length) = ("{}", 2);
        let request = |target: &str| {
            format!(
                "POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: text/plain\r\n\
                 Content-Length: {length}\r\n{headers}\r\n{body}"
            )
        };
        let path = "/nicepay/direct/v2/registration";
        match through {
            "plain" => String::from_utf8(raw(&address, request(path).as_bytes())).unwrap(),
            "https" => served.ask("dev.nicepay.co.id", served.ca(), &request(path)).unwrap(),
            _ => {
                let target = format!("http://dev.nicepay.co.id{path}");
                String::from_utf8(raw(&served.proxy, request(&target).as_bytes())).unwrap()
            }
        }
    };
    for through in ["plain", "https", "proxy"] {
        let host = "dev.nicepay.co.id";
        for foreign in ["Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
            let answer = ask(host, foreign, through);
            assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("origin/foreign"), "{through}: {answer}");
            assert!(answer.contains("\"resultCd\":\"9001\""), "{through}: {answer}");
        }
        let own = ask(host, &format!("Origin: https://{host}\r\n"), through);
        assert!(own.starts_with("HTTP/1.1 200 ") && !own.contains("origin/foreign"), "{through}: {own}");
        // The proxy writes the Host of the URL.
        for host in ["evil.com/.localhost", "evil.com#.localhost", "localhost@evil.com", "localhost:0"] {
            let answer = ask(host, "", through);
            let expected = if through == "proxy" { "HTTP/1.1 200 " } else { "HTTP/1.1 421 " };
            assert!(answer.starts_with(expected), "{through}, {host}: {answer}");
        }
    }
    let target = "POST http://evil.com%2f.dev.nicepay.co.id/nicepay HTTP/1.1\r\n\r\n";
    let answer = String::from_utf8(raw(&served.proxy, target.as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
