//! The routes of the listeners.

use super::apart::Apart;
use super::plain_pages::{self, PlainPages};
use super::{Services, backing_up, edge, keys, messaging, remote_events, repair, status};
use crate::config::Config;
use axum::Router;
use gateway::ports::Statements;
use http_edge::{Admission, Class, Listener, OperatorToken};
use std::sync::Arc;
use tokio::sync::watch;
use utoipa::openapi::OpenApi;

/// What the API document says of the routes of the public listener, but those of the document itself.
pub(super) fn documents() -> [OpenApi; 6] {
    [
        ciam::http::document(),
        broker::http::document(),
        gateway::http::document(),
        gateway::http::order_document(),
        gateway::http::app_document(),
        status::document(),
    ]
}

/// The classes of the routes of the public listener that the API document has.
pub(super) fn classes() -> Vec<(&'static str, Class)> {
    let classes = [
        ciam::http::classes(),
        broker::http::CLASSES.to_vec(),
        gateway::http::CLASSES.to_vec(),
        gateway::http::order_classes(),
        gateway::http::app_classes(),
    ];
    classes.concat()
}

impl Services {
    /// The routes of the public listener.
    pub(crate) fn public_routes(&self, stop: &watch::Receiver<bool>) -> Router {
        let statements: Arc<dyn Statements> = Arc::new(self.stated.clone());
        ciam::http::routes(self.ciam.clone())
            .merge(ciam::http::device_routes(self.ciam.clone(), &self.guard))
            .merge(broker::http::routes(
                self.broker.clone(),
                &self.guard,
                stop.clone(),
            ))
            .merge(gateway::http::routes(statements, &self.guard))
            .merge(gateway::http::order_routes(
                self.gateway.clone(),
                &self.guard,
            ))
            .merge(gateway::http::app_routes(
                self.gateway.clone(),
                &edge::client_guard(&self.ciam),
            ))
    }

    /// The listener for the services of other processes, if there are any.
    pub(crate) async fn listener(&self) -> anyhow::Result<Option<Listener>> {
        match &self.apart {
            Some(apart) => Ok(Some(apart.listener().await?)),
            None => Ok(None),
        }
    }

    /// The routes of that listener.
    pub(crate) fn service_routes(&self) -> Router {
        remote_events::routes(self.events.clone())
    }

    /// The plain pages, with the style sheet at that address.
    pub(crate) fn plain_pages(&self, config: &Config, style: Option<&str>) -> Router {
        if !config.public.plain_pages {
            return Router::new();
        }
        PlainPages::new(config, (&self.ciam, &self.gateway), style).routes()
    }

    /// The admission of the public listener.
    pub(crate) fn admission(config: &Config) -> Admission {
        let classes = [classes(), plain_pages::CLASSES.to_vec()].concat();
        Admission::new(config.admission.settings(), classes)
    }

    /// The routes of the operator's listener: the operator's behind the token, and the staff's.
    pub(crate) fn operator_routes(self: &Arc<Self>, token: &OperatorToken) -> Router {
        let sandbox = self.sandbox.as_ref();
        let of_sandbox =
            sandbox.map(|sandbox| sandbox_bank::http::operator_routes(sandbox.bank.clone()));
        let of_bank_apart = self.apart.as_ref().map(Apart::operator_routes);
        let of_operator = token.guard(
            of_sandbox
                .or(of_bank_apart)
                .unwrap_or_default()
                .merge(ciam::http::operator_routes(self.ciam.clone()))
                .merge(repair::routes(self.stated.notification.clone()))
                .merge(risk::http::operator_routes(self.risk.clone()))
                .merge(status::routes(Arc::clone(self)))
                .merge(backing_up::routes(Arc::clone(self)))
                .merge(keys::routes(Arc::clone(self)))
                .merge(messaging::routes(self.messages.clone())),
        );
        ciam::http::staff_routes(self.ciam.clone()).merge(of_operator)
    }
}
