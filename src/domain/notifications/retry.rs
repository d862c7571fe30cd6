//! When a notification is retried: a table from the result of an attempt to the delays of the retries.

use jiff::SignedDuration;

use super::attempt::{AttemptResult, ResponseClass};

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryRule {
    /// The results that it applies to.
    pub on: Vec<ResponseClass>,
    /// The delay between the first attempt and the second, the second and the third, …
    pub delays: Vec<SignedDuration>,
}

/// The table. The first rule that applies to a result decides; the other results have one interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The rules.
    pub rules: Vec<RetryRule>,
    /// How many retries, where no rule applies (`docs/PROTOCOL.md` A-27).
    pub max_retries: u32,
    /// The delay of each retry, where no rule applies.
    pub interval: SignedDuration,
}

impl RetryPolicy {
    /// The delay between the `attempt`th scheduled attempt (1, 2, …) with this result and the next one; none where
    /// there is no next one.
    pub fn delay_after(&self, attempt: usize, result: &AttemptResult) -> Option<SignedDuration> {
        match self.rules.iter().find(|rule| rule.on.iter().any(|class| class.matches(result))) {
            Some(rule) => rule.delays.get(attempt.checked_sub(1)?).copied(),
            None => (attempt <= usize::try_from(self.max_retries).unwrap_or(usize::MAX)).then_some(self.interval),
        }
    }

    /// How many retries there are at most after this result.
    pub fn retries_after(&self, result: &AttemptResult) -> usize {
        match self.rules.iter().find(|rule| rule.on.iter().any(|class| class.matches(result))) {
            Some(rule) => rule.delays.len(),
            None => usize::try_from(self.max_retries).unwrap_or(usize::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_applies_decides() {
        let seconds = |all: &[i64]| all.iter().map(|s| SignedDuration::from_secs(*s)).collect::<Vec<_>>();
        let table = RetryPolicy {
            rules: vec![
                RetryRule { on: vec!["404".parse().unwrap()], delays: Vec::new() },
                RetryRule { on: vec!["4xx".parse().unwrap(), "timeout".parse().unwrap()], delays: seconds(&[1, 5]) },
            ],
            max_retries: 3,
            interval: SignedDuration::from_secs(60),
        };
        let responded = |status| AttemptResult::Responded { status, headers: "".into(), body: "".into() };
        let failed = |class| AttemptResult::Failed { class, error: "".into() };
        assert_eq!(table.delay_after(1, &responded(404)), None);
        assert_eq!(table.delay_after(2, &responded(400)), Some(SignedDuration::from_secs(5)));
        assert_eq!(table.delay_after(3, &responded(400)), None);
        assert_eq!(table.delay_after(1, &failed(ResponseClass::Timeout)), Some(SignedDuration::from_secs(1)));
        assert_eq!(table.delay_after(3, &failed(ResponseClass::Unreachable)), Some(SignedDuration::from_secs(60)));
        assert_eq!(table.delay_after(4, &responded(500)), None);
        assert_eq!(
            "teapot".parse::<ResponseClass>().unwrap_err().to_string().split(':').next(),
            Some("\"teapot\" is not a class of responses")
        );
        assert!("6xx".parse::<ResponseClass>().is_err() && "99".parse::<ResponseClass>().is_err());
    }
}
