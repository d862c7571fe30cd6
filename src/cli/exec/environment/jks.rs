//! Java's trust store in its older format, JKS: every JVM reads it without a password.
//!
//! Magic, version and count; for each entry a tag, an alias, a date and the certificate; at the end a SHA-1 over the
//! password and all before.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

const MAGIC: [u8; 4] = [0xFE, 0xED, 0xFE, 0xED];
const VERSION: u32 = 2;
const KEY_TAG: u32 = 1;
const CERTIFICATE_TAG: u32 = 2;
const HASH_LENGTH: usize = 20;
/// The password of every JVM's own store.
pub(super) const PASSWORD: &str = "changeit";

/// A certificate that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) alias: String,
    /// Milliseconds since 1970.
    pub(super) date: u64,
    pub(super) der: Vec<u8>,
}

/// Whether this is a JKS.
pub(super) fn is_jks(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The trusted certificates of a JKS. Private keys are left out. None where it is not a JKS of version 2.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Entry>> {
    let body = bytes.strip_prefix(&MAGIC)?;
    let mut reader = Reader(body.get(..body.len().checked_sub(HASH_LENGTH)?)?);
    if reader.number()? != VERSION {
        return None;
    }
    let mut entries = Vec::new();
    for _ in 0..reader.number()? {
        let (tag, alias, date) = (reader.number()?, reader.text()?, reader.date()?);
        match tag {
            CERTIFICATE_TAG => {
                let _kind = reader.text()?;
                entries.push(Entry { alias, date, der: reader.bytes()?.to_vec() });
            }
            KEY_TAG => {
                reader.bytes()?;
                for _ in 0..reader.number()? {
                    reader.text()?;
                    reader.bytes()?;
                }
            }
            _ => return None,
        }
    }
    reader.0.is_empty().then_some(entries)
}

/// A JKS with these certificates.
pub(super) fn write(entries: &[Entry]) -> Vec<u8> {
    let mut store = MAGIC.to_vec();
    store.extend(VERSION.to_be_bytes());
    store.extend(length(entries.len()));
    for entry in entries {
        store.extend(CERTIFICATE_TAG.to_be_bytes());
        push_text(&entry.alias, &mut store);
        store.extend(entry.date.to_be_bytes());
        push_text("X.509", &mut store);
        store.extend(length(entry.der.len()));
        store.extend(&entry.der);
    }
    let mut hashed: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    hashed.extend(b"Mighty Aphrodite");
    hashed.extend(&store);
    store.extend(digest(&SHA1_FOR_LEGACY_USE_ONLY, &hashed).as_ref());
    store
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn push_text(text: &str, store: &mut Vec<u8>) {
    // Java's own form of UTF-8 differs for other characters.
    let ascii: String = text.chars().filter(char::is_ascii_graphic).take(1_000).collect();
    store.extend(u16::try_from(ascii.len()).unwrap_or(0).to_be_bytes());
    store.extend(ascii.as_bytes());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn date(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        Some(String::from_utf8_lossy(self.take(length.into())?).into_owned())
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(alias: &str) -> Entry {
        Entry { alias: alias.to_owned(), date: 1_700_000_000_000, der: vec![0x30, 1, 2, 3] }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let entries = [entry("a"), entry("b")];
        let store = write(&entries);
        assert!(is_jks(&store));
        assert_eq!(read(&store).unwrap(), entries);
        assert!(read(&store[..store.len() - 1]).is_none() && read(b"PK").is_none());
    }

    #[test]
    fn a_private_key_is_left_out() {
        let certificates = write(&[entry("a")]);
        let mut store = certificates[..8].to_vec();
        store.extend(2_u32.to_be_bytes());
        // A key with a chain of one certificate.
        store.extend(KEY_TAG.to_be_bytes());
        push_text("key", &mut store);
        store.extend(1_u64.to_be_bytes());
        store.extend([0, 0, 0, 6]);
        store.extend(b"SECRET");
        store.extend(1_u32.to_be_bytes());
        push_text("X.509", &mut store);
        store.extend([0, 0, 0, 1, 9]);
        store.extend(&certificates[12..]);
        assert_eq!(read(&store).unwrap(), [entry("a")]);
    }
}
