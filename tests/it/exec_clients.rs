//! Shops in other languages, with the address of NICEPAY built in, run by `nicepay-sim exec`: `tests/clients/`.
//! To run one by hand, in that folder: `nicepay-sim exec --scenario instant -- php shop.php`.

use std::ffi::OsString;
use std::path::Path;

use crate::common::process::{Ended, Folder};
use crate::installed::{self, package};

/// Takes away from a program what makes it trust the CA of `exec`, but not the proxy.
const WITHOUT_CA: &str = r#"
unset SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS PHP_INI_SCAN_DIR
JAVA_TOOL_OPTIONS=$(printf %s "$JAVA_TOOL_OPTIONS" | sed 's/-Djavax.net.ssl.trustStore=[^ ]*//')
exec "$@"
"#;

/// Variables of a program.
type Variables = [(&'static str, OsString)];

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

const NODE: Shop = Shop {
    language: "node",
    needs: "node",
    command: &["node", "shop.cjs"],
    clients: &["https", "fetch", "axios"],
    distrust: "certificate",
};

impl Shop {
    fn test(&self) {
        self.test_with(&[]);
    }

    /// Each client pays an order with the customer, and one with the user token of the first.
    fn test_with(&self, variables: &Variables) {
        if !installed::has(self.needs) {
            return;
        }
        let ended = exec(self.command, variables);
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

        let ended = exec(&[&["sh", "-c", WITHOUT_CA, "sh"], self.command].concat(), variables);
        let failed = self.lines(&ended);
        assert_eq!((ended.code, failed.len()), (Some(1), clients.len()), "{ended:?}");
        for (line, client) in failed.iter().zip(&clients) {
            assert!(line.starts_with(&format!("failed {} {client}: ", self.language)), "{ended:?}");
            assert!(line.contains(self.distrust), "{ended:?}");
        }
        assert!(ended.stderr.contains("nicepay-sim: no request arrived\n"), "{ended:?}");
        let told = ended.stderr.lines().find(|line| line.contains("  TLS handshakes failed: "));
        // Node and java.net.http leave without an alert.
        let is_right = |told: &str| {
            ["does not trust the certificate", "saw the certificate"].iter().any(|words| told.contains(words))
        };
        assert!(told.is_some_and(is_right), "{ended:?}");
    }

    /// The clients that the shop did not miss; the test says which it missed.
    fn clients_in(&self, ended: &Ended) -> Vec<&'static str> {
        let (absent, there): (Vec<_>, Vec<_>) = self
            .clients
            .iter()
            .partition(|client| ended.stdout.lines().any(|line| line == format!("absent {} {client}", self.language)));
        for client in absent {
            installed::not_run(&format!("{} has no {client} here", self.language));
        }
        there
    }

    /// What it says of the clients that it has.
    fn lines(&self, ended: &Ended) -> Vec<String> {
        let absent = format!("absent {} ", self.language);
        ended.stdout.lines().filter(|line| !line.starts_with(&absent)).map(str::to_owned).collect()
    }
}

fn exec(command: &[&str], variables: &Variables) -> Ended {
    let folder = Folder::new();
    let mut all = folder.command(&[&["exec", "--scenario", "instant", "--"], command].concat());
    all.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients"));
    Ended::from(all.envs(variables.iter().cloned()).output().unwrap())
}

/// Lets Node find a package.
fn modules(name: &str) -> Option<(&'static str, OsString)> {
    Some(("NODE_PATH", package(name)?.join("node_modules").into_os_string()))
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
    NODE.test_with(modules("axios").as_slice());
}

/// Lets a later version of Node run as `node`.
fn later(name: &str) -> Option<(&'static str, OsString)> {
    let binaries = installed::node(name)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    Some(("PATH", std::env::join_paths([binaries].into_iter().chain(std::env::split_paths(&path))).unwrap()))
}

/// That of the machine, and those of npm.
fn every_node() -> Vec<Vec<(&'static str, OsString)>> {
    let of_machine = installed::has("node").then(Vec::new);
    of_machine.into_iter().chain(LATER.iter().filter_map(|(name, _)| Some(vec![later(name)?]))).collect()
}

const LATER: [(&str, &str); 2] = [("node-22", "v22."), ("node-24", "v24.")];

#[test]
fn later_versions_of_node_pay() {
    for (name, version) in LATER {
        let Some(path) = later(name) else { continue };
        let variables = [vec![path], Vec::from_iter(modules("axios"))].concat();
        let ended = exec(&["node", "--version"], &variables);
        assert!(ended.stdout.starts_with(version), "{ended:?}");
        NODE.test_with(&variables);
    }
}

/// The variables of the proxy do not reach these in any version.
#[test]
fn clients_of_node_with_an_agent_of_their_own_arrive() {
    const PROGRAM: &str = "
        const https = require('https');
        const tries = { own: new https.Agent({ keepAlive: true }), none: false, usual: undefined };
        for (const [name, agent] of Object.entries(tries)) {
            https.get('https://dev.nicepay.co.id/', { agent, headers: { 'User-Agent': name } }, (answer) => answer.resume());
        }";
    for variables in every_node() {
        let ended = exec(&["node", "-e", PROGRAM], &variables);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for name in ["own", "none", "usual"] {
            let line = format!("      1  by the proxy, over TLS, from {name}\n");
            assert!(ended.stderr.contains(&line), "{name}: {ended:?}");
        }
    }
}

/// It sends the proxy the whole URL, as it does with http.
#[test]
fn an_axios_that_asks_the_proxy_without_a_tunnel_pays() {
    let (Some(modules), true) = (modules("axios-1.9"), installed::has("node")) else { return };
    let ended = exec(NODE.command, &[modules]);
    assert!(ended.code == Some(0) && ended.stdout.ends_with("ok node axios\n"), "{ended:?}");
    assert!(ended.stderr.contains("      4  by the proxy, without TLS, from axios/1.9.0\n"), "{ended:?}");
}

/// The package of the registry, or of NICEPAY's repository.
#[test]
fn nicepays_own_client_for_node_pays() {
    let (Some(modules), true) = (modules("nodejs-nicepay"), installed::has("node")) else { return };
    let ended = exec(&["node", "nodejs_nicepay.cjs"], &[modules]);
    let payment = |number| {
        format!(
            "registration: 0000 SUCCESS\nnotification: status 0 of nicepay-{number}\ninquiry: 0000 paid\nstatus 0\n"
        )
    };
    let expected = payment(1) + &payment(2) + "cancel: 0000 SUCCESS\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected.as_str()), "{ended:?}");
    assert!(ended.stderr.contains("nicepay-sim: 5 requests arrived\n"), "{ended:?}");
    assert!(ended.stderr.contains("      5  by the proxy, over TLS, from axios/"), "{ended:?}");
}

#[test]
fn nicepays_own_client_for_python_pays() {
    let (Some(package), true) = (package("python-nicepay"), installed::has("python3")) else { return };
    let variables = [("PYTHONPATH", package.into_os_string())];
    if exec(&["python3", "-c", "import tkinter"], &variables).code != Some(0) {
        return installed::not_run("python3 has no tkinter here, which python-nicepay imports");
    }
    let ended = exec(&["python3", "python_nicepay_shop.py"], &variables);
    let expected =
        "registration: 0000 SUCCESS\nnotification: status 0\ninquiry: 0000 paid\nstatus 0\ncancel: 0000 SUCCESS\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
    assert!(ended.stderr.contains("      3  by the proxy, over TLS, from python-requests/2.32.3\n"), "{ended:?}");
}

/// An agent keeps its connection for the next request, but the process does not wait for it.
#[test]
fn an_idle_connection_does_not_keep_node_running() {
    const PROGRAM: &str = "
        require('https').get('https://dev.nicepay.co.id/', (answer) => {
            const open = () => process.getActiveResourcesInfo().filter((name) => name.includes('TCP'));
            answer.on('end', () => setImmediate(() => console.log('open:', open().length))).resume();
        });";
    for variables in every_node() {
        let ended = exec(&["node", "-e", PROGRAM], &variables);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "open: 0\n"), "{ended:?}");
    }
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
