//! A simulator for a program that this process runs, and what leads the program to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::blind_spots;
use super::environment::{self, Addresses, Environment, Inherited, Setup};
use super::folder::Folder;
use super::tally::{CountProxy, ProxyCounts};
use crate::cli::serve::{self, LogWriter};
use crate::cli::{Exit, print_error};
use crate::config::{CaSource, Config, Settings};
use crate::domain::Merchant;
use crate::proxy::Traffic;
use crate::server::{Arrivals, CaCertificate, Running};

/// The simulator, and what leads a program to it.
pub(in crate::cli) struct Surroundings {
    pub(in crate::cli) running: Running,
    /// The variables of the program. The files that they name are gone when this is dropped.
    pub(in crate::cli) environment: Environment,
    pub(super) addresses: Addresses,
    pub(super) folder: Folder,
    pub(super) traffic: Arc<Traffic>,
    pub(super) arrivals: Arc<Arrivals>,
    pub(super) count_proxy: CountProxy,
}

/// The settings, and the log: a free port for the proxy, a CA that is never written, and `log_level` where nothing else is
/// set.
pub(in crate::cli) fn configure(mut settings: Settings, log_level: &str) -> Result<(Config, LogWriter), Exit> {
    settings.proxy_listen.get_or_insert(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    settings.log_level.get_or_insert_with(|| log_level.to_owned());
    let configured = Config::resolve(settings).map_err(|error| error.to_string()).and_then(|mut config| {
        config.tls.ca = CaSource::Memory;
        let log = serve::init_logging(&config)?;
        Ok((config, log))
    });
    let (mut config, log) = configured.map_err(|error| {
        print_error(&error);
        Exit::Config
    })?;
    serve::fit_open_files(&mut config);
    Ok((config, log))
}

/// Prints why something failed.
pub(in crate::cli) fn failed(error: &dyn std::fmt::Display) -> Exit {
    print_error(error);
    Exit::Failed
}

impl Surroundings {
    /// Starts the simulator, and prepares what `program` needs.
    pub(in crate::cli) fn start(config: &Config, program: &str, log: &LogWriter) -> Result<Self, Exit> {
        let arrivals = Arc::new(Arrivals::default());
        let (running, server) = serve::start_counting(config, Some(Arc::clone(&arrivals)))?;
        log.mask_keys_of(&running.engine);
        tokio::spawn(server);
        let Some((proxy, ca, traffic)) = running
            .stand_in
            .as_ref()
            .and_then(|stand_in| Some((stand_in.proxy?, stand_in.ca.clone()?, Arc::clone(&stand_in.traffic))))
        else {
            return Err(failed(&"exec and audit make a CA of their own: leave --tls-cert and --tls-key out"));
        };
        let addresses = Addresses { plain: running.address, proxy };
        let count_proxy = counter(Arc::clone(&traffic), Arc::clone(&arrivals));
        // The program may run elsewhere.
        let parent = std::path::absolute(std::env::temp_dir()).map_err(|error| failed(&error))?;
        let folder = Folder::create(&parent).map_err(|error| failed(&format!("{}: {error}", parent.display())))?;
        let environment = prepare(config, addresses, &ca, program, &folder)
            .map_err(|error| failed(&format!("{}: {error}", folder.path().display())))?;
        for note in &environment.notes {
            print_error(note);
        }
        Ok(Self { running, environment, addresses, folder, traffic, arrivals, count_proxy })
    }

    /// Why no request of this program arrived, and what to do; none where it may have sent none. `has_sent`: it surely has.
    pub(in crate::cli) fn why_nothing_came(&self, program: &str, has_sent: bool) -> Option<String> {
        let proxy = (self.count_proxy)();
        let has_sent = has_sent || proxy.tunnels > 0 || proxy.failed_handshakes > 0 || proxy.elsewhere > 0;
        has_sent.then(|| format!("no request arrived\n{}", blind_spots::advice(program, &proxy)))
    }

    /// Stops the simulator. What the program left behind may still wait for an answer; it does not hold us up.
    pub(in crate::cli) async fn stop(&self) {
        // After the timeout it ends with the process.
        let _ = tokio::time::timeout(serve::STOP_TIMEOUT, self.running.stop()).await;
    }
}

/// What the proxy and its TLS listener counted.
pub(super) fn counter(traffic: Arc<Traffic>, arrivals: Arc<Arrivals>) -> CountProxy {
    Box::new(move || {
        let (proxy, failed) = (traffic.counts(), arrivals.counts().failed_handshakes);
        ProxyCounts {
            tunnels: proxy.tunnels,
            failed_handshakes: failed.values().sum(),
            handshake_error: failed.into_iter().max_by_key(|(_, count)| *count).map(|(reason, _)| reason),
            elsewhere: proxy.elsewhere,
            refused: proxy.refused,
        }
    })
}

/// The variables, for the first of the user's own merchants or of those that are built in.
fn prepare(
    config: &Config,
    addresses: Addresses,
    ca: &CaCertificate,
    program: &str,
    folder: &Folder,
) -> std::io::Result<Environment> {
    let merchant = merchant(&config.merchants);
    Environment::prepare(
        &Setup {
            addresses,
            ca_pem: &ca.pem,
            ca_der: &ca.der,
            i_mid: merchant.map_or("", |merchant| merchant.i_mid.as_str()),
            merchant_key: merchant.map_or("", |merchant| merchant.key.expose()),
            inherited: &Inherited::of_this_process(),
            system_roots: &environment::system_roots(),
            program,
        },
        folder,
    )
}

/// The merchant of the program: the user's own comes behind those that are built in.
pub(in crate::cli) fn merchant(all: &[Merchant]) -> Option<&Merchant> {
    all.get(crate::config::BUILT_IN_MERCHANTS).or_else(|| all.first())
}
