//! Every request field that NICEPAY documents for the endpoints simulated here (`docs/PROTOCOL.md` §2.1.1, §2.2, §2.5,
//! §2.6–2.11).

macro_rules! fields {
    ($($variant:ident = $name:literal $(| $alias:literal)*),+ $(,)?) => {
        /// A request field, by its documented name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field { $(#[doc = concat!("`", $name, "`")] $variant),+ }

        impl Field {
            /// Every field.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The field with this name; also other spellings that a document or a client uses.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name $(| $alias)* => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

fields! {
    TimeStamp = "timeStamp",
    IMid = "iMid",
    MerchantToken = "merchantToken",
    TXid = "tXid",
    PayMethod = "payMethod",
    Currency = "currency",
    Amt = "amt",
    ReferenceNo = "referenceNo",
    GoodsNm = "goodsNm",
    BillingNm = "billingNm",
    BillingPhone = "billingPhone",
    BillingEmail = "billingEmail",
    BillingAddr = "billingAddr",
    BillingCity = "billingCity",
    BillingState = "billingState",
    BillingPostCd = "billingPostCd",
    BillingCountry = "billingCountry",
    DeliveryNm = "deliveryNm",
    DeliveryPhone = "deliveryPhone",
    DeliveryAddr = "deliveryAddr",
    DeliveryCity = "deliveryCity",
    DeliveryState = "deliveryState",
    DeliveryPostCd = "deliveryPostCd",
    DeliveryCountry = "deliveryCountry",
    DbProcessUrl = "dbProcessUrl",
    CallBackUrl = "callBackUrl" | "callbackUrl", // docs/PROTOCOL.md A-20
    UserIp = "userIP" | "userIp", // docs/PROTOCOL.md A-19
    UserAgent = "userAgent",
    CartData = "cartData",
    Sellers = "sellers",
    InstmntType = "instmntType",
    InstmntMon = "instmntMon",
    MitraCd = "mitraCd",
    TokenizeUser = "tokenizeUser",
    ClientUserKey = "clientUserKey",
    UserToken = "userToken",
    Description = "description",
    PayValidDt = "payValidDt",
    PayValidTm = "payValidTm",
    ReturnJsonFormat = "returnJsonFormat",
    ReqDt = "reqDt",
    ReqTm = "reqTm",
    ReqDomain = "reqDomain",
    ReqServerIp = "reqServerIP",
    ReqClientVer = "reqClientVer",
    UserSessionId = "userSessionID",
    RecurrOpt = "recurrOpt",
    Vat = "vat",
    Fee = "fee",
    NotaxAmt = "notaxAmt",
    CancelType = "cancelType",
    CancelMsg = "cancelMsg",
    CancelUserId = "cancelUserId",
    CancelUserInfo = "cancelUserInfo",
    CancelUserIp = "cancelUserIp",
    CancelServerIp = "cancelServerIp",
    CancelRetryCnt = "cancelRetryCnt",
    PreauthToken = "preauthToken",
    Worker = "worker",
}

impl Field {
    /// The number of fields.
    pub const COUNT: usize = Self::ALL.len();

    /// Whether its text is JSON, in which white space is free.
    pub(super) const fn is_json(self) -> bool {
        matches!(self, Self::CartData | Self::Sellers)
    }
}
