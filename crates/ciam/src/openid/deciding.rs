//! The person logs in with a passkey at the provider's page, and decides what the client may do.

use super::beginning::scopes_of;
use super::errors::AuthorizationError;
use crate::audit_log::Act;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::random::random;
use crate::refusals::Counted;
use crate::store::access_change::{self, ChangeRow};
use crate::store::authorization::{self, AuthorizationRow, LoginRow};
use crate::store::consent::{self, ConsentRow};
use crate::store::passkey::{self, PasskeyRow};
use crate::store::{customer, device, used_once};
use database::{DatabaseError, Transaction};
use http_edge::Prefix;
use protocol::http::LoginOptions;
use protocol::{AccessChange, EntryKind};
use std::net::IpAddr;
use token::Scopes;
use types::{Hash, PasskeyId, Time, base64url};
use webauthn::{Assertion, BackupFlags, DECOY};

/// How long the client may take to redeem the code, in milliseconds (FAPI 2.0 Security Profile, 5.3.2.1: a minute at most).
const CODE_MS: u64 = 60_000;

/// An authorization and the browser that began it.
#[derive(Clone, Copy)]
struct AtPage {
    request: Hash,
    browser: Hash,
}

/// Why a passkey whose answer is right logs nobody in. Where a device was lost, its passkeys may be in wrong hands, and need
/// no device at this page. Whoever stopped everything has no device that is not revoked.
async fn may_not_log_in(
    tx: &mut Transaction<'_>,
    login: LoginRow,
) -> Result<Option<&'static str>, DatabaseError> {
    let Some(passkey) = passkey::find(tx, login.passkey).await? else {
        return Ok(Some("unknown_credential"));
    };
    let device = device::active(tx, passkey.device).await?;
    Ok(device.is_none().then_some("credential_of_revoked_device"))
}

fn at_page(authorization: &str, browser: &str) -> AtPage {
    AtPage {
        request: Hash::of(authorization.as_bytes()),
        browser: Hash::of(browser.as_bytes()),
    }
}

impl AtPage {
    const fn both(self) -> (Hash, Hash) {
        (self.request, self.browser)
    }
}

/// An accepted login, before it is committed.
#[derive(Clone)]
struct Accepted {
    login: LoginRow,
    backup: BackupFlags,
    challenge: Vec<u8>,
    ends: Time,
}

impl Ciam {
    /// The options of a login for an authorization that this browser began. They name no passkey.
    pub async fn authorization_options(
        &self,
        authorization: &str,
        browser: &str,
    ) -> Result<LoginOptions, AuthorizationError> {
        let (at_page, now) = (at_page(authorization, browser), self.now());
        self.check_known(at_page, now).await?;
        let what = ChallengeFor::Authorization;
        let challenge = self.inner.ceremonies.give(what, at_page.request, now)?;
        Ok(LoginOptions {
            challenge: challenge.into(),
            relying_party: self.passkey_party(),
            timeout_ms: LIFETIME_MS,
        })
    }

