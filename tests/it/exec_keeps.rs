//! What `nicepay-sim exec` leaves as it was: the hosts that the machine trusts, the variables that were set, the disk.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

use crate::certificates::{Authority, params};
use crate::common::process::{Ended, Folder};
use crate::installed;

const NICEPAY: &str = "https://dev.nicepay.co.id/";

/// An https server of the merchant's own, with a certificate of a CA that only the merchant's machines trust. It answers
/// 201 to each request.
struct OtherHost {
    url: String,
    ca_pem: String,
}

impl OtherHost {
    fn start() -> Self {
        let authority = Authority::new();
        let config = Arc::new(authority.issue(&params(&["localhost"])).server_config());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut client = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
                std::thread::spawn(move || {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        // A client that does not trust the certificate.
                        let Ok(1..) = client.read(&mut byte) else { return };
                        request.extend(byte);
                    }
                    let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    client.write_all(answer).unwrap();
                    client.conn.send_close_notify();
                    client.flush().unwrap();
                });
            }
        });
        Self { url, ca_pem: authority.pem }
    }
}

/// Runs a program that gets both addresses in one process, and prints the status codes. The other host is trusted by what
/// was set before, and not without.
fn gets_both(needs: &str, command: &[&str], trust: impl FnOnce(&Folder, &str) -> Vec<(&'static str, String)>) {
    if !installed::has(needs) {
        return;
    }
    let (folder, other) = (Folder::new(), OtherHost::start());
    let ca = folder.write("their.pem", &other.ca_pem);
    for (name, text) in [("get.go", GO), ("Get.java", JAVA)] {
        folder.write(name, text);
    }
    let run = |variables: Vec<(&str, String)>| {
        let mut exec = folder.command(&[&["exec", "--"], command, &[NICEPAY, &other.url]].concat());
        Ended::from(exec.envs(variables).output().unwrap())
    };
    let ended = run(Vec::new());
    assert!(ended.code != Some(0) && !ended.stdout.contains("201"), "it is not trusted: {ended:?}");
    let ended = run(trust(&folder, folder.0.join(&ca).to_str().unwrap()));
    assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "200 201"), "{ended:?}");
    assert!(ended.stderr.contains("1  by the proxy, over TLS, from "), "{ended:?}");
}

fn by_variable(name: &'static str) -> impl FnOnce(&Folder, &str) -> Vec<(&'static str, String)> {
    move |_, ca| vec![(name, ca.to_owned())]
}

#[test]
fn another_host_stays_trusted_in_python() {
    const URLLIB: &str = "import sys, urllib.request as r; print(*(r.urlopen(url).status for url in sys.argv[1:]))";
    const REQUESTS: &str = "import sys, requests as r; print(*(r.get(url).status_code for url in sys.argv[1:]))";
    gets_both("python3", &["python3", "-c", URLLIB], by_variable("SSL_CERT_FILE"));
    if Command::new("python3").args(["-c", "import requests"]).status().is_ok_and(|status| status.success()) {
        gets_both("python3", &["python3", "-c", REQUESTS], by_variable("REQUESTS_CA_BUNDLE"));
    } else {
        installed::not_run("python3 has no requests here");
    }
}

#[test]
fn another_host_stays_trusted_in_node() {
    const PROGRAM: &str = "
        const get = (url) => new Promise((resolve, reject) =>
            require('https').get(url, (answer) => resolve(answer.resume().statusCode)).on('error', reject));
        (async () => {
            const [one, two] = process.argv.slice(1);
            if (typeof fetch === 'function' && (await fetch(two)).status !== 201) throw new Error('fetch');
            console.log(await get(one), await get(two));
        })();";
    gets_both("node", &["node", "-e", PROGRAM], by_variable("NODE_EXTRA_CA_CERTS"));
}

