//! Why an order, a user token or a cancel is refused.

super::slugs! {
    /// The merchant has used this `referenceNo` before.
    REFERENCE_NO_DUPLICATE = "referenceNo/duplicate", "2.1.7",
        "referenceNo was used before", "referenceNo sudah pernah dipakai",
        "Send a new `referenceNo` for each attempt, or switch the check off with `PUT /__sim/api/merchants/IMID` and `duplicateCheck`.";
    /// The transaction has another `referenceNo` than was sent.
    REFERENCE_NO_MISMATCH = "referenceNo/mismatch", "2.5",
        "referenceNo is not that of the tXid", "referenceNo tidak sesuai tXid",
        "Send the `referenceNo` with which the tXid was registered.";
    /// No transaction has the tXid, or none was sent.
    T_XID_UNKNOWN = "tXid/unknown", "2.5",
        "Unknown tXid", "tXid tidak dikenal",
        "Register the order again if the simulator was restarted or reset since.";
    /// The transaction belongs to another merchant.
    T_XID_OTHER_MERCHANT = "tXid/other-merchant", "2.5",
        "Another merchant's transaction", "Transaksi milik merchant lain",
        "Use the `iMid` that registered it.";
    /// The order was not registered at Checkout.
    T_XID_NOT_CHECKOUT = "tXid/not-checkout", "2.8",
        "Not an order of Checkout", "Bukan pesanan Checkout",
        "Send the browser to `/nicepay/direct/v2/payment`.";
    /// A browser came back from the lender with a link that no payment or binding has.
    TK_UNKNOWN = "tk/unknown", "2.4",
        "Unknown link", "Tautan tidak dikenal",
        "Open the link exactly as it was issued; a restart or a reset removes links.";
    /// The order is paid already.
    TRANSACTION_PAID = "transaction/paid", "2.2",
        "Already paid", "Sudah dibayar",
        "Check the status with an inquiry before you send the browser to `/payment`.";
    /// The order's time is up.
    TRANSACTION_EXPIRED = "transaction/expired", "3.2",
        "Order has expired", "Pesanan kedaluwarsa",
        "Register the order again, under a new `referenceNo`.";
    /// The transaction is not paid, so there is nothing to cancel or to confirm.
    TRANSACTION_UNPAID = "transaction/unpaid", "2.6",
        "Not paid", "Belum dibayar",
        "Wait until an inquiry says status 0.";
    /// The limit of transactions is reached, and all of them are open.
    LIMIT_TRANSACTIONS = "limit/transactions", "2.0",
        "No room for more transactions", "Tidak ada ruang untuk transaksi baru",
        "Reset the simulator, or start with a larger `--max-transactions`.";
    /// The memory budget is used up, and no order is finished that could be removed.
    LIMIT_MEMORY = "limit/memory", "2.0",
        "No memory for more orders", "Memori untuk pesanan baru habis",
        "Reset the simulator, or start with a larger `--max-memory`. `GET /__sim/api/info` shows what uses it.";
    /// The user token was never issued here, or a restart or a reset has removed it.
    USER_TOKEN_UNKNOWN = "userToken/unknown", "1.6",
        "Unknown user token", "User token tidak dikenal",
        "Link the account again. A restart and a reset remove tokens; `POST /__sim/api/tokens` issues one for a test.";
    /// The user token was issued to another merchant.
    USER_TOKEN_OTHER_MERCHANT = "userToken/other-merchant", "1.6",
        "Another merchant's user token", "User token milik merchant lain",
        "Use a token that was issued to this `iMid`.";
    /// The user token belongs to another `clientUserKey`.
    USER_TOKEN_OTHER_CUSTOMER = "userToken/other-customer", "1.6",
        "Another customer's user token", "User token milik pelanggan lain",
        "Send the `clientUserKey` for which the token was issued.";
    /// The user token was removed by the merchant or revoked by the customer.
    USER_TOKEN_INACTIVE = "userToken/inactive", "2.10",
        "User token is no longer valid", "User token tidak berlaku lagi",
        "Delete the token, and ask the customer to link the account again.";
    /// `cancelType` is neither 1 nor 2.
    CANCEL_TYPE_UNKNOWN = "cancelType/unknown", "4.8",
        "Unknown cancelType", "cancelType tidak dikenal",
        "Send 1 (full) or 2 (partial).";
    /// The payment was made too recently: the scenario does not allow a cancel yet.
    CANCEL_TOO_EARLY = "cancel/too-early", "2.6",
        "Too soon after the payment", "Terlalu cepat setelah pembayaran",
        "Try again after the time that the diagnosis names.";
    /// The payment is more than 90 days old, or older than its lender takes refunds: 30 days at Indodana.
    CANCEL_TOO_LATE = "cancel/too-late", "2.6",
        "Too late for a cancel", "Terlambat untuk pembatalan",
        "Refund the money outside NICEPAY, or ask for a refund by hand: in a test, by the control API's cancel.";
    /// Everything was refunded before.
    CANCEL_TWICE = "cancel/twice", "2.6",
        "Cancelled before", "Sudah pernah dibatalkan",
        "Check the status with an inquiry before you cancel.";
    /// A full cancel comes after a partial one.
    CANCEL_FULL_AFTER_PARTIAL = "cancel/full-after-partial", "2.6",
        "Full cancel after a partial one", "Cancel penuh setelah cancel sebagian",
        "Use `cancelType` 2 for the rest.";
    /// `amt` is more than is left to refund.
    CANCEL_TOO_MUCH = "cancel/too-much", "2.6",
        "More than is left", "Melebihi sisa pembayaran",
        "Send at most what is left; the diagnosis names it.";
    /// The `amt` of a full cancel is not what was paid.
    CANCEL_NOT_ALL = "cancel/not-all", "2.6",
        "Full cancel of a part", "Cancel penuh dengan jumlah sebagian",
        "Use `cancelType` 2 for a part, or send the whole amount.";
}
