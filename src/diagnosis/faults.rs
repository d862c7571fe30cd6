//! Faults: responses that a rule breaks on purpose.

super::slugs! {
    /// A rule resets the connection.
    FAULT_RESET = "fault/reset", "2.0",
        "Connection reset by a rule", "Koneksi di-reset oleh aturan",
        "Treat the result as unknown, and check the status with an inquiry.";
    /// A rule closes the connection without a response.
    FAULT_EMPTY = "fault/empty", "2.0",
        "No response, because of a rule", "Tanpa respons karena aturan",
        "Treat the result as unknown, and check the status with an inquiry.";
    /// A rule sends only half of the JSON.
    FAULT_TRUNCATED = "fault/truncated", "2.0",
        "JSON cut in half by a rule", "JSON terpotong karena aturan",
        "Treat the result as unknown, and check the status with an inquiry.";
    /// A rule closes the connection in the middle of the response.
    FAULT_CUT = "fault/cut", "2.0",
        "Response interrupted by a rule", "Respons terputus karena aturan",
        "Treat the result as unknown, and check the status with an inquiry.";
    /// A rule sets this result code.
    FAULT_CODE = "fault/code", "4.9",
        "Result code set by a rule", "Kode hasil dari aturan",
        "Handle the code as if NICEPAY had sent it; the diagnosis names the rule.";
    /// A rule sets this HTTP status.
    FAULT_STATUS = "fault/status", "2.0",
        "HTTP status set by a rule", "Status HTTP dari aturan",
        "Treat the result as unknown, and check the status with an inquiry.";
    /// A rule sets this body.
    FAULT_BODY = "fault/body", "2.0",
        "Body set by a rule", "Body dari aturan",
        "Do not trust a response that you cannot read; the diagnosis names the rule.";
    /// A rule sends the response with another Content-Type.
    FAULT_CONTENT_TYPE = "fault/content-type", "2.0",
        "Content-Type set by a rule", "Content-Type dari aturan",
        "Read the body anyway, or reject it; the diagnosis names the rule.";
    /// A rule sends the body slowly.
    FAULT_SLOW = "fault/slow", "2.0",
        "Body sent slowly by a rule", "Body dikirim lambat karena aturan",
        "Read until the body ends, with a timeout.";
    /// A rule delays the response.
    FAULT_DELAY = "fault/delay", "2.0",
        "Response delayed by a rule", "Respons ditunda oleh aturan",
        "Set a timeout; when it ends, check the status with an inquiry.";
    /// Because of a rule, the request is not carried out.
    FAULT_NOT_PERFORMED = "fault/not-performed", "2.0",
        "Request not carried out, because of a rule", "Permintaan tidak dijalankan karena aturan",
        "Send the request again.";
}
