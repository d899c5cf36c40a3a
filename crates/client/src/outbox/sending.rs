//! Sends the outbox's orders side by side, asks what became of those whose answer was lost, and keeps vouchers ready.
//!
//! [`Sending::next`] may be dropped: it takes nothing before it returns. [`Sending::handle`] processes an event and must
//! run to its end; otherwise [`Sending::reset`] must follow, after which the bank is asked about every order under way.

use crate::approved::Approved;
use crate::bank::Bank;
use crate::change::Change;
use crate::change_sender::ChangeSender;
use crate::error::{Ended, SyncError};
use crate::instant::Instant;
use crate::outbox::answers::refusal;
use crate::outbox::asked::Asked;
use crate::outbox::attempt::{
    ASK_ABOUT_ORDER_MS, ASK_FOR_VOUCHERS_MS, ASK_WITHOUT_VOUCHERS_MS, Attempt, Step,
};
use crate::outbox::plan::{self, Plan};
use crate::outbox::progress::Progress;
use crate::outbox::refusal::Refusal;
use crate::platform::Platform;
use crate::state::State;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use order::OrderKind;
use protocol::http::{SignedChallenge, SignedOrder, VouchersAnswer};
use std::collections::BTreeMap;
use types::{ErrorCode, IntentId};

/// Maximum requests at once.
pub(crate) const FLIGHTS_MAX: usize = 16;

/// An answer, or that there is none.
pub(crate) enum Landed {
    Order(IntentId, Step, Result<Progress, SyncError>),
    /// With what the device knew when it asked the bank.
    Vouchers(Box<Result<VouchersAnswer, SyncError>>, Asked),
}

/// What comes next.
pub(crate) enum SendingEvent {
    /// Requests are due.
    Due,
    Landed(Landed),
}

/// The requests under way, and when the next ones are due.
pub(crate) struct Sending<'b, P: Platform> {
    bank: &'b Bank<P>,
    flights: FuturesUnordered<LocalBoxFuture<'b, Landed>>,
    attempts: BTreeMap<IntentId, Attempt>,
    vouchers: Attempt,
    /// Whether the bank answered the last request.
    reached: bool,
    /// Whether there is a live stream.
    pub(crate) online: bool,
    /// The earliest time of any request, after failures of the network.
    not_before: Instant,
    failures: u32,
    /// Whether the bank refuses this device.
    ended: bool,
}

impl<'b, P: Platform> Sending<'b, P> {
    pub(crate) fn new(bank: &'b Bank<P>) -> Self {
        Self {
            bank,
            flights: FuturesUnordered::new(),
            attempts: BTreeMap::new(),
            vouchers: Attempt::default(),
            reached: false,
            online: false,
            not_before: Instant::UNKNOWN,
            failures: 0,
            ended: false,
        }
    }

    /// The next event. While nothing is under way it waits forever: [`wake_ms`](Self::wake_ms) says until when.
    pub(crate) async fn next(&mut self, state: &State<P::Store>) -> SendingEvent {
        if self.plan(state).is_due() {
            return SendingEvent::Due;
        }
        match self.flights.next().await {
            Some(landed) => SendingEvent::Landed(landed),
            None => std::future::pending().await,
        }
    }

    /// How long no request is due.
    pub(crate) fn wake_ms(&self, state: &State<P::Store>) -> u64 {
        self.plan(state).wake_ms
    }

    fn plan(&self, state: &State<P::Store>) -> Plan {
        let Some(unlocked) = state.unlocked.as_ref().filter(|_| !self.ended) else {
            return Plan::default();
        };
        let moment = self.bank.moment();
        let wait_ms = moment.instant.ms_until(self.not_before);
        if wait_ms > 0 {
            return Plan::after(wait_ms);
        }
        let books = &unlocked.books;
        let now = moment.banks_time(books.vouchers.clock_offset_ms);
        let room = FLIGHTS_MAX.saturating_sub(self.flights.len());
        let network = (self.reached, self.flights.is_empty());
        let mut plan = plan::orders(
            &books.outbox,
            &self.attempts,
            (moment.instant, now),
            network,
        );
        plan.requests.truncate(room);
        if self.reached || self.online {
            plan.vouchers(&books.vouchers, &self.vouchers, (moment.instant, now));
        }
        plan
    }

    /// Processes an event. Every change is committed before it is reported, and an order is marked before it is sent.
    /// Returns the failure of a request that will be repeated.
    pub(crate) async fn handle(
        &mut self,
        event: SendingEvent,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
    ) -> Result<Option<SyncError>, SyncError> {
        state.refresh_if_stale().await?;
        if state.unlocked.is_none() {
            self.reset();
            return Ok(None);
        }
        let failure = match event {
            SendingEvent::Due => {
                if !self.launch(state).await? {
                    return Ok(None);
                }
                None
            }
            SendingEvent::Landed(Landed::Order(intent, step, answer)) => {
                self.order_landed(state, (intent, step), answer).await?
            }
            SendingEvent::Landed(Landed::Vouchers(answer, asked)) => {
                self.vouchers_landed(state, *answer, asked).await?
            }
        };
        changes.report(state, self.bank, Change::Orders);
        Ok(failure)
    }