#[test]
fn another_host_stays_trusted_in_php() {
    const PROGRAM: &str = "
        foreach (array_slice($argv, 1) as $url) {
            $request = curl_init($url);
            curl_setopt($request, CURLOPT_RETURNTRANSFER, true);
            if (curl_exec($request) === false) { exit(1); }
            echo curl_getinfo($request, CURLINFO_RESPONSE_CODE), ' ';
        }";
    gets_both("php", &["php", "-r", PROGRAM], by_variable("SSL_CERT_FILE"));
}

#[test]
fn another_host_stays_trusted_in_ruby() {
    const PROGRAM: &str = "puts ARGV.map { |url| Net::HTTP.get_response(URI(url)).code }.join(' ')";
    gets_both("ruby", &["ruby", "-rnet/http", "-e", PROGRAM], by_variable("SSL_CERT_FILE"));
}

#[test]
fn another_host_stays_trusted_in_curl() {
    let command = ["curl", "-sS", "-w", "%{http_code} ", "-o", "one", "-o", "two"];
    gets_both("curl", &command, by_variable("CURL_CA_BUNDLE"));
}

const GO: &str = r#"
package main

import ("fmt"; "net/http"; "os")

func main() {
	one, err := http.Get(os.Args[1])
	if err != nil { panic(err) }
	two, err := http.Get(os.Args[2])
	if err != nil { panic(err) }
	fmt.Println(one.StatusCode, two.StatusCode)
}
"#;

#[test]
fn another_host_stays_trusted_in_go() {
    gets_both("go", &["go", "run", "get.go"], by_variable("SSL_CERT_FILE"));
}

const JAVA: &str = r#"
import java.net.URI;
import java.net.HttpURLConnection;

public class Get {
    static int get(String url) throws Exception {
        return ((HttpURLConnection) URI.create(url).toURL().openConnection()).getResponseCode();
    }

    public static void main(String[] urls) throws Exception {
        System.out.println(get(urls[0]) + " " + get(urls[1]));
    }
}
"#;

/// A store in the format of today, with a password of its own.
#[test]
fn another_host_stays_trusted_in_java() {
    gets_both("javac", &["java", "Get.java"], |folder, ca| {
        let mut keytool = Command::new("keytool");
        keytool.args(["-importcert", "-noprompt", "-alias", "theirs", "-storepass", "their-password", "-file", ca]);
        let made = keytool.args(["-keystore", "their.p12"]).current_dir(&folder.0).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let store = folder.0.join("their.p12");
        let options =
            format!("-Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword=their-password", store.display());
        vec![("JAVA_TOOL_OPTIONS", options)]
    });
}

