//! What decides how a payment ends, in one list. `docs/concepts/what-decides.md` explains it.

use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// What decides how a payment ends, in the order in which the engine asks: the first that applies decides.
    #[derive(PartialOrd, Ord)]
    pub enum DecidedBy {
        /// A command of the control API forces the outcome.
        Command = "command",
        /// The customer leaves the lender's pages.
        Customer = "customer",
        /// The lender's account: its state, its limits, its token. It can only decline.
        Account = "account",
        /// A rule that was added for one transaction.
        TransactionRule = "transaction-rule",
        /// A rule that was added for a limited number of times.
        OneShotRule = "one-shot-rule",
        /// Any other rule that was added at run time.
        AddedRule = "added-rule",
        /// A rule of the active scenario.
        ScenarioRule = "scenario-rule",
        /// What always happens to this shopper.
        MagicShopper = "magic-shopper",
        /// Nothing of the above: the payment is approved.
        Default = "default",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lists_them_in_this_order() {
        let document = include_str!("../../../docs/concepts/what-decides.md");
        let rows = document.lines().filter_map(|line| line.strip_prefix("| ")).filter_map(|row| {
            let (number, rest) = row.split_once(" | `")?;
            Some((number.parse::<usize>().ok()?, rest.split('`').next()?))
        });
        let schema = schemars::schema_for!(DecidedBy);
        let values = schema.get("oneOf").and_then(|values| values.as_array()).unwrap();
        let expected = (1..).zip(values.iter().map(|value| value["const"].as_str().unwrap()));
        assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
}
