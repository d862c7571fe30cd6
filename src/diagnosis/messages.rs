//! Why an endpoint cannot read a request.

super::slugs! {
    /// NICEPAY has no such path, or the simulator does not simulate it.
    PATH_NOT_SIMULATED = "path/not-simulated", "2",
        "Path is not simulated", "Path tidak disimulasikan",
        "Compare the path with the one that the diagnosis suggests.";
    /// The path belongs to SNAP, which has no Payloan.
    PATH_SNAP = "path/snap", "2.13",
        "SNAP is not simulated", "SNAP tidak disimulasikan",
        "Use the endpoints of V2 (non-SNAP); docs/reference/endpoints.md lists them.";
    /// The path belongs to NICEPAY's V1 API.
    PATH_V1 = "path/v1", "2.13",
        "V1 is not simulated", "V1 tidak disimulasikan",
        "Use the endpoint of V2 that the diagnosis names. Its body is JSON.";
    /// The path belongs to NICEPAY's Payout API.
    PATH_PAYOUT = "path/payout", "2.13",
        "Payout is not simulated", "Payout tidak disimulasikan",
        "Replace this call by a stub of your own in your tests.";
    /// A page in a browser calls the API with `fetch`, and the browser asks first whether it may (a CORS preflight).
    PATH_CORS_PREFLIGHT = "path/cors-preflight", "2.13",
        "API called from a page", "API dipanggil dari halaman browser",
        "Call the API from your server: the merchantKey must not reach a browser. Open `/payment` by a link or a form.";
    /// A page in a browser, of another site than the simulator, calls the API. The request is not carried out: the
    /// published keys would let any page register orders here. The live gateway's answer is not known.
    ORIGIN_FOREIGN = "origin/foreign", "2.13",
        "API called by another site's page", "API dipanggil oleh halaman situs lain",
        "Call the API from your server: the merchantKey must not reach a browser. `http://localhost:3000` is another site, too.";
    /// The path lacks `/nicepay` at its beginning.
    PATH_WITHOUT_NICEPAY = "path/without-nicepay", "6.1",
        "Base URL without /nicepay", "Base URL tanpa /nicepay",
        "Add `/nicepay` to your base URL, or use the base URL for your client from README.";
    /// The path is served, but not with this HTTP method.
    PATH_WRONG_VERB = "path/wrong-verb", "2",
        "Wrong HTTP method", "Metode HTTP salah",
        "Use a method that the header `Allow` lists.";
    /// The body has the wrong format: a form instead of JSON, or JSON instead of a form.
    /// As a note: the body is JSON, but its Content-Type says something else.
    BODY_CONTENT_TYPE = "body/content-type", "2.0",
        "Wrong Content-Type", "Content-Type salah",
        "Send the format that the diagnosis names, with its Content-Type.";
    /// The request has no body.
    BODY_EMPTY = "body/empty", "2.0",
        "No body", "Body kosong",
        "Send the fields as a JSON object.";
    /// The body is not JSON.
    BODY_NOT_JSON = "body/not-json", "2.0",
        "Not JSON", "Bukan JSON",
        "Look at the byte that the diagnosis names, and let a JSON library write the body.";
    /// The body is JSON, but not an object.
    BODY_NOT_AN_OBJECT = "body/not-an-object", "2.0",
        "Not a JSON object", "Bukan objek JSON",
        "Send one object with the fields as its keys.";
    /// The JSON ends too early.
    BODY_TRUNCATED = "body/truncated", "2.0",
        "JSON ends too early", "JSON terpotong",
        "Send the whole body, and a Content-Length that counts bytes, not characters.";
    /// The body is not UTF-8.
    BODY_NOT_UTF_8 = "body/not-utf-8", "2.0",
        "Not UTF-8", "Bukan UTF-8",
        "Encode the body as UTF-8.";
    /// The body is compressed. NICEPAY documents no compression, so it is not read *(assumed)*.
    BODY_COMPRESSED = "body/compressed", "2.0",
        "Compressed body", "Body terkompresi",
        "Send the body uncompressed, without Content-Encoding.";
    /// A key occurs twice.
    BODY_DUPLICATE_KEY = "body/duplicate-key", "2.0",
        "Key sent twice", "Key dikirim dua kali",
        "Send each field once.";
    /// The body has too many fields that NICEPAY does not have.
    BODY_TOO_MANY_FIELDS = "body/too-many-fields", "2.0",
        "Too many unknown fields", "Terlalu banyak field tak dikenal",
        "Send the documented fields only.";
    /// Objects or arrays are nested too deeply.
    BODY_TOO_DEEP = "body/too-deep", "2.0",
        "Nested too deeply", "Terlalu banyak tingkat",
        "Send the fields flat; `cartData` and `sellers` are JSON inside a string.";
    /// The body is larger than the simulator accepts.
    BODY_TOO_LARGE = "body/too-large", "2.0",
        "Body too large", "Body terlalu besar",
        "Send less, or start with a larger `--max-body-bytes`.";
    /// The body did not arrive in time.
    BODY_TOO_SLOW = "body/too-slow", "2.0",
        "Body too slow", "Body terlalu lambat",
        "Send the body without pauses, or start with a longer `--slow-client-timeout`.";
    /// The connection ended before the whole body had arrived.
    BODY_BROKEN = "body/broken", "2.0",
        "Body ended early", "Body terputus",
        "Send as many bytes as Content-Length says.";
    /// The simulator has a bug.
    SIMULATOR_BUG = "simulator/bug", "2.0",
        "Bug in the simulator", "Bug pada simulator",
        "Your request did not cause it. Report the bug, with the simulator's log.";
}
