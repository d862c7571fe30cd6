//! Resolving host names: once for each connection, and every address is checked before it is used.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use crate::domain::Egress;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The addresses of a host, where all of them are allowed. The port is set later.
async fn resolve(egress: &Egress, name: &str) -> Result<Vec<SocketAddr>, BoxError> {
    // Not every resolver knows that names below localhost are this machine (RFC 6761 §6.3).
    if name.trim_end_matches('.').to_ascii_lowercase().ends_with(".localhost") {
        return Ok(vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]);
    }
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
    for address in &found {
        egress.check_address(address.ip(), Some(name))?;
    }
    Ok(found)
}

/// The resolver of the HTTP client.
#[derive(Clone, Debug)]
pub(super) struct CheckedResolver {
    pub(super) egress: Egress,
}

impl Service<Name> for CheckedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let egress = self.egress.clone();
        Box::pin(async move { Ok(resolve(&egress, name.as_str()).await?.into_iter()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The resolver reads these names itself and asks nobody.
    #[tokio::test]
    async fn a_name_leads_nowhere_else_than_an_address() {
        let egress = Egress::new(vec!["public".parse().unwrap()]);
        for (name, what) in [
            ("0xa9fea9fe", "cloud-metadata"),
            ("0xa83f8110", "cloud-metadata"),
            ("0xcb007107", "documentation"),
            ("fd20:ce::254", "cloud-metadata"),
            ("fd00:42::42", "cloud-metadata"),
            ("fd00:c1::a9fe:a9fe", "cloud-metadata"),
            ("64:ff9b::a9fe:a9fe", "cloud-metadata"),
            ("2002:a9fe:a9fe::1", "IPv4 transition"),
            ("fec0::1", "site-local"),
        ] {
            let error = resolve(&egress, name).await.expect_err(name).to_string();
            assert!(error.contains(&format!("{name} leads to ")) && error.contains(what), "{error}");
        }
        assert!(resolve(&egress, "0x7f000001").await.is_ok());
    }
}
