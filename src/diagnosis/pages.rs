//! Why a browser does not get the lender's page that it requested.

super::slugs! {
    /// No payment or binding has the link.
    PAGE_UNKNOWN_LINK = "page/unknown-link", "8.1",
        "Unknown link", "Tautan tidak dikenal",
        "Open the link exactly as it was issued; a restart or a reset removes links.";
    /// The time of the payment or binding is up.
    PAGE_EXPIRED = "page/expired", "8.1",
        "Link has expired", "Tautan kedaluwarsa",
        "Register again.";
    /// The payment is decided already.
    PAGE_DECIDED = "page/decided", "8.1",
        "Already decided", "Sudah diputuskan",
        "Go on to the result page.";
    /// Another browser has signed in on this link, or this one never did.
    PAGE_OTHER_SESSION = "page/other-session", "8.1",
        "Another browser's session", "Sesi milik browser lain",
        "Sign in again; keep the cookies between requests.";
    /// The last one-time password was entered wrongly too often, and no other can be sent.
    PAGE_OTP_USED_UP = "page/otp-used-up", "8.1",
        "No one-time password left", "OTP sudah habis",
        "Sign in again.";
    /// The last one-time password has expired, and no other can be sent.
    PAGE_OTP_EXPIRED = "page/otp-expired", "8.1",
        "Last one-time password has expired", "OTP terakhir kedaluwarsa",
        "Sign in again.";
    /// The form could not be read.
    PAGE_BAD_FORM = "page/bad-form", "8.1",
        "Malformed form", "Formulir tidak terbaca",
        "Send the fields of the page's form as application/x-www-form-urlencoded.";
    /// The form does not belong to the customer's current step.
    PAGE_OTHER_STEP = "page/other-step", "8.1",
        "Form of another step", "Formulir milik langkah lain",
        "Follow the redirect, and send the form of that page.";
    /// The link belongs to another lender.
    PAGE_OTHER_LENDER = "page/other-lender", "8.1",
        "Another lender's link", "Tautan milik penyedia cicilan lain",
        "Follow the redirect.";
    /// The customer has not chosen a lender yet.
    PAGE_NO_LENDER = "page/no-lender", "2.8",
        "No lender chosen yet", "Penyedia cicilan belum dipilih",
        "Follow the redirect to NICEPAY's page, and choose one.";
    /// The simulator has a bug.
    PAGE_BUG = "page/bug", "8.1",
        "Bug in the simulator", "Bug pada simulator",
        "The request did not cause it. Report the bug, with the simulator's log.";
}
