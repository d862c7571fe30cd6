//! The listeners: the same HTTP service behind each, plain or over TLS.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpService, KeepAlive, Protocol, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use tokio::net::TcpStream;

use super::accept::{Acceptor, Stream, refuse_for_want_of_room};
use crate::connection::{Connection, TrustedProxies, Way};
use crate::sockets::{Deadlines, GuardedStream, OpenClients, Socket as _};

/// A listener, and how it is served.
pub(super) struct Entrance {
    pub(super) listener: TcpListener,
    pub(super) way: Way,
    pub(super) acceptor: Acceptor,
}

/// The listeners of a server that does not run yet.
pub(super) struct Listeners<F> {
    pub(super) builder: ServerBuilder,
    /// Makes the HTTP service of a worker.
    pub(super) app: F,
    pub(super) open: OpenClients,
    pub(super) deadlines: Deadlines,
    pub(super) trusted_proxies: Arc<TrustedProxies>,
}

impl<F> Listeners<F> {
    /// Adds a listener.
    pub(super) fn listen<I, S, B>(self, entrance: Entrance) -> io::Result<Self>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<actix_web::Error> + 'static,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        B: MessageBody + 'static,
    {
        let Entrance { listener, way, acceptor } = entrance;
        let Self { builder, app, open, deadlines, trusted_proxies } = self;
        let places = open.clone();
        let (make_app, trusted, stop) = (app.clone(), Arc::clone(&trusted_proxies), builder.graceful_shutdown_signal());
        let builder = builder.listen("http", listener, move || {
            let (acceptor, places) = (acceptor.clone(), places.clone());
            let accept = fn_service(move |stream: TcpStream| {
                let (acceptor, places) = (acceptor.clone(), places.clone());
                async move {
                    let peer = stream.peer_addr().ok();
                    let Some(client) = places.enter() else {
                        return Err(refuse_for_want_of_room(stream, &acceptor).await.into());
                    };
                    let stream = tokio::select! {
                        stream = acceptor.accept(stream) => stream?,
                        () = client.told_to_close() => return Err(DispatchError::DisconnectTimeout),
                    };
                    Ok::<_, DispatchError>((GuardedStream::new(stream, client, deadlines), Protocol::Http1, peer))
                }
            });
            let (trusted, stop) = (Arc::clone(&trusted), stop.clone());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stop = stop.clone();
                    async move { stop.notified().await }
                })
                // The stream has its own deadlines.
                .keep_alive(KeepAlive::Os)
                .client_request_timeout(Duration::ZERO)
                .on_connect_ext(move |stream: &GuardedStream<Stream>, kept: &mut Extensions| {
                    let peer: Option<SocketAddr> = stream.get_ref().tcp().peer_addr().ok();
                    // What came through the forward proxy comes from this machine, whoever sent it.
                    let is_direct = matches!(way, Way::Http | Way::Https);
                    let is_trusted_proxy = is_direct && peer.is_some_and(|peer| trusted.contains(peer.ip()));
                    kept.insert(Connection { way, is_trusted_proxy });
                    kept.insert(Arc::clone(stream.client()));
                });
            let app = make_app().into_factory().map_err(|error: S::Error| error.into().error_response());
            accept.and_then(http.finish(map_config(app, |()| AppConfig::default())))
        })?;
        Ok(Self { builder, app, open, deadlines, trusted_proxies })
    }

    pub(super) fn run(self) -> Server {
        self.builder.run()
    }
}
