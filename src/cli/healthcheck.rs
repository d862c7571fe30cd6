//! `nicepay-sim healthcheck [--wait] [--timeout 30s] [URL]`

use std::time::Duration;

use super::{Exit, complain};
use crate::clock;
use crate::config::{Config, Settings};
use crate::paths;

/// Where to look, and for how long.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Try again until it is ready
    #[arg(long)]
    wait: bool,
    /// How long in all
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    timeout: String,
    /// The simulator; by default where the settings say that it listens
    #[arg(value_name = "URL")]
    url: Option<String>,
}

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn run(args: &Args) -> Exit {
    let timeout = clock::parse_duration(&args.timeout).ok().and_then(|timeout| Duration::try_from(timeout).ok());
    let Some(timeout) = timeout else {
        complain(&format!("--timeout: {:?} is no duration such as 30s", args.timeout));
        return Exit::Usage;
    };
    let base = match base(args.url.as_deref()) {
        Ok(base) => base,
        Err(error) => {
            complain(&error);
            return Exit::Config;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error);
            return Exit::Failed;
        }
    };
    let ready = runtime.block_on(async { tokio::time::timeout(timeout, look(&base, args.wait)).await });
    match ready {
        Ok(Ok(())) => Exit::Clean,
        Ok(Err(reason)) => {
            complain(&format!("{base} is not ready: {reason}"));
            Exit::Failed
        }
        Err(_) => {
            complain(&format!("{base} was not ready in {}", args.timeout));
            Exit::Failed
        }
    }
}

/// The address to ask. One that listens everywhere is asked on loopback.
fn base(url: Option<&str>) -> Result<String, String> {
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

async fn look(base: &str, wait: bool) -> Result<(), String> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    loop {
        let reason = match client.get(format!("{base}{}", paths::READYZ)).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => format!("it answers {}", answer.status()),
            Err(error) => error.to_string(),
        };
        if !wait {
            return Err(reason);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
