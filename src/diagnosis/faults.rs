//! Answers that a rule breaks on purpose.

super::slugs! {
    /// A rule has the connection reset.
    FAULT_RESET = "fault/reset", "2.0",
        "Connection reset by a rule", "Koneksi di-reset oleh aturan",
        "Treat the outcome as unknown, and ask for the status with an inquiry.";
    /// A rule has the connection closed without an answer.
    FAULT_EMPTY = "fault/empty", "2.0",
        "No answer, by a rule", "Tanpa jawaban, karena aturan",
        "Treat the outcome as unknown, and ask for the status with an inquiry.";
    /// A rule has half of the JSON sent.
    FAULT_TRUNCATED = "fault/truncated", "2.0",
        "Half of the JSON, by a rule", "JSON terpotong, karena aturan",
        "Treat the outcome as unknown, and ask for the status with an inquiry.";
    /// A rule has the connection closed in the middle of the answer.
    FAULT_CUT = "fault/cut", "2.0",
        "Answer cut by a rule", "Jawaban terputus, karena aturan",
        "Treat the outcome as unknown, and ask for the status with an inquiry.";
    /// A rule has the call answered with this result code.
    FAULT_CODE = "fault/code", "4.9",
        "Result code set by a rule", "Kode hasil dari aturan",
        "Handle the code as one of NICEPAY's; the diagnosis names the rule.";
    /// A rule has the call answered with this HTTP status.
    FAULT_STATUS = "fault/status", "2.0",
        "HTTP status set by a rule", "Status HTTP dari aturan",
        "Treat the outcome as unknown, and ask for the status with an inquiry.";
    /// A rule has the call answered with this body.
    FAULT_BODY = "fault/body", "2.0",
        "Body set by a rule", "Body dari aturan",
        "Do not rely on an answer that you cannot read; the diagnosis names the rule.";
    /// A rule has the answer sent under another Content-Type.
    FAULT_CONTENT_TYPE = "fault/content-type", "2.0",
        "Content-Type set by a rule", "Content-Type dari aturan",
        "Read the body all the same, or refuse it; the diagnosis names the rule.";
    /// A rule has the body sent slowly.
    FAULT_SLOW = "fault/slow", "2.0",
        "Slow body, by a rule", "Body lambat, karena aturan",
        "Read until the body ends, with a timeout.";
    /// A rule has the answer held back.
    FAULT_DELAY = "fault/delay", "2.0",
        "Answer delayed by a rule", "Jawaban ditunda oleh aturan",
        "Set a timeout, and ask for the status with an inquiry when it is over.";
    /// A rule has the call not carried out.
    FAULT_NOT_PERFORMED = "fault/not-performed", "2.0",
        "Not carried out, by a rule", "Tidak dijalankan, karena aturan",
        "Send the request again.";
}
