//! The customer of a drill: pays, in the browser where the merchant's answer has the way, and returns to the shop.

use std::convert::Infallible;

use url::Url;

use super::browser::{Browser, without_query};
use super::run::Auditor;
use crate::domain::{Amount, CreditLimit, IMid, Partner, Phone, Shopper, Stage, Transaction};
use crate::engine::{BrowserSubject, BuyerAction, BuyerCommand, BuyerError, CallbackSent};
use crate::protocol::{Callback, CallbackResult, Method};

/// How many redirects within the shop are followed.
const MAX_REDIRECTS: usize = 5;
/// What the customer may owe: no drill fails because of a limit.
const LIMIT: Amount = Amount::from_rupiah(1_000_000_000_000);

/// A customer.
pub(super) struct Customer<'a> {
    auditor: &'a Auditor,
    transaction: Transaction,
    payment_url: Option<Url>,
    browser: Browser<'a>,
    /// Where the browser goes on its way back to the shop.
    back: Option<Url>,
    /// What did not go as it should.
    pub(super) notes: Vec<String>,
}

/// The phone of the audit's own shopper at a lender. No other test uses it.
fn phone(partner: Partner) -> Option<Phone> {
    let text = match partner {
        Partner::Kredivo => "089900000901",
        Partner::Akulaku => "089900000902",
        Partner::Indodana => "089900000903",
    };
    Phone::new(text).ok()
}

/// The audit's own shopper at a lender, as a merchant sees it before a drill: it owes nothing.
fn shopper(auditor: &Auditor, partner: Partner) -> Option<Shopper> {
    let catalog = auditor.engine.catalog();
    let usual = catalog.default_phone(partner)?;
    let usual = catalog.shoppers().iter().find(|shopper| shopper.phone == *usual)?;
    let limit = |limit: &CreditLimit| CreditLimit { months: limit.months, total: LIMIT, min: Amount::ZERO, max: LIMIT };
    let limits = usual.limits.iter().map(limit).collect();
    Some(Shopper { phone: phone(partner)?, name: "Audit".into(), limits, ..usual.clone() })
}

impl<'a> Customer<'a> {
    /// The customer of an order.
    pub(super) fn new(auditor: &'a Auditor, transaction: Transaction, payment_url: Option<Url>) -> Self {
        let browser = Browser::new(&auditor.client, &auditor.simulator, auditor.public_url.as_ref());
        prepare(auditor, &transaction.i_mid);
        Self { auditor, transaction, payment_url, browser, back: None, notes: Vec::new() }
    }

    /// Pays.
    ///
    /// # Errors
    /// Why that is not possible.
    pub(super) async fn pay(&mut self) -> Result<(), String> {
        let Some(url) = self.payment_url.clone() else { return self.play() };
        if self.transaction.is_seamless() {
            // The token pays. The browser only passes NICEPAY's page.
            self.back = Some(url);
            return Ok(());
        }
        let (auditor, months) = (self.auditor, self.transaction.order.instmnt_mon);
        let of = |partner| shopper(auditor, partner);
        match self.browser.pay(&url, &self.transaction.t_xid, months, of).await {
            Ok(back) => {
                self.back = Some(back);
                Ok(())
            }
            Err(error) => {
                self.notes.push(format!("the browser could not pay: {error}. The customer was played without it"));
                self.play()
            }
        }
    }

    /// Pays without a browser.
    fn play(&self) -> Result<(), String> {
        if self.transaction.is_seamless() {
            return Ok(());
        }
        let play = |phone| {
            let command = BuyerCommand { action: BuyerAction::Pay, phone, months: None };
            self.auditor.engine.play_buyer(self.transaction.t_xid.as_str(), &command)
        };
        let played = match play(phone(self.transaction.order.partner.unwrap_or(Partner::Kredivo))) {
            Err(BuyerError::NoSuchPhone(_) | BuyerError::NotOwner(_)) => play(None),
            played => played,
        };
        match played {
            Ok((_, None)) => Ok(()),
            Ok((_, Some(failure))) => Err(format!("the lender refused the customer: {}", failure.as_str())),
            Err(error) => Err(format!("the customer could not pay: {error}")),
        }
    }

