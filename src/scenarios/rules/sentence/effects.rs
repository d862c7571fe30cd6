//! What a rule does.

use jiff::SignedDuration;

use super::Writer;
use crate::domain::{
    Amount, FormEdit, NotificationKind, NotificationPlan, Reason, ReviewOutcome, SeamlessChallenge, Variant,
};
use crate::scenarios::rules::answer_fault::{AnswerFault, Breakage};
use crate::scenarios::rules::effects::{
    Customer, CustomerAction, NotifyEffect, OtpOverride, PaymentEffect, PinOverride, RefundConfig, RulePace,
};
use crate::scenarios::rules::outcome::{Outcome, TokenOverride};
use crate::scenarios::rules::rule::Rule;

impl Writer {
    pub(super) fn effects(&mut self, rule: &Rule) {
        if let Some(payment) = &rule.payment {
            self.next_effect();
            self.payment(payment);
        }
        if let Some((pin, otp)) = rule.login {
            if let Some(PinOverride::Wrong) = pin {
                self.next_effect();
                self.t("every PIN is wrong", "semua PIN salah");
            }
            if let Some(OtpOverride::Expired) = otp {
                self.next_effect();
                self.t("the first OTP has expired", "OTP pertama sudah kedaluwarsa");
            }
        }
        if let Some(customer) = &rule.customer {
            self.next_effect();
            self.customer(customer);
        }
        if let Some(pace) = &rule.pace {
            let RulePace { notification, seamless, expires } = pace;
            for (delay, en, id) in [
                (notification, "notification after ", "notifikasi setelah "),
                (seamless, "settled after ", "diputuskan setelah "),
                (expires, "expires after ", "kedaluwarsa setelah "),
            ] {
                if let Some(delay) = delay {
                    self.next_effect();
                    let delay = self.duration(delay.0);
                    self.t([en, &delay].concat(), [id, &delay].concat());
                }
            }
        }
        if let Some(refund) = &rule.refund {
            self.next_effect();
            self.refund(*refund);
        }
        for notify in rule.notify.iter().flatten() {
            self.next_effect();
            self.notification(notify);
        }
        if let Some(answer) = &rule.answer {
            self.next_effect();
            self.answer(answer);
        }
    }

    fn payment(&mut self, payment: &PaymentEffect) {
        let PaymentEffect { outcome, asks, token } = payment;
        if let Some(token) = token {
            let (en, id) = match token {
                TokenOverride::Unknown => ("unknown", "tidak dikenal"),
                TokenOverride::Removed => ("removed", "sudah dihapus"),
                TokenOverride::Revoked => ("revoked by the customer", "sudah dicabut pelanggan"),
                TokenOverride::OtherMerchant => ("another merchant's", "milik merchant lain"),
                TokenOverride::OtherCustomer => ("another customer's", "milik pelanggan lain"),
            };
            self.t(format!("the token counts as {en}"), format!("token dianggap {id}"));
        }
        if let Some(asks) = asks {
            let (en, id) = match asks {
                SeamlessChallenge::Nothing => ("the customer is asked for nothing", "pelanggan tidak diminta apa pun"),
                SeamlessChallenge::Otp => ("the customer enters an OTP", "pelanggan memasukkan OTP"),
                SeamlessChallenge::Login => ("the customer logs in", "pelanggan login"),
            };
            if token.is_some() {
                self.words(", ");
            }
            self.t(en, id);
        }
        // Without an outcome such a rule approves, which says nothing about it.
        if *outcome == Outcome::Approve && (asks.is_some() || token.is_some()) {
            return;
        }
        if asks.is_some() || token.is_some() {
            self.words(", ");
        }
        self.outcome(outcome);
    }

