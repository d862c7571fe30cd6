//! Calls about payments, account bindings and their notifications.

mod bindings;
mod buyer;
mod cancel;
mod diagram;
mod evidence;
mod har;
mod manual_notification;
mod notifications;
mod partner;
mod send;
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
        evidence::operations(),
        notifications::operations(),
        send::operations(),
    ];
    operations.into_iter().flatten().collect()
}
