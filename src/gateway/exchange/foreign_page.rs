//! Pages of other sites: the published keys would let them register orders in the simulator of whoever opens them.

use actix_web::http::StatusCode;

use super::request::GatewayRequest;
use super::response::{EndpointRefusal, Envelope, GatewayResponse, json};
use crate::connection;
use crate::diagnosis::Slug;
use crate::endpoints::Caller;
use crate::gateway::Gateway;
use crate::protocol::{self, Code, Refusal};

impl Gateway {
    /// The refusal of a call that a page of another site sends. A browser may open the pages from everywhere.
    pub(super) fn foreign_page(&self, request: &GatewayRequest<'_>) -> Option<GatewayResponse> {
        let endpoint = request.endpoint.filter(|endpoint| endpoint.info().caller == Caller::Server)?;
        let said = connection::foreign_page(self.public_url.as_deref(), request.http)?;
        let reason = format!(
            "a page of another site sent this request ({}), and only your server may call {} (docs/PROTOCOL.md §2.13)",
            protocol::quoted(&said),
            endpoint.path()
        );
        let refused = EndpointRefusal::from(Refusal::new(Code::UNREADABLE, Slug::ORIGIN_FOREIGN, reason));
        let response = self.refuse(request.endpoint_name(), refused, |code| json(&Envelope::from(code)));
        Some(GatewayResponse { status: StatusCode::FORBIDDEN, ..response })
    }
}