    fn outcome(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Approve => self.t("approve", "setujui"),
            Outcome::Review { end: None } => self.t("review until decided", "tinjau sampai diputuskan"),
            Outcome::Review { end: Some((after, outcome)) } => {
                let after = self.duration(*after);
                match outcome {
                    ReviewOutcome::Approve => {
                        self.t(format!("review, approve after {after}"), format!("tinjau, setujui setelah {after}"));
                    }
                    ReviewOutcome::Reject(reason) => {
                        self.t(format!("review, reject after {after}"), format!("tinjau, tolak setelah {after}"));
                        self.reason(*reason);
                    }
                }
            }
            Outcome::Reject(reason) => {
                self.t("reject", "tolak");
                self.reason(*reason);
            }
            Outcome::Abandon => self.t("the customer leaves without paying", "pelanggan pergi tanpa membayar"),
        }
    }

    /// The usual reason is not told.
    fn reason(&mut self, reason: Reason) {
        match reason {
            Reason::Risk => {}
            Reason::Limit => self.t(" (limit too low)", " (limit tidak cukup)"),
            Reason::Inactive => self.t(" (account inactive)", " (akun tidak aktif)"),
            Reason::Forced => self.t(" (ordered by a test)", " (atas permintaan pengujian)"),
        }
    }

    fn customer(&mut self, customer: &Customer) {
        let Customer { action, after, phone, months } = customer;
        match action {
            CustomerAction::Pay => self.t("the customer pays without a browser", "pelanggan membayar tanpa browser"),
            CustomerAction::Abandon => self.t("the customer leaves", "pelanggan pergi"),
        }
        self.delay(*after);
        if let Some(phone) = phone {
            self.t(" as ", " sebagai ");
            self.value(phone.local());
        }
        if let Some(months) = months {
            let unit = if *months == 1 { "month" } else { "months" };
            self.t(format!(" in {months} {unit}"), format!(" dalam {months} bulan"));
        }
    }

    fn delay(&mut self, after: SignedDuration) {
        if after > SignedDuration::ZERO {
            let after = self.duration(after);
            self.t(format!(" after {after}"), format!(" setelah {after}"));
        }
    }

    fn refund(&mut self, refund: RefundConfig) {
        let RefundConfig { amt, percent, after } = refund;
        let part = match (amt, percent) {
            (Some(amt), _) => Amount::from_rupiah(amt).formatted(),
            (None, percent) => format!("{}%", percent.unwrap_or(100)),
        };
        self.t(format!("refund {part}"), format!("kembalikan dana {part}"));
        self.delay(after.0);
    }

    fn notification(&mut self, notify: &NotifyEffect) {
        let NotifyEffect { kinds, plan } = notify;
        // The moment, and the first edit, are what the variant means.
        let NotificationPlan {
            variant,
            moment: _,
            after,
            times,
            every,
            edits,
            is_signed,
            content_type,
            body_duration,
            breaks: _,
        } = plan;
        self.t("notification", "notifikasi");
        if let Some(kinds) = kinds {
            let kinds = self.either(kinds, |kind: &NotificationKind| kind.as_str().to_owned());
            self.words(format!(" ({kinds})"));
        }
        let told = match (variant, edits.first()) {
            (Variant::ChangedStatus, Some(FormEdit::Set(_, status))) => {
                self.t(" says status ", " menyatakan status ");
                self.value(&**status);
                1
            }
            (Variant::ChangedAmount, Some(FormEdit::Set(_, amt))) => {
                self.t(" says amt ", " menyatakan amt ");
                self.value(&**amt);
                1
            }
            (Variant::MissingField, Some(FormEdit::Remove(field))) => {
                self.t(" without ", " tanpa ");
                self.value(&**field);
                1
            }
            (Variant::WrongContentType, _) => {
                self.t(" with Content-Type ", " dengan Content-Type ");
                self.value(content_type.as_deref().unwrap_or_default());
                0
            }
            (Variant::Slow, _) => {
                let lasts = self.real_time(body_duration.unwrap_or_default());
                self.t(format!(" sent in pieces over {lasts}"), format!(" dikirim sepotong-sepotong selama {lasts}"));
                0
            }
            _ => {
                let (en, id) = variant_text(*variant);
                self.t(en, id);
                usize::from(variant.is_forged())
            }
        };
        for edit in edits.iter().skip(told) {
            self.edit(edit);
        }
        self.repeats(*variant, *after, *times, *every);
        if *is_signed && *variant != Variant::UnknownTxid {
            self.t(", signed anew", ", ditandatangani ulang");
        }
    }

    fn edit(&mut self, edit: &FormEdit) {
        match edit {
            FormEdit::Set(field, value) => {
                self.words(", ");
                self.value(&**field);
                self.words(" = ");
                self.value(&**value);
            }
            FormEdit::Remove(field) => {
                self.t(", without ", ", tanpa ");
                self.value(&**field);
            }
            FormEdit::ChangeStatus => self.t(", status changed", ", status diubah"),
            FormEdit::UnknownTXid => self.t(", unknown tXid", ", tXid tidak dikenal"),
            FormEdit::WrongToken => self.t(", wrong merchantToken", ", merchantToken salah"),
        }
    }

    fn repeats(&mut self, variant: Variant, after: SignedDuration, times: u32, every: SignedDuration) {
        if after > SignedDuration::ZERO {
            let after = self.duration(after);
            match variant {
                Variant::Late => self.t(format!(" {after} late"), format!(" terlambat {after}")),
                _ => self.t(format!(", {after} later"), format!(", {after} kemudian")),
            }
        }
        match times {
            1 if variant == Variant::Duplicate => self.t(" once", " satu kali"),
            1 => {}
            2 => self.t(" twice", " dua kali"),
            times => self.t(format!(" {times} times"), format!(" {times} kali")),
        }
        if times > 1 && every > SignedDuration::ZERO {
            let every = self.duration(every);
            self.t(format!(", {every} apart"), format!(", berselang {every}"));
        }
    }

    fn answer(&mut self, answer: &AnswerFault) {
        let AnswerFault { status, code, body, content_type, delay, slow, broken, performed } = answer;
        self.t("answer", "jawab");
        if let Some(status) = status {
            self.words(format!(" {status}"));
        }
        if let Some(code) = code {
            self.t(" with resultCd ", " dengan resultCd ");
            self.value(&**code);
        }
        if body.is_some() {
            self.t(" with a body of the rule", " dengan body dari aturan");
        }
        if let Some(content_type) = content_type {
            self.t(" with Content-Type ", " dengan Content-Type ");
            self.value(&**content_type);
        }
        match delay {
            Some((from, to)) if from == to => {
                let delay = self.real_time(*from);
                self.t(format!(" after {delay}"), format!(" setelah {delay}"));
            }
            Some((from, to)) => {
                let (from, to) = (self.real_time(*from), self.real_time(*to));
                self.t(format!(" after {from} to {to}"), format!(" setelah {from} sampai {to}"));
            }
            None => {}
        }
        if let Some(slow) = slow {
            let slow = self.real_time(*slow);
            self.t(format!(" in pieces over {slow}"), format!(" sepotong-sepotong selama {slow}"));
        }
        if let Some(broken) = broken {
            let (en, id) = match broken {
                Breakage::Reset => (" with a connection reset", " dengan koneksi yang di-reset"),
                Breakage::Empty => (" with nothing: the connection is closed", " kosong: koneksi ditutup"),
                Breakage::Truncated => (" with incomplete JSON", " dengan JSON yang tidak lengkap"),
                Breakage::Cut => (" with half a body: the connection is closed", " setengah body: koneksi ditutup"),
            };
            self.t(en, id);
        }
        // Who reads of a fault wonders; of a normal answer it goes without saying.
        let is_failure = broken.is_some() || code.is_some() || status.is_some_and(|status| status >= 400);
        match *performed {
            true if is_failure => self.t(", request carried out", ", permintaan tetap dijalankan"),
            true => {}
            false => self.t(", request not carried out", ", permintaan tidak dijalankan"),
        }
    }
}

