//! When a notification that was not taken is sent again: a table of what came back → how often, and after how long.

use jiff::SignedDuration;

use super::attempt::{AnswerClass, AttemptResult};

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Of which answers it speaks.
    pub on: Vec<AnswerClass>,
    /// How long after the first attempt the second is made, after the second the third, …
    pub after: Vec<SignedDuration>,
}

/// The table. The first row that speaks of an answer decides; for the others there is one interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The rows.
    pub rows: Vec<Retry>,
    /// How often, where no row decides (`docs/PROTOCOL.md` A-27).
    pub most: u32,
    /// How long after the attempt before, where no row decides.
    pub every: SignedDuration,
}

impl RetryPolicy {
    /// How long to wait after the `attempt`th attempt of the schedule (1, 2, …) came to this; none where that was the last.
    pub fn after(&self, attempt: usize, result: &AttemptResult) -> Option<SignedDuration> {
        match self.rows.iter().find(|row| row.on.iter().any(|class| class.takes(result))) {
            Some(row) => row.after.get(attempt.checked_sub(1)?).copied(),
            None => (attempt <= usize::try_from(self.most).unwrap_or(usize::MAX)).then_some(self.every),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_speaks_of_an_answer_decides() {
        let seconds = |all: &[i64]| all.iter().map(|s| SignedDuration::from_secs(*s)).collect::<Vec<_>>();
        let table = RetryPolicy {
            rows: vec![
                Retry { on: vec!["404".parse().unwrap()], after: Vec::new() },
                Retry { on: vec!["4xx".parse().unwrap(), "timeout".parse().unwrap()], after: seconds(&[1, 5]) },
            ],
            most: 3,
            every: SignedDuration::from_secs(60),
        };
        let answered = |status| AttemptResult::Answered { status, headers: "".into(), body: "".into() };
        let failed = |class| AttemptResult::Failed { class, error: "".into() };
        assert_eq!(table.after(1, &answered(404)), None);
        assert_eq!(table.after(2, &answered(400)), Some(SignedDuration::from_secs(5)));
        assert_eq!(table.after(3, &answered(400)), None);
        assert_eq!(table.after(1, &failed(AnswerClass::Timeout)), Some(SignedDuration::from_secs(1)));
        assert_eq!(table.after(3, &failed(AnswerClass::Unreachable)), Some(SignedDuration::from_secs(60)));
        assert_eq!(table.after(4, &answered(500)), None);
        assert_eq!(
            "teapot".parse::<AnswerClass>().unwrap_err().to_string().split(':').next(),
            Some("\"teapot\" is no class of answers")
        );
        assert!("6xx".parse::<AnswerClass>().is_err() && "99".parse::<AnswerClass>().is_err());
    }
}
