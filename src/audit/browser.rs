//! The customer's browser: it walks from the merchant to the lender and back, over HTTP. NICEPAY's hosts lead to the
//! simulator.

use std::time::Duration;

use url::Url;

use super::client::{Answer, Client, Content, Message};
use crate::domain::{Partner, Shopper, TXid};
use crate::endpoints::{Endpoint, HOSTS};
use crate::paths;

/// How long a page may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How many redirects lead from the payment URL to the lender at most.
const MAX_REDIRECTS: usize = 10;
/// How many forms a lender has at most.
const MAX_FORMS: usize = 6;

/// A browser.
pub(super) struct Browser<'a> {
    client: &'a Client,
    /// The simulator's own address.
    simulator: &'a Url,
    /// The simulator's address as its links may have it.
    public_url: Option<&'a Url>,
    /// Cookies by host and port.
    cookies: Vec<(String, String)>,
}

fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

impl<'a> Browser<'a> {
    pub(super) fn new(client: &'a Client, simulator: &'a Url, public_url: Option<&'a Url>) -> Self {
        Self { client, simulator, public_url, cookies: Vec::new() }
    }

    /// A page of the simulator.
    pub(super) fn page(&self, path: &str) -> Result<Url, String> {
        self.simulator.join(path).map_err(|error| error.to_string())
    }

    /// Where a URL really leads.
    fn route(&self, url: &Url) -> Url {
        let is_public = self.public_url.is_some_and(|public| authority(public) == authority(url));
        if !is_public && !url.host_str().is_some_and(|host| HOSTS.contains(&host)) {
            return url.clone();
        }
        let mut routed = self.simulator.clone();
        routed.set_path(url.path());
        routed.set_query(url.query());
        routed
    }

    /// Whether a URL leads to the simulator.
    pub(super) fn is_at_simulator(&self, url: &Url) -> bool {
        authority(&self.route(url)) == authority(self.simulator)
    }

    /// Opens a page, or sends a form. Follows no redirect.
    ///
    /// # Errors
    /// Why no answer came.
    pub(super) async fn open(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> Result<Answer, String> {
        let url = self.route(url);
        let host = authority(&url);
        let of_host = self.cookies.iter().filter(|(of, _)| *of == host).map(|(_, cookie)| cookie.as_str());
        let cookies = of_host.collect::<Vec<_>>().join("; ");
        let content = form.map(Content::Form);
        let message = Message { url: &url, content, cookies, accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
        let answer =
            self.client.send(message, LIMIT).await.map_err(|error| format!("{}: {error}", without_query(&url)))?;
        for cookie in &answer.cookies {
            let name = cookie.split('=').next();
            self.cookies.retain(|(of, known)| *of != host || known.split('=').next() != name);
            self.cookies.push((host.clone(), cookie.clone()));
        }
        Ok(answer)
    }

    /// Pays: opens the payment page, and goes through the lender's pages. Returns the address from which the browser goes
    /// back to the merchant.
    ///
    /// # Errors
    /// Where the way ended.
    pub(super) async fn pay(
        &mut self,
        payment_url: &Url,
        t_xid: &TXid,
        months: u8,
        shopper: impl Fn(Partner) -> Option<Shopper>,
    ) -> Result<Url, String> {
        let (lender, link) = self.arrive(payment_url.clone(), t_xid).await?;
        let shopper =
            Partner::ALL.iter().find(|partner| partner.slug() == lender).and_then(|partner| shopper(*partner));
        let shopper = shopper.ok_or_else(|| format!("there is no shopper of {lender}"))?;
        let offered = shopper.limits.iter().map(|limit| limit.months);
        let months = offered.clone().find(|offered| *offered == months).or(offered.min()).unwrap_or(months).to_string();
        let mut step = paths::SIGN_IN;
        for _ in 0..MAX_FORMS {
            let phone = shopper.phone.to_string();
            let form: &[(&str, &str)] = match step {
                paths::SIGN_IN => &[("phone", &phone), ("pin", &shopper.pin)],
                paths::PLAN => &[("instmntMon", &months), ("consent", "1")],
                paths::OTP => &[("otp", &shopper.otp)],
                _ => &[("pin", &shopper.pin)],
            };
            let page = self.page(&paths::partner_page(lender, step, &link))?;
            let answer = self.open(&page, Some(form)).await?;
            let next = answer.location.as_deref().and_then(|location| page.join(location).ok());
            let known = [paths::SIGN_IN, paths::PLAN, paths::OTP, paths::PIN, paths::RESULT];
            step = match next.and_then(|next| known.into_iter().find(|step| next.path().ends_with(step))) {
                Some(paths::RESULT) => return self.page(&paths::page(Endpoint::PaymentReturn.path(), &link)),
                Some(next) if next != step => next,
                _ => return Err(format!("the form at {} was refused (HTTP {})", page.path(), answer.status)),
            };
        }
        Err("the lender's pages have no end".to_owned())
    }

    /// Goes to the lender: its slug, and the link of the payment.
    async fn arrive(&mut self, mut url: Url, t_xid: &TXid) -> Result<(&'static str, String), String> {
        for _ in 0..MAX_REDIRECTS {
            if self.is_at_simulator(&url) {
                if let Some(found) = lender_of(&url) {
                    return Ok(found);
                }
                if url.path() == Endpoint::CheckoutPage.path() {
                    return self.choose_lender(&url, t_xid).await;
                }
            }
            let answer = self.open(&url, None).await?;
            let Some(location) = answer.location else {
                return Err(format!("{} does not lead to a lender (HTTP {})", without_query(&url), answer.status));
            };
            url = url.join(&location).map_err(|error| error.to_string())?;
        }
        Err("too many redirects".to_owned())
    }

    /// Chooses the first lender that is offered on the page of Checkout.
    async fn choose_lender(&mut self, page: &Url, t_xid: &TXid) -> Result<(&'static str, String), String> {
        for partner in Partner::ALL {
            let form = [("tXid", t_xid.as_str()), ("mitraCd", partner.mitra_cd())];
            let answer = self.open(page, Some(&form)).await?;
            let next = answer.location.and_then(|location| page.join(&location).ok());
            if let Some(found) = next.as_ref().and_then(lender_of) {
                return Ok(found);
            }
        }
        Err("the page of Checkout offers no lender".to_owned())
    }
}

/// The lender's slug and the link, from the URL of a lender's page.
fn lender_of(url: &Url) -> Option<(&'static str, String)> {
    let link = url.query_pairs().find(|(name, _)| name == "tk")?.1.into_owned();
    Some((paths::partner_of(url.path())?, link))
}

/// A URL for people: its query is long, and has a token.
pub(super) fn without_query(url: &Url) -> &str {
    url.as_str().split(['?', '#']).next().unwrap_or_default()
}
