//! Shops in other languages, with the address of NICEPAY built in, run by `nicepay-sim exec`: `tests/clients/`.
//! To run one by hand, in that folder: `nicepay-sim exec --scenario instant -- php shop.php`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::process::{Ended, Folder};

/// Takes away from a program what makes it trust the CA of `exec`, but not the proxy.
const WITHOUT_CA: &str = r#"
unset SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS PHP_INI_SCAN_DIR
JAVA_TOOL_OPTIONS=$(printf %s "$JAVA_TOOL_OPTIONS" | sed 's/-Djavax.net.ssl.trustStore=[^ ]*//')
exec "$@"
"#;

/// A program that is a shop.
struct Shop {
    language: &'static str,
    /// What must be on the `PATH`.
    needs: &'static str,
    command: &'static [&'static str],
    clients: &'static [&'static str],
    /// What its clients say of a certificate that they do not trust.
    distrust: &'static str,
}

impl Shop {
    /// Each client pays an order with the customer, and one with the user token of the first.
    fn test(&self) {
        if !is_there(self.needs) {
            return;
        }
        let ended = exec(self.command);
        let clients = self.clients_in(&ended);
        let expected: Vec<_> = clients.iter().map(|client| format!("ok {} {client}", self.language)).collect();
        assert_eq!((ended.code, self.lines(&ended)), (Some(0), expected), "{ended:?}");
        let requests = 4 * clients.len();
        let mut summary = ended.stderr.lines().skip_while(|line| !line.ends_with("requests arrived"));
        assert_eq!(summary.next(), Some(&*format!("nicepay-sim: {requests} requests arrived")), "{ended:?}");
        let mut arrived = 0;
        for line in summary {
            let (count, what) = line.trim_start().split_once("  ").unwrap();
            let count: usize = count.parse().unwrap();
            if what.starts_with("by the proxy, over TLS, from ") {
                arrived += count;
            } else {
                assert_eq!((count, what), (2 * clients.len(), "notifications accepted"), "{ended:?}");
            }
        }
        assert_eq!(arrived, requests, "{ended:?}");

        let ended = exec(&[&["sh", "-c", WITHOUT_CA, "sh"], self.command].concat());
        let failed = self.lines(&ended);
        assert_eq!((ended.code, failed.len()), (Some(1), clients.len()), "{ended:?}");
        for (line, client) in failed.iter().zip(&clients) {
            assert!(line.starts_with(&format!("failed {} {client}: ", self.language)), "{ended:?}");
            assert!(line.contains(self.distrust), "{ended:?}");
        }
        assert!(ended.stderr.contains("nicepay-sim: no request arrived\n"), "{ended:?}");
        assert!(ended.stderr.contains("  TLS handshakes failed: "), "{ended:?}");
    }

    /// The clients that the shop did not miss; the test says which it missed.
    fn clients_in(&self, ended: &Ended) -> Vec<&'static str> {
        let (absent, there): (Vec<_>, Vec<_>) = self
            .clients
            .iter()
            .partition(|client| ended.stdout.lines().any(|line| line == format!("absent {} {client}", self.language)));
        for client in absent {
            let _ = writeln!(std::io::stderr(), "{} has no {client} here: it was NOT TRIED", self.language);
        }
        there
    }

    /// What it says of the clients that it has.
    fn lines(&self, ended: &Ended) -> Vec<String> {
        let absent = format!("absent {} ", self.language);
        ended.stdout.lines().filter(|line| !line.starts_with(&absent)).map(str::to_owned).collect()
    }
}

/// Whether a program is installed; where it is not, the test says so.
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        let _ = writeln!(std::io::stderr(), "{program} is not installed: its tests with exec were NOT RUN");
    }
    there
}

fn exec(command: &[&str]) -> Ended {
    let folder = Folder::new();
    let mut all = folder.command(&[&["exec", "--scenario", "instant", "--"], command].concat());
    all.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients"));
    Ended::from(all.output().unwrap())
}

#[test]
fn php_pays() {
    Shop {
        language: "php",
        needs: "php",
        command: &["php", "shop.php"],
        clients: &["streams", "curl"],
        distrust: "certificate",
    }
    .test();
}

#[test]
fn python_pays() {
    Shop {
        language: "python",
        needs: "python3",
        command: &["python3", "shop.py"],
        clients: &["urllib", "requests"],
        distrust: "CERTIFICATE_VERIFY_FAILED",
    }
    .test();
}

#[test]
fn node_pays() {
    Shop {
        language: "node",
        needs: "node",
        command: &["node", "shop.cjs"],
        clients: &["https", "fetch"],
        distrust: "certificate",
    }
    .test();
}

/// An agent keeps its connection for the next request, but the process does not wait for it.
#[test]
fn an_idle_connection_does_not_keep_node_running() {
    const PROGRAM: &str = "
        require('https').get('https://dev.nicepay.co.id/', (answer) => {
            const open = () => process.getActiveResourcesInfo().filter((name) => name.includes('TCP'));
            answer.on('end', () => setImmediate(() => console.log('open:', open().length))).resume();
        });";
    if !is_there("node") {
        return;
    }
    let ended = exec(&["node", "-e", PROGRAM]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "open: 0\n"), "{ended:?}");
}

#[test]
fn ruby_pays() {
    Shop {
        language: "ruby",
        needs: "ruby",
        command: &["ruby", "shop.rb"],
        clients: &["Net::HTTP"],
        distrust: "certificate verify failed",
    }
    .test();
}

#[test]
fn go_pays() {
    Shop {
        language: "go",
        needs: "go",
        command: &["go", "run", "shop.go"],
        clients: &["net/http"],
        distrust: "x509: certificate signed by unknown authority",
    }
    .test();
}

#[test]
fn java_pays() {
    Shop {
        language: "java",
        // A runtime without a compiler does not run source files.
        needs: "javac",
        command: &["java", "Shop.java"],
        clients: &["java.net.http", "HttpURLConnection"],
        distrust: "PKIX path building failed",
    }
    .test();
}

#[test]
fn curl_pays() {
    Shop { language: "curl", needs: "curl", command: &["sh", "shop.sh"], clients: &["curl"], distrust: "certificate" }
        .test();
}
