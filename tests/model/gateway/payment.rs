//! The browser's way to the lender, and back (`docs/PROTOCOL.md` §2.2, §2.4).

use serde_json::{Value, json};

use crate::gateway::Expected;
use crate::gateway::fields::{Fields, Refusal, form, is_url, refusal, refused};
use crate::gateway::state::{Asks, Gateway, Key, Mode, Order, Stage};
use crate::time::wib;
use crate::wire::{Answer, Request};

const KEYS: [&str; 5] = ["resultCd", "resultMsg", "tXid", "referenceNo", "redirectUrlHttp"];

type Pairs = Vec<(String, String)>;

/// Where the browser goes.
enum Way {
    Partner,
    HostedPage,
    Back(Refusal),
    Result,
}

impl Gateway {
    pub(crate) fn payment(&mut self, request: &Request, answer: &Answer) -> Expected {
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let body = String::from_utf8_lossy(&request.body);
        let fields = Fields::of_form(if request.method == "GET" { query } else { &body });
        let no = |code| Expected::refused(refused(&KEYS, &refusal(code)));
        let t_xid = fields.text("tXid");
        let found = self.orders.iter().find(|(_, order)| order.t_xid == t_xid).map(|(key, _)| *key);
        let Some(key) = found else { return no("9528") };
        let Some(url) = fields.given("callBackUrl") else { return no("9019") };
        let too_long = url.chars().count() > if self.settings.strict { 255 } else { 4_000 };
        if !is_url(&url) || too_long {
            return no("8003");
        }
        let way = self.way(key, &fields);
        let json = fields.text("returnJsonFormat") == "1";
        match way {
            Way::Back(refusal) if json => Expected::refused(refused(&KEYS, &refusal)),
            Way::Back(refusal) => self.back(key, &url, self.refusal_fields(key, &refusal), true, false),
            Way::HostedPage => {
                self.orders.get_mut(&key).unwrap().call_back_url = Some(url);
                let url = format!("{}/nicepay/redirect/v2/payment?tXid={t_xid}", self.base);
                self.leads_to(key, url, json)
            }
            Way::Partner => {
                let order = self.orders.get_mut(&key).unwrap();
                order.call_back_url = Some(url);
                let partner = order.partner.clone().unwrap();
                self.open(key, &partner);
                let folder = folder(&partner);
                let prefix = format!("/{folder}/v2/signin?tk=");
                let said = if json {
                    answer.json()["redirectUrlHttp"].as_str().unwrap_or("?").to_owned()
                } else {
                    answer.header("location").unwrap_or("?").to_owned()
                };
                let link = self.link(&said, &prefix);
                self.leads_to(key, link, json)
            }
            Way::Result => {
                let order = self.orders.get_mut(&key).unwrap();
                order.call_back_url = Some(url.clone());
                let fields = self.result_fields(key);
                self.back(key, &url, fields, false, json)
            }
        }
    }

    fn way(&mut self, key: Key, fields: &Fields) -> Way {
        let back = |code| Way::Back(refusal(code));
        if let Err(refusal) = self.check_time_stamp(fields) {
            return Way::Back(refusal);
        }
        let time_stamp = fields.text("timeStamp");
        let order = &self.orders[&key];
        let values = [time_stamp.as_str(), &order.i_mid, &order.reference_no, &order.amt.to_string()];
        if !self.token_is(&order.i_mid, &fields.text("merchantToken"), &values.concat()) {
            return back("9010");
        }
        match (&order.mode, &order.stage) {
            (_, Stage::Approved { .. } | Stage::Cancelled { .. }) if !matches!(order.mode, Mode::Seamless { .. }) => {
                back("9126")
            }
            (_, Stage::Cancelled { .. }) => back("9126"),
            (_, Stage::Expired { .. }) => back("9129"),
            (_, Stage::Declined { .. } | Stage::UnderReview { .. } | Stage::Approved { .. }) => Way::Result,
            (_, _) if order.partner.is_none() => Way::HostedPage,
            (Mode::Normal | Mode::Tokenize { .. }, _) => Way::Partner,
            (Mode::Seamless { .. }, _) => {
                self.challenge(key);
                let order = self.orders.get_mut(&key).unwrap();
                let Mode::Seamless { asks, .. } = order.mode else { unreachable!("its mode is the same") };
                if asks == Asks::Nothing {
                    self.settle(key);
                    return Way::Result;
                }
                order.at_otp |= asks == Asks::Otp && order.stage != Stage::AtPartner;
                Way::Partner
            }
        }
    }

