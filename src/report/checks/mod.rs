//! How each check judges.

mod browser;
mod notifications;
mod reaction;
mod refunds;
mod requests;
mod tokens;

use super::history::History;
use super::verdict::Evidence;

/// What a check finds; nothing where the situation did not occur.
type Judge = fn(&History) -> Vec<Evidence>;

/// The judge of each check of the catalog.
pub(super) const JUDGES: &[(&str, Judge)] = &[
    ("NP-01", requests::tokens),
    ("NP-02", requests::accepted),
    ("NP-03", requests::reference_once),
    ("NP-04", requests::whole_amounts),
    ("NP-05", requests::cart_sums),
    ("NP-06", requests::stable_customer_key),
    ("NP-07", requests::own_token),
    ("NP-08", requests::no_tight_loops),
    ("NP-09", notifications::answered_in_time),
    ("NP-10", notifications::wrong_token),
    ("NP-11", notifications::changed_status),
    ("NP-12", notifications::changed_amount),
    ("NP-13", notifications::unknown_t_xid),
    ("NP-14", notifications::missing_field),
    ("NP-15", notifications::wrong_content_type),
    ("NP-16", notifications::repeated),
    ("NP-17", notifications::pending_after_paid),
    ("NP-18", notifications::rejected_after_review),
    ("NP-19", notifications::broken_connection),
    ("NP-20", notifications::lost),
    ("NP-21", notifications::confirmed_by_inquiry),
    ("NP-22", browser::return_without_notification),
    ("NP-23", browser::return_before_notification),
    ("NP-24", browser::return_after_notification),
    ("NP-25", browser::declined),
    ("NP-26", browser::under_review),
    ("NP-27", browser::expired),
    ("NP-28", tokens::reused),
    ("NP-29", tokens::not_used_after_end),
    ("NP-30", tokens::back_to_linking),
    ("NP-31", tokens::seamless_confirmed),
    ("NP-32", refunds::full),
    ("NP-33", refunds::partial),
    ("NP-34", refunds::once),
    ("NP-35", refunds::repeated_later),
    ("NP-36", refunds::not_too_much),
    ("NP-37", notifications::paid_when_notified),
];

/// What the check with this number finds.
pub(super) fn judge(id: &str, history: &History) -> Vec<Evidence> {
    JUDGES.iter().find(|(known, _)| *known == id).map_or_else(Vec::new, |(_, judge)| judge(history))
}
