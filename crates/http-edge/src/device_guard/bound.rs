//! The tokens that the guard accepts: each is bound to the session key of a device.

use token::{AccessToken, ChannelToken, ClaimedToken, TokenError};
use types::{DeviceId, ErrorCode, Thumbprint, Time};

/// A token that is bound to a device.
pub(super) trait Bound: Sized {
    /// The code for a token that has expired.
    const EXPIRED: ErrorCode;

    /// Checks everything of a token but its signature.
    fn claimed<'a>(
        text: &'a str,
        issuer: &str,
        audience: &str,
        now: Time,
    ) -> Result<ClaimedToken<'a, Self>, TokenError>;

    /// The device.
    fn device(&self) -> DeviceId;

    /// The thumbprint of the device's session key.
    fn session_key(&self) -> Thumbprint;

    /// When the token expires.
    fn expires(&self) -> Time;
}

macro_rules! bound {
    ($token:ty, $expired:ident, $session_key:ident) => {
        impl Bound for $token {
            const EXPIRED: ErrorCode = ErrorCode::$expired;

            fn claimed<'a>(
                text: &'a str,
                issuer: &str,
                audience: &str,
                now: Time,
            ) -> Result<ClaimedToken<'a, Self>, TokenError> {
                Self::claimed(text, issuer, audience, now)
            }

            fn device(&self) -> DeviceId {
                self.device
            }

            fn session_key(&self) -> Thumbprint {
                self.$session_key
            }

            fn expires(&self) -> Time {
                self.expires
            }
        }
    };
}

bound!(ChannelToken, TokenExpired, session);
bound!(AccessToken, AccessTokenExpired, session_key);
