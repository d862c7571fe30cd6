//! `nicepay-sim healthcheck [--wait] [--timeout 30s] [URL]`

use std::time::Duration;

use super::{Exit, print_error};
use crate::config::{Config, Settings};
use crate::{clock, paths};

/// The arguments of `healthcheck`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Retry until the simulator is ready
    #[arg(long)]
    wait: bool,
    /// Maximum time to wait
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    timeout: String,
    /// URL of the simulator; default: the address in the settings
    #[arg(value_name = "URL")]
    url: Option<String>,
}

/// The time between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(super) fn run(args: &Args) -> Exit {
    let timeout = clock::parse_duration(&args.timeout).ok().and_then(|timeout| Duration::try_from(timeout).ok());
    let Some(timeout) = timeout else {
        print_error(&format!("--timeout: {:?} is not a duration such as 30s", args.timeout));
        return Exit::Usage;
    };
    let base = match base_url(args.url.as_deref()) {
        Ok(base) => base,
        Err(error) => {
            print_error(&error);
            return Exit::Config;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_error(&error);
            return Exit::Failed;
        }
    };
    let ready = runtime.block_on(async { tokio::time::timeout(timeout, check(&base, args.wait)).await });
    match ready {
        Ok(Ok(())) => Exit::Clean,
        Ok(Err(reason)) => {
            print_error(&format!("{base} is not ready: {reason}"));
            Exit::Failed
        }
        Err(_) => {
            print_error(&format!("{base} was not ready in {}", args.timeout));
            Exit::Failed
        }
    }
}

/// The URL to check. A simulator that listens on all addresses is checked on loopback.
fn base_url(url: Option<&str>) -> Result<String, String> {
    if let Some(url) = url {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let config = Config::resolve(Settings::from_environment()).map_err(|error| error.to_string())?;
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    Ok(format!("http://{address}"))
}

async fn check(base: &str, wait: bool) -> Result<(), String> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    loop {
        let reason = match client.get(format!("{base}{}", paths::READYZ)).send().await {
            Ok(response) if response.status().is_success() => return Ok(()),
            Ok(response) => format!("the response is {}", response.status()),
            Err(error) => error.to_string(),
        };
        if !wait {
            return Err(reason);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
