//! The broker's routes for devices: pull and stream, for the channels in the device's token only.

mod accept;
mod messages;
mod stream;

use crate::{Broker, ReadError};
use axum::Router;
use http_edge::{Class, DeviceGuard, Rejection, Routes};
use tokio::sync::watch;
use types::ErrorCode;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

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
    let served = Served {
        broker,
        guard: guard.clone(),
        stop,
    };
    public_routes().serve(&served, guard)
}

/// What the API document says of the routes.
#[must_use]
pub fn document() -> OpenApi {
    public_routes().document()
}

fn public_routes() -> Routes<Served> {
    let of_devices = OpenApiRouter::default()
        .routes(routes!(messages::after))
        .routes(routes!(stream::open));
    Routes::new().for_devices(of_devices)
}

/// Why a channel is not read.
struct NotRead;

http_edge::refuses!(NotRead: ChannelForbidden, ChannelUnknown, NotAcceptable, TooManyChannels);

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
