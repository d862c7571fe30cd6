//! The icons at the top of pages without a form.

/// An icon with its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Done: green.
    Tick,
    /// Waiting, or expired: amber.
    Clock,
    /// Declined: red.
    Cross,
    /// Refunded: grey.
    Refund,
    /// Cancelled by the customer: grey.
    Cancelled,
    /// Redirected: grey.
    Redirect,
    /// Information: grey.
    Info,
    /// An error: red.
    Error,
}

impl Icon {
    /// Its CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Clock => "clock",
            Self::Cross | Self::Error => "cross",
            Self::Refund | Self::Cancelled | Self::Redirect | Self::Info => "plain",
        }
    }

    /// Its SVG path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Tick => "M25.5 37l7 7 14.5-15.5",
            Self::Clock => "M36 23.5V36.5l8 5.5",
            Self::Cross => "M28 28l16 16M44 28L28 44",
            Self::Refund => "M25 31h15.5a7.2 7.2 0 0 1 0 14.5H31M31 24.5L25 31l6 6.5",
            Self::Cancelled => "M46 36H27M34 27.5L25.5 36l8.5 8.5",
            Self::Redirect => "M26 36h19M38 27.5l8.5 8.5-8.5 8.5",
            Self::Info | Self::Error => "M36 24v15M36 47v.1",
        }
    }
}
