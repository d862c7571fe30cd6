//! Where a name leads: asked once, and every address judged, so that what is checked is what is connected to.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::egress::Egress;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The addresses of a name, when all of them may be called.
///
/// # Errors
/// The resolver's, or [`Forbidden`](super::egress::Forbidden).
pub(super) async fn checked(egress: &Egress, name: &str, port: u16) -> Result<Vec<SocketAddr>, BoxError> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await?.collect();
    for address in &found {
        egress.judge_address(address.ip(), Some(name))?;
    }
    Ok(found)
}

/// The same, for the HTTP client.
pub(super) struct CheckedResolver {
    pub(super) egress: Egress,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = self.egress.clone();
        Box::pin(async move { Ok(Box::new(checked(&egress, name.as_str(), 0).await?.into_iter()) as Addrs) })
    }
}
