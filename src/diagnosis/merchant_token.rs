//! Why a merchantToken is wrong.

super::slugs! {
    /// The request has no merchantToken.
    TOKEN_MISSING = "merchantToken/missing", "2.0",
        "No merchantToken", "merchantToken tidak ada",
        "Compute the SHA-256 of the fields that the diagnosis lists, then the merchantKey, and send it as 64 hexadecimal digits.";
    /// A field that the token covers is absent, `null` or empty.
    TOKEN_FIELD_ABSENT = "merchantToken/field-absent", "2.0",
        "A signed field is missing", "Field yang ikut di-hash tidak ada",
        "Send the field that the diagnosis names, and hash the same text.";
    /// The token matches none of the known mistakes.
    TOKEN_UNKNOWN = "merchantToken/unknown", "2.0",
        "Token matches no known mistake", "Token tidak cocok dengan kesalahan umum mana pun",
        "Compare your merchantKey with the one that the simulator has for this `iMid`, then the values that you hash with the fields as received, which the diagnosis lists; `nicepay-sim sign` computes the right token.";
    /// The token is right, but has blanks or a line end around it.
    TOKEN_BLANK = "merchantToken/blank", "2.0",
        "Blanks around the token", "Ada spasi di sekitar token",
        "Trim the token before you send it.";
    /// A line end, a blank or a tab was hashed with the merchantKey.
    TOKEN_TRAILING_NEWLINE = "merchantToken/trailing-newline", "2.0",
        "White space around the key", "Spasi atau ganti baris di sekitar merchantKey",
        "Trim the merchantKey that you read from a file or variable; in a shell use `printf '%s'`, not `echo`.";
    /// The token has the length of another hash, such as MD5 or SHA-512.
    TOKEN_OTHER_HASH = "merchantToken/other-hash", "2.0",
        "Another hash function", "Fungsi hash lain",
        "Use SHA-256.";
    /// The hash was hashed once more.
    TOKEN_HASHED_TWICE = "merchantToken/hashed-twice", "2.0",
        "Hashed twice", "Di-hash dua kali",
        "Compute the SHA-256 once, and write it as 64 hexadecimal digits.";
    /// The token looks like Base64.
    TOKEN_ENCODING = "merchantToken/encoding", "2.0",
        "Base64 instead of hexadecimal", "Base64, bukan heksadesimal",
        "Write the 32 bytes of the hash as 64 hexadecimal digits.";
    /// The token is not 64 hexadecimal digits.
    TOKEN_LENGTH = "merchantToken/length", "2.0",
        "Wrong length", "Panjang token salah",
        "Send the whole SHA-256 as 64 hexadecimal digits.";
    /// Another form of `amt` was hashed than was sent, for example `25145.00` and `25145`.
    TOKEN_AMOUNT_FORMAT = "merchantToken/amount-format", "3.3",
        "Amount hashed in another form", "Format amt pada hash berbeda",
        "Hash exactly the text that you send as `amt`: whole rupiah without separators or decimals.";
    /// A partial cancel was signed with the amount of the whole order.
    TOKEN_AMT_DIFFERS = "merchantToken/amt-differs", "2.6",
        "Cancel signed with the whole amount", "Cancel ditandatangani dengan jumlah penuh",
        "Hash the `amt` of the cancel, not that of the order.";
    /// The hashed timeStamp is a few seconds away from the one that was sent.
    TOKEN_TIME_STAMP_DIFFERS = "merchantToken/timeStamp-differs", "2.0",
        "Another second was hashed", "Detik pada timeStamp berbeda",
        "Take the time once, and use the same text for the field and for the hash.";
    /// The hashed timeStamp has the hours of a 12-hour clock, or the sent one has.
    TOKEN_TWELVE_HOUR_CLOCK = "merchantToken/12-hour-clock", "3.2",
        "12-hour clock", "Jam format 12 jam",
        "Format the hours as 00 to 23: `HH` in Java, `H` in PHP, `%H` in Python.";
    /// The hashed timeStamp is that of another time zone.
    TOKEN_TIME_ZONE = "merchantToken/time-zone", "3.2",
        "Another time zone was hashed", "Zona waktu pada timeStamp berbeda",
        "Take the time once, in one time zone, and use the same text for the field and for the hash.";
    /// A text such as `undefined` or `null` was hashed in place of a field or of the merchantKey.
    TOKEN_NO_VALUE = "merchantToken/no-value", "2.0",
        "A variable without a value was hashed", "Variabel tanpa nilai ikut di-hash",
        "Look at which variable your code hashes at the place that the diagnosis shows; hash only the fields that it lists.";
    /// The merchantKey was not hashed.
    TOKEN_MISSING_KEY = "merchantToken/missing-key", "2.0",
        "Computed without the merchantKey", "Dihitung tanpa merchantKey",
        "Append the merchantKey to the fields before you hash.";
    /// A value that the token must cover was not hashed.
    TOKEN_MISSING_FIELD = "merchantToken/missing-field", "2.0",
        "A field was not hashed", "Satu field tidak ikut di-hash",
        "Hash all fields that the diagnosis lists, in that order.";
    /// `timeStamp` was not hashed.
    TOKEN_MISSING_TIME_STAMP = "merchantToken/missing-timeStamp", "2.0",
        "Computed without timeStamp", "Dihitung tanpa timeStamp",
        "Hash all fields that the diagnosis lists, in that order.";
    /// `iMid` was not hashed.
    TOKEN_MISSING_I_MID = "merchantToken/missing-iMid", "2.0",
        "Computed without iMid", "Dihitung tanpa iMid",
        "Hash all fields that the diagnosis lists, in that order.";
    /// `referenceNo` was not hashed.
    TOKEN_MISSING_REFERENCE_NO = "merchantToken/missing-referenceNo", "2.0",
        "Computed without referenceNo", "Dihitung tanpa referenceNo",
        "Hash all fields that the diagnosis lists, in that order.";
    /// `amt` was not hashed.
    TOKEN_MISSING_AMT = "merchantToken/missing-amt", "2.0",
        "Computed without amt", "Dihitung tanpa amt",
        "Hash all fields that the diagnosis lists, in that order.";
    /// `tXid` was not hashed.
    TOKEN_MISSING_T_XID = "merchantToken/missing-tXid", "2.0",
        "Computed without tXid", "Dihitung tanpa tXid",
        "Hash all fields that the diagnosis lists, in that order.";
    /// The fields were hashed in another order, or the merchantKey before them.
    TOKEN_FIELD_ORDER = "merchantToken/field-order", "2.0",
        "Hashed in the wrong order", "Urutan field pada hash salah",
        "Hash the fields in the order that the diagnosis lists, the merchantKey last.";
    /// The token is right for another endpoint.
    TOKEN_OTHER_RECIPE = "merchantToken/other-recipe", "2.0",
        "Token of another endpoint", "Token milik endpoint lain",
        "Each endpoint hashes its own fields: use those that the diagnosis lists.";
    /// The token covers a timeStamp, but the documents of this endpoint do not list one. The strict profile refuses it.
    TOKEN_WITH_TIME_STAMP = "merchantToken/with-timeStamp", "7",
        "timeStamp hashed where none is documented", "timeStamp ikut di-hash padahal tidak didokumentasikan",
        "Leave timeStamp out of this endpoint's token.";
    /// `referenceNo` was hashed in another form: another letter case, encoded, or with blanks around it.
    TOKEN_REFERENCE_NO_DIFFERS = "merchantToken/referenceNo-differs", "2.0",
        "Another form of referenceNo was hashed", "Bentuk referenceNo pada hash berbeda",
        "Hash exactly the text that you send.";
    /// `userToken` was hashed in another letter case, or without its hyphens.
    TOKEN_USER_TOKEN_DIFFERS = "merchantToken/userToken-differs", "2.10",
        "Another form of userToken was hashed", "Bentuk userToken pada hash berbeda",
        "Hash exactly the text that you send: lower case, with the hyphens.";
    /// `billingPhone` was hashed in another form than it was sent.
    TOKEN_BILLING_PHONE_DIFFERS = "merchantToken/billingPhone-differs", "2.9",
        "Another form of the phone was hashed", "Bentuk nomor telepon pada hash berbeda",
        "Hash `billingPhone` exactly as you send it, plus sign and hyphens included.";
    /// Another form of a field was hashed than was sent.
    TOKEN_FIELD_DIFFERS = "merchantToken/field-differs", "2.0",
        "Another form of a field was hashed", "Bentuk field pada hash berbeda",
        "Hash exactly the text that you send.";
    /// The merchantKey of another merchant was hashed.
    TOKEN_OTHER_KEY = "merchantToken/other-key", "5.1",
        "Another merchant's key", "merchantKey milik merchant lain",
        "Use the merchantKey that belongs to the `iMid` of the request.";
    /// The merchantKey was changed on its way to the hash: quoted, cut, encoded or decoded.
    TOKEN_CHANGED_KEY = "merchantToken/changed-key", "5.1",
        "The key was changed", "merchantKey berubah",
        "Hash the merchantKey as plain text, exactly as NICEPAY gives it; print its length where you hash it.";
    /// The slashes of the merchantKey were hashed as `\/`.
    TOKEN_ESCAPED_KEY = "merchantToken/escaped-key", "5.1",
        "Key with escaped slashes", "Garis miring pada merchantKey ter-escape",
        "Read the merchantKey as plain text: a JSON encoder has put a backslash before each slash.";
    /// The token is an HMAC-SHA-256.
    TOKEN_HMAC = "merchantToken/hmac", "2.0",
        "HMAC instead of a plain hash", "HMAC, bukan hash biasa",
        "Compute the plain SHA-256 of the fields and the merchantKey, one after the other.";
    /// The fields were joined with a separator.
    TOKEN_SEPARATOR = "merchantToken/separator", "2.0",
        "Separator between the fields", "Ada pemisah di antara field",
        "Join the values without anything between them.";
}
