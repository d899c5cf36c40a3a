//! The broker's routes for devices: pull and stream, for the channels in the device's token only.

mod accept;
mod messages;
mod stream;

use crate::{Broker, ReadError};
use axum::Router;
use axum::routing::get;
use http_edge::{Class, DeviceGuard, Rejection};
use tokio::sync::watch;
use types::ErrorCode;

#[derive(Clone)]
struct Served {
    broker: Broker,
    guard: DeviceGuard,
    stop: watch::Receiver<bool>,
}

const MESSAGES: &str = "/v1/channels/{channel}/messages";
const LIVE: &str = "/v1/live";

/// The classes of the routes.
pub const CLASSES: [(&str, Class); 2] = [(MESSAGES, Class::Pull), (LIVE, Class::Live)];

/// `GET /v1/channels/{channel}/messages` and `GET /v1/live`, for the public listener. Streams end when `stop` turns true.
pub fn routes(broker: Broker, guard: &DeviceGuard, stop: watch::Receiver<bool>) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    let router = Router::new()
        .route(MESSAGES, get(messages::after))
        .route(LIVE, get(stream::open))
        .method_not_allowed_fallback(no_method)
        .with_state(Served {
            broker,
            guard: guard.clone(),
            stop,
        });
    guard.protect(router)
}

impl From<ReadError> for Rejection {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::ChannelUnknown => Self::new(ErrorCode::ChannelUnknown),
            ReadError::KindDiffers => Self::new(ErrorCode::ChannelKindDiffers),
            ReadError::Generation { newest } => {
                Self::new(ErrorCode::GenerationMismatch).with_newest(newest.position, newest.hash)
            }
            ReadError::Unavailable(_) | ReadError::OutcomeUnknown(_) | ReadError::Stopped(_) => {
                Self::of_fault(ErrorCode::Unavailable, &error)
            }
        }
    }
}
