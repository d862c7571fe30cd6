//! The frame of all pages of a payment or a binding, and what `base.html` needs from a page.

use super::lender::Lender;
use super::panel::PanelShopper;
pub(super) use crate::domain::LenderStep as Step;
use crate::page::Lang;

/// The customer's purpose.
#[derive(Debug)]
pub(super) enum Purpose<'a> {
    /// To pay an order.
    Pay {
        /// `goodsNm`.
        goods: &'a str,
        /// The amount to pay, formatted: `Rp 25.145`.
        amount: String,
        /// Whether the payment also links the account to the merchant.
        links_account: bool,
    },
    /// To link the account to the merchant.
    Link,
}

/// Where the browser goes at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReturnTo {
    /// To the merchant's `callBackUrl`.
    Shop,
    /// To a page of NICEPAY's: the merchant gave no `callBackUrl`.
    Nicepay,
}

impl ReturnTo {
    /// The text of the link.
    pub(super) fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Shop => lang.t("Return to the shop", "Kembali ke toko"),
            Self::Nicepay => lang.t("Continue", "Lanjutkan"),
        }
    }
}

/// What every page of a payment or a binding shows.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) lang: Lang,
    /// The secret of the payment link.
    pub(super) tk: &'a str,
    pub(super) lender: Lender,
    pub(super) purpose: Purpose<'a>,
    /// The merchant's name, or its iMid.
    pub(super) merchant: String,
    /// The merchant's number for the order or the binding.
    pub(super) reference_no: &'a str,
    pub(super) return_to: ReturnTo,
    /// This page, one of those in `paths`, for the language switch.
    pub(super) here: &'static str,
    /// The steps of a payment at this lender, in order.
    pub(super) steps: &'static [Step],
    /// The accounts shown in the testers' panel; empty when the panel is switched off.
    pub(super) panel: Vec<&'a PanelShopper>,
}

impl Frame<'_> {
    /// Whether the account is linked without a payment.
    pub(super) fn is_link(&self) -> bool {
        matches!(self.purpose, Purpose::Link)
    }

    /// The text of the cancel button.
    pub(super) fn cancel_label(&self) -> &'static str {
        let lang = self.lang;
        match self.return_to {
            ReturnTo::Shop => lang.t("Cancel and return to the shop", "Batalkan dan kembali ke toko"),
            ReturnTo::Nicepay => lang.t("Cancel", "Batalkan"),
        }
    }

    /// Whether the payment also links the account.
    pub(super) fn links_account(&self) -> bool {
        matches!(self.purpose, Purpose::Pay { links_account: true, .. })
    }

    /// That the payment also links the account.
    pub(super) fn link_note(&self) -> String {
        let (lender, merchant) = (self.lender.name(), &self.merchant);
        self.lang.t(
            format!("This payment also links your {lender} account to {merchant}."),
            format!("Pembayaran ini juga menghubungkan akun {lender} Anda ke {merchant}."),
        )
    }

    /// What a shop can do with a linked account (`docs/PROTOCOL.md` §2.1.5, §2.11).
    pub(super) fn permissions(&self) -> [&'static str; 2] {
        let lang = self.lang;
        [
            lang.t("charge your orders without another login", "menagih pesanan Anda tanpa login lagi"),
            lang.t(
                "see your name, your credit limit, and a part of your phone number",
                "melihat nama, limit kredit, dan sebagian nomor HP Anda",
            ),
        ]
    }

    /// The names of the steps, in order.
    pub(super) fn steps(&self) -> Vec<&'static str> {
        let name = |step: &Step| match step {
            Step::SignIn => self.lang.t("Sign in", "Masuk"),
            Step::Plan => "Tenor",
            Step::Otp => "OTP",
            Step::Pin => "PIN",
        };
        self.own_steps().iter().map(name).collect()
    }

    /// The steps of a payment, or of linking an account.
    fn own_steps(&self) -> &'static [Step] {
        match self.purpose {
            Purpose::Pay { .. } => self.steps,
            Purpose::Link => &[Step::SignIn, Step::Otp],
        }
    }

    /// Whether the customer agrees on the plan page and confirms with the PIN.
    pub(super) fn is_pin_last(&self) -> bool {
        self.own_steps().contains(&Step::Pin)
    }

    /// The label of the list of steps.
    pub(super) fn steps_label(&self) -> &'static str {
        let lang = self.lang;
        if self.is_link() {
            lang.t("Account linking steps", "Langkah menghubungkan akun")
        } else {
            lang.t("Payment steps", "Langkah pembayaran")
        }
    }
}

/// What `base.html` needs from a page.
pub(super) trait Page {
    fn lang(&self) -> Lang;

    fn lender(&self) -> Lender;

    /// The page, one of those in `paths`.
    fn here(&self) -> &'static str;

    /// The secret of the payment link.
    fn token(&self) -> Option<&str>;

    /// The number of this step, from 1, with the frame; none for the result and for errors.
    fn step(&self) -> Option<(usize, &Frame<'_>)>;

    /// A text in the language of the page.
    fn t<T>(&self, en: T, id: T) -> T {
        self.lang().t(en, id)
    }
}

/// A page with a [`Frame`].
pub(super) trait Framed {
    /// Which form it has; none for the result.
    const STEP: Option<Step>;

    fn frame(&self) -> &Frame<'_>;
}

impl<P: Framed> Page for P {
    fn lang(&self) -> Lang {
        self.frame().lang
    }

    fn lender(&self) -> Lender {
        self.frame().lender
    }

    fn here(&self) -> &'static str {
        self.frame().here
    }

    fn token(&self) -> Option<&str> {
        Some(self.frame().tk)
    }

    fn step(&self) -> Option<(usize, &Frame<'_>)> {
        let (frame, own) = (self.frame(), P::STEP?);
        let before = frame.own_steps().iter().take_while(|step| **step != own).count();
        Some((before + 1, frame))
    }
}

#[cfg(test)]
pub(super) mod sample {
    //! A frame for the tests of the pages.

    use super::*;

    /// One page of a payment or a binding.
    pub(in crate::partner) fn frame(
        lang: Lang,
        lender: Lender,
        purpose: Purpose<'static>,
        here: &'static str,
    ) -> Frame<'static> {
        Frame {
            lang,
            tk: "abc",
            lender,
            purpose,
            merchant: "<SHOP>".to_owned(),
            reference_no: "ref-1",
            return_to: ReturnTo::Shop,
            here,
            steps: if lender == Lender::Indodana { &Step::PIN_LAST } else { &Step::USUAL },
            panel: Vec::new(),
        }
    }

    #[track_caller]
    pub(in crate::partner) fn has(html: &str, parts: &[&str]) {
        for part in parts {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    /// Linking an account takes two steps, and no page of it speaks of money.
    #[track_caller]
    pub(in crate::partner) fn is_about_linking(html: &str) {
        assert_eq!(html.matches("class=\"dot\"").count(), 2, "two steps");
        has(html, &["Account linking", "aria-label=\"Account linking steps\"", "ref-1"]);
        for word in ["Rp", "pay ", "Order", "Instalments"] {
            assert!(!html.contains(word), "{word}\n{html}");
        }
    }
}
