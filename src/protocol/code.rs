//! Result codes with their texts (`docs/PROTOCOL.md` §4.9, §4.10). Texts are the list's, typing errors included.

/// A result code and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `resultCd`
    pub cd: &'static str,
    /// `resultMsg`
    pub msg: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $cd:literal, $msg:literal;)+) => {
        impl Code {
            $($(#[doc = $meaning])+ pub const $name: Self = Self { cd: $cd, msg: $msg };)+
        }

        /// Every code, with its meaning.
        pub const RESULT_CODES: &[(Code, &str)] = &[$((Code::$name, concat!($($meaning),+))),+];
    };
}

codes! {
    /// Success. The samples say `SUCCESS`, the list says `Success` (`docs/PROTOCOL.md` §4).
    SUCCESS = "0000", "SUCCESS";
    /// A cart line is negative: seen live (`docs/PROTOCOL.md` §2.1.2); the text is the list's for this number.
    NEGATIVE_LINE = "1002", "Socket error";
    /// The order's data is wrong: seen live for `callBackUrl`, *(assumed)* for fields without a code of their own.
    ORDER_DATA = "8003", "Order registration data error.";
    /// The body cannot be read.
    UNREADABLE = "9001", "Failed to register your order. Please check your HTTP Message.";
    /// No room for another transaction *(ours)*.
    BUSY = "9002", "Server is busy. Please kindly try again in few minutes.";
    /// `amt` is missing.
    AMT_MISSING = "9007", "Undefined: Amount. Please check your request parameter and make sure [amt] is defined.";
    /// `amt` is not 1 to 12 digits.
    AMT_FORMAT = "9008", "Invalid Request Amount. Amount should only number and do not includes decimal.";
    /// `referenceNo` was used before.
    DUPLICATE = "9009", "Reference Number already exist. Please generate unique [referenceNo].";
    /// `merchantToken` is missing or wrong.
    TOKEN = "9010", "Invalid Merchant Token. Contact NICEPay for further information.";
    /// `iMid` is missing or unknown.
    MID = "9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information.";
    /// `payMethod` is missing *(assumed)*.
    PAY_METHOD_MISSING = "9012", "This Payment method is currently not activated. Contact Nicepay for further information.";
    /// `currency` is missing or not `IDR`.
    CURRENCY = "9013", "Undefined: Currency Code. Please check your request parameter and make sure [currencyCode] is defined.";
    /// `referenceNo` is missing.
    REFERENCE_MISSING = "9014", "Undefined: Reference No. Please check your request parameter and make sure [referenceNo] is defined.";
    /// `goodsNm` is missing.
    GOODS = "9015", "Undefined: Goods Name. Please check your request parameter and make sure [goodsNm] is defined.";
    /// `billingNm` is missing.
    BILLING_NM = "9016", "Undefined: Buyer Name. Please check your request parameter and make sure [billingNm] is defined.";
    /// `billingPhone` is missing (strict).
    BILLING_PHONE = "9017", "Undefined: Buyer Phone Number. Please check your request parameter and make sure [billingPhone] is defined.";
    /// `billingEmail` is missing.
    BILLING_EMAIL = "9018", "Undefined: Buyer Email Address. Please check your request parameter and make sure [billingEmail] is defined.";
    /// `callBackUrl` is missing where it is required.
    CALLBACK_MISSING = "9019", "Undefined: Callback URL. Please check your request parameter and make sure [callbackUrl] is defined.";
    /// `dbProcessUrl` is missing.
    DB_PROCESS_URL = "9020", "Undefined: Debit Process URL. Please check your request parameter and make sure [dbProcessUrl] is defined.";
    /// `userIP` is missing (strict).
    USER_IP = "9024", "Undefined: Customer IP Address. Please check your request parameter and make sure [userIP] is defined.";
    /// `billingCity` is missing.
    BILLING_CITY = "9025", "Undefined: Buyer City. Please check your request parameter and make sure [billingCity] is defined.";
    /// `billingState` is missing.
    BILLING_STATE = "9026", "Undefined: Buyer State. Please check your request parameter and make sure [billingState] is defined.";
    /// `billingPostCd` is missing.
    BILLING_POST = "9027", "Undefined: Buyer Postal Code. Please check your request parameter and make sure [billingPostCd] is defined.";
    /// `billingCountry` is missing.
    BILLING_COUNTRY = "9028", "Undefined: Buyer Country. Please check your request parameter and make sure [billingCountry] is defined.";
    /// `instmntMon` is missing or not 1 to 24.
    MONTHS = "9029", "Installment is not available for defined month";
    /// The payment did not succeed.
    FAILED = "9030", "Transaction Fail. Please check information.";
    /// `timeStamp` is missing or, in the strict profile, not 14 digits.
    TIME_STAMP = "9031", "Date/Time check.";
    /// Everything was refunded before *(assumed)*.
    CANCELLED_BEFORE = "9314", "Can not cancel your request transaction number.";
    /// A full cancel of less than was paid *(assumed)*.
    CANCEL_NOT_ALL = "8061", "Full canceled error.";
    /// `cancelType` is missing or neither 1 nor 2.
    CANCEL_TYPE = "9301", "Invalid Cancel Type.";
    /// A cancel too soon after the payment: seen live.
    CANCEL_BUSY = "9302", "Server is busy. Please kindly try again in few minutes.";
    /// `amt` of a cancel is missing or not a number.
    CANCEL_AMT = "9312", "No cancellation amount or cancellation amount includes the letter.";
    /// The `amt` of a cancel is more than is left to refund.
    CANCEL_TOO_MUCH = "9319", "The amount you entered is larger than the amount you want to cancel.";
    /// A full cancel after a partial one.
    CANCEL_AFTER_PARTIAL = "9320", "Can not cancel the entire data already partially canceled.";
    /// The `amt` of a cancel is zero or negative.
    CANCEL_NOTHING = "9321", "Please fill in the requested amount greater than zero.";
    /// A cancel more than 90 days after the payment.
    CANCEL_TOO_LATE = "9334", "Cancellation period exceeds(limit 90 days).";
    /// The payment method or the lender is not active: seen live.
    NOT_ACTIVATED = "9108", "This Payment method is currently not activated. Contact Nicepay for further information.";
    /// `referenceNo` is longer than 40 characters.
    REFERENCE_LENGTH = "9109", "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length.";
    /// `amt` is zero.
    AMT_TOO_LOW = "9115", "Invalid Amount: too low. Please increase amount.";
    /// `instmntType` is missing or neither 1 nor 2.
    INSTALMENT_TYPE = "9118", "Invalid Installment Type.";
    /// The order is paid already.
    ALREADY_APPROVED = "9126", "Transaction already approved.";
    /// The order has expired.
    EXPIRED = "9129", "Transaction failed: Expired transaction. Please make new transaction.";
    /// No such transaction: seen live on cancel, *(assumed)* elsewhere.
    NOT_FOUND = "9528", "Transaction not found.";
    /// The path, method or operation is not simulated *(ours: the list's text for what is not allowed)*.
    NOT_SIMULATED = "9502", "Transaction not allowed.";
    /// The cart does not add up to `amt`: the code was seen live, the text is 9023's *(assumed)*.
    CART_SUM = "9907", "Invalid Cart Data. Amount is different with Cart Data total amount. Please make sure [amt] = sum of [amt] in [cartData]";
    /// The user token cannot be used: the code was seen, the text is Kredivo's *(assumed)* (`docs/PROTOCOL.md` A-12).
    USER_TOKEN = "9920", "Invalid user_token";
    /// `cartData` cannot be read: seen live.
    CART_FORMAT = "P380", "format error [cartData]";
    /// `sellers` cannot be read *(assumed after cartData's)*.
    SELLERS_FORMAT = "P380", "format error [sellers]";
}

impl Code {
    /// The code with this `resultCd`, with its first text.
    pub fn from_cd(cd: &str) -> Option<Self> {
        RESULT_CODES.iter().map(|(code, _)| *code).find(|code| code.cd == cd)
    }
}