/// Runs a program whose variables were set before.
fn with(variables: &[(&str, &str)], files: &[(&str, &str)], command: &[&str]) -> Ended {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    let mut exec = folder.command(&[&["exec", "--"], command].concat());
    Ended::from(exec.envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn options_of_java_stay_in_force() {
    const PROGRAM: &str = r#"
        import java.net.*;
        public class Told {
            public static void main(String[] none) {
                System.out.println(System.getProperty("shop.mine") + Runtime.getRuntime().maxMemory() / 1024 / 1024);
                for (String host : new String[] {"a.example", "b.example", "c.example", "dev.nicepay.co.id"}) {
                    Proxy proxy = ProxySelector.getDefault().select(URI.create("https://" + host)).get(0);
                    System.out.println(host + " " + proxy.type());
                }
            }
        }"#;
    if !installed::has("javac") {
        return;
    }
    let before = "-Xmx77m -Dshop.mine=\"kept as it was\" -Dhttp.nonProxyHosts=a.example";
    let variables = [("JAVA_TOOL_OPTIONS", before), ("NO_PROXY", "b.example")];
    let ended = with(&variables, &[("Told.java", PROGRAM)], &["java", "-XX:+UseSerialGC", "Told.java"]);
    let (first, hosts) = ended.stdout.split_once('\n').unwrap_or_else(|| panic!("{ended:?}"));
    assert!(first.starts_with("kept as it was7"), "{ended:?}");
    assert_eq!(hosts, "a.example DIRECT\nb.example DIRECT\nc.example HTTP\ndev.nicepay.co.id HTTP\n", "{ended:?}");
}

#[test]
fn options_of_node_stay_in_force() {
    if !installed::has("node") {
        return;
    }
    let variables = [("NODE_OPTIONS", "--require ./mine.cjs --max-old-space-size=77")];
    let told = "console.log(globalThis.mine, require('v8').getHeapStatistics().heap_size_limit < 200e6)";
    let ended = with(&variables, &[("mine.cjs", "globalThis.mine = 'kept';")], &["node", "-e", told]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "kept true\n"), "{ended:?}");
}

#[test]
fn ini_files_of_php_stay_in_force() {
    const TOLD: &str =
        "echo ini_get('memory_limit'), ' ', (int) extension_loaded('curl'), ' ', (int) ini_get('curl.cainfo');";
    if !installed::has("php") {
        return;
    }
    let folder = Folder::new();
    fs::create_dir(folder.0.join("ini")).unwrap();
    folder.write("ini/mine.ini", "memory_limit = 77M\n");
    let scanned = format!(":{}", folder.0.join("ini").display());
    let plain = Command::new("php").args(["-r", TOLD]).env("PHP_INI_SCAN_DIR", &scanned).output().unwrap();
    let ended = with(&[("PHP_INI_SCAN_DIR", &scanned)], &[], &["php", "-r", TOLD]);
    assert_eq!(ended.stdout, String::from_utf8(plain.stdout).unwrap(), "{ended:?}");
    assert!(ended.stdout.starts_with("77M "), "{ended:?}");
}

/// A host that was called directly still is, in either spelling of the variable.
#[test]
fn hosts_of_no_proxy_are_still_called_directly() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    for name in ["NO_PROXY", "no_proxy"] {
        // The proxy would answer 502: it cannot find this host.
        let resolve = format!("shop.invalid:{}:127.0.0.1", address.port());
        let url = format!("http://shop.invalid:{}/", address.port());
        let curl = ["curl", "-s", "--resolve", &resolve, "--max-time", "20", "-w", "%{http_code}", &url];
        let answering = {
            let other = other.try_clone().unwrap();
            std::thread::spawn(move || {
                let (mut client, _) = other.accept().unwrap();
                let read = client.read(&mut [0; 1000]).unwrap();
                client.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").unwrap();
                read
            })
        };
        let ended = with(&[(name, "x.example,shop.invalid")], &[], &curl);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "201"), "{name}: {ended:?}");
        assert!(answering.join().unwrap() > 0);
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Neither while the program runs nor afterwards, in any folder that a program is expected to write to.
#[test]
fn no_file_has_a_private_key() {
    /// How a key on the curve P-256 begins in PKCS#8, behind its length: the version, and the names of the kind and the curve.
    const KEY: &[u8] =
        b"\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let has_key = |bytes: &[u8]| {
        bytes.windows(KEY.len()).any(|part| part == KEY) || String::from_utf8_lossy(bytes).contains("PRIVATE KEY")
    };
    assert!(has_key(&rcgen::KeyPair::generate().unwrap().serialize_der()));
    let folder = Folder::new();
    for name in ["home", "tmp", "seen"] {
        fs::create_dir(folder.0.join(name)).unwrap();
    }
    let home = folder.0.join("home");
    let script = "curl -sS -o page https://dev.nicepay.co.id/ && cp -R tmp home seen";
    let mut exec = folder.command(&["exec", "--", "sh", "-c", script]);
    exec.env("HOME", &home).env("XDG_DATA_HOME", &home).env("XDG_CONFIG_HOME", &home);
    let ended = Ended::from(exec.env("TMPDIR", folder.0.join("tmp")).output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let (all, kept) = (files(&folder.0), files(&folder.0.join("seen")));
    assert!(kept.len() >= 5 && kept.iter().any(|path| path.ends_with("java.jks")), "{kept:?}");
    for path in &all {
        assert!(!has_key(&fs::read(path).unwrap()), "{}", path.display());
    }
    assert_eq!(files(&folder.0.join("tmp")), [] as [PathBuf; 0]);
    assert_eq!(files(&home), [] as [PathBuf; 0]);
}
