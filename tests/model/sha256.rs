//! SHA-256 as FIPS 180-4 has it: the model shares no code with the simulator, and this not either.

const FIRST: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The first 32 bits of the fractional part of a root of a prime number, in integers only.
fn root_fraction(prime: u128, cube: bool) -> u32 {
    // The largest x with x² ≤ prime·2⁶⁴, or x³ ≤ prime·2⁹⁶: the root with 32 bits behind the point.
    let (mut low, mut high) = (0_u128, 1_u128 << 40);
    while high - low > 1 {
        let middle = u128::midpoint(low, high);
        let fits = if cube { middle * middle * middle <= prime << 96 } else { middle * middle <= prime << 64 };
        if fits {
            low = middle;
        } else {
            high = middle;
        }
    }
    u32::try_from(low & 0xffff_ffff).unwrap()
}

fn primes() -> impl Iterator<Item = u128> {
    (2_u128..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0))
}

fn constants() -> &'static [u32; 64] {
    static K: std::sync::OnceLock<[u32; 64]> = std::sync::OnceLock::new();
    K.get_or_init(|| {
        let mut k = [0; 64];
        for (slot, prime) in k.iter_mut().zip(primes()) {
            *slot = root_fraction(prime, true);
        }
        k
    })
}

fn block(state: &mut [u32; 8], bytes: &[u8]) {
    let mut w = [0_u32; 64];
    for (word, four) in w.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_be_bytes(four.try_into().unwrap());
    }
    for i in 16..64 {
        let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
        let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
    }
    let mut v = *state;
    for (k, word) in constants().iter().zip(w) {
        let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
        let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
        let t1 = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(*k).wrapping_add(word);
        let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
        let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        v = [t1.wrapping_add(s0.wrapping_add(majority)), v[0], v[1], v[2], v[3].wrapping_add(t1), v[4], v[5], v[6]];
    }
    for (slot, value) in state.iter_mut().zip(v) {
        *slot = slot.wrapping_add(value);
    }
}

/// The hash of a text, in lower-case hex.
pub(crate) fn hex(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let bits = u64::try_from(bytes.len()).unwrap() * 8;
    bytes.push(0x80);
    while bytes.len() % 64 != 56 {
        bytes.push(0);
    }
    bytes.extend_from_slice(&bits.to_be_bytes());
    let mut state = FIRST;
    for chunk in bytes.chunks_exact(64) {
        block(&mut state, chunk);
    }
    state.iter().fold(String::new(), |text, word| format!("{text}{word:08x}"))
}

#[test]
fn the_first_state_is_that_of_the_square_roots() {
    let roots: Vec<u32> = primes().take(8).map(|prime| root_fraction(prime, false)).collect();
    assert_eq!(roots, FIRST);
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
