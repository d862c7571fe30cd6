//! Resolving host names: once for each connection, and every address is checked before it is used.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::egress::Egress;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The addresses of a host, where all of them are allowed.
///
/// # Errors
/// The resolver's, or [`EgressError`](super::egress::EgressError).
pub(super) async fn resolve(egress: &Egress, name: &str, port: u16) -> Result<Vec<SocketAddr>, BoxError> {
    // Not every resolver knows that names below localhost are this machine (RFC 6761 §6.3).
    if name.trim_end_matches('.').to_ascii_lowercase().ends_with(".localhost") {
        return Ok(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
    }
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await?.collect();
    for address in &found {
        egress.check_address(address.ip(), Some(name))?;
    }
    Ok(found)
}

/// The resolver of the HTTP client.
pub(super) struct CheckedResolver {
    pub(super) egress: Egress,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = self.egress.clone();
        Box::pin(async move { Ok(Box::new(resolve(&egress, name.as_str(), 0).await?.into_iter()) as Addrs) })
    }
}
