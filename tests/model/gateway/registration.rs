//! Registration, direct and by Checkout (`docs/PROTOCOL.md` §2.1, §2.8).

use serde_json::{Value, json};

use crate::gateway::cart::{check_cart, check_sellers, check_sum};
use crate::gateway::fields::{
    Fields, Kind, Need, Refusal, Sent, Spec, control_characters, lengths, missing, refusal, refused, types, urls,
};
use crate::gateway::rules::{Facts, Then};
use crate::gateway::state::{Asks, Gateway, Mode, Order, Outcome, Owner, Stage, Token};
use crate::gateway::{Expected, digits};
use crate::time::{DAY, HOUR, from_wib, wib};
use crate::wire::{Answer, Request};

pub(crate) const KEYS: [&str; 25] = [
    "resultCd",
    "resultMsg",
    "tXid",
    "referenceNo",
    "payMethod",
    "amt",
    "transDt",
    "transTm",
    "description",
    "bankCd",
    "vacctNo",
    "mitraCd",
    "payNo",
    "currency",
    "goodsNm",
    "billingNm",
    "vacctValidDt",
    "vacctValidTm",
    "payValidDt",
    "payValidTm",
    "requestURL",
    "paymentExpDt",
    "paymentExpTm",
    "qrContent",
    "qrUrl",
];
pub(crate) const CHECKOUT_KEYS: [&str; 15] = [
    "resultCd",
    "resultMsg",
    "tXid",
    "referenceNo",
    "payMethod",
    "amt",
    "transDt",
    "transTm",
    "description",
    "currency",
    "goodsNm",
    "billingNm",
    "payValidDt",
    "payValidTm",
    "paymentURL",
];

/// §2.1.1, in the order of the table. The rows without a code of their own are refused with 8003.
pub(crate) const SPECS: &[Spec] = &[
    Spec::new("timeStamp", usize::MAX, Need::Always, "9031", Kind::Identifier),
    Spec::new("payMethod", usize::MAX, Need::Always, "9012", Kind::Identifier),
    Spec::new("currency", usize::MAX, Need::Always, "9013", Kind::Identifier),
    Spec::new("amt", 12, Need::Always, "9007", Kind::Identifier),
    Spec::new("referenceNo", 40, Need::Always, "9014", Kind::Identifier),
    Spec::new("goodsNm", 100, Need::Always, "9015", Kind::Free),
    Spec::new("billingNm", 100, Need::Always, "9016", Kind::Free),
    Spec::new("billingPhone", 15, Need::Strict, "9017", Kind::Identifier),
    Spec::new("billingEmail", 40, Need::Always, "9018", Kind::Identifier),
    Spec::new("billingAddr", 100, Need::Always, "8003", Kind::Free),
    Spec::new("billingCity", 50, Need::Always, "9025", Kind::Identifier),
    Spec::new("billingState", 50, Need::Always, "9026", Kind::Identifier),
    Spec::new("billingPostCd", 10, Need::Always, "9027", Kind::Identifier),
    Spec::new("billingCountry", 10, Need::Always, "9028", Kind::Identifier),
    Spec::new("deliveryNm", 30, Need::Always, "8003", Kind::Free),
    Spec::new("deliveryPhone", 15, Need::Always, "8003", Kind::Identifier),
    Spec::new("deliveryAddr", 100, Need::Always, "8003", Kind::Free),
    Spec::new("deliveryCity", 50, Need::Always, "8003", Kind::Identifier),
    Spec::new("deliveryState", 50, Need::Always, "8003", Kind::Identifier),
    Spec::new("deliveryPostCd", 10, Need::Always, "8003", Kind::Identifier),
    Spec::new("deliveryCountry", 10, Need::Always, "8003", Kind::Identifier),
    Spec::new("dbProcessUrl", 255, Need::Always, "9020", Kind::Url),
    Spec::new("userIP", 15, Need::Strict, "9024", Kind::Identifier),
    Spec::new("cartData", 4_000, Need::Always, "8003", Kind::Json),
    Spec::new("sellers", 4_000, Need::Strict, "8003", Kind::Json),
    Spec::new("instmntType", usize::MAX, Need::Always, "9118", Kind::Identifier),
    Spec::new("instmntMon", usize::MAX, Need::Always, "9029", Kind::Identifier),
    Spec::new("mitraCd", usize::MAX, Need::Always, "8003", Kind::Identifier),
    Spec::new("tokenizeUser", usize::MAX, Need::Optional, "8003", Kind::Identifier),
    Spec::new("clientUserKey", 100, Need::Optional, "8003", Kind::Identifier),
    Spec::new("userToken", 255, Need::Optional, "8003", Kind::Identifier),
    Spec::new("userAgent", usize::MAX, Need::Strict, "8003", Kind::Free),
    Spec::new("callBackUrl", 255, Need::Optional, "8003", Kind::Url),
    Spec::new("payValidDt", 8, Need::Optional, "8003", Kind::Identifier),
    Spec::new("payValidTm", 6, Need::Optional, "8003", Kind::Identifier),
    Spec::new("reqDomain", 100, Need::Optional, "8003", Kind::Identifier),
    Spec::new("userLanguage", 100, Need::Optional, "8003", Kind::Identifier),
    Spec::new("description", 100, Need::Optional, "8003", Kind::Free),
];

