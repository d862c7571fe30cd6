//! Where notifications may be sent. By default to this machine and private networks only; the public internet, cloud
//! metadata and other special addresses have to be allowed.

use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use super::address::{Block, Kind, kind};
use super::notification::SkipReason;

/// Why a notification to an https URL fails where the cargo feature `tls` is switched off.
pub const NO_HTTPS: &str =
    "https needs the cargo feature `tls`, which this build does not have: use an http:// dbProcessUrl";

/// One allowed destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// Every public address.
    Public,
    /// One host name, with all its addresses except special ones.
    Host(String),
    /// An address or a range of addresses, also special ones.
    Range(Block),
}

/// A text that is not a destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither `public`, a host name, an address nor a range such as 10.0.0.0/8")]
pub struct EgressRuleError(String);

impl FromStr for Allow {
    type Err = EgressRuleError;

    fn from_str(text: &str) -> Result<Self, EgressRuleError> {
        let error = || EgressRuleError(text.to_owned());
        if text == "public" {
            return Ok(Self::Public);
        }
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        if let Ok(address) = address.trim_matches(['[', ']']).parse::<IpAddr>() {
            let max = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(max), |bits| bits.parse().map_err(|_| error()))?;
            return if bits <= max { Ok(Self::Range(Block::new(address, bits))) } else { Err(error()) };
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if bits.is_none() => Ok(Self::Host(name.to_ascii_lowercase())),
            _ => Err(error()),
        }
    }
}

/// The kind of an address that is this machine or is special. No proxy reaches such an address for its clients.
pub fn loopback_or_special(ip: IpAddr) -> Option<&'static str> {
    match kind(ip) {
        Kind::Loopback => Some("loopback"),
        Kind::Special { what, .. } => Some(what),
        Kind::Private | Kind::Public => None,
    }
}

/// The destinations that are allowed.
#[derive(Clone, Debug, Default)]
pub struct Egress {
    allowed: Vec<Allow>,
}

/// A destination that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EgressError(String);

impl From<EgressError> for SkipReason {
    fn from(error: EgressError) -> Self {
        Self::AddressNotAllowed(error.0.into())
    }
}

impl Egress {
    /// Allows these destinations beside the default ones.
    pub fn new(allowed: Vec<Allow>) -> Self {
        Self { allowed }
    }

