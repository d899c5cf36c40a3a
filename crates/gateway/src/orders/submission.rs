//! Takes an order: judges it, keeps the answer, spends the voucher, and hands the order on.

use super::assessing::Assessed;
use super::books::Acceptance;
use super::check::Refusal;
use super::judging::{
    Known, Sender, check_id, check_initiation, check_signed, check_token, check_voucher,
    device_removed, is_repetition, malformed,
};
use super::keeping::Judged;
use super::receipt::{Receipt, Submitted};
use super::token_device::TokenDevice;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::store::intent::{self, IntentRow, Progress};
use crate::store::{CustomerIndex, burnt, initiation, voucher};
use order::{Assertion, BackupFlags, Credential, Intent, SignedIntent};
use protocol::http::{OrderProgress, SignedOrder};
use types::{ErrorCode, Hash, IntentId, Time};

impl Gateway {
    /// Takes an order as its device posted it: see [`submit`](Self::submit). What is no signed intent is refused like an
    /// order that is not well formed, with an audit record.
    pub async fn submit_posted(
        &self,
        token: &TokenDevice,
        body: &[u8],
    ) -> Result<Submitted, Failure> {
        let error = match SignedOrder::from_json(body) {
            Ok(order) => return self.submit(token, order.into()).await,
            Err(error) => error,
        };
        let stated = self.stated(token.device).await?;
        let customer = stated.map(|stated| self.customer_index(&stated.statement.customer));
        let refusal = malformed(error.reason(), &error);
        let refused = self.refuse_unkept((customer, token.device), None, refusal, self.now());
        Ok(refused.await?.into())
    }

    /// Takes an order that the device of `token` sent. Whatever the result, it is durable when this returns. The same
    /// intent again gets the same answer, and is executed once.
    pub async fn submit(
        &self,
        token: &TokenDevice,
        signed: SignedIntent,
    ) -> Result<Submitted, Failure> {
        loop {
            if let Some(submitted) = self.judge_and_keep(token, &signed).await? {
                return Ok(submitted);
            }
        }
    }

