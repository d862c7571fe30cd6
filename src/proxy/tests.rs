//! The proxy from outside, through sockets.

use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::traffic::TrafficCounts;
use super::*;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

/// A server that says its name, and then whatever it is told.
async fn echo(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                stream.write_all(name.as_bytes()).await?;
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    address
}

/// A running proxy.
struct Stage {
    proxy: SocketAddr,
    /// The other host; its port is allowed.
    other: SocketAddr,
    traffic: Arc<Traffic>,
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

/// Every address may be reached: these tests run on loopback.
fn reach_all(_: IpAddr) -> Option<&'static str> {
    None
}

impl Stage {
    async fn new(out_of_reach: OutOfReach, change: impl FnOnce(&mut ProxySetup)) -> Self {
        Self::on("127.0.0.1:0", out_of_reach, change).await
    }

    async fn on(listen: &str, out_of_reach: OutOfReach, change: impl FnOnce(&mut ProxySetup)) -> Self {
        let listener = TcpListener::bind(listen).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (other, traffic, stopping) = (echo("other:").await, Arc::<Traffic>::default(), CancellationToken::new());
        let mut setup = ProxySetup {
            http: echo("http:").await,
            https: echo("https:").await,
            ports: vec![other.port(), port],
            max_tunnels: 100,
            idle_timeout: LONG,
            client_timeout: LONG,
            connect_timeout: LONG,
            traffic: Arc::clone(&traffic),
        };
        change(&mut setup);
        let task = tokio::spawn(serve(listener, setup, out_of_reach, stopping.clone()));
        Self { proxy: ([127, 0, 0, 1], port).into(), other, traffic, stopping, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.proxy).await.unwrap()
    }

    /// Sends this, and nothing more; all that comes back.
    async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        stream.shutdown().await.unwrap();
        rest(stream).await
    }

    /// Asks for a tunnel, which the server at its end opens with its name.
    async fn tunnel(&self, to: &str, name: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes()).await.unwrap();
        expect(&mut stream, &format!("HTTP/1.1 200 Connection established\r\n\r\n{name}")).await;
        stream
    }

    async fn refuses(&self, bytes: impl AsRef<[u8]>, status: u16, words: &str) {
        let sent = String::from_utf8_lossy(bytes.as_ref()).chars().take(60).collect::<String>();
        let before = self.traffic.counts();
        let answer = self.exchange(bytes).await;
        let (head, sentence) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{sent}: {answer:?}"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{sent}: {answer}");
        assert!(head.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"), "{head}");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", sentence.len())), "{sent}: {answer}");
        assert!(sentence.contains(words) && sentence.ends_with('\n'), "{sent}: {sentence}");
        let counts = self.traffic.counts();
        let count = |counts: &TrafficCounts| counts.refused.get(sentence.trim_end()).copied().unwrap_or_default();
        assert_eq!(count(&counts), count(&before) + 1, "{sent}");
        assert_eq!((counts.tunnels, counts.elsewhere), (before.tunnels, before.elsewhere), "{sent}");
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

async fn expect(stream: &mut TcpStream, text: &str) {
    let mut read = vec![0; text.len()];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&read), text);
}

/// Sends something through a tunnel and waits until it comes back.
async fn ping(tunnel: &mut TcpStream) -> io::Result<()> {
    tunnel.write_all(b"ping").await?;
    let mut read = [0; 4];
    tunnel.read_exact(&mut read).await?;
    assert_eq!(&read, b"ping");
    Ok(())
}

#[tokio::test]
async fn nicepays_hosts_lead_to_the_simulator() {
    let stage = Stage::new(loopback_or_special, |_| ()).await;
    for (to, name) in [
        ("dev.nicepay.co.id:443", "https:"),
        ("STAGING.NICEPAY.co.id:443", "https:"),
        ("services.nicepay.co.id.:443", "https:"),
        ("dev.nicepay.co.id:80", "http:"),
    ] {
        let mut tunnel = stage.tunnel(to, name).await;
        ping(&mut tunnel).await.unwrap();
        ping(&mut tunnel).await.unwrap();
        tunnel.shutdown().await.unwrap();
        assert_eq!(rest(tunnel).await, "", "{to}: when one side ends, the other can");
    }
    let early = stage.exchange("CONNECT dev.nicepay.co.id:443 HTTP/1.1\r\n\r\n\x16\x03early").await;
    assert!(early.ends_with("\r\n\r\nhttps:\x16\x03early"), "{early}");
    let counts = stage.traffic.counts();
    assert_eq!(counts, TrafficCounts { tunnels: 5, ..TrafficCounts::default() });
}

