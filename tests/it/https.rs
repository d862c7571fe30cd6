//! Notifications to https: whose certificates are accepted, and what is said of the others.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver as Incoming};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use nicepay_sim::testing::{Receiver, Reply, Simulator};
use rcgen::{BasicConstraints, IsCa, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Authority, Identity, params};
use crate::common::process::{Folder, Program};

const API: &str = "/__sim/api";

/// Forwards what comes until the connection ends, and loses nothing when that is an error.
async fn forward(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        if to.write_all(&part[..read]).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

/// A receiver behind TLS.
struct TlsReceiver {
    plain: Receiver,
    address: SocketAddr,
    /// The name that each client asked for.
    asked: Arc<Mutex<Vec<Option<String>>>>,
    /// What the clients said when they gave up.
    alerts: Incoming<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TlsReceiver {
    fn start(sim: &Simulator, identity: &Identity) -> Self {
        let mut config = identity.server_config();
        // After a reset, the server could not send them, and would not read what came before.
        config.send_tls13_tickets = 0;
        let plain = sim.receiver();
        let target = plain.url().trim_start_matches("http://").trim_end_matches("/notify").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
        let (stop, mut stopped) = oneshot::channel();
        let (alert, alerts) = mpsc::channel();
        let names = Arc::clone(&asked);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let acceptor = TlsAcceptor::from(Arc::new(config));
                loop {
                    let client = tokio::select! {
                        _ = &mut stopped => return,
                        accepted = listener.accept() => accepted.unwrap().0,
                    };
                    let (acceptor, target) = (acceptor.clone(), target.clone());
                    let (names, alert) = (Arc::clone(&names), alert.clone());
                    tokio::spawn(async move {
                        let client = match acceptor.accept(client).await {
                            Ok(client) => client,
                            Err(error) => return drop(alert.send(error.to_string())),
                        };
                        names.lock().unwrap().push(client.get_ref().1.server_name().map(str::to_owned));
                        let server = TcpStream::connect(target).await.unwrap();
                        let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
                        tokio::select! {
                            () = forward(from_client, to_server) => {}
                            () = forward(from_server, to_client) => {}
                        }
                    });
                }
            });
        });
        Self { plain, address, asked, alerts, stop: Some(stop), thread: Some(thread) }
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/notify", self.address.port())
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for TlsReceiver {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A simulator that trusts what is in `pem`.
fn trusting(folder: &Folder, pem: &str, settings: &str) -> Simulator {
    let file = folder.0.join("ca.pem");
    fs::write(&file, pem).unwrap();
    Simulator::builder().settings(&format!("notification-ca = ['{}']\n{settings}", file.display())).start()
}

fn paid(sim: &Simulator, reference_no: &str, url: &str) -> Reply {
    let shop = sim.shop();
    let registered = shop.register(&shop.order(reference_no, 25_145).notify(url));
    assert_eq!((registered.result_cd().as_str(), registered.header("x-sim-note")), ("0000", None), "{url}");
    let buyer = format!("{API}/transactions/{}/buyer", registered.t_xid());
    assert_eq!(sim.http().post_json(&buyer, &json!({ "do": "pay" })).status, 200);
    registered
}

/// The first attempt of an order's only notification.
fn attempt(sim: &Simulator, registered: &Reply) -> Value {
    let list = sim.http().get(&format!("{API}/notifications?tXid={}", registered.t_xid())).json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    list[0]["attempts"][0].clone()
}

fn first_attempt(sim: &Simulator, reference_no: &str, url: &str) -> Value {
    let registered = paid(sim, reference_no, url);
    sim.advance("2s");
    attempt(sim, &registered)
}

#[test]
fn a_certificate_of_the_given_ca_is_accepted() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let sim = trusting(&folder, &authority.pem, "");
    let secure = TlsReceiver::start(&sim, &authority.issue(&params(&["localhost", "127.0.0.1"])));
    for (reference_no, host) in [("first", "localhost"), ("second", "localhost"), ("third", "127.0.0.1")] {
        let attempt = first_attempt(&sim, reference_no, &secure.url(host));
        assert_eq!(attempt["httpStatus"], 200, "{attempt}");
    }
    // The connection is kept, and an address is no name to ask for.
    assert_eq!(secure.asked(), [Some("localhost".to_owned()), None]);
    // Inside it is what goes over http.
    let plain = sim.receiver();
    paid(&sim, "usual", plain.url());
    sim.advance("2s");
    let (inside, usual) = (secure.plain.received().remove(0), plain.only());
    let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    assert_eq!(inside.head.replace(&host(&secure.url("localhost")), &host(plain.url())), usual.head);
    assert_eq!((inside.field("status"), inside.field("referenceNo")), ("0", "first"));
}

