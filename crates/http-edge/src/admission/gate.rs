//! The gate that every request of a listener passes.

use super::fair_queue::Permit;
use super::{Admission, Caller, Class, InUse};
use crate::Rejection;
use crate::held_body::holding;
use crate::received::received;
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Extensions;
use http::request::Parts;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::{Instant, timeout};
use types::ErrorCode;

/// The peer's address, or the client that a proxy named when the connection began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Marks a request that passed the gate, in its extensions.
#[derive(Clone)]
pub(crate) struct Ticket(Arc<Passed>);

struct Passed {
    admission: Admission,
    client: IpAddr,
    caller: Caller,
    class: Class,
    /// Whether the caller exceeded one of its limits.
    refused: AtomicBool,
    state: Mutex<Progress>,
}

/// The request's permit, and what is counted for it.
struct Progress {
    stage: Stage,
    request: Option<InUse>,
    body: Option<InUse>,
}

enum Stage {
    Waiting,
    Arriving,
    Answering { _permit: Permit },
    Done,
}

/// Admits a request, waits for its turn, and has it answered within its class's deadline. Refusals are delayed for a
/// while, so that a caller that retries at once retries rarely.
pub(crate) async fn admit(
    State(admission): State<Admission>,
    mut request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    // Without a listener there is no peer, as in a test of a router alone.
    let Some(peer) = request.extensions().get::<Peer>().copied() else {
        return Ok(next.run(request).await);
    };
    let route = request.extensions().get::<MatchedPath>();
    let class = admission.class(route.map(MatchedPath::as_str));
    let client = admission.client_of(peer, request.headers());
    let caller = admission.caller(client);
    let Some(counted) = admission.0.requests.take(caller, 1) else {
        drop(request);
        admission.hold_back_refusal(caller).await;
        return Err(ErrorCode::Overloaded.into());
    };
    let ticket = Ticket(Arc::new(Passed {
        client,
        caller,
        class,
        refused: AtomicBool::new(false),
        state: Mutex::new(Progress {
            stage: Stage::Waiting,
            request: Some(counted),
            body: None,
        }),
        admission: admission.clone(),
    }));
    request.extensions_mut().insert(ticket.clone());
    let (_, deadline) = admission.0.queues.of(class);
    let answering = async {
        ticket.wait_for_turn().await?;
        Ok(next.run(request).await)
    };
    let answered = timeout(*deadline, answering).await;
    // The ticket ends here, however long the request's extensions live.
    let stage = ticket.end();
    let refused = ticket.0.refused.load(Ordering::Relaxed);
    let answer = match answered {
        Ok(Ok(response)) if class == Class::Live && !refused => Ok(holding(response, stage)),
        Ok(answered) => {
            drop(stage);
            answered
        }
        Err(_) => Err(too_late(stage)),
    };
    if refused {
        // The permit was returned, so that the delay of this refusal delays nobody else.
        admission.hold_back_refusal(caller).await;
    }
    answer
}

/// The refusal of a request whose deadline passed at `stage`.
fn too_late(stage: Stage) -> Rejection {
    match stage {
        Stage::Waiting => ErrorCode::Overloaded.into(),
        Stage::Arriving => ErrorCode::Timeout.into(),
        Stage::Answering { .. } | Stage::Done => ErrorCode::Unavailable.into(),
    }
}

impl Admission {
    /// Waits before a refusal is answered. Does not wait if too many refusals wait.
    async fn hold_back_refusal(&self, caller: Caller) {
        if caller.exempt {
            return;
        }
        if let Some(_held_back) = self.0.refusals.take(caller, 1) {
            tokio::time::sleep(self.0.settings.refusal_delay).await;
        }
    }
}

impl Ticket {
    async fn wait_for_turn(&self) -> Result<(), Rejection> {
        let (queue, _) = self.0.admission.0.queues.of(self.0.class);
        let permit = queue.acquire(self.0.caller.prefix).await;
        let permit = permit.ok_or_else(|| self.refusal())?;
        self.set_stage(Stage::Answering { _permit: permit });
        Ok(())
    }

    /// Receives a body without a permit. Its bytes are counted for the caller as they arrive, and for as long as the
    /// request lasts. Waits for a permit again when the body is complete.
    pub(crate) async fn receive(&self, body: Body) -> Result<Vec<u8>, Rejection> {
        let admission = &self.0.admission.0;
        let counted = admission.body_bytes.take(self.0.caller, 0);
        let mut counted = counted.ok_or(ErrorCode::Overloaded)?;
        self.set_stage(Stage::Arriving);
        let receiving = received(body, |bytes| counted.grow(bytes));
        let body = timeout(admission.settings.body_timeout, receiving).await;
        let body = body.map_err(|_| ErrorCode::Timeout)??;
        self.progress().body = Some(counted);
        self.set_stage(Stage::Waiting);
        self.wait_for_turn().await?;
        Ok(body)
    }

    fn refusal(&self) -> Rejection {
        self.0.refused.store(true, Ordering::Relaxed);
        ErrorCode::Overloaded.into()
    }

    fn end(&self) -> Stage {
        let mut progress = self.progress();
        (progress.request, progress.body) = (None, None);
        std::mem::replace(&mut progress.stage, Stage::Done)
    }

    fn set_stage(&self, stage: Stage) {
        let former = std::mem::replace(&mut self.progress().stage, stage);
        drop(former);
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller without a verified token. Handlers that compute with keys for such callers take it as an argument.
#[derive(Clone)]
pub struct Stranger(Option<Ticket>);

impl Stranger {
    /// The sender of the request with these extensions.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        Self(extensions.get().cloned())
    }

    /// The sender's address. `None` without a listener.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.0.as_ref().map(|Ticket(passed)| passed.client)
    }

    /// Counts key operations before they are carried out. If the caller's prefix or all strangers together exceed their
    /// rate, returns a refusal with the waiting time. Without a listener there is no limit.
    pub fn spend_key_operations(&self, operations: u32) -> Result<(), Rejection> {
        let Some(Ticket(passed)) = &self.0 else {
            return Ok(());
        };
        let budget = &passed.admission.0.key_operations;
        let spent = budget.spend(passed.caller, operations, Instant::now());
        spent.inspect_err(|_| passed.refused.store(true, Ordering::Relaxed))
    }

    /// Refunds `operations` for a caller who turned out not to be a stranger.
    pub(crate) fn refund_key_operations(&self, operations: u32) {
        if let Some(Ticket(passed)) = &self.0 {
            let budget = &passed.admission.0.key_operations;
            budget.refund(passed.caller, operations);
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Stranger {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// Further permits of a request's class, for a handler that does the work of several requests. The request itself has one.
#[derive(Clone, Default)]
pub struct FurtherPermits(Option<Ticket>);

/// A further permit, until it is dropped.
pub struct FurtherPermit {
    _permit: Option<Permit>,
}

impl FurtherPermits {
    /// A permit, if one is free. It never waits, so requests that have one cannot wait for each other. Without a listener
    /// there is no limit.
    #[must_use]
    pub fn take(&self) -> Option<FurtherPermit> {
        let permit = match &self.0 {
            Some(Ticket(passed)) => {
                let (queue, _) = passed.admission.0.queues.of(passed.class);
                Some(queue.take_free()?)
            }
            None => None,
        };
        Some(FurtherPermit { _permit: permit })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FurtherPermits {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned()))
    }
}
