//! The table of NICEPAY's endpoints: everything that several modules need to know about them.
//!
//! Routes, `Allow` headers, the suggestions of 404 answers, the `operation` of rules, labels and lanes of the sequence
//! diagram, the URLs of `/info`, the list on the index page and the list in the documentation come from here. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis::Slug;
use crate::protocol::Recipe;

/// The hosts on which NICEPAY serves its API (`docs/PROTOCOL.md` §2.0).
pub const HOSTS: &[&str] = &[
    "dev.nicepay.co.id",
    "dev-services.nicepay.co.id",
    "staging.nicepay.co.id",
    "www.nicepay.co.id",
    "api.nicepay.co.id",
    "services.nicepay.co.id",
];

/// One row of the table.
#[derive(Debug)]
pub struct EndpointInfo {
    /// The path, and other spellings that are served too.
    pub paths: &'static [&'static str],
    /// The HTTP methods.
    pub methods: &'static [&'static str],
    /// How requests are signed; none where nothing is signed.
    pub recipe: Option<Recipe>,
    /// The name in logs and in `transaction.refused` events.
    pub name: &'static str,
    /// The name in sequence diagrams.
    pub label: &'static str,
    /// Who sends the requests.
    pub caller: Caller,
    /// The section of `docs/PROTOCOL.md`; none where the endpoint is the simulator's own.
    pub section: Option<&'static str>,
    /// What it is for.
    pub purpose: Purpose,
}

/// Who calls an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The customer's browser.
    Browser,
    /// The merchant's server.
    Server,
}

/// What an endpoint is for, in both languages of the pages.
#[derive(Debug)]
pub struct Purpose {
    /// In English.
    pub en: &'static str,
    /// In Indonesian.
    pub id: &'static str,
}

