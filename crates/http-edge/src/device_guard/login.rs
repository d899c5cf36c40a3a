//! The person who logged in on a device.

use super::Device;
use crate::Rejection;
use axum::extract::FromRequestParts;
use http::request::Parts;
use token::AccessToken;
use types::{DeviceId, ErrorCode, SessionId, Time};

/// A login, as the request's access token states it. Handlers behind
/// [`DeviceGuard::protect_logins`](super::DeviceGuard::protect_logins) take it as an argument. Whether its session has ended since is ciam's to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The device.
    pub device: DeviceId,
    /// The session that the login began.
    pub session: SessionId,
    /// How the person proved who they are.
    pub acr: String,
    /// When they did.
    pub authenticated: Time,
}

impl Login {
    pub(super) fn of(token: &AccessToken) -> Self {
        Self {
            device: token.device,
            session: token.session,
            acr: token.acr.clone(),
            authenticated: token.authenticated,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Login {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let login = parts.extensions.remove();
        login.ok_or_else(|| ErrorCode::LoginRequired.into())
    }
}

/// Who sent a request: a device, with or without the person who logged in on it. Handlers behind
/// [`DeviceGuard::protect_logins`](super::DeviceGuard::protect_logins) take it if the device alone may ask, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The device.
    pub device: DeviceId,
    /// The login, if the request has an access token.
    pub login: Option<Login>,
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        if let Some(login) = parts.extensions.remove::<Login>() {
            let device = login.device;
            let login = Some(login);
            return Ok(Self { device, login });
        }
        let Device { device, .. } = Device::from_request_parts(parts, state).await?;
        let login = None;
        Ok(Self { device, login })
    }
}
