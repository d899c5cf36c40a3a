//! A password with an authenticator app: a login for people who have no passkey at hand. Password and code are worth nothing
//! alone, and nothing on a device that is not the customer's.

use crate::audit_log::Act;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::password_errors::PasswordError;
use crate::password_rules;
use crate::random::random;
use crate::store::access_change::{self, ChangeRow};
use crate::store::password::{self, PasswordRow};
use crate::store::session::{self, SessionRow};
use crate::store::{customer, device, used_once};
use database::Transaction;
use http_edge::Login;
use protocol::cbor::{self, Fields, FromValue as _};
use protocol::http::{PasswordBegun, PasswordState, SetPassword};
use protocol::{AccessChange, EntryKind, ParseError, cbor_array};
use totp_rs::{Builder, Totp};
use types::{CustomerId, DeviceId, Hash, Time};
use zeroize::Zeroizing;

/// What stands before the customer's number in an authenticator app, if the bank's public URL has no host.
const ISSUER: &str = "Bank";

/// RFC 4226, 4: as long as the output of HMAC-SHA-1.
const SECRET_BYTES: usize = 20;

pub(crate) const HASH: &str = "ciam.password.hash";
pub(crate) const SECRET: &str = "ciam.password.secret";
const ENROLMENT: &str = "ciam.password.enrolment";

/// A secret that was given to a device.
struct Enrolled {
    secret: Zeroizing<Vec<u8>>,
    /// Until when a password may be set with it.
    expires: Time,
}

/// Codes of 6 digits that change every 30 seconds; the one before and the one after are good, too (RFC 6238, 5.2).
pub(crate) fn authenticator(secret: &[u8]) -> Builder {
    Builder::new().with_secret(secret).with_skew(1)
}