    /// A redirect, or JSON in its place.
    fn leads_to(&self, key: Key, url: String, json: bool) -> Expected {
        if !json {
            return Expected::redirect(url);
        }
        let order = &self.orders[&key];
        let body = json!({
            "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": order.t_xid, "referenceNo": order.reference_no,
            "redirectUrlHttp": url,
        });
        Expected::accepted(body.to_string())
    }

    /// The browser goes back to the merchant: by a redirect, or by a form.
    fn back(&self, key: Key, url: &str, fields: Pairs, refused: bool, json: bool) -> Expected {
        let order = &self.orders[&key];
        if json {
            return self.leads_to(key, with_fields(url, &fields), true);
        }
        let mut expected =
            if self.posts(order) { Expected::form(url, fields) } else { Expected::redirect(with_fields(url, &fields)) };
        expected.refused = refused;
        expected
    }

    /// Whether the callback is a POST (§2.4).
    fn posts(&self, order: &Order) -> bool {
        match self.settings.callback_method {
            "get" => false,
            "post" => true,
            _ => !order.checkout && order.partner.as_deref() == Some("IDNA"),
        }
    }

    fn refusal_fields(&self, key: Key, Refusal(code, text): &Refusal) -> Pairs {
        let order = &self.orders[&key];
        pairs(&[
            ("resultCd", code),
            ("resultMsg", text),
            ("tXid", &order.t_xid),
            ("referenceNo", &order.reference_no),
            ("payMethod", "06"),
            ("amt", &order.amt.to_string()),
            ("mitraCd", order.partner.as_deref().unwrap_or_default()),
        ])
    }

    /// What the callback says of a payment that has ended, or is under review.
    fn result_fields(&self, key: Key) -> Pairs {
        let order = &self.orders[&key];
        let at = match order.stage {
            Stage::Approved { at } => wib(at),
            Stage::UnderReview { since, .. } => wib(since),
            Stage::Expired { .. } => return self.refusal_fields(key, &refusal("9129")),
            _ => return self.refusal_fields(key, &refusal("9030")),
        };
        let (day, time) = (&at[..8], &at[8..]);
        let months = Self::shown_months(order).to_string();
        let amt = order.amt.to_string();
        let description = order.description.clone().unwrap_or_default();
        let partner = order.partner.as_deref().unwrap_or_default();
        let begin = [
            ("resultCd", "0000"),
            ("resultMsg", "SUCCESS"),
            ("tXid", order.t_xid.as_str()),
            ("referenceNo", &order.reference_no),
            ("payMethod", "06"),
            ("amt", &amt),
        ];
        let names = [("currency", "IDR"), ("goodsNm", order.goods_nm.as_str()), ("billingNm", &order.billing_nm)];
        let times = [("transDt", day), ("transTm", time), ("description", description.as_str())];
        let all: Vec<(&str, &str)> = if order.checkout {
            let cards = [
                "authNo",
                "issuBankCd",
                "acquBankCd",
                "issuBankNm",
                "acquBankNm",
                "cardNo",
                "recurringToken",
                "preauthToken",
                "ccTransType",
            ];
            let end = [
                ("mitraCd", partner),
                ("receiptCode", ""),
                ("mRefNo", ""),
                ("cardExpYymm", ""),
                ("instmntType", &order.instmnt_type),
                ("instmntMon", &months),
            ];
            let begin = begin.into_iter().chain(names).chain(times);
            begin.chain(cards.map(|name| (name, ""))).chain(end).collect()
        } else {
            let end = [("instmntMon", months.as_str()), ("instmntType", &order.instmnt_type)];
            begin.into_iter().chain(times).chain([("mitraCd", partner)]).chain(names).chain(end).collect()
        };
        pairs(&all)
    }

    /// `callbackUrl` and `callbackFields` of the control API.
    pub(crate) fn callback(&self, key: Key) -> (Value, Option<Value>) {
        let order = &self.orders[&key];
        let Some(url) =
            order.call_back_url.as_ref().filter(|_| !matches!(order.stage, Stage::Registered | Stage::AtPartner))
        else {
            return (Value::Null, None);
        };
        let fields = self.result_fields(key);
        if self.posts(order) {
            let fields = fields.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
            (url.as_str().into(), Some(Value::Object(fields)))
        } else {
            (with_fields(url, &fields).into(), None)
        }
    }
}

fn pairs(fields: &[(&str, &str)]) -> Pairs {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The lender's folder.
fn folder(partner: &str) -> &'static str {
    match partner {
        "AKLP" => "akulaku",
        "IDNA" => "indodana",
        _ => "kredivo",
    }
}

pub(crate) fn with_fields(url: &str, fields: &Pairs) -> String {
    // What is behind a # stays at the end.
    let (url, fragment) = url.split_once('#').map_or((url, String::new()), |(url, rest)| (url, format!("#{rest}")));
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}{}{fragment}", form(fields))
}