#[test]
fn a_refused_certificate_is_recorded_with_what_would_accept_it() {
    let (sim, authority) = (Simulator::start(), Authority::new());
    let identity = authority.issue(&params(&["localhost", "toko.test", "127.0.0.1"]));
    let secure = TlsReceiver::start(&sim, &identity);
    let registered = paid(&sim, "order", &secure.url("localhost"));
    sim.advance("2s");
    let attempt = attempt(&sim, &registered);
    let error = attempt["error"].as_str().unwrap();
    for part in [
        "the certificate of localhost was refused: its issuer is not trusted",
        "--notification-ca FILE",
        "--notification-insecure localhost",
        "subject CN=toko, names localhost, toko.test, 127.0.0.1, issuer CN=Toko CA, valid from 2020-01-02 to 4096-01-01",
        &fingerprint(&identity.certificate),
    ] {
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
    assert_eq!(attempt["httpStatus"], Value::Null);
    assert!(secure.alerts.recv().unwrap().contains("CertificateUnknown"));
    // It counts as unreachable, and is repeated.
    sim.advance("168h");
    assert_eq!(sim.events("notification.attempted").len(), 4);
    assert_eq!(sim.events("notification.attempted")[0]["error"], error);
    assert_eq!((secure.plain.received().len(), secure.asked().len()), (0, 0));
}

#[test]
fn any_certificate_of_the_named_host_is_accepted_and_of_no_other() {
    let expired = {
        let mut params = params(&["toko.test"]);
        params.not_after = date_time_ymd(2021, 1, 2);
        Authority::new().issue(&params)
    };
    for (insecure, good, bad) in [("LOCALHOST", "localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1", "localhost")] {
        let sim = Simulator::builder().settings(&format!("notification-insecure = ['{insecure}']")).start();
        let secure = TlsReceiver::start(&sim, &expired);
        let accepted = first_attempt(&sim, "accepted", &secure.url(good));
        assert_eq!(accepted["httpStatus"], 200, "{accepted}");
        let refused = first_attempt(&sim, "refused", &secure.url(bad));
        let error = refused["error"].as_str().unwrap();
        assert!(error.contains(&format!("--notification-insecure {bad}.")), "{error}");
        assert_eq!(secure.plain.only().field("referenceNo"), "accepted");
    }
}

/// A trusted CA does not help there, so it is not advised.
#[test]
fn a_wrong_name_and_a_wrong_date_are_refused_although_the_ca_is_trusted() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let sim = trusting(&folder, &authority.pem, "");
    let mut expired = params(&["localhost"]);
    expired.not_after = date_time_ymd(2021, 1, 2);
    for (reference_no, params, reason) in
        [("name", params(&["toko.test"]), "not valid for name \"localhost\""), ("date", expired, "certificate expired")]
    {
        let secure = TlsReceiver::start(&sim, &authority.issue(&params));
        let attempt = first_attempt(&sim, reference_no, &secure.url("localhost"));
        let error = attempt["error"].as_str().unwrap();
        assert!(error.contains(reason) && error.contains("with --notification-insecure localhost"), "{error}");
        assert!(!error.contains("--notification-ca"), "{error}");
        assert!(secure.plain.received().is_empty());
    }
}

/// What `openssl req -x509` makes: it signs itself, and it is marked as a CA.
#[test]
fn a_certificate_that_signs_itself_can_be_given() {
    let folder = Folder::new();
    for (is_ca, names, expected) in [
        (IsCa::Ca(BasicConstraints::Unconstrained), "localhost", 200),
        (IsCa::NoCa, "localhost", 200),
        (IsCa::NoCa, "x", 0),
    ] {
        let mut params = params(&[names]);
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let identity = Identity { certificate: certificate.der().clone(), key };
        let without = Simulator::start();
        let secure = TlsReceiver::start(&without, &identity);
        let refused = first_attempt(&without, "order", &secure.url("localhost"));
        assert!(refused["error"].as_str().unwrap().contains("--notification-insecure localhost"), "{refused}");
        // A bundle may have others, too.
        let sim = trusting(&folder, &(Authority::new().pem + &certificate.pem()), "");
        let attempt = first_attempt(&sim, "order", &secure.url("localhost"));
        assert_eq!(attempt["httpStatus"].as_u64().unwrap_or(0), expected, "{attempt}");
    }
}