/// What a variant without parameters does to a notification.
fn variant_text(variant: Variant) -> (&'static str, &'static str) {
    match variant {
        Variant::Plain => (" as usual", " seperti biasa"),
        Variant::Late | Variant::Duplicate => (" is sent", " dikirim"),
        Variant::Lost => (" is never sent", " tidak pernah dikirim"),
        Variant::OutOfOrder => (" is sent after the next one", " dikirim setelah notifikasi berikutnya"),
        Variant::BeforeAnswer => {
            (" is sent before the registration is answered", " dikirim sebelum registrasi dijawab")
        }
        Variant::BeforeReturn => (" is sent before the browser returns", " dikirim sebelum browser kembali"),
        Variant::AfterReturn => (" is sent after the browser has returned", " dikirim setelah browser kembali"),
        Variant::WrongToken => (" with a wrong merchantToken", " dengan merchantToken yang salah"),
        Variant::ChangedStatus => (" says the opposite status", " menyatakan status yang sebaliknya"),
        Variant::ChangedAmount => (" says another amt", " menyatakan amt lain"),
        Variant::UnknownTxid => (" with an unknown tXid", " dengan tXid yang tidak dikenal"),
        Variant::MissingField => (" without a field", " tanpa satu field"),
        Variant::WrongContentType => (" with a wrong Content-Type", " dengan Content-Type yang salah"),
        Variant::Slow => (" sent in pieces", " dikirim sepotong-sepotong"),
        Variant::Reset => (" breaks off in the middle", " terputus di tengah"),
        Variant::NoAnswer => (" breaks off when you answer", " terputus saat Anda menjawab"),
        Variant::Reversal => (" says that the payment was reversed", " menyatakan pembayaran dibatalkan"),
    }
}