    /// Why no notification can ever reach a `dbProcessUrl`, as far as its text says that: no name is looked up.
    pub fn never_called(&self, url: &str) -> Option<String> {
        // The usual ones need no parser.
        let is_usual = |host| {
            let Some(rest) = url.strip_prefix(host) else { return false };
            // What looks like a host and a port can be a name and a password.
            let path =
                rest.strip_prefix(':').map_or(rest, |port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
            path.starts_with('/')
        };
        if is_usual("http://127.0.0.1") || is_usual("http://localhost") {
            return None;
        }
        let url = Url::parse(url).ok()?;
        match self.check_url(&url) {
            Err(error) => Some(error.0),
            Ok(()) => (url.scheme() == "https" && !cfg!(feature = "tls")).then(|| NO_HTTPS.to_owned()),
        }
    }

    /// Checks a URL before its host is looked up.
    ///
    /// # Errors
    /// Why it is not called, and the setting that allows it.
    pub fn check_url(&self, url: &Url) -> Result<(), EgressError> {
        match url.host() {
            None => Err(EgressError("the URL names no host".into())),
            Some(Host::Ipv4(ip)) => self.check_address(ip.into(), None),
            Some(Host::Ipv6(ip)) => self.check_address(ip.into(), None),
            Some(Host::Domain(name)) => self.check_name(name),
        }
    }

    /// A name that looks public is not looked up: the query itself would leave the machine.
    fn check_name(&self, name: &str) -> Result<(), EgressError> {
        const LOCAL: [&str; 7] = ["localhost", "local", "test", "internal", "lan", "home.arpa", "intranet"];
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let local = !name.contains('.')
            || LOCAL.iter().any(|suffix| name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')));
        if local || self.names(&name) || self.allowed.contains(&Allow::Public) {
            return Ok(());
        }
        Err(EgressError(format!(
            "{name} looks like a public host, which is not called by default: start with --allow-egress {name} (or --allow-egress public)"
        )))
    }

    fn names(&self, name: &str) -> bool {
        self.allowed.iter().any(|allow| matches!(allow, Allow::Host(host) if host == name))
    }

    /// Whether a range of the settings has this address. A range that is wider than the block of a special address does
    /// not mean that address: `fd00::/8` is a network, and somewhere in it is the metadata of a cloud.
    fn names_address(&self, ip: IpAddr, kind: Kind) -> bool {
        let within = |range: Block| match kind {
            Kind::Special { block, .. } => block.contains(range),
            _ => true,
        };
        let one = Block::one(ip);
        self.allowed.iter().any(|allow| matches!(allow, Allow::Range(range) if range.contains(one) && within(*range)))
    }

    /// Checks an address before connecting to it; `name` is the host that resolved to it.
    ///
    /// # Errors
    /// Why it is not called, and the setting that allows it.
    pub fn check_address(&self, ip: IpAddr, name: Option<&str>) -> Result<(), EgressError> {
        let ip = ip.to_canonical();
        let kind = kind(ip);
        if self.names_address(ip, kind) {
            return Ok(());
        }
        let (what, flag) = match kind {
            Kind::Loopback | Kind::Private => return Ok(()),
            Kind::Public => {
                if self.allowed.contains(&Allow::Public) || name.is_some_and(|name| self.names(name)) {
                    return Ok(());
                }
                ("public", name.map_or_else(|| ip.to_string(), str::to_owned))
            }
            Kind::Special { what, .. } => (what, ip.to_string()),
        };
        let resolved = name.map_or_else(String::new, |name| format!("{name} leads to "));
        Err(EgressError(format!(
            "{resolved}{ip}, a {what} address, which is not called by default: start with --allow-egress {flag}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allow: &[&str], url: &str) -> Result<(), String> {
        let egress = Egress::new(allow.iter().map(|text| text.parse().unwrap()).collect());
        egress.check_url(&url.parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn this_machine_and_private_networks_are_allowed() {
        for url in [
            "http://127.0.0.1:9/",
            "http://127.9.9.9/",
            "http://localhost:3000/x",
            "http://shop.localhost/",
            "http://[::1]/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://[fd12::1]/",
            "http://app/x",
            "http://shop.test/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(check(&[], url), Ok(()), "{url}");
        }
    }

    #[test]
    fn other_addresses_are_not_allowed() {
        for url in [
            "http://169.254.169.254/",
            "http://[::ffff:169.254.169.254]/",
            "http://2852039166/",
            "http://8.8.8.8/",
            "http://merchant.com/x",
            "http://0.0.0.0/",
            "http://0/",
            "http://[::]/",
            "http://100.64.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[fe80::1]/",
            "http://[ff02::1]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:a9fe:a9fe::]/",
            "http://[::a9fe:a9fe]/",
            "http://[fd00:ec2::254]/",
            "http://[fd20:ce::254]/",
            "http://[fd00:42::42]/",
            "http://[fd00:c1::a9fe:a9fe]/",
            "http://[fd00:a9fe:a9fe::1]/",
            "http://[fd00:100::100:200]/",
            "http://[fd00:ec2::23]/",
            "http://172.32.0.1/",
            "http://localhost.evil.com/",
            "http://notlocalhost.com/",
            "http://[2606:4700::1111]/",
        ] {
            let message = check(&[], url).unwrap_err();
            assert!(message.contains("--allow-egress"), "{url}: {message}");
        }
    }

    #[test]
    fn a_url_that_is_never_called_is_known_from_its_text() {
        let egress = Egress::default();
        for url in
            ["http://127.0.0.1:1/x", "http://localhost/", "http://127.0.0.2/", "http://app:80/", "http://a.test/"]
        {
            assert_eq!(egress.never_called(url), None, "{url}");
        }
        for (url, why) in [
            ("http://localhost.merchant.com/", "--allow-egress localhost.merchant.com"),
            ("http://127.0.0.1.merchant.com/", "--allow-egress"),
            ("http://127.0.0.1:9@merchant.com/", "--allow-egress merchant.com"),
            ("http://localhost:9@8.8.8.8/", "--allow-egress 8.8.8.8"),
            ("http://203.0.113.7/", "--allow-egress 203.0.113.7"),
            ("https://merchant.com/", "--allow-egress merchant.com"),
        ] {
            let reason = egress.never_called(url).unwrap_or_default();
            assert!(reason.contains(why), "{url}: {reason}");
        }
        assert_eq!(Egress::new(vec![Allow::Public]).never_called("http://merchant.com/"), None);
        assert_eq!(egress.never_called("https://127.0.0.1/").is_none(), cfg!(feature = "tls"));
    }

    /// Also where everything public is allowed, and where a name that is allowed leads to them.
    #[test]
    fn special_addresses_are_not_public() {
        let egress = Egress::new(vec![Allow::Public, "merchant.com".parse().unwrap()]);
        let check = |ip: &str| egress.check_address(ip.parse().unwrap(), Some("merchant.com"));
        for (what, addresses) in [
            (
                "cloud-metadata",
                [
                    "169.254.169.254",
                    "168.63.129.16",
                    "192.0.0.192",
                    "100.100.100.200",
                    "fd00:ec2::254",
                    "fd20:ce::254",
                    "fd00:42::42",
                    "fd00:c1::a9fe:a9fe",
                    "::ffff:169.254.169.254",
                    "::ffff:168.63.129.16",
                    "64:ff9b::169.254.169.254",
                    "64:ff9b::168.63.129.16",
                ]
                .as_slice(),
            ),
            ("link-local", &["169.254.0.1", "169.254.170.2", "169.254.255.255", "fe80::1", "64:ff9b::169.254.170.2"]),
            (
                "IPv4 transition",
                &[
                    "64:ff9b::127.0.0.1",
                    "64:ff9b:1::169.254.169.254",
                    "64:ff9b:1::8.8.8.8",
                    "2002:a9fe:a9fe::1",
                    "2002:a83f:8110::1",
                    "2002:0808:0808::1",
                    // Teredo: the client's address is at the end, inverted.
                    "2001:0:4136:e378:8000:63bf:5601:5601",
                    "2001:0:a9fe:a9fe::1",
                    "::169.254.169.254",
                    "::ffff:0:169.254.169.254",
                    "192.88.99.1",
                ],
            ),
            ("site-local", &["fec0::1", "feff:ffff::1"]),
            ("documentation", &["192.0.2.1", "198.51.100.1", "203.0.113.7", "2001:db8::1", "3fff::1"]),
            ("reserved", &["240.0.0.1", "255.255.255.255", "192.0.0.1", "100::1", "2001:1::1", "4000::1", "5f00::1"]),
            ("benchmarking", &["198.18.0.1", "198.19.255.255"]),
            ("carrier-grade NAT", &["100.64.0.1", "100.100.100.201"]),
            ("unspecified", &["0.0.0.0", "0.1.2.3", "::"]),
            ("multicast", &["224.0.0.1", "ff02::1"]),
        ] {
            for ip in addresses {
                let error = check(ip).expect_err(ip).to_string();
                assert!(error.contains(&format!("a {what} address")), "{ip}: {error}");
                let named = Egress::new(vec![ip.parse().unwrap()]);
                assert_eq!(named.check_address(ip.parse().unwrap(), None), Ok(()), "{ip} itself is named");
            }
        }
        for ip in ["8.8.8.8", "168.63.129.17", "192.0.1.1", "2606:4700::1111", "2001:4860::8888", "64:ff9b::8.8.8.8"] {
            assert_eq!(check(ip), Ok(()), "{ip}");
            assert!(Egress::default().check_address(ip.parse().unwrap(), None).is_err(), "{ip}");
        }
        for ip in ["fd20:ce::253", "fd00:42::41", "fc00::1", "10.0.0.1", "::1"] {
            assert_eq!(Egress::default().check_address(ip.parse().unwrap(), None), Ok(()), "{ip}");
        }
    }

    #[test]
    fn exceptions_are_exact() {
        assert!(check(&["public"], "http://8.8.8.8/").is_ok());
        assert!(check(&["public"], "http://169.254.169.254/").is_err(), "metadata is not public");
        assert!(check(&["169.254.0.0/16"], "http://169.254.169.254/").is_ok());
        assert!(check(&["169.254.169.254"], "http://[::ffff:169.254.169.254]/").is_ok());
        assert!(check(&["::ffff:169.254.169.254"], "http://169.254.169.254/").is_ok());
        assert!(check(&["8.8.8.8"], "http://8.8.4.4/").is_err());
        assert!(check(&["merchant.com"], "http://MERCHANT.com/").is_ok());
        assert!(check(&["merchant.com"], "http://www.merchant.com/").is_err());
        // A network is no metadata address, though one lies in it.
        for (range, inside, metadata) in [
            ("0.0.0.0/0", "8.8.8.8", "168.63.129.16"),
            ("100.64.0.0/10", "100.64.0.1", "100.100.100.200"),
            ("::/0", "2606:4700::1111", "fd00:ec2::254"),
            ("fd00::/8", "fd12::1", "fd20:ce::254"),
            ("64:ff9b::/96", "64:ff9b::8.8.8.8", "64:ff9b::169.254.169.254"),
        ] {
            let wide = Egress::new(vec![range.parse().unwrap()]);
            let check = |egress: &Egress, ip: &str| egress.check_address(ip.parse().unwrap(), None).is_ok();
            assert!(check(&wide, inside) && !check(&wide, metadata), "{range}");
            assert!(check(&Egress::new(vec![metadata.parse().unwrap()]), metadata), "{metadata}");
        }
        let named = Egress::new(vec!["merchant.com".parse().unwrap()]);
        assert!(named.check_address("8.8.8.8".parse().unwrap(), Some("merchant.com")).is_ok());
        assert!(named.check_address("169.254.169.254".parse().unwrap(), Some("merchant.com")).is_err());
        assert!(named.check_address("8.8.8.8".parse().unwrap(), Some("app")).is_err());
        for wrong in ["", "10.0.0.0/33", "a b", "http://x/", "merchant.com/8"] {
            assert!(wrong.parse::<Allow>().is_err(), "{wrong:?}");
        }
    }
}
