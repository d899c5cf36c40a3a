//! The device that comes back after its token has expired.

use crate::Rejection;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::net::IpAddr;
use token::ChannelToken;
use types::{DeviceId, Thumbprint};

/// A device that says who it is, and proves a key. Handlers behind
/// [`DeviceGuard::protect_returning`](super::DeviceGuard::protect_returning) take it as an argument. The token that names
/// device and key may be anybody's making, so a handler must compare the key with the device's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returning {
    /// The device that the token names.
    pub device: DeviceId,
    /// The thumbprint of the key that the token names, by which the request's proof is.
    pub session_key: Thumbprint,
    /// The address of the request, as a [`Device`](super::Device) has it.
    pub address: Option<IpAddr>,
}

impl Returning {
    pub(super) const fn of(token: &ChannelToken, address: Option<IpAddr>) -> Self {
        Self {
            device: token.device,
            session_key: token.session,
            address,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Returning {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        super::only_behind_the_guard(parts)
    }
}
