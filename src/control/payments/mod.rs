//! Calls about payments, account bindings and their notifications.

mod bindings;
mod buyer;
mod cancel;
mod diagram;
mod manual_notification;
mod notifications;
mod partner;
mod transactions;

use super::api::ApiOperation;

pub(super) use buyer::PATH as BUYER_PATH;
pub use transactions::transaction_view;

pub(super) fn operations() -> Vec<ApiOperation> {
    let operations = [
        transactions::operations(),
        buyer::operations(),
        partner::operations(),
        cancel::operations(),
        manual_notification::operations(),
        bindings::operations(),
        diagram::operations(),
        notifications::operations(),
    ];
    operations.into_iter().flatten().collect()
}
