//! The plain page at `/`: where to point an application, and what has happened.

use askama::Template;

use crate::endpoints::Endpoint;
use crate::language::Lang;

/// What the index page shows.
#[derive(Debug, Template)]
#[template(path = "index.html")]
pub struct IndexPage<'a> {
    /// The version of the program.
    pub version: &'a str,
    /// What an application puts in the place of NICEPAY's host.
    pub base_url: &'a str,
    /// The endpoints of NICEPAY.
    pub endpoints: Vec<Endpoint>,
    /// How strictly requests are judged.
    pub profile: &'a str,
    /// The scenario in force.
    pub scenario: &'a str,
    /// What is wrong with the scenario files as they are now.
    pub problems: &'a [String],
    /// The simulator's time.
    pub clock: &'a str,
    /// The seed that chance is drawn from.
    pub seed: u64,
    /// The iMids that may call.
    pub merchants: &'a [String],
    /// The partner's accounts.
    pub shoppers: &'a [IndexShopper],
    /// The newest twenty transactions, newest first.
    pub transactions: &'a [IndexTransaction],
}

/// One account of the partner.
#[derive(Debug, Clone)]
pub struct IndexShopper {
    /// Whose customer it is.
    pub lender: &'static str,
    /// The phone number to sign in with.
    pub phone: String,
    /// The account's PIN.
    pub pin: String,
    /// The account's OTP; empty when the account never gets that far.
    pub otp: String,
    /// What happens to a payment of this account.
    pub outcome: String,
}

/// One transaction, in a line.
#[derive(Debug, Clone)]
pub struct IndexTransaction {
    /// The gateway's number.
    pub t_xid: String,
    /// The merchant's number.
    pub reference_no: String,
    /// The merchant.
    pub i_mid: String,
    /// The amount, formatted: `Rp 25.145`.
    pub amount: String,
    /// The stage, in the control API's words.
    pub stage: String,
    /// The address of the transaction's own page.
    pub href: String,
}
