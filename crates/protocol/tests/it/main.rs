//! The codecs of what travels.

mod accept;
mod cbor;
mod cloud_event;
mod entries;
mod errors_page;
mod http;
mod live;
mod message;
mod vectors;