#[tokio::test]
async fn requests_with_a_whole_url_are_forwarded_to_the_simulator() {
    let stage = Stage::new(loopback_or_special, |_| ()).await;
    for url in ["https://dev.nicepay.co.id/nicepay/a?b=c", "http://Dev.Nicepay.Co.Id:80/", "https://api.nicepay.co.id"]
    {
        let mut stream = stage.connect().await;
        let host = url.split('/').nth(2).unwrap();
        let head = format!("POST {url} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\n");
        // In pieces, as a slow network brings them.
        for piece in [&head[..9], &head[9..], "Connection: keep-alive\r\n\r", "\nbo"] {
            stream.write_all(piece.as_bytes()).await.unwrap();
            tokio::task::yield_now().await;
        }
        expect(&mut stream, &format!("http:{head}Connection: close\r\n\r\nbo")).await;
        stream.write_all(b"dy").await.unwrap();
        expect(&mut stream, "dy").await;
    }
    assert_eq!(stage.traffic.counts(), TrafficCounts { forwarded: 3, ..TrafficCounts::default() });
}

#[tokio::test]
async fn other_hosts_are_reached_untouched() {
    let stage = Stage::new(reach_all, |_| ()).await;
    let (mut from, mut to) = stage.tunnel(&stage.other.to_string(), "other:").await.into_split();
    let sent: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let expected = sent.clone();
    tokio::spawn(async move {
        to.write_all(&sent).await.unwrap();
        to.shutdown().await.unwrap();
    });
    let mut got = Vec::new();
    from.read_to_end(&mut got).await.unwrap();
    assert!(got == expected, "{} bytes", got.len());

    let other = stage.other;
    let answer = stage.exchange(format!("GET http://{other}/x?y HTTP/1.1\r\nHost: {other}\r\nA: b\r\n\r\n")).await;
    assert_eq!(answer, format!("other:GET /x?y HTTP/1.1\r\nHost: {other}\r\nA: b\r\nConnection: close\r\n\r\n"));
    assert_eq!(stage.traffic.counts(), TrafficCounts { elsewhere: 2, ..TrafficCounts::default() });
}