/// What a registration comes to.
struct Checked {
    amt: u64,
    partner: Option<String>,
    mode: Mode,
    expires: Option<i64>,
}

impl Gateway {
    pub(crate) fn registration(&mut self, request: &Request, answer: &Answer, checkout: bool) -> Expected {
        let fields = match self.readable(request) {
            Ok(fields) => fields,
            Err(refusal) => return self.refuse_registration(&refusal, checkout),
        };
        match self.check_registration(&fields, checkout) {
            Err(refusal) => self.refuse_registration(&refusal, checkout),
            Ok(checked) => self.accept(&fields, checked, answer, checkout),
        }
    }

    #[expect(clippy::unused_self, reason = "as the other endpoints")]
    fn refuse_registration(&self, refusal: &Refusal, checkout: bool) -> Expected {
        Expected::refused(if checkout { refused(&CHECKOUT_KEYS, refusal) } else { refused(&KEYS, refusal) })
    }

    fn check_registration(&mut self, fields: &Fields, checkout: bool) -> Result<Checked, Refusal> {
        let strict = self.settings.strict;
        self.authenticate(fields, &["timeStamp", "iMid", "referenceNo", "amt"])?;
        let free = checkout && fields.text("payMethod") == "00";
        let specs: Vec<Spec> = SPECS.iter().copied().map(|spec| own_spec(spec, checkout, free, fields)).collect();
        missing(&specs, fields, strict)?;
        if checkout && fields.sent("callBackUrl") == Sent::Structure {
            return Err(refusal("9019"));
        }
        types(&specs, fields)?;
        // The order of §2.1.7, row 5.
        let amt = check_amt(fields)?;
        lengths(&specs, fields, strict)?;
        self.check_time_stamp(fields)?;
        if fields.text("currency") != "IDR" {
            return Err(refusal("9013"));
        }
        control_characters(&specs, fields, strict)?;
        urls(&specs, fields)?;
        if strict && !checkout && fields.given("callBackUrl").is_some() {
            return Err(refusal("8003"));
        }
        let lines = check_cart(fields, strict)?;
        check_sellers(fields, strict)?;
        check_instalments(fields, free)?;
        let mode = self.check_mode(fields)?;
        let partner = self.check_partner(fields, &mode, checkout, free)?;
        if mode != Mode::Normal && matches!(partner.as_deref(), Some("AKLP" | "IDNA")) {
            return Err(refusal("8003"));
        }
        check_sum(&lines, amt)?;
        let mode = self.check_token(fields, mode, partner.as_deref(), amt)?;
        let i_mid = fields.text("iMid");
        let reference_no = fields.text("referenceNo");
        let used = self.orders.values().any(|order| order.i_mid == i_mid && order.reference_no == reference_no);
        if used && self.merchants[&i_mid].duplicate_check {
            return Err(refusal("9009"));
        }
        let expires = from_wib(&format!("{}{}", fields.text("payValidDt"), fields.text("payValidTm")));
        Ok(Checked { amt, partner, mode, expires })
    }

    /// `payMethod`, and a lender that is switched on for the merchant.
    fn check_partner(
        &self,
        fields: &Fields,
        mode: &Mode,
        checkout: bool,
        free: bool,
    ) -> Result<Option<String>, Refusal> {
        let method = fields.text("payMethod");
        if method != "06" && !(checkout && method == "00") {
            return Err(refusal("9108"));
        }
        let partners = &self.merchants[&fields.text("iMid")].partners;
        let sent = fields.text("mitraCd");
        if free {
            // Chosen in advance; with a token there is nothing to choose.
            let only = (*mode != Mode::Normal).then(|| "KDVI".to_owned());
            match fields.given("mitraCd").filter(|sent| ["KDVI", "AKLP", "IDNA"].contains(&sent.as_str())).or(only) {
                Some(known) if partners.contains(&known) => return Ok(Some(known)),
                None if !partners.is_empty() => return Ok(None),
                _ => return Err(refusal("9108")),
            }
        }
        if partners.contains(&sent) { Ok(Some(sent)) } else { Err(refusal("9108")) }
    }

