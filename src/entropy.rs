//! Random values: every draw is a function of the seed and of its purpose.
//!
//! Because of the purpose, parallel runs are equal: the response to one `referenceNo` does not depend on other
//! requests.

use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};
use sha2::{Digest, Sha256};

/// The source of every random value.
#[derive(Clone, Copy, Debug)]
pub struct Entropy {
    seed: u64,
}

impl Entropy {
    /// A source with this seed.
    pub fn seeded(seed: u64) -> Self {
        Self { seed }
    }

    /// A random seed from the operating system.
    pub fn fresh_seed() -> u64 {
        let mut bytes = [0; 8];
        // 53 bits, because some JSON clients read numbers as doubles.
        match rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes) {
            Ok(()) => u64::from_le_bytes(bytes) >> 11,
            Err(_) => u64::from(std::process::id()),
        }
    }

    /// The seed.
    pub fn seed(self) -> u64 {
        self.seed
    }

    /// `N` bytes for one purpose; the same purpose always gets the same bytes.
    pub fn bytes<const N: usize>(self, purpose: &[&str]) -> [u8; N] {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        for part in purpose {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut out = [0; N];
        ChaCha8Rng::from_seed(hash.finalize().into()).fill_bytes(&mut out);
        out
    }

    /// A random (version 4) UUID for one purpose, lower case with hyphens.
    pub fn uuid(self, purpose: &[&str]) -> String {
        uuid::Builder::from_random_bytes(self.bytes(purpose)).into_uuid().to_string()
    }

    /// 32 hexadecimal digits for one purpose: for links and sessions.
    pub fn hex(self, purpose: &[&str]) -> String {
        uuid::Builder::from_bytes(self.bytes(purpose)).into_uuid().simple().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_not_the_concatenation_of_its_parts() {
        let entropy = Entropy::seeded(1);
        assert_ne!(entropy.uuid(&["ab", "c"]), entropy.uuid(&["a", "bc"]));
        assert_eq!(entropy.uuid(&["ab", "c"]), entropy.uuid(&["ab", "c"]));
        assert_ne!(entropy.uuid(&["ab", "c"]), Entropy::seeded(2).uuid(&["ab", "c"]));
    }
}
