//! The public routes of a service: how they are served, and what the API document says of them. Both come from one list.

use crate::conformance::held_to;
use crate::document::{Callers, described};
use crate::{DeviceGuard, Rejection};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use types::ErrorCode;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

type Layered<S> = Box<dyn FnOnce(Router<S>, &S) -> Router<S>>;

struct Group<S> {
    callers: Callers,
    routes: OpenApiRouter<S>,
    layered: Layered<S>,
}

/// The public routes of a service, grouped by who may call them.
///
/// ```
/// use http_edge::{Json, Rejection, Routes};
/// use utoipa_axum::{router::OpenApiRouter, routes};
///
/// /// How many requests there were.
/// #[utoipa::path(get, path = "/v1/count", responses((status = OK, body = u64)))]
/// async fn count() -> Result<Json<u64>, Rejection> {
///     Ok(Json(7))
/// }
///
/// let routes = Routes::<()>::new().for_everybody(OpenApiRouter::new().routes(routes!(count)));
/// assert!(routes.document().paths.paths.contains_key("/v1/count"));
/// ```
pub struct Routes<S> {
    groups: Vec<Group<S>>,
    body_bytes_max: Option<usize>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Without routes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            groups: Vec::new(),
            body_bytes_max: None,
        }
    }

    /// Refuses larger bodies than the listener does.
    #[must_use]
    pub const fn with_bodies_up_to(mut self, bytes: usize) -> Self {
        self.body_bytes_max = Some(bytes);
        self
    }

    /// Adds routes that everybody may call, or that authenticate their callers themselves.
    #[must_use]
    pub fn for_everybody(self, routes: OpenApiRouter<S>) -> Self {
        self.for_everybody_through(routes, |router, _| router)
    }

    /// The same, behind the layers that `layered` adds.
    #[must_use]
    pub fn for_everybody_through(
        self,
        routes: OpenApiRouter<S>,
        layered: impl FnOnce(Router<S>, &S) -> Router<S> + 'static,
    ) -> Self {
        self.with(Callers::Everybody, routes, Box::new(layered))
    }

    /// Adds routes for devices: [`DeviceGuard::protect`].
    #[must_use]
    pub fn for_devices(self, routes: OpenApiRouter<S>) -> Self {
        self.with(Callers::Devices, routes, Box::new(|router, _| router))
    }

    /// Adds routes for devices, also those that come back: [`DeviceGuard::protect_returning`].
    #[must_use]
    pub fn for_returning_devices(self, routes: OpenApiRouter<S>) -> Self {
        let callers = Callers::ReturningDevices;
        self.with(callers, routes, Box::new(|router, _| router))
    }

    /// Adds routes for people who logged in on a device: [`DeviceGuard::protect_logins`].
    #[must_use]
    pub fn for_people(self, routes: OpenApiRouter<S>) -> Self {
        self.with(Callers::People, routes, Box::new(|router, _| router))
    }

    /// Adds routes for other apps of the bank, behind the guard that `layered` adds: [`ClientGuard::protect`](crate::ClientGuard::protect).
    #[must_use]
    pub fn for_apps_through(
        self,
        routes: OpenApiRouter<S>,
        layered: impl FnOnce(Router<S>, &S) -> Router<S> + 'static,
    ) -> Self {
        self.with(Callers::Apps, routes, Box::new(layered))
    }

    fn with(mut self, callers: Callers, routes: OpenApiRouter<S>, layered: Layered<S>) -> Self {
        self.groups.push(Group {
            callers,
            routes,
            layered,
        });
        self
    }

    /// The router of all routes, each group behind what it needs of `guard`.
    pub fn serve(self, state: &S, guard: &DeviceGuard) -> Router {
        self.served(state, Some(guard), |_| true)
    }

    /// The router of the routes for everybody, and of those for other apps.
    pub fn serve_open(self, state: &S) -> Router {
        self.served(state, None, Callers::are_let_through)
    }

    /// The router of the routes behind `guard`.
    pub fn serve_guarded(self, state: &S, guard: &DeviceGuard) -> Router {
        self.served(state, Some(guard), |callers| !callers.are_let_through())
    }

    fn served(
        self,
        state: &S,
        guard: Option<&DeviceGuard>,
        which: impl Fn(Callers) -> bool,
    ) -> Router {
        let mut served = Router::new();
        for group in self.groups.into_iter().filter(|group| which(group.callers)) {
            let (router, document) = group.routes.split_for_parts();
            let router = router
                .method_not_allowed_fallback(async || Rejection::from(ErrorCode::MethodNotAllowed));
            let mut router = (group.layered)(router, state);
            if let Some(bytes) = self.body_bytes_max {
                router = router.layer(DefaultBodyLimit::max(bytes));
            }
            let router = router.with_state(state.clone());
            let router = match (group.callers, guard) {
                (Callers::Everybody | Callers::Apps, _) => router,
                (Callers::Devices, Some(guard)) => guard.protect(router),
                (Callers::ReturningDevices, Some(guard)) => guard.protect_returning(router),
                (Callers::People, Some(guard)) => guard.protect_logins(router),
                // Without a guard nobody may call them.
                (Callers::Devices | Callers::ReturningDevices | Callers::People, None) => continue,
            };
            served = served.merge(if cfg!(debug_assertions) {
                held_to(described(document, group.callers), router)
            } else {
                router
            });
        }
        served
    }

    /// What the API document says of the routes.
    #[must_use]
    pub fn document(self) -> OpenApi {
        let mut document = OpenApiRouter::<S>::default().into_openapi();
        for group in self.groups {
            document.merge(described(group.routes.into_openapi(), group.callers));
        }
        document
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::Request;
    use tower::ServiceExt as _;
    use utoipa_axum::routes;

    struct NotOnTheShelf;

    crate::refuses!(NotOnTheShelf: NotFound);

    #[utoipa::path(get, path = "/described", responses((status = OK), NotOnTheShelf))]
    async fn described() -> Rejection {
        ErrorCode::NotFound.into()
    }

    #[utoipa::path(get, path = "/another", responses((status = OK), NotOnTheShelf))]
    async fn another() -> Rejection {
        ErrorCode::ChannelUnknown.into()
    }

    async fn ask(path: &str) -> u16 {
        let routes = OpenApiRouter::default()
            .routes(routes!(described))
            .routes(routes!(another));
        let router = Routes::new().for_everybody(routes).serve_open(&());
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn a_described_refusal_is_answered() {
        assert_eq!(ask("/described").await, 404);
    }

    #[tokio::test]
    #[should_panic(expected = "does not have 404 Not Found with code Some(3002) of GET /another")]
    async fn a_refusal_with_another_code_than_the_described_ones_is_a_fault() {
        ask("/another").await;
    }
}
