//! Every URL path that the simulator serves, except the endpoints of NICEPAY: those are in the table of `endpoints`.

/// The prefix of NICEPAY's paths.
pub const GATEWAY: &str = "/nicepay";
/// Style sheet of the gateway's pages.
pub const NICEPAY_CSS: &str = "/nicepay/assets/nicepay.css";
/// Script of the page that takes the browser back to the merchant by a form.
pub const NICEPAY_RETURN_JS: &str = "/nicepay/assets/return.js";

/// The first segments of the lenders' paths: everything below `/kredivo` is Kredivo's.
pub const PARTNERS: [&str; 3] = ["kredivo", "akulaku", "indodana"];
/// A lender's first page: phone and PIN. This and the following are below the lender's segment ([`partner_page`]). The
/// path has Kredivo's own shape (`docs/PROTOCOL.md` §2.2).
pub const SIGN_IN: &str = "/v2/signin";
/// The lender's page of instalment plans.
pub const PLAN: &str = "/v2/plan";
/// The page of a lender that asks for the PIN once more.
pub const PIN: &str = "/v2/pin";
/// The lender's one-time-password page.
pub const OTP: &str = "/v2/otp";
/// `POST`: sends another one-time password.
pub const OTP_RESEND: &str = "/v2/otp/resend";
/// `POST`: the customer gives up.
pub const GIVE_UP: &str = "/v2/cancel";
/// The lender's last page.
pub const RESULT: &str = "/v2/result";
/// Style sheet of the lender's pages.
pub const PARTNER_CSS: &str = "/assets/partner.css";
/// Script of the lender's pages (an enhancement: they work without it).
pub const PARTNER_JS: &str = "/assets/partner.js";

/// The prefix of the simulator's own paths: the dashboard, the control API and the documents.
pub const DEVELOPER: &str = "/__sim";
/// The dashboard. Its pages are below this path.
pub const DASHBOARD: &str = "/__sim/";
/// `GET`: a stream that says whether a page of the dashboard is still up to date.
pub const LIVE: &str = "/__sim/live";
/// `POST`: the control API's calls, for forms.
pub const ACTIONS: &str = "/__sim/actions";
/// Style sheet of the dashboard.
pub const DASHBOARD_CSS: &str = "/__sim/assets/dashboard.css";
/// `POST`: the built-in inbox, a `dbProcessUrl`. Inboxes with names are below it. `GET`: the dashboard's page of what it
/// has received.
pub const INBOX: &str = "/__sim/inbox";
/// The control API.
pub const API: &str = "/__sim/api";
/// `GET`: a stream of the events as they happen.
pub const EVENT_STREAM: &str = "/__sim/api/events/stream";
/// `GET`: the process is alive.
pub const LIVEZ: &str = "/__sim/livez";
/// `GET`: the simulator is ready for requests.
pub const READYZ: &str = "/__sim/readyz";
/// `GET`: the control API, described as OpenAPI.
pub const OPENAPI: &str = "/__sim/openapi.json";
/// The documents: their contents, and below it each of them as HTML and as Markdown.
pub const DOCS: &str = "/__sim/docs/";
/// The reference of diagnoses.
pub const DIAGNOSES: &str = "/__sim/docs/reference/diagnoses.html";
/// `GET`: the index of the documents for programs.
pub const LLMS: &str = "/__sim/llms.txt";
/// Style sheet of the documents, beside the dashboard's.
pub const DOCS_CSS: &str = "/__sim/assets/docs.css";
/// Style sheet of the index page.
pub const INDEX_CSS: &str = "/__sim/assets/index.css";
/// The icon of every page.
pub const FAVICON: &str = "/favicon.svg";
/// The prefix of the demo shop's paths (only with `nicepay-sim demo`).
pub const DEMO: &str = "/demo";
/// `POST`: the demo shop receives the notifications of payments.
pub const DEMO_NOTIFICATION: &str = "/demo/nicepay/notification";
/// `POST`: the demo shop receives the notifications of linked accounts.
pub const DEMO_BINDING: &str = "/demo/nicepay/binding";
/// The demo shop's page of a customer's account.
pub const DEMO_ACCOUNT: &str = "/demo/account";
/// The header that says why a request was refused.
pub const DIAGNOSIS_HEADER: &str = "x-sim-diagnosis";
/// The header that says what was accepted here but would be refused by NICEPAY.
pub const NOTE_HEADER: &str = "x-sim-note";
/// The header that names the rule that decided.
pub const RULE_HEADER: &str = "x-sim-rule";

/// The URL of `page` for the payment with this link.
pub fn page(page: &str, link: &str) -> String {
    format!("{page}?tk={link}")
}

/// The prefix of a lender's paths, by its slug: `/kredivo`.
pub fn partner(slug: &str) -> String {
    format!("/{slug}")
}

/// The URL of a lender's `page` for the payment or binding with this link: `/kredivo/v2/signin?tk=…`.
pub fn partner_page(slug: &str, page: &str, link: &str) -> String {
    format!("/{slug}{page}?tk={link}")
}

/// The slug of the lender that a path or URL path belongs to.
pub fn partner_of(path: &str) -> Option<&'static str> {
    let folder = path.split(['/', '?']).nth(1)?;
    PARTNERS.into_iter().find(|slug| *slug == folder)
}

/// The demo shop's page that asks whether to start over.
pub const DEMO_START_OVER: &str = "/demo/start-over";

/// The demo shop's page of an order.
pub fn demo_order(reference_no: &str) -> String {
    format!("{DEMO}/orders/{reference_no}")
}

/// Where a browser comes back to the demo shop from paying.
pub fn demo_return(reference_no: &str) -> String {
    format!("{DEMO}/nicepay/return/{reference_no}")
}

/// Where a browser comes back to the demo shop from linking an account.
pub fn demo_linked(reference_no: &str) -> String {
    format!("{DEMO}/nicepay/linked/{reference_no}")
}

/// The entry of a diagnosis in the reference, by its slug.
pub fn diagnosis_page(slug: &str) -> String {
    format!("{DIAGNOSES}#{}", slug.replace('/', "-"))
}

/// The integration report on a merchant: the dashboard's page, or without a dashboard the control API's.
pub fn report_page(i_mid: &str) -> String {
    if cfg!(feature = "dashboard") {
        format!("{DEVELOPER}/report?iMid={i_mid}")
    } else {
        format!("{API}/report?iMid={i_mid}&format=html")
    }
}

/// The dashboard's page of a transaction. Without a dashboard, the transaction in the control API.
pub fn transaction_page(t_xid: &str) -> String {
    let below = if cfg!(feature = "dashboard") { DEVELOPER } else { API };
    format!("{below}/transactions/{t_xid}")
}
