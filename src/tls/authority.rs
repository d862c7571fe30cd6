//! The local CA, which can sign for NICEPAY's hosts and this machine only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::error::TlsError;
use crate::endpoints::HOSTS;

/// Chromium and Apple refuse server certificates that are valid longer than this.
const SERVER_DAYS: i64 = 397;
/// How long a CA is valid. It is renewed after a year.
const AUTHORITY_DAYS: i64 = 825;

/// A certificate, the certificates above it, and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: PrivateKeyDer<'static>,
    /// The host names that it is for; empty where any name is served.
    pub names: Vec<String>,
}

/// A CA with its private key.
#[derive(Debug)]
pub struct Authority {
    certificate: CertificateDer<'static>,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new CA, in memory only.
    ///
    /// # Errors
    /// [`TlsError::Certificate`]
    pub fn new(today: Date) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let params = params(today)?;
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) })
    }

    /// The CA with this certificate and this key.
    ///
    /// # Errors
    /// [`TlsError::Certificate`]
    pub(super) fn from_parts(
        pem: String,
        certificate: CertificateDer<'static>,
        key_pem: &str,
        today: Date,
    ) -> Result<Self, TlsError> {
        let key = KeyPair::from_pem(key_pem)?;
        Ok(Self { certificate, pem, issuer: Issuer::new(params(today)?, key) })
    }

    /// The certificate, as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificate, as DER.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The private key, as PEM.
    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for NICEPAY's hosts and this machine.
    ///
    /// # Errors
    /// [`TlsError::Certificate`]
    pub fn issue(&self, today: Date) -> Result<Identity, TlsError> {
        let key = KeyPair::generate()?;
        let names: Vec<String> = HOSTS.iter().copied().chain(["localhost"]).map(str::to_owned).collect();
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        let mut params = CertificateParams::new(
            names.iter().cloned().chain(addresses.map(|ip| ip.to_string())).collect::<Vec<_>>(),
        )?;
        params.distinguished_name.push(DnType::CommonName, HOSTS[0]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, today, SERVER_DAYS);
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity {
            chain: vec![certificate.der().clone(), self.certificate.clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            names,
        })
    }
}

/// The CA's certificate. The constraints keep the key from being useful for any other host.
fn params(today: Date) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "nicepay-sim local CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let names = HOSTS.iter().copied().chain(["localhost"]).map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let loopback = [
        CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 8),
        CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128),
    ];
    let permitted_subtrees = names.chain(loopback.map(GeneralSubtree::IpAddress)).collect();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    set_validity(&mut params, today, AUTHORITY_DAYS);
    Ok(params)
}

/// From the day before, as clocks differ.
fn set_validity(params: &mut CertificateParams, today: Date, days: i64) {
    let date = |days: i64| {
        let date = today.saturating_add(jiff::Span::new().days(days));
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = date(-1);
    params.not_after = date(days - 1);
}
