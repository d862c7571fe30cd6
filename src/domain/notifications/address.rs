//! The kinds of IP addresses: this machine, private networks, the public internet, and special addresses such as cloud
//! metadata.

use std::net::{IpAddr, Ipv4Addr};

/// The kind of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Loopback,
    Private,
    Public,
    /// Not called, even where everything public is.
    Special {
        what: &'static str,
        /// Only a range inside this block allows the address: a wider one does not mean it.
        block: Block,
    },
}

/// A range of addresses with a common prefix. An IPv4 address and its IPv4-mapped IPv6 address are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first address, as IPv6.
    first: u128,
    /// The length of the prefix, as IPv6.
    bits: u8,
}

/// What belongs to an IPv4 address begins with these 96 bits (`::ffff:0:0/96`).
const MAPPED: u128 = 0xffff << 32;

impl Block {
    const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Self {
        Self { first: MAPPED | Ipv4Addr::new(a, b, c, d).to_bits() as u128, bits: 96 + bits }
    }

    const fn v6(segments: [u16; 8], bits: u8) -> Self {
        let (mut first, mut at) = (0, 0);
        while at < segments.len() {
            first = first << 16 | segments[at] as u128;
            at += 1;
        }
        Self { first, bits }
    }

    /// The block of one address.
    pub(super) fn one(ip: IpAddr) -> Self {
        Self::new(ip, if ip.is_ipv4() { 32 } else { 128 })
    }

    /// The block of all addresses with the first `bits` of `ip`.
    pub(super) fn new(ip: IpAddr, bits: u8) -> Self {
        match ip {
            IpAddr::V4(ip) => Self { first: ip.to_ipv6_mapped().to_bits(), bits: 96 + bits },
            IpAddr::V6(ip) => Self { first: ip.to_bits(), bits },
        }
    }

    fn last_32_bits(self) -> Ipv4Addr {
        let [.., a, b, c, d] = self.first.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    }

    /// Whether `other` lies inside this block. `::/0` has no IPv4 address.
    pub(super) fn contains(self, other: Self) -> bool {
        let is_v4 = |block: Self| block.first >> 32 == MAPPED >> 32;
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        self.bits <= other.bits && is_v4(self) == is_v4(other) && self.first & mask == other.first & mask
    }
}

/// What a block of the table is.
#[derive(Clone, Copy)]
enum Row {
    Loopback,
    Private,
    Public,
    Special(&'static str),
    /// Its addresses contain an IPv4 address, which can be any.
    Transition,
    /// The same, and the network carries it to its IPv4 address, which is in the last 32 bits.
    Nat64,
}

const METADATA: Row = Row::Special("cloud-metadata");
const RESERVED: Row = Row::Special("reserved");
const DOCUMENTATION: Row = Row::Special("documentation");
const TRANSITION: &str = "IPv4 transition";

/// Almost every cloud has its metadata here, in the link-local block.
const LINK_LOCAL_METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// All addresses; the first block that has one counts.
///
/// Metadata: the documents of each cloud, as named. The others: the registries of special-purpose addresses
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry/>, <https://www.iana.org/assignments/iana-ipv6-special-registry/>),
/// RFC 3879 for site-local addresses, and RFC 2765 for `::ffff:0:0:0/96`.
const TABLE: &[(Block, Row)] = &[
    // Azure: https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
    (Block::v4(168, 63, 129, 16, 32), METADATA),
    // Alibaba Cloud: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata. The IPv6 address is in the
    // tests of cloud-init, https://github.com/canonical/cloud-init.
    (Block::v4(100, 100, 100, 200, 32), METADATA),
    (Block::v6([0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200], 128), METADATA),
    // Oracle Cloud Infrastructure Classic, in an IETF block (RFC 6890).
    (Block::v4(192, 0, 0, 192, 32), METADATA),
    // Oracle Cloud: https://github.com/oracle/oci-python-sdk
    (Block::v6([0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128), METADATA),
    // AWS: metadata ::254, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html;
    // credentials of EKS ::23, https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html; DNS ::253.
    (Block::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32), METADATA),
    // Google Cloud: https://docs.cloud.google.com/compute/docs/metadata/querying-metadata
    (Block::v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    // Scaleway: https://docs.cloud-init.io/en/latest/reference/datasources/scaleway.html
    (Block::v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128), METADATA),
    // Akamai (Linode): https://docs.cloud-init.io/en/latest/reference/datasources/akamai.html
    (Block::v6([0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1], 128), METADATA),
    // IPv4.
    (Block::v4(0, 0, 0, 0, 8), Row::Special("unspecified")),
    (Block::v4(10, 0, 0, 0, 8), Row::Private),
    (Block::v4(100, 64, 0, 0, 10), Row::Special("carrier-grade NAT")),
    (Block::v4(127, 0, 0, 0, 8), Row::Loopback),
    (Block::v4(169, 254, 0, 0, 16), Row::Special("link-local")),
    (Block::v4(172, 16, 0, 0, 12), Row::Private),
    (Block::v4(192, 0, 0, 0, 24), RESERVED),
    (Block::v4(192, 0, 2, 0, 24), DOCUMENTATION),
    (Block::v4(192, 88, 99, 0, 24), Row::Special(TRANSITION)),
    (Block::v4(192, 168, 0, 0, 16), Row::Private),
    (Block::v4(198, 18, 0, 0, 15), Row::Special("benchmarking")),
    (Block::v4(198, 51, 100, 0, 24), DOCUMENTATION),
    (Block::v4(203, 0, 113, 0, 24), DOCUMENTATION),
    (Block::v4(224, 0, 0, 0, 4), Row::Special("multicast")),
    (Block::v4(240, 0, 0, 0, 4), RESERVED),
    (Block::v4(0, 0, 0, 0, 0), Row::Public),
    // IPv6.
    (Block::v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Row::Special("unspecified")),
    (Block::v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Row::Loopback),
    (Block::v6([0, 0, 0, 0, 0, 0, 0, 0], 96), Row::Transition),
    (Block::v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96), Row::Transition),
    (Block::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), Row::Nat64),
    (Block::v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Row::Transition),
    // Teredo and 6to4.
    (Block::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), Row::Transition),
    (Block::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Row::Transition),
    (Block::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), DOCUMENTATION),
    (Block::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), DOCUMENTATION),
    (Block::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), RESERVED),
    (Block::v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3), Row::Public),
    (Block::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Row::Private),
    (Block::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Row::Special("link-local")),
    (Block::v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Row::Special("site-local")),
    (Block::v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Row::Special("multicast")),
];

pub(super) fn kind(ip: IpAddr) -> Kind {
    let one = Block::one(ip);
    // The rest of IPv6 has not been assigned.
    let everything = (Block { first: 0, bits: 0 }, RESERVED);
    let (block, row) = TABLE.iter().copied().find(|(block, _)| block.contains(one)).unwrap_or(everything);
    match row {
        Row::Loopback => Kind::Loopback,
        Row::Private => Kind::Private,
        Row::Public => Kind::Public,
        Row::Special(_) if ip.to_canonical() == LINK_LOCAL_METADATA => Kind::Special { what: "cloud-metadata", block },
        Row::Special(what) => Kind::Special { what, block },
        Row::Transition => Kind::Special { what: TRANSITION, block: one },
        Row::Nat64 => match kind(IpAddr::V4(one.last_32_bits())) {
            Kind::Public => Kind::Public,
            // Nobody translates to them.
            Kind::Loopback | Kind::Private => Kind::Special { what: TRANSITION, block: one },
            Kind::Special { what, .. } => Kind::Special { what, block: one },
        },
    }
}
