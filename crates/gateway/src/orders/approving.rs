//! The answer to a challenge: the person approves an order a second time. The order is handed on once.

use super::assessing::LOGIN;
use super::braking::{Braked, check_freezes, freeze_of};
use super::check::{Check, Refusal};
use super::judging::{device_removed, malformed, stopped};
use super::receipt::{Receipt, Submitted};
use super::record::{approval, ending};
use super::token_device::TokenDevice;
use crate::error::Failure;
use crate::gateway::{Gateway, StatedDevice};
use crate::store::CustomerIndex;
use crate::store::challenge::{self, ChallengeRow, Unanswered};
use crate::store::intent::{self, IntentRow, Progress};
use database::{Transaction, audit_chain};
use order::{BackupFlags, SignedChallenge};
use protocol::http::{self, OrderChallenge, OrderProgress};
use types::{DeviceId, ErrorCode, IntentId, Time};

const ANSWER: &str = "gateway.challenge.answer";

const EXPIRED: ErrorCode = ErrorCode::ChallengeExpired;

/// Maximum orders whose unanswered challenges are ended at once.
const ENDED_MAX: u32 = 256;

/// An answer that is being judged.
struct Approval {
    customer: CustomerIndex,
    device: DeviceId,
    intent: IntentId,
    now: Time,
}

impl Gateway {
    /// Takes the answer to a challenge as its device posted it: see [`approve`](Self::approve). What is no signed answer is
    /// refused as not well formed, with an audit record.
    pub async fn approve_posted(
        &self,
        token: &TokenDevice,
        intent: IntentId,
        body: &[u8],
    ) -> Result<Submitted, Failure> {
        let error = match http::SignedChallenge::from_json(body) {
            Ok(answer) => return self.approve(token, intent, answer.into()).await,
            Err(error) => error,
        };
        let stated = self.stated(token.device).await?;
        let customer = stated.map(|stated| self.customer_index(&stated.statement.customer));
        let refusal = malformed(error.reason(), &error);
        let who = (customer, token.device);
        self.record_alone(approval(self.now(), who, (intent, None), Some(&refusal)))
            .await?;
        Ok(Receipt::refused(Some(intent), refusal).into())
    }

