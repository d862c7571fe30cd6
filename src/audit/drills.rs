//! The table of drills. What the simulator does in one is an ordinary scenario, `scenarios/audit/NAME.toml`.

use crate::clock::SignedDuration;
use crate::domain::nearest;
use crate::report::every_check;

/// A drill.
#[derive(Debug)]
pub struct Drill {
    /// Its name; its scenario is `audit-NAME`.
    pub name: &'static str,
    /// The checks that it exercises.
    pub checks: &'static [&'static str],
    /// Whether the customer pays.
    pub(super) customer: Customer,
    /// When the browser returns to the shop.
    pub(super) returns: Return,
    /// How far the clock goes.
    pub(super) end: End,
    /// Whether the shop gets some time at the end to ask for the status by itself.
    pub(super) waits_for_inquiry: bool,
}

/// What the customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Customer {
    /// Goes through the lender's pages; the scenario decides.
    Pays,
    /// Never comes.
    StaysAway,
}

/// When the browser returns to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Return {
    /// Never.
    Never,
    /// Right after the lender's pages, before any notification.
    AtOnce,
    /// When the shop has got its notification.
    AfterNotification,
}

/// How far the clock goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// This far after the payment.
    After(SignedDuration),
    /// Until the order has expired.
    AtExpiry,
}

/// All notifications of a drill come within this time.
const USUAL: End = End::After(SignedDuration::from_mins(10));

const fn drill(name: &'static str, checks: &'static [&'static str], returns: Return) -> Drill {
    Drill { name, checks, customer: Customer::Pays, returns, end: USUAL, waits_for_inquiry: false }
}

/// Every drill, in the order in which they are run. The last one moves the clock by a day or more.
pub const DRILLS: &[Drill] = &[
    drill(
        "genuine",
        &["NP-01", "NP-02", "NP-03", "NP-04", "NP-05", "NP-06", "NP-08", "NP-09", "NP-21", "NP-24", "NP-37"],
        Return::AfterNotification,
    ),
    drill("return-before-notification", &["NP-03", "NP-06", "NP-23"], Return::AtOnce),
    drill("return-without-notification", &["NP-22"], Return::AtOnce),
    Drill { waits_for_inquiry: true, ..drill("notifications-lost", &["NP-20"], Return::Never) },
    drill("wrong-token", &["NP-10"], Return::Never),
    drill("changed-status", &["NP-11"], Return::Never),
    drill("changed-amount", &["NP-12"], Return::Never),
    drill("unknown-txid", &["NP-13"], Return::Never),
    drill("missing-field", &["NP-14"], Return::Never),
    drill("wrong-content-type", &["NP-15"], Return::Never),
    drill("duplicate", &["NP-16"], Return::Never),
    drill("broken-connection", &["NP-19"], Return::Never),
    drill("pending-after-paid", &["NP-17"], Return::Never),
    drill("review-then-approve", &["NP-26", "NP-37"], Return::AtOnce),
    drill("review-then-reject", &["NP-18", "NP-26"], Return::AtOnce),
    drill("declined", &["NP-25"], Return::AtOnce),
    Drill {
        customer: Customer::StaysAway,
        end: End::AtExpiry,
        waits_for_inquiry: true,
        ..drill("expired", &["NP-27"], Return::Never)
    },
];

impl Drill {
    /// The name of its scenario.
    pub fn scenario(&self) -> String {
        format!("audit-{}", self.name)
    }
}

/// The drills that exercise these checks; all where none is named. A drill can be named, too.
///
/// # Errors
/// A sentence about a name that is none, or about a check that no drill exercises.
pub fn select(only: &[String]) -> Result<Vec<&'static Drill>, String> {
    let checks: Vec<_> = every_check().map(|check| check.id).collect();
    let mut names = Vec::new();
    for text in only {
        let check = checks.iter().copied().find(|check| check.eq_ignore_ascii_case(text));
        let of_check: Vec<_> = DRILLS
            .iter()
            .filter(|drill| drill.name == text || check.is_some_and(|check| drill.checks.contains(&check)))
            .map(|drill| drill.name)
            .collect();
        if of_check.is_empty() {
            return Err(match check {
                Some(check) => format!(
                    "no drill exercises {check}: only the shop's own traffic does. `nicepay-sim exec --report FILE` \
                     judges that"
                ),
                None => unknown(text, checks.iter().copied().chain(DRILLS.iter().map(|drill| drill.name))),
            });
        }
        names.extend(of_check);
    }
    Ok(DRILLS.iter().filter(|drill| only.is_empty() || names.contains(&drill.name)).collect())
}

fn unknown<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = nearest(text, known).map_or_else(String::new, |name| format!("; the nearest is {name}"));
    let text: String = text.chars().take(64).collect();
    format!("{text:?} is neither a check nor a drill{hint}. `nicepay-sim audit --list` lists all")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::Library;

    #[test]
    fn each_drill_has_a_scenario_and_each_scenario_a_drill() {
        let library = Library::built_in();
        let mut drills: Vec<_> = DRILLS.iter().map(Drill::scenario).collect();
        drills.sort_unstable();
        let scenarios: Vec<_> = library.names().filter(|name| name.starts_with("audit-")).collect();
        assert_eq!(drills, scenarios);
    }

    #[test]
    fn drills_are_chosen_by_check_and_by_name() {
        let names = |only: &[&str]| {
            let only: Vec<_> = only.iter().map(|text| (*text).to_owned()).collect();
            select(&only).map(|drills| drills.iter().map(|drill| drill.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap().len(), DRILLS.len());
        assert_eq!(names(&["NP-20", "np-10"]).unwrap(), ["notifications-lost", "wrong-token"]);
        assert_eq!(names(&["NP-26"]).unwrap(), ["review-then-approve", "review-then-reject"]);
        assert_eq!(names(&["duplicate"]).unwrap(), ["duplicate"]);
        assert!(names(&["NP-1O"]).unwrap_err().contains("the nearest is NP-1"), "{:?}", names(&["NP-1O"]));
        assert!(names(&["duplicat"]).unwrap_err().contains("the nearest is duplicate"));
    }
}
