//! The hash of a merchantToken.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The hash of a text, in lower-case hex.
pub(crate) fn hex(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// `docs/PROTOCOL.md` §5.2 and §5.3.
#[test]
fn the_published_tokens_are_these() {
    const K: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
    for (token, values) in [
        (
            "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a",
            "20210913090977PAYLOANTESord2021091309097725145",
        ),
        (
            "9d1835e8bf87b51b44de9b2455fa37e733a87b12644b9cd4546e2ec2de651863",
            "20221213141266PAYLOANTESPAYLOANTES0020221213141056089612000",
        ),
        (
            "1d5b53fb0fe98f32088efd04fabc93cabb0ea3e75f1f2ef75aaa0917d565abf0",
            "20210913100917PAYLOANTESe0478456-6b50-460c-85e0-627a1e22d2e0",
        ),
        (
            "a571183b8fd6c6051bcfa85b09c2bf2013e055ce313d00494dfb04b17a6a13ab",
            "20200923132509IONPAYTESTJWB20092188529500",
        ),
        (
            "733497153c3dd3f2de94a3c619d481f5f9a6eb332c8ea9a03d2d20b284350400",
            "PAYLOANTESPAYLOANTES0620210913093719979525145",
        ),
        (
            "08d95b56e3bf67943f25111b61c8e2906ca4ea0bc0dcb1908c7cb6e748326dcd",
            "PAYLOANTESMerchantReferenceNumber001+62-82112345678",
        ),
    ] {
        assert_eq!(hex(&format!("{values}{K}")), token);
    }
}