    /// Returns to the shop. What does not work is noted.
    pub(super) async fn come_back(&mut self) {
        if let Err(note) = self.try_to_come_back().await {
            self.notes.push(note);
        }
    }

    async fn try_to_come_back(&mut self) -> Result<(), String> {
        let Some(back) = self.back.clone() else { return self.come_back_without_browser().await };
        let answer = self.browser.open(&back, None).await?;
        let Some(location) = answer.location else {
            // The gateway's page has a form that sends itself to the shop.
            let callback = self.callback().filter(|_| answer.status == 200);
            let callback = callback.ok_or_else(|| format!("NICEPAY's page led nowhere (HTTP {})", answer.status))?;
            return self.visit_shop(&callback).await;
        };
        let url = back.join(&location).map_err(|error| error.to_string())?;
        if self.browser.is_at_simulator(&url) && url.path().starts_with(crate::paths::GATEWAY) {
            return Err("the payment is not finished: NICEPAY's page led back to the lender".to_owned());
        }
        self.follow(url, None).await
    }

    /// The callback of the payment as it is now; none without a callBackUrl.
    fn callback(&self) -> Option<Callback> {
        let transaction = self.auditor.engine.transaction(self.transaction.t_xid.as_str())?;
        let has_result = !matches!(transaction.stage(), Stage::Registered | Stage::AtPartner(_));
        let url = transaction.callback_url.as_deref().filter(|_| has_result)?;
        Some(Callback::from_transaction(url, &transaction, CallbackResult::Stage, &self.auditor.undocumented))
    }

    async fn come_back_without_browser(&mut self) -> Result<(), String> {
        let callback = self.callback().ok_or(
            "the browser did not return: the order's answer has no URL of the payment page, which has the callBackUrl",
        )?;
        let (result_cd, method) = (callback.result_cd, callback.method.as_str());
        let url = match callback.method {
            Method::Get => callback.url(),
            Method::Post => callback.address.clone(),
        };
        let subject = BrowserSubject::Payment(self.transaction.t_xid.clone());
        self.auditor.engine.record_return(&subject, Some(CallbackSent { result_cd, method, url }));
        self.visit_shop(&callback).await
    }

    async fn visit_shop(&mut self, callback: &Callback) -> Result<(), String> {
        let url = match callback.method {
            Method::Get => callback.url(),
            Method::Post => callback.address.clone(),
        };
        let fields: Vec<_> = callback.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let form = (callback.method == Method::Post).then_some(fields.as_slice());
        let url = Url::parse(&url).map_err(|error| format!("callBackUrl {url:?}: {error}"))?;
        self.follow(url, form).await
    }

    /// Opens a page of the shop, and follows its redirects.
    async fn follow(&mut self, mut url: Url, mut form: Option<&[(&str, &str)]>) -> Result<(), String> {
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.browser.open(&url, form.take()).await?;
            if answer.status >= 400 {
                return Err(format!("the shop's page {} answered HTTP {}", without_query(&url), answer.status));
            }
            let Some(location) = answer.location else { return Ok(()) };
            url = url.join(&location).map_err(|error| error.to_string())?;
        }
        Err(format!("the shop's page led to more than {MAX_REDIRECTS} others"))
    }
}

/// Gives the merchant the audit's shoppers, who owe nothing.
fn prepare(auditor: &Auditor, i_mid: &IMid) {
    for shopper in Partner::ALL.iter().filter_map(|partner| shopper(auditor, *partner)) {
        let put =
            auditor.engine.put_shopper(Some(i_mid), &shopper.phone.clone(), |_| Ok::<_, Infallible>(shopper.clone()));
        let Ok(_) = put;
    }
}
