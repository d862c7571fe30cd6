//! What all pages of one visit share, and what `base.html` asks of each.
//!
//! Every visible word comes from [`Text`]; the struct of a page carries only data and the one message that depends on
//! what just happened.

use super::lender::Lender;
use super::panel::PanelShopper;
use super::text::Text;
use crate::page::{Common, Lang};

/// What the customer is here for.
#[derive(Debug)]
pub(super) enum Purpose<'a> {
    /// To pay an order.
    Pay {
        /// What is being bought, in the merchant's words.
        goods: &'a str,
        /// The amount to pay, formatted: `Rp 25.145`.
        amount: String,
        /// Whether it also links the account to the merchant, for later orders.
        links: bool,
    },
    /// To link the account to the merchant, for later orders.
    Link,
}

/// What stands at the end of the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayBack {
    /// The shop's own page.
    Shop,
    /// A page of NICEPAY's, as the shop named none.
    Nicepay,
}

impl WayBack {
    /// What the link says that leads there.
    pub(super) fn label(self, text: &Text) -> &'static str {
        match self {
            Self::Shop => text.return_to_shop,
            Self::Nicepay => text.go_on,
        }
    }
}

/// What every page of one visit shows.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// The language of the page.
    pub(super) lang: Lang,
    /// The token of the payment link, as it stands in the query.
    pub(super) tk: &'a str,
    /// Whose page it is.
    pub(super) lender: Lender,
    /// What the customer is here for.
    pub(super) purpose: Purpose<'a>,
    /// The merchant's iMid.
    pub(super) merchant: &'a str,
    /// The merchant's own number for the order or the linking.
    pub(super) reference_no: &'a str,
    /// What the way back leads to.
    pub(super) way_back: WayBack,
    /// This page, one of those in `paths`, for the language switch.
    pub(super) here: &'static str,
    /// The accounts shown in the testers' panel; empty when the panel is switched off.
    pub(super) panel: Vec<&'a PanelShopper>,
}

impl Frame<'_> {
    /// Whether the account is to be linked, and nothing to be paid.
    pub(super) fn is_link(&self) -> bool {
        matches!(self.purpose, Purpose::Link)
    }

    /// What the button says by which the customer turns round.
    pub(super) fn abandon(&self) -> &'static str {
        let text = Text::of(self.lang);
        match self.way_back {
            WayBack::Shop => text.abandon,
            WayBack::Nicepay => text.abandon_only,
        }
    }

    /// What linking the account means, where it is linked with a payment.
    pub(super) fn pay_link_note(&self) -> Option<String> {
        let links = matches!(self.purpose, Purpose::Pay { links: true, .. });
        links.then(|| Text::of(self.lang).pay_link_note(self.lender, self.merchant))
    }

    /// The names of the steps, in order.
    pub(super) fn steps(&self) -> Vec<&'static str> {
        let text = Text::of(self.lang);
        match self.purpose {
            Purpose::Pay { .. } => vec![text.step_sign_in, text.step_plan, text.step_otp],
            Purpose::Link => vec![text.step_sign_in, text.step_otp],
        }
    }

    /// What the steps lead to.
    pub(super) fn steps_label(&self) -> &'static str {
        let text = Text::of(self.lang);
        if self.is_link() { text.link_steps_label } else { text.steps_label }
    }
}

/// What `base.html` asks of a page.
pub(super) trait Page {
    /// The language of the page.
    fn lang(&self) -> Lang;

    /// Whose page it is.
    fn lender(&self) -> Lender;

    /// The page, one of those in `paths`.
    fn here(&self) -> &'static str;

    /// The link's secret.
    fn token(&self) -> Option<&str>;

    /// Which step this is, counted from 1, and what for; none at the end and on notices.
    fn step(&self) -> Option<(usize, &Frame<'_>)>;

    /// The words of the page.
    fn t(&self) -> &'static Text {
        Text::of(self.lang())
    }

    /// The words around every page.
    fn c(&self) -> &'static Common {
        self.lang().common()
    }
}

/// A page with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    SignIn,
    Plan,
    Otp,
}

/// A page with a [`Frame`].
pub(super) trait Framed {
    /// Which of the forms it has; none at the end.
    const STEP: Option<Step>;

    /// What every page of the visit shows.
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
        let frame = self.frame();
        let number = match P::STEP? {
            Step::SignIn => 1,
            Step::Plan => 2,
            Step::Otp => frame.steps().len(),
        };
        Some((number, frame))
    }
}

#[cfg(test)]
pub(super) mod sample {
    //! A frame for the tests of the pages.

    use super::*;

    /// One page of a visit.
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
            merchant: "<SHOP>",
            reference_no: "ref-1",
            way_back: WayBack::Shop,
            here,
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
        has(html, &["Account linking", "aria-label=\"Linking steps\"", "ref-1"]);
        for word in ["Rp", "pay ", "Order", "Instalments"] {
            assert!(!html.contains(word), "{word}\n{html}");
        }
    }
}
