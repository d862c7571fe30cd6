//! What is wrong with a field.

super::slugs! {
    /// A required field is absent, `null` or empty.
    FIELD_MISSING = "field/missing", "4.9",
        "Required field is missing", "Field wajib tidak ada",
        "Send the field that the diagnosis names.";
    /// A field that NICEPAY does not have was sent, and its name looks like one that is missing.
    FIELD_NAME = "field/name", "2.0",
        "Wrong field name", "Nama field salah",
        "Send the field under the name that the diagnosis gives: letter case counts.";
    /// A field is an object, an array or a boolean instead of text.
    FIELD_TYPE = "field/type", "2.0",
        "Field is not text", "Field bukan teks",
        "Send a string; `cartData` and `sellers` are JSON inside a string.";
    /// A field is longer than documented. The lenient profile accepts up to 4,000 characters, with a note.
    FIELD_LENGTH = "field/length", "2.1.1",
        "Field is too long", "Field terlalu panjang",
        "Shorten it to the documented length.";
    /// A field contains control characters, such as a line end.
    FIELD_CONTROL_CHARACTER = "field/control-character", "0",
        "Control character in a field", "Ada karakter kontrol di field",
        "Remove line ends, tabs and the like.";
    /// The strict profile requires a `timeStamp` of 14 digits.
    TIME_STAMP_FORMAT = "timeStamp/format", "3.2",
        "Malformed timeStamp", "Format timeStamp salah",
        "Send `yyyyMMddHHmmss`, in Jakarta's time.";
    /// No merchant has the `iMid`, or none was sent.
    I_MID_UNKNOWN = "iMid/unknown", "5.1",
        "Unknown merchant", "Merchant tidak dikenal",
        "Use an `iMid` that the diagnosis lists, or add yours with `--merchant IMID=KEY` or `PUT /__sim/api/merchants/IMID`.";
    /// `amt` is not 1 to 12 digits.
    AMT_FORMAT = "amt/format", "3.3",
        "Malformed amount", "Format amt salah",
        "Send whole rupiah as digits: no sign, blank, separator or decimals.";
    /// `amt` is zero.
    AMT_ZERO = "amt/zero", "3.3",
        "Amount is zero", "amt bernilai nol",
        "Send at least 1.";
    /// The `amt` of a cancel is zero or negative.
    AMT_NOT_POSITIVE = "amt/not-positive", "2.6",
        "Nothing to cancel", "Jumlah cancel nol atau negatif",
        "Send at least 1.";
    /// `amt` begins with zeros. It is accepted, but later messages and the token of `/payment` use the number without
    /// them.
    AMT_LEADING_ZEROS = "amt/leading-zeros", "3.3",
        "Amount with leading zeros", "amt diawali nol",
        "Send the number without leading zeros.";
    /// The `amt` of an inquiry is not that of the registration.
    AMT_MISMATCH = "amt/mismatch", "2.5",
        "Amount differs from the order's", "amt berbeda dari pesanan",
        "Send the registered `amt`, or start with `--inquiry-amt ignore`.";
    /// `currency` is not `IDR`.
    CURRENCY_UNKNOWN = "currency/unknown", "2.1.1",
        "Unknown currency", "Mata uang tidak dikenal",
        "Send `IDR`.";
    /// NICEPAY does not accept the `referenceNo`.
    REFERENCE_NO_FORMAT = "referenceNo/format", "2.1.1",
        "Malformed referenceNo", "Format referenceNo salah",
        "Send 1 to 40 characters without line ends or other control characters.";
    /// `referenceNo` has more than 40 characters.
    REFERENCE_NO_LENGTH = "referenceNo/length", "2.1.1",
        "referenceNo is too long", "referenceNo terlalu panjang",
        "Shorten it to 40 characters.";
    /// `billingPhone` is not a telephone number.
    BILLING_PHONE_FORMAT = "billingPhone/format", "2.9",
        "Malformed phone number", "Format nomor telepon salah",
        "Send a number such as +62-82112345678.";
    /// `dbProcessUrl` is not an absolute http or https URL with a host.
    DB_PROCESS_URL_FORMAT = "dbProcessUrl/format", "2.1.1",
        "Malformed dbProcessUrl", "Format dbProcessUrl salah",
        "Send the whole address, for example `http://127.0.0.1:3000/notify`.";
    /// The simulator sends no notification to this `dbProcessUrl`: by default it calls only this machine and private
    /// networks.
    DB_PROCESS_URL_NOT_CALLED = "dbProcessUrl/not-called", "2.3",
        "Notifications are not sent", "Notifikasi tidak dikirim",
        "Use a URL of this machine or network in tests, or start with `--allow-egress`.";
    /// `callBackUrl` is not an absolute http or https URL with a host, or too long. A URL that opens an app needs
    /// `--callback-scheme`.
    CALL_BACK_URL_FORMAT = "callBackUrl/format", "2.2",
        "Malformed callBackUrl", "Format callBackUrl salah",
        "Send the whole address, URL-encoded in a query or form.";
    /// `/payment` was opened without `callBackUrl`.
    CALL_BACK_URL_MISSING = "callBackUrl/missing", "2.2",
        "No callBackUrl", "callBackUrl tidak ada",
        "Append `callBackUrl` to the link to `/payment`.";
    /// `callBackUrl` was sent to `/payment` without encoding, and ends at its first `&`.
    CALL_BACK_URL_CUT = "callBackUrl/cut", "2.2",
        "callBackUrl cut at &", "callBackUrl terpotong di &",
        "Encode the whole `callBackUrl`, for example with `encodeURIComponent`, `urlencode` or `URLEncoder`.";
    /// The strict profile refuses a direct registration that has `callBackUrl`, as the live sandbox does.
    CALL_BACK_URL_PRESENT = "callBackUrl/present", "2.1.1",
        "callBackUrl in a registration", "callBackUrl ada di registration",
        "Send `callBackUrl` to `/payment`, not with the registration.";
    /// `cartData` is not a JSON object with a list `item`.
    CART_DATA_FORMAT = "cartData/format", "2.1.2",
        "Malformed cartData", "Format cartData salah",
        "Send JSON inside a string: `{\"count\":\"1\",\"item\":[…]}`.";
    /// `cartData` has no line.
    CART_DATA_EMPTY = "cartData/empty", "2.1.2",
        "Empty cart", "cartData kosong",
        "Send at least one line in `item`.";
    /// A line of `cartData` has no `goods_amt`.
    CART_DATA_GOODS_AMT = "cartData/goods_amt", "2.1.2",
        "Cart line without a price", "Baris cartData tanpa goods_amt",
        "Send `goods_amt` in each line.";
    /// `goods_amt`, `goods_quantity` or `count` is not a whole number, or, in the strict profile, not a string.
    CART_DATA_NUMBER = "cartData/number", "2.1.2",
        "Malformed number in the cart", "Angka di cartData salah",
        "Send whole numbers as strings: `\"25145\"`.";
    /// A line of `cartData` is negative.
    CART_DATA_NEGATIVE = "cartData/negative", "2.1.2",
        "Negative cart line", "Baris cartData negatif",
        "Subtract a discount from the prices; do not send a negative line.";
    /// The lines of `cartData` do not add up to `amt`.
    CART_DATA_SUM = "cartData/sum", "2.1.2",
        "Cart does not add up to amt", "Total cartData tidak sama dengan amt",
        "Make the sum of `goods_amt` x `goods_quantity` equal to `amt`: shipping and fees are lines, too.";
    /// The strict profile refuses a `goods_url` that is local, as the live sandbox does.
    CART_DATA_LOCAL_URL = "cartData/local-url", "2.1.2",
        "Local goods_url", "goods_url lokal",
        "Send a public URL, or leave the field out.";
    /// `sellers` is not a JSON list of objects.
    SELLERS_FORMAT = "sellers/format", "2.1.3",
        "Malformed sellers", "Format sellers salah",
        "Send JSON inside a string: `[{\"sellersId\":…}]`.";
    /// The strict profile refuses a `sellersUrl` that is local, as the live sandbox does.
    SELLERS_LOCAL_URL = "sellers/local-url", "2.1.3",
        "Local sellersUrl", "sellersUrl lokal",
        "Send a public URL, or leave the field out.";
    /// `instmntType` is neither 1 nor 2.
    INSTMNT_TYPE_UNKNOWN = "instmntType/unknown", "4.4",
        "Unknown instmntType", "instmntType tidak dikenal",
        "Send 1 (the customer pays the interest) or 2 (the merchant does).";
    /// `instmntMon` is not 1 to 24.
    INSTMNT_MON_RANGE = "instmntMon/range", "4.6",
        "instmntMon out of range", "instmntMon di luar jangkauan",
        "Send the number of months, 1 to 24.";
    /// The endpoint does not support the `payMethod`.
    PAY_METHOD_INACTIVE = "payMethod/inactive", "4.5",
        "Payment method is not active", "Metode pembayaran tidak aktif",
        "Send 06, Payloan; 00 is for Checkout only.";
    /// `mitraCd` is not the code of a simulated lender.
    MITRA_CD_UNKNOWN = "mitraCd/unknown", "4.7",
        "Unknown lender", "Penyedia cicilan tidak dikenal",
        "Send `KDVI`, `AKLP` or `IDNA`.";
    /// The lender is switched off for this merchant.
    MITRA_CD_INACTIVE = "mitraCd/inactive", "4.7",
        "Lender is switched off", "Penyedia cicilan tidak diaktifkan",
        "Switch it on with `PUT /__sim/api/merchants/IMID` and `partners`.";
    /// The lender issues no user tokens, so no account can be linked.
    MITRA_CD_NO_TOKENS = "mitraCd/no-tokens", "1.2",
        "Lender without user tokens", "Penyedia cicilan tanpa user token",
        "Link accounts of Kredivo (`KDVI`) only.";
    /// confirmAkulaku was called for a payment of another lender.
    MITRA_CD_NOT_AKULAKU = "mitraCd/not-akulaku", "2.7",
        "Not a payment of Akulaku", "Bukan pembayaran Akulaku",
        "Call it for payments with `mitraCd` AKLP only.";
    /// `tokenizeUser` is neither 0, 1 nor 2.
    TOKENIZE_USER_UNKNOWN = "tokenizeUser/unknown", "2.1.1",
        "Unknown tokenizeUser", "tokenizeUser tidak dikenal",
        "Send 1 to get a user token, 2 to pay with one, or nothing.";
    /// `tokenizeUser` was sent for a lender that issues no user tokens.
    TOKENIZE_USER_PARTNER = "tokenizeUser/partner", "1.2",
        "Lender without user tokens", "Penyedia cicilan tanpa user token",
        "Use `tokenizeUser` with Kredivo (`KDVI`) only.";
    /// `tokenizeUser` 1 needs `clientUserKey`.
    CLIENT_USER_KEY_MISSING = "clientUserKey/missing", "1.4",
        "No clientUserKey", "clientUserKey tidak ada",
        "Send your own id of the customer.";
    /// NICEPAY does not accept the `clientUserKey`.
    CLIENT_USER_KEY_FORMAT = "clientUserKey/format", "2.1.1",
        "Malformed clientUserKey", "Format clientUserKey salah",
        "Send 1 to 4,000 characters without line ends or other control characters.";
    /// `tokenizeUser` 2 needs `userToken`.
    USER_TOKEN_MISSING = "userToken/missing", "1.6",
        "No userToken", "userToken tidak ada",
        "Send the user token of the notification that issued it.";
    /// `payValidDt` and `payValidTm` are not a date and a time; the order expires after 24 hours.
    PAY_VALID_DT_FORMAT = "payValidDt/format", "3.2",
        "Malformed payment deadline", "Format batas waktu pembayaran salah",
        "Send both: `yyyyMMdd` and `HHmmss`, in Jakarta's time.";
    /// `payValidDt` and `payValidTm` are in the past, so the order cannot be paid.
    PAY_VALID_DT_PAST = "payValidDt/past", "3.2",
        "Payment deadline is in the past", "Batas waktu pembayaran sudah lewat",
        "Send a time in the future by the simulator's clock, in Jakarta's time.";
}