#[tokio::test]
async fn hosts_that_are_not_reached() {
    let stage = Stage::new(loopback_or_special, |_| ()).await;
    for (host, what) in [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("0x7f.1", "loopback"),
        ("localhost", "loopback"),
        ("shop.LOCALHOST", "loopback"),
        ("[::1]", "loopback"),
        ("[::ffff:127.0.0.1]", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("[::]", "unspecified"),
        ("169.254.1.1", "link-local"),
        ("[fe80::1]", "link-local"),
        ("169.254.169.254", "cloud-metadata"),
        ("[fd00:ec2::254]", "cloud-metadata"),
        ("[::ffff:a9fe:a9fe]", "cloud-metadata"),
        ("168.63.129.16", "cloud-metadata"),
        ("[fd20:ce::254]", "cloud-metadata"),
        ("[fd00:42::42]", "cloud-metadata"),
        ("[fd00:c1::a9fe:a9fe]", "cloud-metadata"),
        ("[64:ff9b::a9fe:a9fe]", "cloud-metadata"),
        ("[2002:a9fe:a9fe::1]", "IPv4 transition"),
        ("[2001:0:4136:e378:8000:63bf:5601:5601]", "IPv4 transition"),
        ("[fec0::1]", "site-local"),
        ("192.0.2.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("[ff02::1]", "multicast"),
    ] {
        let words = format!("a {what} address. Your program reaches it directly with NO_PROXY=");
        stage.refuses(format!("CONNECT {host}:443 HTTP/1.1\r\n\r\n"), 403, &words).await;
        let port = stage.other.port();
        stage.refuses(format!("GET http://{host}:{port}/ HTTP/1.1\r\n\r\n"), 403, &words).await;
    }
    stage.refuses("CONNECT shop.example:22 HTTP/1.1\r\n\r\n", 403, "--proxy-port; 22 is not among them").await;
    stage.refuses("GET http://shop.example/ HTTP/1.1\r\n\r\n", 403, "--proxy-port; 80 is not among them").await;
    stage.refuses("CONNECT dev.nicepay.co.id:22 HTTP/1.1\r\n\r\n", 403, "is not simulated").await;
    stage.refuses("GET http://dev.nicepay.co.id:8080/ HTTP/1.1\r\n\r\n", 403, "is not simulated").await;
    stage.refuses("GET https://shop.example/ HTTP/1.1\r\n\r\n", 501, "add shop.example to NO_PROXY").await;
    // No resolver asks the network for a label of more than 63 letters.
    let name = "a".repeat(64);
    stage.refuses(format!("CONNECT {name}.example:443 HTTP/1.1\r\n\r\n"), 502, "cannot be looked up").await;
}

#[tokio::test]
async fn the_proxy_does_not_call_itself() {
    for listen in ["127.0.0.1:0", "0.0.0.0:0"] {
        let stage = Stage::on(listen, reach_all, |_| ()).await;
        let request = format!("CONNECT {} HTTP/1.1\r\n\r\n", stage.proxy);
        stage.refuses(request, 403, "it is the proxy itself").await;
        let port = stage.proxy.port();
        stage.refuses(format!("GET http://localhost:{port}/ HTTP/1.1\r\n\r\n"), 403, "it is the proxy itself").await;
    }
}

#[tokio::test]
async fn hosts_that_do_not_answer() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let stage = Stage::new(reach_all, |setup| {
        setup.ports.push(closed.port());
        (setup.http, setup.https) = (closed, closed);
    })
    .await;
    stage.refuses(format!("CONNECT {closed} HTTP/1.1\r\n\r\n"), 502, "cannot be connected to").await;
    stage.refuses("CONNECT dev.nicepay.co.id:443 HTTP/1.1\r\n\r\n", 502, "cannot be connected to").await;
    stage.refuses("GET http://dev.nicepay.co.id/ HTTP/1.1\r\n\r\n", 502, "cannot be connected to").await;
    // A server that accepts nothing, with a full queue.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = timeout(SHORT, TcpStream::connect(address)).await {
        queue.push(stream.unwrap());
    }
    let stage = Stage::new(reach_all, |setup| {
        setup.ports.push(address.port());
        setup.connect_timeout = SHORT;
    })
    .await;
    stage.refuses(format!("CONNECT {address} HTTP/1.1\r\n\r\n"), 504, "does not answer").await;
}

#[tokio::test]
async fn what_is_no_request_to_a_proxy() {
    let stage = Stage::new(loopback_or_special, |_| ()).await;
    let this_is = "this port is the forward proxy of nicepay-sim";
    for head in [
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /nicepay/direct/v2/registration HTTP/1.1\r\nHost: dev.nicepay.co.id\r\nContent-Length: 2\r\n\r\n{}",
        "OPTIONS * HTTP/1.1\r\n\r\n",
        "GET ftp://dev.nicepay.co.id/ HTTP/1.1\r\n\r\n",
        "GET dev.nicepay.co.id:443 HTTP/1.1\r\n\r\n",
        "hello\r\n\r\n",
        "CONNECT dev.nicepay.co.id:443 HTTP/9.9\r\n\r\n",
        "CONNECT dev.nicepay.co.id:443\r\n\r\n",
        "GET http://dev.nicepay.co.id/\0 HTTP/1.1\r\n\r\n",
        "GET http://dev.nicepay.co.id/ HTTP/1.1\r\nA\r\n\r\n",
    ] {
        stage.refuses(head, 400, this_is).await;
    }
    stage.refuses(b"\x16\x03\x01\x02\x00\x01\x00", 400, "without TLS: write its address with http://").await;
    stage.refuses(b"\xff\xfe\x00", 400, this_is).await;
    for target in ["dev.nicepay.co.id", "/", "a@dev.nicepay.co.id:443", "https://dev.nicepay.co.id", "a:443:443"] {
        stage.refuses(format!("CONNECT {target} HTTP/1.1\r\n\r\n"), 400, "CONNECT needs a host and a port").await;
    }
    for url in ["http://", "http:///x", "http://a:b/", "http://a:65536/", "http://a\\b/", "http://[::1/"] {
        stage.refuses(format!("GET {url} HTTP/1.1\r\n\r\n"), 400, "no valid host and port").await;
    }
    let many = "A: b\r\n".repeat(1_000);
    stage.refuses(format!("CONNECT a:443 HTTP/1.1\r\n{many}\r\n"), 400, this_is).await;
    let long = "b".repeat(1_000_000);
    let words = "exceed 16384 bytes";
    stage.refuses(format!("CONNECT a:443 HTTP/1.1\r\nA: {long}\r\n\r\n"), 400, words).await;
    stage.refuses(format!("CONNECT {long}:443 HTTP/1.1\r\n\r\n"), 400, words).await;
    // The client gets its answer although it sends more than anyone reads.
    let body = "b".repeat(10_000_000);
    stage.refuses(format!("POST / HTTP/1.1\r\n\r\n{body}"), 400, this_is).await;

    for nothing in ["", "CONNECT dev.nicepay"] {
        assert_eq!(stage.exchange(nothing).await, "");
    }
    stage.tunnel("dev.nicepay.co.id:443", "https:").await;
}

