//! The routes for other apps of the bank, which have a customer's permission.

use super::{accounts, initiations};
use crate::apps::App;
use crate::gateway::Gateway;
use axum::Router;
use axum::extract::FromRef;
use http_edge::{Class, ClientGuard, Permission, Routes};
use token::Scope;
use utoipa::openapi::OpenApi;

/// What the routes need.
#[derive(Clone)]
struct Served {
    gateway: Gateway,
    guard: ClientGuard,
}

impl FromRef<Served> for Gateway {
    fn from_ref(served: &Served) -> Self {
        served.gateway.clone()
    }
}

impl From<Permission> for App {
    fn from(permission: Permission) -> Self {
        Self {
            client: permission.client,
            name: permission.name,
            customer: permission.customer,
        }
    }
}

/// The classes of the routes for other apps.
#[must_use]
pub fn app_classes() -> Vec<(&'static str, Class)> {
    [
        accounts::CLASSES.as_slice(),
        initiations::APP_CLASSES.as_slice(),
    ]
    .concat()
}

/// The routes for other apps, with an access token of the OpenID provider.
pub fn app_routes(gateway: Gateway, guard: &ClientGuard) -> Router {
    let guard = guard.clone();
    public_routes().serve_open(&Served { gateway, guard })
}

/// What the API document says of the routes for other apps.
#[must_use]
pub fn app_document() -> OpenApi {
    public_routes().document()
}

fn public_routes() -> Routes<Served> {
    let with = |scope: Scope| {
        move |router: Router<Served>, served: &Served| served.guard.protect(scope, router)
    };
    Routes::new()
        .for_apps_through(accounts::routes(), with(Scope::Accounts))
        .for_apps_through(initiations::app_routes(), with(Scope::Payments))
}
