//! The simulator that is tested.

use std::io::BufRead as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::process::{Folder, Program};
use crate::wire::{Answer, PATIENCE, Wire};

/// The way to the simulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Plain,
    Tls,
    /// A tunnel of the proxy to port 80.
    Tunnel,
    /// A tunnel of the proxy to port 443.
    TunnelTls,
}

/// A simulator: of the test, or of `RAW_TARGET`.
pub(crate) struct Target {
    address: String,
    /// `--slow-client-timeout`
    pub(crate) slow_client_timeout: Duration,
    own: Option<Own>,
}

struct Own {
    program: Program,
    https: String,
    proxy: String,
    ca: CertificateDer<'static>,
    _folder: Folder,
}

/// The address of `RAW_TARGET`.
pub(crate) fn given() -> Option<String> {
    let given = std::env::var("RAW_TARGET").ok()?;
    let address: SocketAddr = given.parse().unwrap_or_else(|_| panic!("RAW_TARGET={given} is not IP:PORT"));
    assert!(address.ip().is_loopback(), "RAW_TARGET={given} is not on loopback");
    Some(given)
}

/// As short as it can be.
const IMPATIENT: &[&str] = &["--slow-client-timeout", "1s"];

impl Target {
    /// Any simulator: `RAW_TARGET`, or one that lets slow clients go soon.
    pub(crate) fn any() -> Self {
        let Some(address) = given() else { return Self::start(IMPATIENT) };
        let mut target = Self { address, slow_client_timeout: Duration::ZERO, own: None };
        let info = target.ask("GET /__sim/api/info", "").json();
        let seconds = info["limits"]["slowClientTimeoutSeconds"].as_f64().expect("the target is a nicepay-sim");
        target.slow_client_timeout = Duration::from_secs_f64(seconds);
        target
    }

    /// A simulator with these arguments; none where the target is given.
    pub(crate) fn with(args: &[&str]) -> Option<Self> {
        if given().is_some() {
            println!("not run: it needs a simulator with {args:?}");
            return None;
        }
        let is_set = args.contains(&"--slow-client-timeout");
        Some(Self::start(&[if is_set { &[] } else { IMPATIENT }, args].concat()))
    }

    fn start(args: &[&str]) -> Self {
        let folder = Folder::new();
        let ca = folder.0.join("ca");
        let all = ["--tls-listen", "127.0.0.1:0", "--proxy-listen", "127.0.0.1:0", "--ca-dir", ca.to_str().unwrap()];
        let mut program = folder.serve(&[&all, args, &["--log-level", "error"]].concat());
        let mut line = |prefix: &str| {
            let mut line = String::new();
            program.stdout.read_line(&mut line).unwrap();
            line.trim_end().strip_prefix(prefix).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let (https, proxy) = (line("https: https://"), line("proxy: http://"));
        line("CA certificate: ");
        let ca = CertificateDer::from_pem_file(ca.join("ca.pem")).unwrap();
        let address = program.address.clone();
        let own = Own { program, https, proxy, ca, _folder: folder };
        Self { address, slow_client_timeout: Duration::from_secs(1), own: Some(own) }
    }

    /// The program of the test.
    pub(crate) fn program(&self) -> &Program {
        &self.own.as_ref().unwrap().program
    }

    /// All ways to it.
    pub(crate) fn ways(&self) -> &'static [Way] {
        if self.own.is_some() { &[Way::Plain, Way::Tls, Way::Tunnel, Way::TunnelTls] } else { &[Way::Plain] }
    }

    /// How long at most a connection may last that has come to a deadline: the deadline, the time in which the client may
    /// still read the answer, and time for a busy machine.
    pub(crate) fn limit(&self) -> Duration {
        self.slow_client_timeout * 2 + Duration::from_secs(10)
    }

    pub(crate) fn tcp(&self, way: Way) -> TcpStream {
        let address = match (way, &self.own) {
            (Way::Tls, Some(own)) => &own.https,
            (Way::Tunnel | Way::TunnelTls, Some(own)) => &own.proxy,
            _ => &self.address,
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub(crate) fn connect(&self, way: Way) -> Wire {
        let mut wire = Wire::Plain(self.tcp(way));
        if matches!(way, Way::Tunnel | Way::TunnelTls) {
            let port = if way == Way::Tunnel { 80 } else { 443 };
            assert!(wire.send(format!("CONNECT dev.nicepay.co.id:{port} HTTP/1.1\r\n\r\n")));
            assert_eq!(wire.answer().unwrap().status, 200);
        }
        match (way, wire) {
            (Way::Tls | Way::TunnelTls, Wire::Plain(stream)) => self.over_tls(stream),
            (_, wire) => wire,
        }
    }

    fn over_tls(&self, stream: TcpStream) -> Wire {
        let mut roots = RootCertStore::empty();
        roots.add(self.own.as_ref().unwrap().ca.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("dev.nicepay.co.id").unwrap();
        let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream);
        stream.conn.complete_io(&mut stream.sock).unwrap();
        Wire::Tls(Box::new(stream))
    }

    /// Asks on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, head: &str, body: &str) -> Answer {
        let mut wire = self.connect(Way::Plain);
        wire.send(request(head, body));
        wire.answer().expect("an answer")
    }

    /// All of a long answer.
    pub(crate) fn ask_for_all(&self, path: &str) -> String {
        let mut wire = self.connect(Way::Plain);
        // Without chunks.
        wire.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
        let said = wire.read_to_end();
        let (head, body) = said.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{head}");
        body.to_owned()
    }

    pub(crate) fn info(&self) -> Value {
        self.ask("GET /__sim/api/info", "").json()
    }
}

/// A request with JSON; `head` is a method and a path.
pub(crate) fn request(head: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{head} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