    /// Sends and asks everything now, and returns when all is answered or has failed; then the last failure.
    pub(crate) async fn run_now(
        &mut self,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        state.refresh_if_stale().await?;
        state.unlocked()?;
        self.resume();
        self.online = true;
        self.not_before = Instant::UNKNOWN;
        self.vouchers.not_before = Instant::UNKNOWN;
        for attempt in self.attempts.values_mut() {
            attempt.not_before = Instant::UNKNOWN;
        }
        let mut failed = None;
        loop {
            let event = match self.plan(state).is_due() {
                true => SendingEvent::Due,
                false => match self.flights.next().await {
                    Some(landed) => SendingEvent::Landed(landed),
                    None => return failed.map_or(Ok(()), Err),
                },
            };
            let failure = self.handle(event, state, changes).await?;
            failed = failure.or(failed);
        }
    }

    /// Drops the requests under way.
    pub(crate) fn reset(&mut self) {
        self.flights = FuturesUnordered::new();
        self.attempts.clear();
        self.vouchers.flying = false;
    }

    /// Tries again after the bank refused this device.
    pub(crate) const fn resume(&mut self) {
        self.ended = false;
    }

    /// Returns whether the state of an order changed.
    async fn launch(&mut self, state: &mut State<P::Store>) -> Result<bool, SyncError> {
        let plan = self.plan(state);
        let marks = plan.marks();
        state.hear_of_orders(&marks).await?;
        let bank = self.bank;
        for (intent, step) in plan.requests {
            let outbox = &state.unlocked()?.books.outbox;
            let Some(outgoing) = outbox.get(&intent) else {
                continue;
            };
            let approved = match &outgoing.progress {
                Progress::Approved(_, answer) if step == Step::Approve => &**answer,
                _ => &outgoing.approved,
            };
            let Approved { signed, assertion } = approved.clone();
            let (signed, assertion) = (signed.into(), assertion.map(Into::into));
            let token = state.token.clone();
            let flight = async move {
                let news = match step {
                    Step::Send => {
                        let order = SignedOrder { signed, assertion };
                        let received = bank.send_order(&token, &order).await;
                        received.map(Progress::of_received)
                    }
                    Step::Approve => {
                        let answer = SignedChallenge { signed, assertion };
                        let received = bank.approve_order(&token, intent, &answer).await;
                        received.map(Progress::of_received)
                    }
                    Step::Ask => {
                        let answer = bank.ask_for_order(&token, intent).await;
                        answer.map(Progress::of_answer)
                    }
                };
                Landed::Order(intent, step, news)
            };
            self.flights.push(flight.boxed_local());
            let attempt = self.attempts.entry(intent).or_default();
            attempt.flying = true;
            attempt.approves |= step == Step::Approve;
        }
        if plan.vouchers {
            let token = state.token.clone();
            let books = &state.unlocked()?.books;
            let asked = Asked::with(&books.vouchers, &books.outbox);
            let flight =
                async move { Landed::Vouchers(Box::new(bank.vouchers(&token).await), asked) };
            self.flights.push(flight.boxed_local());
            self.vouchers.flying = true;
        }
        let outbox = &state.unlocked()?.books.outbox;
        self.attempts.retain(|intent, _| {
            let outgoing = outbox.get(intent);
            outgoing.is_some_and(|outgoing| !outgoing.progress.is_final())
        });
        Ok(!marks.is_empty())
    }

