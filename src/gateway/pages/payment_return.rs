//! `GET /nicepay/direct/v2/payment/return`: where the lender sends the browser back. The lender knows no merchant: the
//! gateway builds the callback (`docs/PROTOCOL.md` §2.4).

use super::payment::return_to_merchant;
use crate::diagnosis::Slug;
use crate::domain::{Partner, Stage};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json};
use crate::paths;
use crate::protocol::{CallbackResult, Code, Findings, PaymentResponse, Refusal};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: return_browser, refusal: |_, code| json(&PaymentResponse::refused(code)) };

fn return_browser(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    _: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let link = read_link(request);
    let transaction = gateway
        .engine
        .transaction_by_link(link)
        .ok_or_else(|| Refusal::new(Code::NOT_FOUND, Slug::TK_UNKNOWN, "no payment has this link"))?;
    Ok(match (transaction.stage(), &transaction.callback_url) {
        // A customer who is not finished belongs on the lender's pages.
        (Stage::Registered | Stage::AtPartner(_), _) | (_, None) => {
            let partner = transaction.order.partner.unwrap_or(Partner::Kredivo);
            GatewayResponse::redirect(paths::partner_page(partner.slug(), paths::SIGN_IN, link)).about(&transaction)
        }
        (_, Some(url)) => return_to_merchant(gateway, request, &transaction, url, CallbackResult::Stage),
    })
}

/// Reads the secret of the payment link from the query.
pub(super) fn read_link<'a>(request: &GatewayRequest<'a>) -> &'a str {
    request.http.query_string().split('&').find_map(|pair| pair.strip_prefix("tk=")).unwrap_or_default()
}
