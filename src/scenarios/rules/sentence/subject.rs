//! When a rule applies: how often, to what, under which conditions.

use super::Writer;
use crate::domain::Amount;
use crate::endpoints::Endpoint;
use crate::scenarios::rules::conditions::Conditions;
use crate::scenarios::rules::facts::Mode;
use crate::scenarios::rules::rule::Rule;

impl Writer {
    pub(super) fn subject(&mut self, rule: &Rule) {
        self.count(rule);
        self.conditions(&rule.when);
        if let Some(chance) = rule.chance {
            let percent = percent(chance);
            self.t(
                format!(", with a chance of {percent}%"),
                format!(", dengan peluang {}%", percent.replace('.', ",")),
            );
        }
    }

    /// `next 2 payments`, `every inquiry request`
    fn count(&mut self, rule: &Rule) {
        let (one, many) = self.nouns(rule);
        if let Some(nth) = &rule.when.nth {
            let (en, id) = (self.either(nth, ToString::to_string), self.either(nth, |number| format!("ke-{number}")));
            self.t(format!("{one} number {en}"), format!("{one} {id}"));
            if let Some(times) = rule.times {
                self.t(format!(" of the first {times}"), format!(" dari {times} yang pertama"));
            }
            return;
        }
        // A rule that was added counts from now on, one of a scenario from its beginning.
        let (first, pertama) = if rule.is_added() { ("next", "berikutnya") } else { ("first", "pertama") };
        match rule.times {
            None => self.t(format!("every {one}"), format!("setiap {one}")),
            Some(1) => self.t(format!("{first} {one}"), format!("{one} {pertama}")),
            Some(times) => self.t(format!("{first} {times} {many}"), format!("{times} {many} {pertama}")),
        }
    }

    /// What the rule is about: one, and several.
    fn nouns(&self, rule: &Rule) -> (String, String) {
        if rule.answer.is_some() {
            return self.requests(rule.when.operations.as_deref().unwrap_or_default());
        }
        let modes = rule.when.modes.as_deref().unwrap_or_default();
        let payments: Vec<_> = modes.iter().filter(|mode| **mode != Mode::Binding).collect();
        let linking = modes.contains(&Mode::Binding);
        let names = self.either(&payments, |mode| mode.as_str().to_owned());
        let noun = |payment: &str, linked: &str, names_first: bool| {
            let payment = match (payments.is_empty(), names_first) {
                (true, _) => payment.to_owned(),
                (false, true) => format!("{names} {payment}"),
                (false, false) => format!("{payment} {names}"),
            };
            match (linking, payments.is_empty()) {
                (true, true) => linked.to_owned(),
                (true, false) => format!("{payment} {} {linked}", self.lang.t("or", "atau")),
                (false, _) => payment,
            }
        };
        let id = noun("pembayaran", "penghubungan akun", false);
        self.lang
            .t((noun("payment", "account linking", true), noun("payments", "account linkings", true)), (id.clone(), id))
    }

    fn requests(&self, operations: &[Endpoint]) -> (String, String) {
        let names = self.either(operations, |endpoint| endpoint.operation().unwrap_or_default().to_owned());
        let id = if names.is_empty() { "permintaan".to_owned() } else { format!("permintaan {names}") };
        let space = if names.is_empty() { "" } else { " " };
        self.lang.t((format!("{names}{space}request"), format!("{names}{space}requests")), (id.clone(), id))
    }

    fn conditions(&mut self, when: &Conditions) {
        let Conditions {
            // They are in the noun and in the count.
            operations: _,
            modes: _,
            nth: _,
            i_mid,
            reference_no,
            t_xid,
            amount,
            pay_method,
            partners,
            customer,
            phone,
            tenors,
        } = when;
        if let Some(pattern) = reference_no {
            self.words(" ");
            self.value(pattern.to_string());
        }
        if let Some(t_xid) = t_xid {
            self.t(" with tXid ", " dengan tXid ");
            self.value(&**t_xid);
        }
        if let Some((from, to)) = *amount {
            self.amount(from, to);
        }
        if let Some(pay_method) = pay_method {
            self.t(" with payMethod ", " dengan payMethod ");
            self.value(&**pay_method);
        }
        if let Some(partners) = partners {
            let names = self.either(partners, |partner| partner.name().to_owned());
            self.t(format!(" at {names}"), format!(" di {names}"));
        }
        if let Some(tenors) = tenors {
            let months = self.either(tenors, ToString::to_string);
            let unit = if **tenors == [1] { "month" } else { "months" };
            self.t(format!(" in {months} {unit}"), format!(" dalam {months} bulan"));
        }
        if let Some(phone) = phone {
            self.t(" paid by ", " oleh ");
            self.value(phone.local());
        }
        if let Some(customer) = customer {
            self.t(" with clientUserKey ", " dengan clientUserKey ");
            self.value(&**customer);
        }
        if let Some(i_mid) = i_mid {
            self.t(" of merchant ", " untuk merchant ");
            self.value(i_mid.as_str());
        }
    }

    fn amount(&mut self, from: Amount, to: Amount) {
        let [low, high] = [from, to].map(Amount::formatted);
        if from == to {
            self.t(format!(" of {low}"), format!(" senilai {low}"));
        } else if to.as_rupiah() == u64::MAX {
            self.t(format!(" of {low} and more"), format!(" senilai {low} atau lebih"));
        } else if from == Amount::ZERO {
            self.t(format!(" of up to {high}"), format!(" senilai paling banyak {high}"));
        } else {
            self.t(format!(" of {low} to {high}"), format!(" senilai {low} sampai {high}"));
        }
    }
}

/// A probability in percent, without zeros at its end.
fn percent(chance: f64) -> String {
    if chance < 0.000_1 {
        return "<0.01".to_owned();
    }
    let text = format!("{:.2}", chance * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
