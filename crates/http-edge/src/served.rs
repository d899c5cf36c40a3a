//! Passes a connection's requests to the router.

use crate::activity::Activity;
use crate::admission::Peer;
use crate::held_body::holding;
use crate::service_tls::ServiceCaller;
use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::response::Response;
use http::Request;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{BoxError, Service};

/// The router for the requests of one connection. Each request gets its peer, and keeps the connection from being idle.
#[derive(Clone)]
pub(crate) struct Served {
    router: Router,
    peer: Peer,
    caller: Option<ServiceCaller>,
    activity: Activity,
}

impl Served {
    pub(crate) fn new(
        router: Router,
        (peer, caller): (Peer, Option<ServiceCaller>),
        activity: Activity,
    ) -> Self {
        Self {
            router,
            peer,
            caller,
            activity,
        }
    }
}

impl<B> Service<Request<B>> for Served
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        if let Some(caller) = &self.caller {
            request.extensions_mut().insert(caller.clone());
        }
        let busy = self.activity.begin();
        let answering = self.router.call(request);
        Box::pin(async move { Ok(holding(answering.await?, busy)) })
    }
}