    #[expect(clippy::unused_self, reason = "as the other checks")]
    fn check_mode(&self, fields: &Fields) -> Result<Mode, Refusal> {
        let client_user_key = fields.given("clientUserKey");
        match fields.text("tokenizeUser").as_str() {
            "" | "0" => Ok(Mode::Normal),
            "1" => match client_user_key {
                Some(client_user_key) => Ok(Mode::Tokenize { client_user_key }),
                None => Err(refusal("8003")),
            },
            "2" => match fields.given("userToken") {
                Some(_) => Ok(Mode::Seamless { token: None, asks: Asks::Nothing, owner: client_user_key }),
                None => Err(refusal("8003")),
            },
            _ => Err(refusal("8003")),
        }
    }

    /// Whether a seamless payment's token pays, and what the lender asks.
    fn check_token(&mut self, fields: &Fields, mode: Mode, partner: Option<&str>, amt: u64) -> Result<Mode, Refusal> {
        let Mode::Seamless { owner: named, .. } = mode else { return Ok(mode) };
        let sent = fields.text("userToken");
        let i_mid = fields.text("iMid");
        let owner = Owner::Order(self.next_key);
        let token = self.usable_token(&i_mid, &sent);
        let facts = Facts {
            i_mid: i_mid.clone(),
            reference_no: fields.text("referenceNo"),
            amt: Some(amt),
            partner: partner.map(str::to_owned),
            mode: "seamless",
            phone: token.map(|token| self.tokens[&token].phone.clone()),
            operation: None,
        };
        let ordered = self.find_rule(&facts, owner, Then::payment);
        let (asked, said) = ordered.map_or((None, None), |(_, payment)| (payment.asks, payment.token));
        if said.is_some() && token.is_some() {
            // A rule that refuses the registration counts it all the same.
            self.rule_for(&facts, owner, Then::payment);
        }
        if let (Some("removed" | "revoked"), Some(token)) = (said, token) {
            self.tokens.get_mut(&token).unwrap().active = false;
        }
        let not_the_owners = token.is_some_and(|token| {
            let sent = fields.given("clientUserKey");
            self.settings.strict && sent.is_some_and(|sent| sent != self.tokens[&token].client_user_key)
        });
        let token = token.filter(|_| said.is_none() && !not_the_owners);
        let usual = token.map_or(Asks::Nothing, |token| {
            let Token { i_mid, phone, .. } = self.tokens[&token].clone();
            self.account(&i_mid, &phone).map_or(Asks::Nothing, |account| account.asks)
        });
        match token {
            Some(key) => {
                let owner = Some(self.tokens[&key].client_user_key.clone());
                Ok(Mode::Seamless { token, asks: asked.unwrap_or(usual), owner })
            }
            None if self.scenario_of(&i_mid).unusable_logs_in => {
                Ok(Mode::Seamless { token, asks: Asks::Login, owner: named })
            }
            None => Err(refusal("9920")),
        }
    }

    fn accept(&mut self, fields: &Fields, checked: Checked, answer: &Answer, checkout: bool) -> Expected {
        let Checked { amt, partner, mode, expires } = checked;
        let i_mid = fields.text("iMid");
        let key = self.next_key;
        self.next_key += 1;
        let seamless = matches!(mode, Mode::Seamless { asks: Asks::Nothing, .. });
        let order = Order {
            t_xid: String::new(),
            i_mid: i_mid.clone(),
            reference_no: fields.text("referenceNo"),
            amt,
            checkout,
            pay_method: fields.text("payMethod"),
            partner,
            months: fields.text("instmntMon").parse().unwrap_or(1),
            instmnt_type: fields
                .given("instmntType")
                .map_or("1".to_owned(), |text| text.trim_start_matches('0').to_owned()),
            goods_nm: fields.text("goodsNm"),
            billing_nm: fields.text("billingNm"),
            billing_phone: fields.text("billingPhone"),
            description: fields.given("description"),
            db_process_url: fields.text("dbProcessUrl"),
            call_back_url: checkout.then(|| fields.text("callBackUrl")),
            mode,
            created_at: self.now,
            expires_at: 0,
            stage: Stage::Registered,
            rule: String::new(),
            settles_at: None,
            customer_at: None,
            refund_at: None,
            at_otp: false,
            phone: None,
            chosen: None,
            token: None,
            cancelled: 0,
            receipt: None,
        };
        self.orders.insert(key, order);
        if answer.status != 0 {
            self.learn_t_xid(key, &answer.json()["tXid"]);
        }
        let facts = self.facts(key);
        let owner = Owner::Order(key);
        let pace = if expires.is_none() || seamless { self.rule_for(&facts, owner, Then::pace) } else { None };
        let pace = pace.map(|(_, pace)| pace).unwrap_or_default();
        // A token's owner is known already, also where a login is asked of them.
        let mut known = facts.clone();
        if let Mode::Seamless { token: Some(token), .. } = &self.orders[&key].mode {
            known.phone = Some(self.tokens[token].phone.clone());
        }
        let decides = self.rule_for(&known, owner, Then::payment);
        let shopper = known
            .phone
            .as_ref()
            .filter(|phone| self.account(&i_mid, phone).is_some_and(|account| account.outcome != Outcome::Approve));
        let with_token = matches!(self.orders[&key].mode, Mode::Seamless { asks: Asks::Nothing | Asks::Otp, .. });
        let customer = if with_token { None } else { self.rule_for(&facts, owner, |then| then.customer) };
        let (now, scenario) = (self.now, self.scenario_of(&i_mid));
        let order = self.orders.get_mut(&key).unwrap();
        let named = order.pay_method == "06" && order.partner.as_deref() == Some("AKLP");
        let usual = if named { 2 * HOUR } else { DAY };
        order.expires_at = expires.unwrap_or(now + pace.expires.unwrap_or(usual));
        order.rule = match (decides, shopper) {
            (Some((rule, _)), _) => rule.id.clone(),
            (None, Some(phone)) => format!("shopper/{phone}"),
            (None, None) => format!("{}/default", scenario.name),
        };
        if seamless {
            order.settles_at = Some(now + pace.seamless.unwrap_or(scenario.seamless));
        } else if let Some((_, (_, after))) = customer {
            order.customer_at = Some(now + after);
        }
        Expected::accepted(if checkout { self.checkout_answer(key, fields) } else { self.answer(key, fields) })
    }