    /// The same, once. `None` if the order must be judged again, because another one was faster.
    async fn judge_and_keep(
        &self,
        token: &TokenDevice,
        signed: &SignedIntent,
    ) -> Result<Option<Submitted>, Failure> {
        let now = self.now();
        let Some(stated) = self.stated(token.device).await? else {
            let who = (None, token.device);
            let refused = self.refuse_unkept(who, None, device_removed(), now);
            return Ok(Some(refused.await?.into()));
        };
        let sender = Sender {
            customer: self.customer_index(&stated.statement.customer),
            device: &stated,
            channels: &token.channels,
        };
        let who = (Some(sender.customer), token.device);
        let parsed = signed.intent_bytes();
        let parsed = parsed.and_then(|bytes| Ok((Hash::of(&bytes), Intent::parse(&bytes)?)));
        let (hash, intent) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                let refusal = malformed(error.reason(), &error);
                let refused = self.refuse_unkept(who, None, refusal, now);
                return Ok(Some(refused.await?.into()));
            }
        };
        if let Err(refusal) = check_token(&intent, &sender) {
            let refused = self.refuse_unkept(who, None, refusal, now);
            return Ok(Some(refused.await?.into()));
        }
        let known = self.known(&intent, sender.customer).await?;
        if is_repetition(&known, hash)
            && let Some(row) = known.seen
        {
            return Ok(Some(Receipt::stored(row).into()));
        }
        let credential = self.credential(signed.assertion.as_ref()).await?;
        let (backup, judged) = self
            .judge(&intent, (signed, credential), &sender, &known, now)
            .await?;
        let assessed = match judged {
            Ok(Acceptance::Place) => self.assess(&intent, (&sender, token), now).await?,
            judged => Assessed::without_risk(judged),
        };
        let verdict = self.known_to_the_books(&intent, assessed.verdict).await?;
        let receipt = match &verdict {
            Ok(Acceptance::Challenge(challenge)) => {
                Receipt::accepted(intent.intent, now, Some(challenge.clone()))
            }
            Ok(_) => Receipt::accepted(intent.intent, now, None),
            Err(refusal) if refusal.check.is_kept() => {
                Receipt::refused(Some(intent.intent), refusal.clone())
            }
            Err(refusal) => {
                let (id, refusal) = (Some(intent.intent), refusal.clone());
                let refused = self.refuse_unkept(who, id, refusal, now);
                return Ok(Some(refused.await?.into()));
            }
        };
        let spends = verdict.as_ref().is_ok_and(Acceptance::spends);
        let refused = Progress::of(OrderProgress::Refused);
        let row = IntentRow {
            customer: sender.customer,
            intent: intent.intent,
            hash,
            device: token.device,
            received: now,
            refusal: receipt.refusal.map_or(0, ErrorCode::number),
            answer: receipt.body.clone(),
            signed: self.seal_signed(signed)?,
            moved: assessed.moved.filter(|_| spends),
            progress: verdict.as_ref().map_or(refused, Acceptance::progress),
            ended: None,
        };
        let judged = Judged {
            row,
            voucher: intent.voucher.filter(|_| spends),
            backup,
            verdict,
            enrolled: stated.statement.time,
            limits: self.banks_limits(&stated.statement),
            braked: self.braked(&intent.order).filter(|_| spends),
            assessment: assessed.assessment,
            to_payee: assessed.to_payee,
            is_initiated: known.initiated.is_some(),
        };
        self.keep(judged, receipt).await
    }

    /// What the tables know about the order.
    async fn known(&self, intent: &Intent, customer: CustomerIndex) -> Result<Known, Failure> {
        let (id, number) = (intent.intent, intent.voucher);
        let gateway = self.clone();
        let target: Option<IntentId> = intent.order.target().and_then(|id| id.parse().ok());
        self.0
            .database
            .read(async move |tx| {
                let voucher = match number {
                    Some(number) => voucher::find(tx, number).await?,
                    None => None,
                };
                let target = match target {
                    Some(target) => intent::find(tx, (customer, target)).await?,
                    None => None,
                };
                let initiated = initiation::find(tx, (customer, id)).await?;
                Ok::<_, Failure>(Known {
                    seen: intent::find(tx, (customer, id)).await?,
                    burnt: burnt::contains(tx, (customer, id)).await?,
                    voucher,
                    target,
                    initiated: initiated.map(|row| gateway.initiated(&row)).transpose()?,
                })
            })
            .await
    }

    /// The passkey that the assertion names.
    pub(super) async fn credential(
        &self,
        assertion: Option<&Assertion>,
    ) -> Result<Option<Credential>, Failure> {
        match assertion {
            Some(assertion) => Ok(self.0.devices.credential(&assertion.credential).await?),
            None => Ok(None),
        }
    }

    /// All checks from the id on.
    async fn judge(
        &self,
        intent: &Intent,
        (signed, credential): (&SignedIntent, Option<Credential>),
        sender: &Sender<'_>,
        known: &Known,
        now: Time,
    ) -> Result<(Option<BackupFlags>, Result<Acceptance, Refusal>), Failure> {
        let settings = (&self.0.settings, now);
        let signed = check_id(known)
            .and_then(|()| check_signed((intent, signed), (sender, credential), settings));
        let backup = match signed {
            Ok(backup) => backup,
            Err(refusal) => return Ok((None, Err(refusal))),
        };
        let voucher = check_initiation(intent, known, now)
            .and_then(|()| check_voucher(intent, sender, known, now));
        let voucher = match voucher {
            Ok(voucher) => voucher,
            Err(refusal) => return Ok((backup, Err(refusal))),
        };
        Ok((backup, self.judge_by_books(intent, voucher, known).await?))
    }
}
