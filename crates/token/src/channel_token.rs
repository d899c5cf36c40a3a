//! The token that lets a device read its channels.

use crate::claimed::{
    ClaimedToken, Confirmation, TOKEN_CHANNELS_MAX, TokenError, check_parties, check_times, parse,
    seconds, sign,
};
use crate::jws::Jws;
use crate::{Jwks, TokenType};
use envelope::{Signer, SigningFailed};
use serde::{Deserialize, Serialize};
use types::{ChannelId, DeviceId, Thumbprint, Time};

/// The claims of a channel token. Times are whole seconds on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelToken {
    /// `iss`: the bank's public URL.
    pub issuer: String,
    /// `aud`: the service that the token is for.
    pub audience: String,
    /// `sub`: a pairwise reference to the customer. It is never the customer number.
    pub subject: String,
    /// `device`: the device's id.
    pub device: DeviceId,
    /// `channels`: the channels that the bearer may read.
    pub channels: Vec<ChannelId>,
    /// `cnf.jkt`: the thumbprint of the session key that the token is bound to (RFC 9449, 6.1).
    pub session: Thumbprint,
    /// `iat`: when it was issued.
    pub issued: Time,
    /// `exp`: the first second at which it is no longer valid.
    pub expires: Time,
    /// `jti`: the token's id.
    pub id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    device: DeviceId,
    channels: Vec<ChannelId>,
    cnf: Confirmation,
    iat: u64,
    exp: u64,
    jti: String,
}

impl ChannelToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: self.subject.clone(),
            device: self.device,
            channels: self.channels.clone(),
            cnf: Confirmation { jkt: self.session },
            iat: self.issued.seconds(),
            exp: self.expires.seconds(),
            jti: self.id.clone(),
        };
        sign(TokenType::Channel, &claims, issuer)
    }

    /// When the token `text` was issued and when it expires, for its bearer. Nothing is verified. `None` if `text` is not a
    /// token.
    #[must_use]
    pub fn times_of_own(text: &str) -> Option<(Time, Time)> {
        let claims: Claims = Jws::parse(text)?.payload()?;
        Some((seconds(claims.iat), seconds(claims.exp)))
    }

    /// Verifies a token from `issuer` for `audience` at `now`. This does not prove that the bearer has the session key:
    /// [`DpopProof`](crate::DpopProof) does.
    pub fn verify(
        text: &str,
        issuer: &str,
        audience: &str,
        jwks: &Jwks,
        now: Time,
    ) -> Result<Self, TokenError> {
        Self::claimed(text, issuer, audience, now)?.verify(jwks)
    }

    /// Checks everything of a token but its signature, which is the only check that costs much.
    pub fn claimed<'a>(
        text: &'a str,
        issuer: &str,
        audience: &str,
        now: Time,
    ) -> Result<ClaimedToken<'a, Self>, TokenError> {
        let claimed = Self::read(text, issuer, audience)?;
        let token = &claimed.token;
        check_times(token.issued.seconds(), token.expires.seconds(), now)?;
        Ok(claimed)
    }

    /// What a token claims, whenever it was issued. Its signature and its times are not judged: whoever takes it has to
    /// prove everything in another way.
    pub fn unverified(text: &str, issuer: &str, audience: &str) -> Result<Self, TokenError> {
        Ok(Self::read(text, issuer, audience)?.token)
    }

    fn read<'a>(
        text: &'a str,
        issuer: &str,
        audience: &str,
    ) -> Result<ClaimedToken<'a, Self>, TokenError> {
        let (jws, key) = parse(text, TokenType::Channel)?;
        let claims: Claims = jws.payload().ok_or(TokenError::WrongShape)?;
        check_parties((&claims.iss, &claims.aud), (issuer, audience))?;
        if claims.channels.len() > TOKEN_CHANNELS_MAX {
            return Err(TokenError::TooManyChannels);
        }
        Ok(ClaimedToken {
            jws,
            key,
            token: Self {
                issuer: claims.iss,
                audience: claims.aud,
                subject: claims.sub,
                device: claims.device,
                channels: claims.channels,
                session: claims.cnf.jkt,
                issued: seconds(claims.iat),
                expires: seconds(claims.exp),
                id: claims.jti,
            },
        })
    }
}