    fn answer(&self, key: usize, fields: &Fields) -> String {
        let order = &self.orders[&key];
        let mut body = json!({});
        for name in KEYS {
            body[name] = Value::Null;
        }
        body["resultCd"] = "0000".into();
        body["resultMsg"] = "SUCCESS".into();
        body["tXid"] = order.t_xid.as_str().into();
        for name in ["referenceNo", "payMethod", "amt", "mitraCd"] {
            body[name] = fields.text(name).into();
        }
        if self.settings.request_url {
            body["requestURL"] = format!("{}/nicepay/direct/v2/payment", self.base).into();
        }
        for name in ["clientUserKey", "userToken"] {
            if let Some(sent) = fields.given(name) {
                body[name] = sent.into();
            }
        }
        body.to_string()
    }

    fn checkout_answer(&self, key: usize, fields: &Fields) -> String {
        let order = &self.orders[&key];
        let now = wib(order.created_at);
        let sent = |name| fields.given(name).map_or(Value::Null, Value::from);
        json!({
            "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": order.t_xid, "referenceNo": order.reference_no,
            "payMethod": order.pay_method, "amt": fields.text("amt"), "transDt": now[..8], "transTm": now[8..],
            "description": sent("description"), "currency": sent("currency"), "goodsNm": sent("goodsNm"),
            "billingNm": sent("billingNm"), "payValidDt": sent("payValidDt"), "payValidTm": sent("payValidTm"),
            "paymentURL": format!("{}/nicepay/redirect/v2/payment", self.base),
        })
        .to_string()
    }
}

/// What differs for Checkout and for Akulaku.
fn own_spec(spec: Spec, checkout: bool, free: bool, fields: &Fields) -> Spec {
    let mut spec = spec;
    match spec.name {
        "callBackUrl" if checkout => (spec.need, spec.code) = (Need::Always, "9019"),
        "mitraCd" | "instmntType" | "instmntMon" if free => spec.need = Need::Optional,
        // §6.5: lenient accepts what NICEPAY's own clients send, strict wants what the documents want.
        name if free && (name == "billingAddr" || name.starts_with("delivery")) => spec.need = Need::Strict,
        "userIP" if fields.sent("userIp") != Sent::Missing => spec.need = Need::Optional,
        _ => {}
    }
    spec
}

fn check_amt(fields: &Fields) -> Result<u64, Refusal> {
    let text = match fields.sent("amt") {
        Sent::Text(text) => text,
        Sent::Missing | Sent::Structure => return Err(refusal("9008")),
    };
    if !digits(&text, 1..=12) {
        return Err(refusal("9008"));
    }
    match text.parse().unwrap() {
        0 => Err(refusal("9115")),
        amt => Ok(amt),
    }
}

/// §4.4, §4.6. With `00` both may be missing.
fn check_instalments(fields: &Fields, free: bool) -> Result<(), Refusal> {
    match fields.given("instmntType").as_deref() {
        Some("1" | "2" | "01" | "02") => {}
        None if free => {}
        _ => return Err(refusal("9118")),
    }
    match fields.given("instmntMon") {
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) && (1..=24).contains(&text.parse().unwrap_or(0)) => {
            Ok(())
        }
        None if free => Ok(()),
        _ => Err(refusal("9029")),
    }
}