/// `operations` can be named in rules; `pages` cannot.
macro_rules! endpoints {
    (
        operations { $($(#[$doc:meta])* $operation:ident = $name:literal: $info:expr;)+ }
        pages { $($(#[$page_doc:meta])* $page:ident: $page_info:expr;)+ }
    ) => {
        /// An endpoint of NICEPAY. In rules and in facts it is the `operation`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[schemars(rename = "Operation")]
        pub enum Endpoint {
            $($(#[$doc])* #[serde(rename = $name)] $operation,)+
            $($(#[$page_doc])* #[serde(skip)] $page,)+
        }

        impl Endpoint {
            /// Every endpoint.
            pub const ALL: &[Self] = &[$(Self::$operation,)+ $(Self::$page,)+];

            /// The name in rules; none of a page.
            pub const fn operation(self) -> Option<&'static str> {
                match self {
                    $(Self::$operation => Some($name),)+
                    $(Self::$page => None,)+
                }
            }

            /// The row of the table.
            pub const fn info(self) -> &'static EndpointInfo {
                match self {
                    $(Self::$operation => &$info,)+
                    $(Self::$page => &$page_info,)+
                }
            }
        }
    };
}

endpoints! {
    operations {
        /// `direct/v2/registration`
        Registration = "registration": EndpointInfo {
            paths: &["/nicepay/direct/v2/registration"],
            methods: &["POST"],
            recipe: Some(Recipe::REGISTRATION),
            name: "registration",
            label: "registration",
            caller: Caller::Server,
            section: Some("2.1"),
            purpose: Purpose { en: "register a payment", id: "mendaftarkan pembayaran" },
        };
        /// `direct/v2/payment`: the browser comes.
        Payment = "payment": EndpointInfo {
            paths: &["/nicepay/direct/v2/payment"],
            methods: &["GET", "POST"],
            recipe: Some(Recipe::PAYMENT),
            name: "payment",
            label: "payment",
            caller: Caller::Browser,
            section: Some("2.2"),
            purpose: Purpose {
                en: "send the customer's browser to the lender",
                id: "mengarahkan browser pelanggan ke penyedia cicilan",
            },
        };
        /// `direct/v2/inquiry`
        Inquiry = "inquiry": EndpointInfo {
            paths: &["/nicepay/direct/v2/inquiry"],
            methods: &["POST"],
            recipe: Some(Recipe::INQUIRY),
            name: "inquiry",
            label: "inquiry",
            caller: Caller::Server,
            section: Some("2.5"),
            purpose: Purpose { en: "check the payment status", id: "mengecek status pembayaran" },
        };
        /// `direct/v2/cancel`
        Cancel = "cancel": EndpointInfo {
            paths: &["/nicepay/direct/v2/cancel"],
            methods: &["POST"],
            recipe: Some(Recipe::CANCEL),
            name: "cancel",
            label: "cancel",
            caller: Caller::Server,
            section: Some("2.6"),
            purpose: Purpose { en: "cancel or refund a payment", id: "membatalkan pembayaran atau mengembalikan dana" },
        };
        /// `redirect/v2/registration`
        Checkout = "checkout": EndpointInfo {
            paths: &["/nicepay/redirect/v2/registration"],
            methods: &["POST"],
            recipe: Some(Recipe::REGISTRATION),
            name: "checkout",
            label: "redirect/v2/registration",
            caller: Caller::Server,
            section: Some("2.8"),
            purpose: Purpose { en: "Checkout: register a payment without a lender", id: "Checkout: mendaftarkan pembayaran tanpa penyedia cicilan" },
        };
        /// `v2/userAccountBinding`
        Binding = "binding": EndpointInfo {
            paths: &["/nicepay/v2/userAccountBinding"],
            methods: &["POST"],
            recipe: Some(Recipe::BINDING),
            name: "userAccountBinding",
            label: "userAccountBinding",
            caller: Caller::Server,
            section: Some("2.9"),
            purpose: Purpose { en: "link an account without a purchase", id: "menghubungkan akun tanpa pembelian" },
        };
        /// `direct/v2/remove-token`
        RemoveToken = "remove-token": EndpointInfo {
            paths: &["/nicepay/direct/v2/remove-token", "/nicepay/direct/v2/remove_token"],
            methods: &["POST"],
            recipe: Some(Recipe::REMOVE_TOKEN),
            name: "remove-token",
            label: "remove-token",
            caller: Caller::Server,
            section: Some("2.10"),
            purpose: Purpose { en: "unlink an account", id: "memutuskan akun yang terhubung" },
        };
        /// `direct/v2/user-details`
        UserDetails = "user-details": EndpointInfo {
            paths: &["/nicepay/direct/v2/user-details", "/nicepay/direct/v2/user_details"],
            methods: &["POST"],
            recipe: Some(Recipe::USER_DETAILS),
            name: "user-details",
            label: "user-details",
            caller: Caller::Server,
            section: Some("2.11"),
            purpose: Purpose { en: "read the details of a linked account", id: "melihat rincian akun yang terhubung" },
        };
        /// `direct/v2/confirmAkulaku`
        ConfirmAkulaku = "confirm-akulaku": EndpointInfo {
            paths: &["/nicepay/direct/v2/confirmAkulaku", "/nicepay/api/direct/v2/confirmAkulaku"],
            methods: &["POST"],
            recipe: Some(Recipe::CONFIRM_AKULAKU),
            name: "confirmAkulaku",
            label: "confirmAkulaku",
            caller: Caller::Server,
            section: Some("2.7"),
            purpose: Purpose { en: "confirm that the goods were received", id: "mengonfirmasi bahwa barang sudah diterima" },
        };
        /// `direct/v2/checkMid`
        CheckMid = "check-mid": EndpointInfo {
            paths: &["/nicepay/direct/v2/checkMid"],
            methods: &["POST"],
            recipe: Some(Recipe::CHECK_MID),
            name: "checkMid",
            label: "checkMid",
            caller: Caller::Server,
            section: Some("2.12"),
            purpose: Purpose { en: "check the iMid and its key", id: "memeriksa iMid dan kuncinya" },
        };
    }
    pages {
        /// The page of Checkout where the customer chooses a lender.
        CheckoutPage: EndpointInfo {
            paths: &["/nicepay/redirect/v2/payment"],
            methods: &["GET", "POST"],
            recipe: None,
            name: "checkout",
            label: "redirect/v2/payment",
            caller: Caller::Browser,
            section: Some("2.8"),
            purpose: Purpose { en: "Checkout: page where the customer chooses the lender (?tXid=…)", id: "Checkout: halaman untuk memilih penyedia cicilan (?tXid=…)" },
        };
        /// The customer leaves the page of Checkout.
        CheckoutLeave: EndpointInfo {
            paths: &["/nicepay/redirect/v2/payment/cancel"],
            methods: &["POST"],
            recipe: None,
            name: "checkout",
            label: "redirect/v2/payment/cancel",
            caller: Caller::Browser,
            section: None,
            purpose: Purpose { en: "Checkout: leave that page", id: "Checkout: meninggalkan halaman itu" },
        };
        /// The lender sends the browser of a payment back; it goes on to the merchant's `callBackUrl`.
        PaymentReturn: EndpointInfo {
            paths: &["/nicepay/direct/v2/payment/return"],
            methods: &["GET"],
            recipe: None,
            name: "return",
            label: "payment/return",
            caller: Caller::Browser,
            section: None,
            purpose: Purpose {
                en: "receive the customer's browser from the lender after a payment",
                id: "menerima browser pelanggan dari penyedia cicilan setelah pembayaran",
            },
        };
        /// The lender sends the browser of a binding back.
        BindingReturn: EndpointInfo {
            paths: &["/nicepay/v2/userAccountBinding/return"],
            methods: &["GET"],
            recipe: None,
            name: "userAccountBinding/return",
            label: "userAccountBinding/return",
            caller: Caller::Browser,
            section: None,
            purpose: Purpose {
                en: "receive the customer's browser from the lender after linking an account",
                id: "menerima browser pelanggan dari penyedia cicilan setelah akun dihubungkan",
            },
        };
    }
}

impl Endpoint {
    /// The path as NICEPAY documents it.
    pub const fn path(self) -> &'static str {
        self.info().paths[0]
    }

    /// The endpoint's bit in a set of endpoints.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// The methods as an `Allow` header lists them.
    pub fn allow(self) -> String {
        self.info().methods.join(", ")
    }

    /// The endpoints that NICEPAY documents or that clients call; the others are only the simulator's own.
    pub fn documented() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|endpoint| endpoint.info().section.is_some())
    }

    /// The name in camel case: `checkoutPage`.
    pub fn key(self) -> String {
        let mut name = format!("{self:?}");
        name[..1].make_ascii_lowercase();
        name
    }

    /// The endpoint of a request's target. Letter case, the query and doubled slashes are ignored.
    pub fn from_target(target: &str) -> Option<Self> {
        let path = target.split('?').next().unwrap_or_default();
        Self::ALL.iter().copied().find(|endpoint| endpoint.info().paths.iter().any(|known| is_same_path(known, path)))
    }
}

/// An API of NICEPAY that is not simulated (`docs/PROTOCOL.md` §2.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherApi {
    /// Bank Indonesia's standard API.
    Snap,
    /// The API before V2.
    V1,
    /// Transfers to bank accounts.
    Payout,
}

impl OtherApi {
    /// The API of a path, with or without `/nicepay` in front.
    pub fn from_path(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.rsplit_once('.').is_some_and(|(_, extension)| extension == "do") {
            Some(Self::V1)
        } else if path.split('/').any(|segment| segment == "v1.0") {
            Some(Self::Snap)
        } else if name.contains("payout") {
            Some(Self::Payout)
        } else {
            None
        }
    }

    /// The diagnosis.
    pub const fn slug(self) -> Slug {
        match self {
            Self::Snap => Slug::PATH_SNAP,
            Self::V1 => Slug::PATH_V1,
            Self::Payout => Slug::PATH_PAYOUT,
        }
    }

    /// What this API is, and what to call instead of `path`.
    pub fn explanation(self, path: &str) -> String {
        match self {
            Self::Snap => format!(
                "SNAP is not simulated, as Payloan has no SNAP version; use V2 (non-SNAP): POST {}",
                Endpoint::Registration.path()
            ),
            Self::V1 => {
                let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
                let instead = match &*name {
                    "orderregist.do" => Endpoint::Checkout,
                    name if name.contains("cancel") => Endpoint::Cancel,
                    name if name.contains("status") || name.contains("inquiry") => Endpoint::Inquiry,
                    _ => Endpoint::Registration,
                };
                format!("NICEPAY's V1 API is not simulated; use V2, which has JSON bodies: POST {}", instead.path())
            }
            Self::Payout => {
                "NICEPAY's Payout API is not simulated, only Payloan is; docs/reference/endpoints.md lists its endpoints"
                    .to_owned()
            }
        }
    }
}

fn is_same_path(one: &str, other: &str) -> bool {
    fn segments(path: &str) -> impl Iterator<Item = &str> {
        path.split('/').filter(|segment| !segment.is_empty())
    }
    segments(one).count() == segments(other).count()
        && segments(one).zip(segments(other)).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn paths_and_operations_are_unique() {
        let paths: Vec<_> = Endpoint::ALL.iter().flat_map(|endpoint| endpoint.info().paths).collect();
        assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len());
        let operations: Vec<_> = Endpoint::ALL.iter().filter_map(|endpoint| endpoint.operation()).collect();
        assert_eq!(operations.iter().collect::<HashSet<_>>().len(), operations.len());
    }

    #[test]
    fn a_target_is_matched_by_its_segments() {
        for (target, expected) in [
            ("/nicepay/direct/v2/payment?tXid=1", Some(Endpoint::Payment)),
            ("//nicepay//v2/USERaccountbinding", Some(Endpoint::Binding)),
            ("/nicepay/api/direct/v2/confirmAkulaku", Some(Endpoint::ConfirmAkulaku)),
            ("/nicepay/direct/v2/payment/more", None),
            ("/nicepay/direct/v2", None),
        ] {
            assert_eq!(Endpoint::from_target(target), expected, "{target}");
        }
    }

    #[test]
    fn the_key_is_in_camel_case() {
        assert_eq!(Endpoint::CheckoutPage.key(), "checkoutPage");
        assert_eq!(Endpoint::Inquiry.key(), "inquiry");
    }
}
