//! What a certificate says, for people. It is read as far as that is simple: nothing is decided by it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::civil::DateTime;
use sha2::{Digest as _, Sha256};

/// How many names of a certificate are shown.
const MAX_NAMES: usize = 5;
/// How many characters of a name are shown.
const MAX_LENGTH: usize = 64;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const OCTETS: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
/// `id-ce-subjectAltName`
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
/// The parts of a name that are shown: `id-at-commonName`, `id-at-organizationName`.
const NAME_PARTS: [(&[u8], &str); 2] = [(&[0x55, 0x04, 0x03], "CN"), (&[0x55, 0x04, 0x0a], "O")];

/// What a certificate says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CertificateSummary {
    subject: String,
    issuer: String,
    /// DNS names and addresses.
    names: Vec<String>,
    not_before: Option<DateTime>,
    not_after: Option<DateTime>,
}

impl CertificateSummary {
    /// Reads a certificate; none where it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut certificate = inside(SEQUENCE, &mut &*der)?;
        let mut fields = inside(SEQUENCE, &mut certificate)?;
        if fields.first() == Some(&VERSION) {
            next(&mut fields)?;
        }
        // The serial number, and the algorithm.
        next(&mut fields)?;
        next(&mut fields)?;
        let issuer = name(inside(SEQUENCE, &mut fields)?);
        let mut validity = inside(SEQUENCE, &mut fields)?;
        let (not_before, not_after) = (time(next(&mut validity)?), time(next(&mut validity)?));
        let subject = name(inside(SEQUENCE, &mut fields)?);
        let mut names = Vec::new();
        while let Some((tag, mut content)) = next(&mut fields) {
            if tag == EXTENSIONS {
                names = alternative_names(inside(SEQUENCE, &mut content)?).unwrap_or_default();
            }
        }
        Some(Self { subject, issuer, names, not_before, not_after })
    }

    /// Whether it is valid at an instant, in seconds since 1970.
    pub(super) fn is_valid_at(&self, seconds: u64) -> bool {
        let (Some(from), Some(to)) = (self.not_before, self.not_after) else { return false };
        let second =
            |time: DateTime| time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp().as_second());
        let Ok(now) = i64::try_from(seconds) else { return false };
        second(from).is_some_and(|from| from <= now) && second(to).is_some_and(|to| now <= to)
    }
}

impl fmt::Display for CertificateSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = match self.names.len() {
            0 => "none".to_owned(),
            all => {
                let shown = self.names[..all.min(MAX_NAMES)].join(", ");
                if all > MAX_NAMES { format!("{shown} and {} more", all - MAX_NAMES) } else { shown }
            }
        };
        let day = |time: Option<DateTime>| time.map_or_else(|| "?".to_owned(), |time| time.date().to_string());
        let (from, to) = (day(self.not_before), day(self.not_after));
        write!(f, "subject {}, names {names}, issuer {}, valid from {from} to {to}", self.subject, self.issuer)
    }
}

/// The SHA-256 fingerprint of a certificate, as browsers and OpenSSL show it.
pub(super) fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The tag and the content of the next value; the input goes on after it.
fn next<'a>(input: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&[tag, first], rest) = input.split_first_chunk()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let is_short = octets.len() <= size_of::<u32>();
        (is_short.then(|| octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)))?, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *input = rest;
    Some((tag, content))
}

/// The content of the next value, where it has this tag.
fn inside<'a>(tag: u8, input: &mut &'a [u8]) -> Option<&'a [u8]> {
    next(input).filter(|(found, _)| *found == tag).map(|(_, content)| content)
}

/// A distinguished name, as far as it is shown.
fn name(mut parts: &[u8]) -> String {
    let mut shown = Vec::new();
    while let Some((_, mut set)) = next(&mut parts) {
        let part = inside(SEQUENCE, &mut set).and_then(|mut part| Some((next(&mut part)?.1, next(&mut part)?.1)));
        let Some((id, value)) = part else { continue };
        if let Some((_, label)) = NAME_PARTS.iter().find(|(known, _)| *known == id) {
            shown.push(format!("{label}={}", printable(value)));
        }
    }
    if shown.is_empty() { "without a name".to_owned() } else { shown.join(" ") }
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5).
fn time((tag, text): (u8, &[u8])) -> Option<DateTime> {
    let text = str::from_utf8(text).ok()?;
    let text = match tag {
        UTC_TIME if text < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()
}

fn alternative_names(mut extensions: &[u8]) -> Option<Vec<String>> {
    while let Some(mut extension) = inside(SEQUENCE, &mut extensions) {
        if next(&mut extension)?.1 != ALTERNATIVE_NAMES {
            continue;
        }
        let mut value = loop {
            // Whether it is critical may come before.
            if let (OCTETS, value) = next(&mut extension)? {
                break value;
            }
        };
        let mut values = inside(SEQUENCE, &mut value)?;
        let mut names = Vec::new();
        while let Some((tag, value)) = next(&mut values) {
            match (tag, value) {
                (0x82, name) => names.push(printable(name)),
                (0x87, &[a, b, c, d]) => names.push(Ipv4Addr::new(a, b, c, d).to_string()),
                (0x87, address) => {
                    names.extend(<[u8; 16]>::try_from(address).map(|address| Ipv6Addr::from(address).to_string()));
                }
                _ => {}
            }
        }
        return Some(names);
    }
    None
}

/// The text of a name. Whoever made the certificate chose it: it must not forge a line of the log.
fn printable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(MAX_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(names: &[&str], subject: &str) -> Vec<u8> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        if !subject.is_empty() {
            params.distinguished_name.push(DnType::OrganizationName, "Toko");
            params.distinguished_name.push(DnType::CommonName, subject);
        }
        params.not_before = date_time_ymd(2026, 1, 2);
        params.not_after = date_time_ymd(2051, 3, 4);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_says_who_it_is_for() {
        let summary = CertificateSummary::read(&certificate(&["shop.test", "127.0.0.1", "::1"], "shop\r\nforged"));
        assert_eq!(
            summary.unwrap().to_string(),
            "subject O=Toko CN=shop??forged, names shop.test, 127.0.0.1, ::1, issuer O=Toko CN=shop??forged, \
             valid from 2026-01-02 to 2051-03-04"
        );
        let names: Vec<_> = (0..7).map(|i| format!("n{i}.test")).collect();
        let summary = CertificateSummary::read(&certificate(&names.iter().map(String::as_str).collect::<Vec<_>>(), ""));
        let text = summary.unwrap().to_string();
        assert!(text.starts_with("subject without a name, names n0.test, "), "{text}");
        assert!(text.contains("n4.test and 2 more, issuer"), "{text}");
    }

    #[test]
    fn validity_has_a_begin_and_an_end() {
        let summary = CertificateSummary::read(&certificate(&[], "x")).unwrap();
        for (second, expected) in [(1_767_311_999, false), (1_767_312_000, true), (2_561_587_200, false)] {
            assert_eq!(summary.is_valid_at(second), expected, "{second}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(at in 0_usize..400, byte: u8, length in 0_usize..400) {
            let mut der = certificate(&["shop.test"], "shop");
            let at = at % der.len();
            der[at] = byte;
            der.truncate(length);
            let _ = CertificateSummary::read(&der);
        }
    }
}