#[tokio::test]
async fn a_limit_of_connections() {
    let stage = Stage::new(loopback_or_special, |setup| setup.max_tunnels = 2).await;
    let mut first = stage.tunnel("dev.nicepay.co.id:443", "https:").await;
    let second = stage.tunnel("dev.nicepay.co.id:443", "https:").await;
    for _ in 0..3 {
        stage
            .refuses("CONNECT dev.nicepay.co.id:443 HTTP/1.1\r\n\r\n", 503, "2 connections go through the proxy")
            .await;
    }
    // More than get an answer at the same time: nobody reads, and all are disconnected.
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(stage.connect().await);
    }
    drop(crowd);
    ping(&mut first).await.unwrap();
    drop(second);
    first.shutdown().await.unwrap();
    assert_eq!(rest(first).await, "");
    stage.tunnel("dev.nicepay.co.id:443", "https:").await;
}

#[tokio::test]
async fn a_tunnel_in_which_nothing_moves_is_closed() {
    let stage = Stage::new(loopback_or_special, |setup| setup.idle_timeout = 5 * SHORT).await;
    let mut tunnel = stage.tunnel("dev.nicepay.co.id:443", "https:").await;
    let start = Instant::now();
    let mut moved = start;
    while start.elapsed() < 12 * SHORT {
        let now = Instant::now();
        if ping(&mut tunnel).await.is_err() {
            // This process got no processor time for so long.
            break;
        }
        moved = now;
    }
    let _ = tunnel.read(&mut [0]).await;
    assert!(moved.elapsed() >= 4 * SHORT, "closed after {:?}", moved.elapsed());
}

#[tokio::test]
async fn a_host_that_reads_nothing_does_not_keep_a_tunnel() {
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = deaf.local_addr().unwrap();
    let stage = Stage::new(loopback_or_special, |setup| {
        setup.https = address;
        setup.idle_timeout = SHORT;
    })
    .await;
    let mut tunnel = stage.tunnel("dev.nicepay.co.id:443", "").await;
    let endless = async { while tunnel.write_all(&[0; 4096]).await.is_ok() {} };
    endless.await;
}

#[tokio::test]
async fn a_client_that_sends_no_request_is_disconnected() {
    let stage = Stage::new(loopback_or_special, |setup| setup.client_timeout = SHORT).await;
    assert_eq!(rest(stage.connect().await).await, "", "it has asked for nothing");
    let mut stream = stage.connect().await;
    stream.write_all(b"CONNECT dev.nicepay.co.id:443 HTTP/1.1\r\nHost: ").await.unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.ends_with("did not arrive in time\n"), "{answer}");
}

#[tokio::test]
async fn a_stop_closes_everything() {
    let stage = Stage::new(loopback_or_special, |_| ()).await;
    let tunnel = stage.tunnel("dev.nicepay.co.id:443", "https:").await;
    let silent = stage.connect().await;
    let mut refused = stage.connect().await;
    refused.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    expect(&mut refused, "HTTP/1.1 400").await;
    stage.stopping.cancel();
    stage.task.await.unwrap();
    for stream in [tunnel, silent] {
        assert_eq!(timeout(LONG / 4, rest(stream)).await.unwrap(), "");
    }
    assert!(TcpStream::connect(stage.proxy).await.is_err(), "nobody listens");
}