    /// Takes the answer to the challenge to an order. If it is right, the order is handed on, once however often this is
    /// called. Whatever the result, it is durable when this returns.
    pub async fn approve(
        &self,
        token: &TokenDevice,
        intent: IntentId,
        answer: SignedChallenge,
    ) -> Result<Submitted, Failure> {
        let now = self.now();
        let Some(stated) = self.stated(token.device).await? else {
            let refusal = device_removed();
            let act = approval(now, (None, token.device), (intent, None), Some(&refusal));
            self.record_alone(act).await?;
            return Ok(Receipt::refused(Some(intent), refusal).into());
        };
        let asked = Approval {
            customer: self.customer_index(&stated.statement.customer),
            device: token.device,
            intent,
            now,
        };
        let key = (asked.customer, intent);
        let known = self.0.database.read(async move |tx| known(tx, key).await);
        let (row, challenge) = known.await?;
        let judged = self.judge_answer(&stated, (row.as_ref(), challenge), &answer, now);
        let (row, backup) = match judged.await? {
            Ok(judged) => judged,
            Err(refusal) => {
                self.record_alone(asked.record(None, Some(&refusal)))
                    .await?;
                return Ok(Receipt::refused(Some(intent), refusal).into());
            }
        };
        let sealed = self.seal_evidence(ANSWER, &answer.signed, answer.assertion.as_ref())?;
        let braked = self.braked(&self.open_intent(&row)?.order);
        let write = async move |tx: &mut Transaction<'_>| {
            settle(tx, (&asked, braked.as_ref()), backup, &sealed).await
        };
        let is_first = match self.0.database.write(write).await? {
            Ok(is_first) => is_first,
            Err(refusal) => return Ok(Receipt::refused(Some(intent), refusal).into()),
        };
        let row = IntentRow {
            progress: Progress::of(OrderProgress::Received),
            ..row
        };
        Ok(Submitted {
            receipt: Receipt::accepted(intent, row.received, None),
            placing: if is_first { self.place_soon(row) } else { None },
        })
    }

    /// Ends the orders whose challenge nobody answered in time.
    pub(super) async fn end_unanswered(&self) -> Result<(), Failure> {
        let now = self.now();
        let unanswered = self.0.database.read(async move |tx| {
            Ok::<_, Failure>(challenge::unanswered(tx, now, ENDED_MAX).await?)
        });
        for order in unanswered.await? {
            let end = async move |tx: &mut Transaction<'_>| end(tx, order, (now, EXPIRED)).await;
            self.0.database.write(end).await?;
        }
        Ok(())
    }

    /// The challenge that an order waits for.
    pub(super) async fn open_challenge(
        &self,
        row: &IntentRow,
    ) -> Result<Option<OrderChallenge>, Failure> {
        if row.progress.state != OrderProgress::Challenged {
            return Ok(None);
        }
        let key = (row.customer, row.intent);
        let found = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(challenge::find(tx, key).await?));
        Ok(found.await?.map(|row| row.asked))
    }

    /// Everything about an answer that can be judged before it is stored, in the page's order.
    async fn judge_answer(
        &self,
        device: &StatedDevice,
        (row, challenge): (Option<&IntentRow>, Option<ChallengeRow>),
        answer: &SignedChallenge,
        now: Time,
    ) -> Result<Result<(IntentRow, Option<BackupFlags>), Refusal>, Failure> {
        let StatedDevice { statement, active } = device;
        let refused = |check, code, reason| Ok(Err(Refusal::new(check, code, reason)));
        let signed = match answer.challenge() {
            Ok(signed) => signed,
            Err(error) => return Ok(Err(malformed(error.reason(), &error))),
        };
        if !active {
            return Ok(Err(device_removed()));
        }
        let Some(row) = row else {
            return refused(Check::Id, ErrorCode::OrderUnknown, "unknown_order");
        };
        if row.device != statement.device {
            let code = ErrorCode::ChallengeOfAnother;
            return refused(Check::Token, code, "another_device");
        }
        let Some(challenge) = challenge else {
            return Ok(Err(not_challenged()));
        };
        let differs = if signed.customer != statement.customer {
            Some("another_customer")
        } else if signed.intent != row.intent || signed.hash != row.hash {
            Some("another_order")
        } else if signed.challenge != challenge.asked.challenge {
            Some("another_challenge")
        } else {
            None
        };
        if let Some(reason) = differs {
            return refused(Check::Risk, ErrorCode::ChallengeDiffers, reason);
        }
        let code = ErrorCode::ChallengeSignatureInvalid;
        let (session, approval) = (&statement.session, &statement.approval);
        if let Err(error) = answer.verify_signature(statement.form, session, approval) {
            let refusal = Refusal::new(Check::Signature, code, error.reason());
            return Ok(Err(refusal.with_detail(error.to_string())));
        }
        let credential = self.credential(answer.assertion.as_ref()).await?;
        let (customer, party) = (&statement.customer, &self.0.settings.relying_party);
        let verified = answer.verify_assertion(statement.form, customer, party, |_| credential);
        let backup = match verified {
            Ok(backup) => backup,
            Err(error) => {
                let refusal = Refusal::new(Check::Assertion, code, error.reason());
                return Ok(Err(refusal.with_detail(error.to_string())));
            }
        };
        let waits =
            row.progress.state == OrderProgress::Challenged && now <= challenge.asked.expires;
        let needs_login = challenge.asked.needs.iter().any(|need| need == LOGIN);
        if waits
            && needs_login
            && let Err(refusal) = self.check_login(row).await?
        {
            return Ok(Err(refusal));
        }
        Ok(Ok((row.clone(), backup)))
    }

    /// Whether the person logged in on the order's device after the order came, with a passkey that was not new then: whoever
    /// has the device unlocked might have registered one. Nobody registers anything here for a login at an outside provider.
    async fn check_login(&self, row: &IntentRow) -> Result<Result<(), Refusal>, Failure> {
        let cooling_off_ms = self.0.settings.limits.cooling_off_ms;
        let is_old = |registered: Time| registered.plus_ms(cooling_off_ms) <= row.received;
        let reason = match self.0.devices.login(row.device).await? {
            Some(login) if login.time <= row.received => "login_before_the_order",
            Some(login) if login.passkey_registered.is_none_or(is_old) => return Ok(Ok(())),
            Some(_) => {
                let code = ErrorCode::PasskeyTooNew;
                return Ok(Err(Refusal::new(Check::Risk, code, "new_passkey")));
            }
            None => "not_logged_in",
        };
        let refusal = Refusal::new(Check::Risk, ErrorCode::LoginRequired, reason);
        Ok(Err(refusal.with_detail(
            "log in with a passkey on this device after ordering, and send the answer again",
        )))
    }
}

