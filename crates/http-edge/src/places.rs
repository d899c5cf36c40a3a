//! How many requests are answered at a time, and how many more may still be arriving.

use crate::Rejection;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Extensions;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::ErrorCode;

/// The places of a listener.
#[derive(Clone)]
pub(crate) struct Places {
    answering: Arc<Semaphore>,
    /// For bodies of requests without a token while they arrive: who sends slowly is in the way of such requests alone.
    arriving: Arc<Semaphore>,
}

/// The place that a request has.
#[derive(Clone)]
struct Held {
    places: Places,
    place: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl Held {
    fn put(&self, place: Option<OwnedSemaphorePermit>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }
}

impl Places {
    /// So many for requests that are answered, and half as many for bodies that arrive.
    pub(crate) fn new(requests_max: usize) -> Self {
        Self {
            answering: Arc::new(Semaphore::new(requests_max)),
            arriving: Arc::new(Semaphore::new(requests_max.div_ceil(2))),
        }
    }
}

fn take(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Rejection> {
    let place = Arc::clone(places).try_acquire_owned();
    place.map_err(|_| Rejection::new(ErrorCode::Overloaded))
}

/// Answers a request where there is a place for it.
pub(crate) async fn shed(
    State(places): State<Places>,
    mut request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let place = take(&places.answering)?;
    let held = Held {
        places,
        place: Arc::new(Mutex::new(Some(place))),
    };
    request.extensions_mut().insert(held.clone());
    let response = next.run(request).await;
    // Here at the latest, however long somebody keeps the request's extensions.
    held.put(None);
    Ok(response)
}

/// Waits for a body, `arrival`, without the place of a request that is answered; takes one again when it is there.
pub(crate) async fn aside<T>(
    extensions: &Extensions,
    arrival: impl Future<Output = Result<T, Rejection>>,
) -> Result<T, Rejection> {
    let Some(held) = extensions.get::<Held>() else {
        return arrival.await;
    };
    let arriving = take(&held.places.arriving)?;
    held.put(None);
    let arrived = arrival.await?;
    drop(arriving);
    held.put(Some(take(&held.places.answering)?));
    Ok(arrived)
}
