//! Sessions: access tokens, refreshed by their device alone; listed and ended by the customer.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::plain_pages::end_of;
use crate::random::random;
use crate::session_errors::SessionError;
use crate::store::device::{self, DeviceRow};
use crate::store::passkey;
use crate::store::plain_session::{self, PlainSessionRow};
use crate::store::session::{self, LoggedInBy, SessionRow};
use database::Transaction;
use http_edge::{Device, Login, Prefix};
use protocol::http::{self, SessionRefreshed, SessionsAnswer};
use subtle::ConstantTimeEq as _;
use token::{ACR_PASSKEY, ACR_PASSWORD, ACR_PROVIDER, AccessToken};
use types::{CustomerId, DeviceId, Hash, SessionId, Time, base64url};

impl Ciam {
    /// A new access token for the session of `device`. Only the device to which the refresh token was given can use it:
    /// the request's proof is by its session key.
    pub async fn refresh_session(
        &self,
        device: &Device,
        refresh_token: &str,
    ) -> Result<SessionRefreshed, SessionError> {
        let (now, presented) = (self.now(), Hash::of(refresh_token.as_bytes()));
        let place = device.address.map(Prefix::of);
        let place = place.map(|place| self.seal_place(place)).transpose()?;
        let device = device.device;
        let (device, session) = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, SessionError> {
                    let row = device::active(tx, device).await?;
                    let row = row.ok_or(SessionError::Ended)?;
                    let session = session::of_device(tx, device).await?;
                    let is_good = |session: &SessionRow| {
                        let same = session.refresh.as_bytes().ct_eq(presented.as_bytes());
                        session.expires > now && bool::from(same)
                    };
                    let session = session.filter(is_good).ok_or(SessionError::Ended)?;
                    session::mark_used(tx, session.session, (place.clone(), now)).await?;
                    Ok((row, session))
                },
            )
            .await?;
        let customer = self.open_customer(&device.sealed_customer)?;
        let (access_token, access_expires) =
            self.access_token(&customer, &device, &session).await?;
        Ok(SessionRefreshed {
            access_token,
            access_expires,
        })
    }

    /// An access token of the session, and when it expires.
    pub(crate) async fn access_token(
        &self,
        customer: &CustomerId,
        device: &DeviceRow,
        session: &SessionRow,
    ) -> Result<(String, Time), Failure> {
        let (settings, now) = (&self.inner.settings, self.now());
        let expires = now.plus_ms(settings.login.access_token_ms);
        let acr = match session.by {
            LoggedInBy::Passkey(_) => ACR_PASSKEY,
            LoggedInBy::Password => ACR_PASSWORD,
            LoggedInBy::Provider(_) => ACR_PROVIDER,
        };
        let token = AccessToken {
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            subject: self.pairwise_subject(customer).await?,
            device: device.device,
            session: session.session,
            acr: acr.into(),
            authenticated: session.began,
            session_key: device.session.thumbprint(),
            issued: now,
            expires: expires.min(session.expires),
            id: base64url::encode(&random::<16>()?),
        };
        let signed = self.sign_token(now, |key| token.sign(key)).await?;
        Ok((signed, token.expires))
    }

    /// The session of a login. `None` if it has ended.
    pub(crate) async fn session_of(
        &self,
        tx: &mut Transaction<'_>,
        login: &Login,
    ) -> Result<Option<SessionRow>, Failure> {
        let (id, now) = (login.session, self.now());
        let session = session::of_device(tx, login.device).await?;
        Ok(session.filter(|session| session.session == id && session.expires > now))
    }

    /// The same, for what only a person who is still logged in may do.
    pub(crate) async fn own_session(
        &self,
        tx: &mut Transaction<'_>,
        login: &Login,
    ) -> Result<SessionRow, SessionError> {
        let session = self.session_of(tx, login).await?;
        session.ok_or(SessionError::Ended)
    }

    /// When the person logged in on the device, and when the passkey of that login was registered; without that if an outside
    /// provider logged them in. `None` if they did not, or with a password, or the session has ended.
    pub async fn logged_in(
        &self,
        device: DeviceId,
    ) -> Result<Option<(Time, Option<Time>)>, Failure> {
        let now = self.now();
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let session = session::of_device(tx, device).await?;
                    let Some(session) = session.filter(|session| session.expires > now) else {
                        return Ok(None);
                    };
                    let passkey = match session.by {
                        LoggedInBy::Passkey(passkey) => passkey::find(tx, passkey).await?,
                        LoggedInBy::Password => None,
                        LoggedInBy::Provider(_) => return Ok(Some((session.began, None))),
                    };
                    Ok(passkey.map(|passkey| (session.began, Some(passkey.registered))))
                },
            )
            .await
    }

    /// Whether the login was recent enough for what changes who has access.
    pub(crate) fn is_recent(&self, login: &Login) -> bool {
        let age_ms = self.now().ms_since(login.authenticated);
        age_ms <= self.inner.settings.login.recent_ms
    }

    /// How long ago a recent login may be, in seconds.
    pub(crate) fn recent_s(&self) -> u64 {
        self.inner.settings.login.recent_ms / 1000
    }

    /// The sessions of the customer who logged in.
    pub async fn sessions(&self, login: &Login) -> Result<SessionsAnswer, SessionError> {
        let (ciam, login, now) = (self.clone(), login.clone(), self.now());
        let current = login.session;
        let (rows, plain) = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, SessionError> {
                    let own = ciam.own_session(tx, &login).await?;
                    let rows = session::of_customer(tx, own.customer).await?;
                    Ok((rows, plain_session::of_customer(tx, own.customer).await?))
                },
            )
            .await?;
        let shown = |row: &SessionRow| {
            let place = row.place.as_ref();
            Ok(http::SessionRow {
                session: row.session,
                device: row.device,
                passkey: row.by.passkey(),
                began: row.began,
                used: row.used,
                place: place.map(|place| self.open_place(place)).transpose()?,
                expires: row.expires,
                current: row.session == current,
            })
        };
        let live = rows.iter().filter(|row| row.expires > now);
        let plain = plain.filter(|row| end_of(row) > now);
        Ok(SessionsAnswer {
            sessions: live.map(shown).collect::<Result<_, SessionError>>()?,
            plain: plain.map(|row| self.shown_plainly(&row)).transpose()?,
        })
    }

    fn shown_plainly(&self, row: &PlainSessionRow) -> Result<http::PlainSession, Failure> {
        let place = row.place.as_ref();
        Ok(http::PlainSession {
            session: row.session,
            began: row.began,
            used: row.used,
            place: place.map(|place| self.open_place(place)).transpose()?,
            expires: end_of(row),
        })
    }

    /// Ends a session of the customer who logged in. Its access tokens are refused from then on.
    pub async fn end_session(&self, login: &Login, id: SessionId) -> Result<(), SessionError> {
        let (ciam, login) = (self.clone(), login.clone());
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, SessionError> {
                    let own = ciam.own_session(tx, &login).await?;
                    let sessions = session::of_customer(tx, own.customer).await?;
                    let plain = plain_session::of_customer(tx, own.customer).await?;
                    if let Some(ended) = sessions.iter().find(|row| row.session == id) {
                        session::end_of_device(tx, ended.device).await?;
                    } else if plain.is_some_and(|plain| plain.session == id) {
                        plain_session::end_of_customer(tx, own.customer).await?;
                    } else {
                        return Err(SessionError::Unknown);
                    }
                    let act = Act::SessionEnded {
                        customer: own.customer,
                        device: own.device,
                        session: id,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(())
                },
            )
            .await
    }
}