impl Approval {
    fn record(&self, backup: Option<BackupFlags>, refusal: Option<&Refusal>) -> audit::Act {
        let who = (Some(self.customer), self.device);
        approval(self.now, who, (self.intent, backup), refusal)
    }
}

async fn known(
    tx: &mut Transaction<'_>,
    key: (CustomerIndex, IntentId),
) -> Result<(Option<IntentRow>, Option<ChallengeRow>), Failure> {
    Ok((
        intent::find(tx, key).await?,
        challenge::find(tx, key).await?,
    ))
}

/// Ends the wait for a right answer. Returns whether this call did; an answer that another call was faster with is
/// answered alike. Refuses if the order does not wait any more, has waited too long, or is stopped by a freeze that the
/// customer has begun since.
async fn settle(
    tx: &mut Transaction<'_>,
    (asked, braked): (&Approval, Option<&Braked>),
    backup: Option<BackupFlags>,
    sealed: &[u8],
) -> Result<Result<bool, Refusal>, Failure> {
    let key = (asked.customer, asked.intent);
    let (Some(row), Some(challenge)) = known(tx, key).await? else {
        return Ok(Err(not_challenged()));
    };
    let waits = row.progress.state == OrderProgress::Challenged;
    let unanswered = Unanswered {
        customer: asked.customer,
        intent: asked.intent,
        device: asked.device,
    };
    let frozen = match braked.filter(|_| waits) {
        Some(braked) => {
            let order = (braked, row.moved.as_ref());
            let frozen = check_freezes(tx, asked.customer, order, asked.now).await?;
            frozen.err()
        }
        None => None,
    };
    let refusal = if waits && asked.now > challenge.asked.expires {
        end(tx, unanswered, (asked.now, EXPIRED)).await?;
        expired()
    } else if let Some(frozen) = frozen {
        end(tx, unanswered, (asked.now, frozen.code)).await?;
        frozen
    } else if waits {
        intent::end_challenge(tx, key, OrderProgress::Received, None).await?;
        challenge::answer(tx, key, sealed).await?;
        audit_chain::record(tx, &asked.record(backup, None)).await?;
        return Ok(Ok(true));
    } else if challenge.is_answered {
        return Ok(Ok(false));
    } else if row.ended == Some(EXPIRED.number()) {
        expired()
    } else if row.ended == Some(ErrorCode::OrdersStopped.number()) {
        stopped()
    } else if let Some(frozen) = row.ended.and_then(freeze_of) {
        frozen
    } else {
        not_challenged()
    };
    audit_chain::record(tx, &asked.record(backup, Some(&refusal))).await?;
    Ok(Err(refusal))
}

/// Ends an order whose challenge nobody answered, with the code, unless it does not wait any more.
pub(super) async fn end(
    tx: &mut Transaction<'_>,
    order: Unanswered,
    (now, code): (Time, ErrorCode),
) -> Result<(), Failure> {
    let key = (order.customer, order.intent);
    let ended = Some(code.number());
    if intent::end_challenge(tx, key, OrderProgress::Refused, ended).await? {
        audit_chain::record(tx, &ending(now, order, code)).await?;
    }
    Ok(())
}

fn not_challenged() -> Refusal {
    let code = ErrorCode::OrderNotChallenged;
    Refusal::new(Check::Risk, code, "not_challenged")
}

fn expired() -> Refusal {
    Refusal::new(Check::Risk, EXPIRED, "challenge_expired")
}
