//! The runtimes of this machine, led here by the variables.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::*;
use crate::cli::exec::environment::{Addresses, Environment, Inherited, Setup, system_roots};
use crate::cli::exec::surroundings::counter;
use crate::cli::serve;
use crate::clock;
use crate::config::{CaSource, Config, Settings};
use crate::tls::Authority;

#[test]
fn versions_are_found() {
    for (text, version) in [
        ("PHP 8.2.36 (cli) (built: Nov 18 2026 20:02:04) (NTS)", "8.2.36"),
        ("v20.20.2\n", "20.20.2"),
        ("Python 3.11.7", "3.11.7"),
        ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
        ("ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]", "3.1.2p20"),
        ("go version go1.19.8 linux/amd64", "1.19.8"),
        ("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1", "7.88.1"),
    ] {
        assert_eq!(version_in(text).as_deref(), Some(version));
    }
    assert_eq!(version_in("no version"), None);
}

/// What becomes of each client of the runtimes. Those that do not trust the CA of the run trust one with the same name.
fn rows(is_trusted: bool, runtimes: &[Runtime]) -> Vec<Row> {
    actix_web::rt::System::new().block_on(try_runtimes(is_trusted, runtimes))
}

async fn try_runtimes(is_trusted: bool, runtimes: &[Runtime]) -> Vec<Row> {
    let free = Some((Ipv4Addr::LOCALHOST, 0).into());
    let settings = Settings { listen: free, proxy_listen: free, ..Settings::default() };
    let mut config = Config::from_settings(settings).unwrap();
    config.tls.ca = CaSource::Memory;
    let arrivals = Arc::new(Arrivals::default());
    let (running, server) = serve::start_counting(&config, Some(Arc::clone(&arrivals))).unwrap();
    tokio::spawn(server);
    let stand_in = running.stand_in.as_ref().unwrap();
    let other = Authority::new(clock::today()).unwrap();
    let ca = stand_in.ca.as_ref().unwrap();
    let folder = Folder::create(&std::env::temp_dir()).unwrap();
    let setup = Setup {
        addresses: Addresses { plain: running.address, proxy: stand_in.proxy.unwrap() },
        ca_pem: if is_trusted { &ca.pem } else { other.pem() },
        ca_der: if is_trusted { &ca.der } else { other.der() },
        i_mid: "IONPAYTEST",
        merchant_key: "key",
        inherited: &Inherited::of_this_process(),
        system_roots: &system_roots(),
        program: "",
    };
    let environment = Environment::prepare(&setup, &folder).unwrap();
    let count_proxy = counter(Arc::clone(&stand_in.traffic), Arc::clone(&arrivals));
    let check = Check {
        engine: &running.engine,
        arrivals: &arrivals,
        traffic: &stand_in.traffic,
        count_proxy: &count_proxy,
        variables: &environment.variables,
        folder: &folder,
    };
    let rows = check.rows(runtimes).await;
    running.stop().await;
    rows
}

/// The clients that were tried, by runtime and version.
fn clients(rows: &[Row]) -> BTreeMap<(&'static str, &str), Vec<&str>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.arrived != "absent") {
        all.entry((row.runtime, row.version.as_str())).or_default().push(row.client.as_str());
    }
    all
}

#[test]
fn every_runtime_that_is_here_arrives_and_trusts_the_certificate() {
    let rows = rows(true, &RUNTIMES);
    for row in &rows {
        match row.arrived {
            "absent" => print_error(&format!("{} is not installed: it was NOT TRIED", row.runtime)),
            _ => assert_eq!(
                (row.arrived, row.how, row.trusted, row.advice.as_str()),
                ("yes", "proxy, TLS", "yes", ""),
                "{row:?}"
            ),
        }
    }
    let clients = clients(&rows);
    for (runtime, expected) in [
        ("php", &["curl"][..]),
        ("node", &["https", "fetch"]),
        ("java", &["HttpURLConnection", "java.net.http"]),
        ("ruby", &["Net::HTTP"]),
        ("go", &["net/http"]),
        ("curl", &["curl"]),
    ] {
        let mut of_runtime = clients.iter().filter(|((name, _), _)| *name == runtime);
        assert!(of_runtime.all(|(_, tried)| tried == expected), "{rows:?}");
    }
}

#[test]
fn another_certificate_is_refused_and_the_table_says_so() {
    let quick: Vec<_> = RUNTIMES
        .into_iter()
        .filter(|runtime| ["php", "node", "python3", "ruby", "curl"].contains(&runtime.program))
        .collect();
    let rows = rows(false, &quick);
    for row in rows.iter().filter(|row| row.arrived != "absent") {
        assert_eq!((row.arrived, row.how, row.trusted), ("no", "proxy, TLS", "no"), "{row:?}");
        assert!(row.advice.to_lowercase().contains("certificate"), "{row:?}");
    }
}
