//! Calls that prepare and control a test: merchants, accounts, tokens, rules, the clock, and a reset.

mod audits;
pub(super) mod clock;
pub(super) mod info;
mod merchants;
mod reset;
mod rules;
mod samples;
mod scenario;
mod shoppers;
mod tokens;

use super::api::ApiOperation;

pub(super) fn operations() -> Vec<ApiOperation> {
    let operations = [
        info::operations(),
        reset::operations(),
        merchants::operations(),
        shoppers::operations(),
        tokens::operations(),
        clock::operations(),
        scenario::operations(),
        rules::operations(),
        audits::operations(),
        samples::operations(),
    ];
    operations.into_iter().flatten().collect()
}