    async fn order_landed(
        &mut self,
        state: &mut State<P::Store>,
        (intent, step): (IntentId, Step),
        answer: Result<Progress, SyncError>,
    ) -> Result<Option<SyncError>, SyncError> {
        let now = self.bank.instant();
        let attempt = self.attempts.entry(intent).or_default();
        attempt.flying = false;
        let error = match answer {
            Ok(news) => {
                attempt.answered(now, ASK_ABOUT_ORDER_MS);
                self.answered();
                state.hear_of_orders(&[(intent, news.clone())]).await?;
                self.follow_cancellation(state, (intent, step), &news)?;
                return Ok(None);
            }
            Err(error) => error,
        };
        let wants_login = [ErrorCode::LoginRequired, ErrorCode::PasskeyTooNew];
        if step == Step::Approve && wants_login.iter().any(|code| error.is_code(*code)) {
            self.answered();
            state.take_approval_back(intent).await?;
            return Ok(Some(error));
        }
        if step == Step::Approve && refusal(&error).is_some_and(|news| news != expired()) {
            // It settles nothing about the order: the bank is asked.
            attempt.step = Some(Step::Ask);
            attempt.not_before = Instant::UNKNOWN;
            self.answered();
            return Ok(None);
        }
        if let Some(news) = refusal(&error) {
            self.answered();
            state.hear_of_orders(&[(intent, news)]).await?;
            return Ok(None);
        }
        if error.is_code(ErrorCode::OrderUnknown) && step != Step::Send {
            attempt.step = Some(Step::Send);
            attempt.not_before = Instant::UNKNOWN;
            self.answered();
            return Ok(None);
        }
        let wait_ms = self.bank.wait_ms(&error, attempt.failures + 1);
        attempt.failed(now.plus_ms(wait_ms));
        if step == Step::Send && !error.is_limited() {
            attempt.step = Some(Step::Ask);
            state.is_unanswered(&intent);
        }
        self.failed(state, &error).await?;
        Ok(Some(error))
    }

    /// A cancellation of an order that waits for its approval brings no entry: the bank is asked about it, and then about the
    /// order.
    fn follow_cancellation(
        &mut self,
        state: &State<P::Store>,
        (intent, step): (IntentId, Step),
        news: &Progress,
    ) -> Result<(), SyncError> {
        let outbox = &state.unlocked()?.books.outbox;
        let order = outbox.get(&intent).map(|one| &one.intent.order);
        let order = order.filter(|order| order.kind() == OrderKind::Cancel);
        let target = order.and_then(|order| order.target()?.parse().ok());
        let Some(target) = target.and_then(|target| outbox.get(&target)) else {
            return Ok(());
        };
        let waits = matches!(
            target.progress,
            Progress::Challenged(_) | Progress::Approved(..)
        );
        let next = match news {
            Progress::Accepted if step == Step::Send => intent,
            Progress::Executed { .. } => target.intent.intent,
            _ => return Ok(()),
        };
        if waits {
            self.attempts.entry(next).or_default().not_before = Instant::UNKNOWN;
        }
        Ok(())
    }

    async fn vouchers_landed(
        &mut self,
        state: &mut State<P::Store>,
        answer: Result<VouchersAnswer, SyncError>,
        asked: Asked,
    ) -> Result<Option<SyncError>, SyncError> {
        let now = self.bank.instant();
        self.vouchers.flying = false;
        match answer {
            Ok(answer) => {
                self.answered();
                state.accept_vouchers(self.bank, (&answer, asked)).await?;
                let vouchers = &state.unlocked()?.books.vouchers;
                let banks_time = self.bank.moment().banks_time(vouchers.clock_offset_ms);
                if plan::suffice(vouchers, banks_time) {
                    self.vouchers = Attempt::satisfied();
                } else if answer.vouchers.is_empty() {
                    self.vouchers.answered(now, ASK_WITHOUT_VOUCHERS_MS);
                } else {
                    self.vouchers.answered(now, ASK_FOR_VOUCHERS_MS);
                }
                Ok(None)
            }
            Err(error) => {
                self.vouchers.answered(now, ASK_WITHOUT_VOUCHERS_MS);
                self.failed(state, &error).await?;
                Ok(Some(error))
            }
        }
    }

    fn answered(&mut self) {
        self.reached = true;
        self.failures = 0;
    }

    /// A request failed. If the bank cannot be reached, all others wait. If it refuses the device, nothing is sent, and
    /// what was never sent is refused with the device.
    async fn failed(
        &mut self,
        state: &mut State<P::Store>,
        error: &SyncError,
    ) -> Result<(), SyncError> {
        if let Some(ended) = error.ended() {
            self.ended = true;
            let code = match ended {
                Ended::DeviceRevoked => Some(ErrorCode::OrderDeviceRemoved),
                Ended::CustomerStopped => Some(ErrorCode::OrdersStopped),
                _ => None,
            };
            if let Some(code) = code {
                let refused = Refusal::Code(code.number(), None);
                let outbox = &state.unlocked()?.books.outbox;
                let waiting = outbox.all().filter(|one| one.progress == Progress::Waiting);
                let refused: Vec<_> = waiting
                    .map(|one| (one.intent.intent, Progress::Refused(refused.clone())))
                    .collect();
                state.hear_of_orders(&refused).await?;
            }
        }
        if error.is_unavailable() {
            self.reached = false;
            self.failures += 1;
            let wait_ms = self.bank.wait_ms(error, self.failures);
            self.not_before = self.bank.instant().plus_ms(wait_ms);
        }
        Ok(())
    }
}

/// What becomes of an order that was approved again too late.
fn expired() -> Progress {
    Progress::of_code(ErrorCode::ChallengeExpired.number(), None)
}