impl Ciam {
    /// Whether the customer who logged in has a password.
    pub async fn password_state(&self, login: &Login) -> Result<PasswordState, PasswordError> {
        let (ciam, login) = (self.clone(), login.clone());
        let row = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, PasswordError> {
                    let own = ciam.own_session(tx, &login).await?;
                    Ok(password::find(tx, own.customer).await?)
                },
            )
            .await?;
        Ok(PasswordState {
            set: row.as_ref().map(|row| row.set),
            device: row.map(|row| row.device),
        })
    }

    /// A new secret for the authenticator app of the person who logged in recently. Nothing is stored: the answer carries it,
    /// sealed for this device.
    pub async fn begin_password(&self, login: &Login) -> Result<PasswordBegun, PasswordError> {
        let customer = self.customer_who_changes(login).await?;
        let secret = Zeroizing::new(random::<SECRET_BYTES>()?);
        let expires = self.now().plus_ms(LIFETIME_MS);
        let content = cbor_array![secret.as_slice(), login.device, expires];
        let content = Zeroizing::new(cbor::encode(&content));
        let columns = &self.inner.columns;
        let sealed = columns.seal(ENROLMENT, &content).map_err(Failure::from)?;
        let party = &self.inner.settings.relying_party.id;
        let issuer = if party.is_empty() { ISSUER } else { party };
        let app = authenticator(secret.as_slice())
            .with_account_name(customer.as_str())
            .with_issuer(Some(issuer));
        let app: Totp = app.build_noncompliant();
        Ok(PasswordBegun {
            enrolment: sealed.into(),
            secret: totp_rs::Secret::from(secret.as_slice()).to_base32(),
            uri: app.to_url().map_err(|_| Failure::Text)?,
            expires,
        })
    }

    /// Sets the password of the person who logged in recently, in place of an earlier one. The code shows that the app has
    /// the secret.
    pub async fn set_password(
        &self,
        login: &Login,
        request: SetPassword,
    ) -> Result<PasswordState, PasswordError> {
        let SetPassword {
            enrolment,
            password,
            code,
        } = request;
        let (password, code) = (Zeroizing::new(password), Zeroizing::new(code));
        let (customer, now) = (self.customer_who_changes(login).await?, self.now());
        let prepared = password_rules::prepared(&password);
        let checked = self.check_new(&enrolment.0, (&customer, &prepared, &code), (login, now));
        let (enrolled, step) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                let (device, reason) = (login.device, error.reason());
                self.record_alone(Act::PasswordRefused { device, reason })
                    .await?;
                return Err(error);
            }
        };
        let hash = Zeroizing::new(self.inner.passwords.hash(prepared).await?);
        let columns = &self.inner.columns;
        let row = PasswordRow {
            customer: self.customer_index(&customer),
            hash: columns.seal(HASH, hash.as_bytes()).map_err(Failure::from)?,
            secret: columns
                .seal(SECRET, &enrolled.secret)
                .map_err(Failure::from)?,
            step,
            device: login.device,
            set: now,
        };
        let state = PasswordState {
            set: Some(now),
            device: Some(login.device),
        };
        let used = (Hash::of(&enrolment.0), enrolled.expires);
        self.change_password(login, Some((row, used))).await?;
        Ok(state)
    }

    /// Checks a new password, and that the code is of the app that was given the secret. Returns the secret and the code's
    /// step.
    fn check_new(
        &self,
        enrolment: &[u8],
        (customer, password, code): (&CustomerId, &str, &str),
        (login, now): (&Login, Time),
    ) -> Result<(Enrolled, u64), PasswordError> {
        let enrolled = self.enrolled(enrolment, login.device, now)?;
        let app = authenticator(&enrolled.secret).build_noncompliant();
        let step = app.check(code, now.seconds());
        let step = step.ok_or(PasswordError::CodeWrong)?;
        let refused = &self.inner.settings.login.refused_passwords;
        password_rules::check(password, customer.as_str(), refused)?;
        Ok((enrolled, step))
    }

    /// Removes the password of the person who logged in recently.
    pub async fn remove_password(&self, login: &Login) -> Result<(), PasswordError> {
        self.customer_who_changes(login).await?;
        self.change_password(login, None).await
    }

    /// Stores the password, or removes it, and tells the customer's devices.
    async fn change_password(
        &self,
        login: &Login,
        new: Option<(PasswordRow, (Hash, Time))>,
    ) -> Result<(), PasswordError> {
        let (ciam, login, now) = (self.clone(), login.clone(), self.now());
        let cause = self.new_cause()?;
        let change = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, PasswordError> {
                    let own = ciam.own_session(tx, &login).await?;
                    let set = new.is_some();
                    match &new {
                        Some((row, (enrolment, end))) => {
                            let enrolment = enrolment.as_bytes();
                            if !used_once::use_up(tx, enrolment, (*end, now)).await? {
                                return Err(PasswordError::SecretUnknown);
                            }
                            password::put(tx, row).await?;
                        }
                        None if !password::delete(tx, own.customer).await? => {
                            return Err(PasswordError::None);
                        }
                        None => {}
                    }
                    let but = set.then_some(own.device);
                    session::end_of_password(tx, own.customer, but).await?;
                    let act = Act::PasswordChanged {
                        customer: own.customer,
                        device: own.device,
                        set,
                    };
                    ciam.record(tx, &act).await?;
                    let kind = match set {
                        true => EntryKind::PasswordSet,
                        false => EntryKind::PasswordRemoved,
                    };
                    let change = ChangeRow {
                        cause: cause.clone(),
                        channel: customer::channel(tx, own.customer).await?,
                        changed: now,
                        change: AccessChange {
                            device: Some(own.device),
                            ..AccessChange::new(kind)
                        },
                    };
                    access_change::insert(tx, &change).await?;
                    Ok(change)
                },
            )
            .await?;
        self.tell_soon(change).await;
        Ok(())
    }

    /// The customer of a login that is recent enough to change who has access.
    async fn customer_who_changes(&self, login: &Login) -> Result<CustomerId, PasswordError> {
        let (ciam, whose) = (self.clone(), login.clone());
        let device = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, PasswordError> {
                    let SessionRow { device, .. } = ciam.own_session(tx, &whose).await?;
                    let device = device::active(tx, device).await?;
                    Ok(device.ok_or(crate::SessionError::Ended)?)
                },
            )
            .await?;
        if !self.is_recent(login) {
            let max_age_s = self.recent_s();
            return Err(PasswordError::LoginRequired { max_age_s });
        }
        Ok(self.open_customer(&device.sealed_customer)?)
    }

    /// The secret that was given to this device.
    fn enrolled(
        &self,
        enrolment: &[u8],
        device: DeviceId,
        now: Time,
    ) -> Result<Enrolled, PasswordError> {
        let opened = self.inner.columns.open(ENROLMENT, enrolment);
        let opened = opened.map_err(|_| PasswordError::SecretUnknown)?;
        let read = || -> Result<(Vec<u8>, DeviceId, Time), ParseError> {
            let mut fields = Fields::new(Vec::from_value(cbor::decode(&opened)?)?);
            let all = (fields.take()?, fields.take()?, fields.take()?);
            fields.end()?;
            Ok(all)
        };
        let (secret, whose, expires) = read().map_err(|_| PasswordError::SecretUnknown)?;
        let secret = Zeroizing::new(secret);
        if whose != device || now > expires {
            return Err(PasswordError::SecretUnknown);
        }
        Ok(Enrolled { secret, expires })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let app = authenticator(b"12345678901234567890").build_noncompliant();
            let step = time / 30;
            assert_eq!(app.check(code, time), Some(step));
            assert_eq!(
                app.check(code, time + 30),
                Some(step),
                "a clock may be slow"
            );
            assert_eq!(app.check(code, time + 90), None);
            assert_eq!(app.check(&code[1..], time), None);
        }
    }
}
