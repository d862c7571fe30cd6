//! The drawn signs at the head of a page that has no form: what happened, at a glance.

/// A sign, with its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is done: green.
    Tick,
    /// Time has to pass, or has passed: amber.
    Clock,
    /// It was refused: red.
    Cross,
    /// Money went back: grey.
    GivenBack,
    /// The customer turned round: grey.
    Left,
    /// The way goes on: grey.
    Onward,
    /// Nothing to be done here: grey.
    Mark,
    /// A mistake: red.
    Fault,
}

impl Sign {
    /// Its class in the style sheet, which gives it the colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Clock => "clock",
            Self::Cross | Self::Fault => "cross",
            Self::GivenBack | Self::Left | Self::Onward | Self::Mark => "plain",
        }
    }

    /// How it is drawn.
    pub fn path(self) -> &'static str {
        match self {
            Self::Tick => "M25.5 37l7 7 14.5-15.5",
            Self::Clock => "M36 23.5V36.5l8 5.5",
            Self::Cross => "M28 28l16 16M44 28L28 44",
            Self::GivenBack => "M25 31h15.5a7.2 7.2 0 0 1 0 14.5H31M31 24.5L25 31l6 6.5",
            Self::Left => "M46 36H27M34 27.5L25.5 36l8.5 8.5",
            Self::Onward => "M26 36h19M38 27.5l8.5 8.5-8.5 8.5",
            Self::Mark | Self::Fault => "M36 24v15M36 47v.1",
        }
    }
}