#[test]
fn the_rules_of_egress_are_the_same() {
    let sim = Simulator::builder().settings("notification-insecure = ['merchant.com', '203.0.113.7']").start();
    let shop = sim.shop();
    for (i, (url, flag)) in [
        ("https://merchant.com/notify", "--allow-egress merchant.com"),
        ("https://203.0.113.7/notify", "--allow-egress 203.0.113.7"),
        ("https://169.254.169.254/latest", "--allow-egress 169.254.169.254"),
        ("https://[::ffff:169.254.169.254]/", "--allow-egress 169.254.169.254"),
    ]
    .into_iter()
    .enumerate()
    {
        let registered = shop.register(&shop.order(&format!("order-{i}"), 25_145).notify(url));
        assert!(registered.header("x-sim-note").unwrap().contains("dbProcessUrl/not-called"), "{url}");
        let buyer = format!("{API}/transactions/{}/buyer", registered.t_xid());
        sim.http().post_json(&buyer, &json!({ "do": "pay" }));
        sim.advance("2s");
        let skipped = attempt(&sim, &registered)["skipped"].clone();
        assert!(skipped.as_str().unwrap().contains(flag), "{skipped}");
    }
}

#[test]
fn a_rules_faults_work_over_tls() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let sim = trusting(&folder, &authority.pem, "retries = 0");
    let secure = TlsReceiver::start(&sim, &authority.issue(&params(&["localhost"])));
    let registered = paid(&sim, "order", &secure.url("localhost"));
    sim.advance("2s");
    let usual = secure.plain.only();
    sim.notify(&registered.t_xid(), &json!({ "variant": "slow", "lasts": "1ms" }));
    sim.drain();
    let slow = secure.plain.received().remove(1);
    assert_eq!((slow.head, slow.body), (usual.head.clone(), usual.body.clone()));
    sim.notify(&registered.t_xid(), &json!({ "variant": "reset" }));
    sim.drain();
    let half = format!("{}\r\n\r\n{}", usual.head, &usual.body[..usual.body.len() / 2]);
    assert_eq!(secure.plain.broken(1)[0].part, half);
    // A refused certificate is described there, too.
    let other = Simulator::start();
    let registered = paid(&other, "order", &secure.url("localhost"));
    let id = other.notify(&registered.t_xid(), &json!({ "variant": "slow", "lasts": "1ms" })).remove(0);
    other.drain();
    let all = other.http().get(&format!("{API}/notifications")).json();
    let slow = all.as_array().unwrap().iter().find(|one| one["id"] == id.as_str()).unwrap();
    assert!(slow["attempts"][0]["error"].as_str().unwrap().contains("--notification-insecure localhost"), "{slow}");
}

#[test]
fn what_is_not_tls_is_said_and_what_never_answers_times_out() {
    let sim = Simulator::builder().settings("notification-timeout = '200ms'\nretries = 0").start();
    let plain = sim.receiver();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("https://{}/notify", silent.local_addr().unwrap());
    // The receiver waits for the end of a request that never comes; this server answers whatever comes.
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let http_url = format!("https://{}/notify", http.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut client, _) = http.accept().unwrap();
        let _ = client.read(&mut [0; 64]).unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        let _ = client.read_to_end(&mut Vec::new());
    });
    for (reference_no, url, says) in [
        ("http", &http_url, "the answer is not TLS; is it an http:// address?"),
        ("silent", &silent_url, "no response in time"),
    ] {
        let attempt = first_attempt(&sim, reference_no, url);
        assert!(attempt["error"].as_str().unwrap().contains(says), "{attempt}");
    }
    answering.join().unwrap();
    assert!(plain.received().is_empty());
}

/// The roots are those of the machine, and a machine without them is no obstacle.
#[test]
fn the_roots_of_the_system_count_and_may_be_absent() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let file = folder.0.join("roots.pem");
    fs::write(&file, &authority.pem).unwrap();
    let nowhere = folder.0.join("nowhere");
    let sim = Simulator::start();
    let secure = TlsReceiver::start(&sim, &authority.issue(&params(&["localhost"])));
    for (roots, expected) in [(&file, "notification.delivered"), (&nowhere, "notification.exhausted")] {
        let mut command = folder.command(&["--listen", "127.0.0.1:0", "--scenario", "instant", "--retries", "0"]);
        command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
        let program = Program::start(command);
        let shop = sim.shop();
        let order = shop.order("order", 25_145).notify(&secure.url("localhost"));
        let (status, registered) = program.ask("POST /nicepay/direct/v2/registration", &shop.body(&order).to_string());
        let registered: Value = serde_json::from_str(&registered).unwrap();
        let t_xid = registered["tXid"].as_str().unwrap_or_else(|| panic!("{status} {registered}"));
        assert_eq!(program.ask(&format!("POST {API}/transactions/{t_xid}/buyer"), r#"{"do":"pay"}"#).0, 200);
        let (status, event) = program.ask(&format!("GET {API}/events/wait?type={expected}&timeout=20s"), "");
        assert_eq!(status, 200, "{event}");
        assert_eq!(program.stop().code, Some(0));
    }
    assert_eq!(secure.plain.received().len(), 1);
}
