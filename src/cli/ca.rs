//! `nicepay-sim ca`: where the local CA's certificate is, and how each program trusts it.

use std::path::PathBuf;

use super::{Exit, print, print_error};
use crate::clock;
use crate::tls;

/// The arguments of `ca`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The CA is made on first use. Its key is readable by its owner only, and it can sign for NICEPAY's hosts and this machine only. Nothing is added to a trust store: `nicepay-sim exec` sets the variables for one command instead."
)]
pub(super) struct Args {
    /// Folder of the local CA; default: nicepay-sim in the user's data folder
    #[arg(long, env = "NICEPAY_SIM_CA_DIR", value_name = "DIR")]
    ca_dir: Option<PathBuf>,
    /// Print the certificate itself
    #[arg(long)]
    pem: bool,
}

pub(super) fn run(args: &Args) -> Exit {
    let folder = args.ca_dir.clone().map_or_else(tls::default_folder, Ok);
    let loaded = folder.and_then(|folder| tls::load_or_create(&folder, clock::today()));
    match loaded {
        Ok((authority, _)) if args.pem => {
            print(authority.pem().trim_end());
            Exit::Clean
        }
        Ok((_, path)) => {
            print(&guide(&path.display().to_string()));
            Exit::Clean
        }
        Err(error) => {
            print_error(&error);
            Exit::Config
        }
    }
}

fn guide(path: &str) -> String {
    format!(
        "{path}

The certificate of the local CA. Clients that trust it accept https://dev.nicepay.co.id on --tls-listen.

curl                  curl --cacert {path} …
PHP curl              php -d curl.cainfo={path} …
PHP streams           php -d openssl.cafile={path} …
Python requests       REQUESTS_CA_BUNDLE={path}
Python urllib, httpx  SSL_CERT_FILE={path}
Node                  NODE_EXTRA_CA_CERTS={path}
Ruby, Go              SSL_CERT_FILE={path}
Java                  keytool -importcert -noprompt -storepass changeit -alias nicepay-sim -file {path} -keystore nicepay-sim.jks
                      JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=nicepay-sim.jks
Chromium              certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n nicepay-sim -i {path}
Firefox               Settings, Privacy & Security, View Certificates, Authorities, Import

SSL_CERT_FILE and REQUESTS_CA_BUNDLE replace all other CAs: with {path} alone, other https hosts fail.
`nicepay-sim exec -- COMMAND` sets all of this for one command, other CAs included."
    )
}