    /// Refuses what this browser did not begin. It costs no write.
    async fn check_known(&self, at_page: AtPage, now: Time) -> Result<(), AuthorizationError> {
        let ciam = self.clone();
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                ciam.own_authorization(tx, at_page.both(), now).await
            })
            .await
            .map(drop)
    }

    /// Logs in the person whose passkey made `assertion` for an authorization that this browser began. Whatever is wrong
    /// with a passkey is refused in the same way, and counts.
    pub async fn log_in_for_client(
        &self,
        (authorization, browser): (&str, &str),
        assertion: &Assertion,
        address: Option<IpAddr>,
    ) -> Result<(), AuthorizationError> {
        let (at_page, now) = (at_page(authorization, browser), self.now());
        let challenge = assertion.claimed_challenge().unwrap_or_default();
        let purpose = (ChallengeFor::Authorization, at_page.request);
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(AuthorizationError::ChallengeUnknown)?;
        let counted = self.counted_of_visitor(at_page.request, address.map(Prefix::of));
        let id = PasskeyId::of(&assertion.credential);
        let (row, known) = self.visitor(at_page, id, &counted).await?;
        let judged = self.judge_visitor(known.as_ref(), assertion, &challenge);
        let (passkey, backup) = match judged {
            Ok(judged) => judged,
            Err(reason) => return Err(self.refuse_visitor(&row, counted, reason).await?),
        };
        let login = LoginRow {
            customer: passkey.customer,
            passkey: id,
            authenticated: now,
        };
        let accepted = Accepted {
            login,
            backup,
            challenge,
            ends,
        };
        self.commit_visitor(at_page, counted, accepted).await
    }

    /// The authorization, and the passkey that the assertion names.
    async fn visitor(
        &self,
        at_page: AtPage,
        passkey: PasskeyId,
        counted: &[Counted],
    ) -> Result<(AuthorizationRow, Option<PasskeyRow>), AuthorizationError> {
        let (ciam, counted, now) = (self.clone(), counted.to_vec(), self.now());
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, AuthorizationError> {
                    let row = ciam.own_authorization(tx, at_page.both(), now).await?;
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Err(AuthorizationError::Locked { until, now });
                    }
                    Ok((row, passkey::find(tx, passkey).await?))
                },
            )
            .await
    }

    /// Whether there is such a passkey and its answer is valid. A signature is verified in any case, so that the time that
    /// this takes does not tell whether the passkey exists.
    fn judge_visitor<'a>(
        &self,
        known: Option<&'a PasskeyRow>,
        assertion: &Assertion,
        challenge: &[u8],
    ) -> Result<(&'a PasskeyRow, BackupFlags), &'static str> {
        let credential = known.map_or_else(|| DECOY.clone(), PasskeyRow::credential);
        let party = &self.inner.settings.relying_party;
        let verified = assertion.verify(&credential, challenge, party);
        let known = known.ok_or("unknown_credential")?;
        Ok((known, verified.map_err(|error| error.reason())?))
    }

    async fn refuse_visitor(
        &self,
        row: &AuthorizationRow,
        counted: Vec<Counted>,
        reason: &'static str,
    ) -> Result<AuthorizationError, AuthorizationError> {
        let (ciam, client, now) = (self.clone(), row.client.clone(), self.now());
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, AuthorizationError> {
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Ok(AuthorizationError::Locked { until, now });
                    }
                    ciam.count_refusal(tx, &counted, now).await?;
                    let client = client.clone();
                    let act = Act::ClientLoginRefused { client, reason };
                    ciam.record(tx, &act).await?;
                    Ok(AuthorizationError::Refused)
                },
            )
            .await
    }

    async fn commit_visitor(
        &self,
        at_page: AtPage,
        counted: Vec<Counted>,
        accepted: Accepted,
    ) -> Result<(), AuthorizationError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, AuthorizationError> {
                    let now = accepted.login.authenticated;
                    let row = ciam.own_authorization(tx, at_page.both(), now).await?;
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Ok(Err(AuthorizationError::Locked { until, now }));
                    }
                    let LoginRow {
                        customer, passkey, ..
                    } = accepted.login;
                    if let Some(reason) = may_not_log_in(tx, accepted.login).await? {
                        let client = row.client;
                        let act = Act::ClientLoginRefused { client, reason };
                        ciam.record(tx, &act).await?;
                        return Ok(Err(AuthorizationError::Refused));
                    }
                    let answered = (accepted.ends, now);
                    if !used_once::use_up(tx, &accepted.challenge, answered).await? {
                        return Ok(Err(AuthorizationError::ChallengeUnknown));
                    }
                    passkey::mark_used(tx, passkey, (accepted.backup.backed_up, now)).await?;
                    ciam.forget_refusals(tx, &counted).await?;
                    authorization::set_login(tx, at_page.request, accepted.login).await?;
                    let act = Act::ClientLogin {
                        customer,
                        client: row.client,
                        passkey,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(Ok(()))
                },
            )
            .await?
    }

    /// Stores what the person who logged in decided, and returns where the browser takes the answer to the client: with a
    /// code, or with the word that the person refused.
    pub async fn decide(
        &self,
        (authorization, browser): (&str, &str),
        allowed: bool,
    ) -> Result<String, AuthorizationError> {
        let (at_page, now) = (at_page(authorization, browser), self.now());
        let code = base64url::encode(&random::<32>()?);
        let hash = Hash::of(code.as_bytes());
        self.check_known(at_page, now).await?;
        let (ciam, cause) = (self.clone(), self.new_cause()?);
        let (row, change) = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, AuthorizationError> {
                    let row = ciam.own_authorization(tx, at_page.both(), now).await?;
                    if !allowed {
                        authorization::delete(tx, at_page.request).await?;
                        return Ok((row, None));
                    }
                    let login = row.login.ok_or(AuthorizationError::LoginRequired)?;
                    let change = ciam.give_consent(tx, (&row, login), (&cause, now)).await?;
                    let given = (hash, now.plus_ms(CODE_MS));
                    authorization::set_code(tx, at_page.request, given).await?;
                    Ok((row, change))
                },
            )
            .await?;
        if let Some(change) = change {
            self.tell_soon(change).await;
        }
        let answer = if allowed {
            ("code", code.as_str())
        } else {
            ("error", "access_denied")
        };
        Ok(self.answer_to_client(&row, answer))
    }

    /// Adds what the person allows to what they allowed the client before. If it is more than before, the customer's devices
    /// have to be told.
    async fn give_consent(
        &self,
        tx: &mut Transaction<'_>,
        (row, login): (&AuthorizationRow, LoginRow),
        (cause, given): (&str, Time),
    ) -> Result<Option<ChangeRow>, Failure> {
        let (customer, client) = (login.customer, &row.client);
        let before = consent::find(tx, (customer, client)).await?;
        let before = before.and_then(|before| before.scopes.parse::<Scopes>().ok());
        let scopes = scopes_of(row)?.with(before.as_ref().unwrap_or(&Scopes::default()));
        let consent = ConsentRow {
            customer,
            client: client.clone(),
            scopes: scopes.to_string(),
            given,
        };
        consent::put(tx, &consent).await?;
        let act = Act::ConsentGiven {
            customer,
            client: client.clone(),
            scopes: row.scopes.clone(),
        };
        self.record(tx, &act).await?;
        if before.is_some_and(|before| before == scopes) {
            return Ok(None);
        }
        let change = ChangeRow {
            cause: cause.to_owned(),
            channel: customer::channel(tx, customer).await?,
            changed: given,
            change: AccessChange {
                client: Some(client.clone()),
                name: self.name_of(client),
                scopes: Some(scopes.to_string()),
                ..AccessChange::new(EntryKind::ConsentGiven)
            },
        };
        access_change::insert(tx, &change).await?;
        Ok(Some(change))
    }
}
