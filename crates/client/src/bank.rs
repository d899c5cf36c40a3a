//! The bank's routes as a device calls them. Calls with a token have a proof of possession.

use crate::error::{Refused, SyncError, TOO_MANY_REQUESTS};
use crate::instant::Instant;
use crate::keys::{DeviceKey, Keys};
use crate::moment::Moment;
use crate::platform::Platform;
use crate::random::Random;
use crate::transport::{Method, Opened, Request, Response, Timer, Transport};
use bytes::Bytes;
use protocol::http::{
    Challenge, CheckpointAnswer, CheckpointRequest, EnrolmentAnswer, EnrolmentRequest, PagesAnswer,
    PartsAnswer, Problem, PullAnswer, RenewedToken, Report, SnapshotAnswer, SnapshotRequest,
    TrustAnswer,
};
use protocol::json;
use protocol::live::{self, Asked};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use token::{DpopProof, ProofFor};
use types::{AccountId, ChannelId, Clock, ErrorCode, Position, SnapshotId, Time, base64url};

/// Maximum messages in one pull.
const PULL_MESSAGES: usize = 200;

/// How often a call is sent again with a new nonce. A restarted node accepts no earlier nonce, and another node may
/// restart while the answer is under way.
const RENEWALS_MAX: u32 = 3;

/// A rate limit that ends within this time is waited for, as when reading a long history. If it takes longer, or occurs
/// too often in one call, the call fails.
const SHORT_WAIT_MS: u64 = 2_000;
const SHORT_WAITS_MAX: u32 = 3;

/// The longest waiting time accepted from the bank.
const RETRY_AFTER_MAX_S: u64 = 3_600;

const JSON: &str = "application/json";
const CBOR: &str = "application/cbor";

/// One call, without the parts that each attempt makes again.
pub(crate) struct Call<'a> {
    method: Method,
    path: String,
    accept: &'static str,
    body: Option<Vec<u8>>,
    token: Option<&'a str>,
}

impl<'a> Call<'a> {
    fn get(path: impl Into<String>, accept: &'static str, token: Option<&'a str>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            accept,
            body: None,
            token,
        }
    }

    /// A `GET` that answers JSON.
    pub(crate) fn json(path: impl Into<String>, token: &'a str) -> Self {
        Self::get(path, JSON, Some(token))
    }

    /// A `POST` without a body.
    pub(crate) fn create(path: impl Into<String>, token: &'a str) -> Self {
        Self {
            method: Method::Post,
            ..Self::json(path, token)
        }
    }

    /// A call with a body that is JSON already, or without one.
    pub(crate) fn with(method: Method, path: &str, body: Option<Vec<u8>>, token: &'a str) -> Self {
        Self {
            method,
            body,
            ..Self::json(path, token)
        }
    }

    pub(crate) fn post(
        path: impl Into<String>,
        body: &impl Serialize,
        token: Option<&'a str>,
    ) -> Result<Self, SyncError> {
        Ok(Self {
            method: Method::Post,
            body: Some(serde_json::to_vec(body).map_err(|_| SyncError::Answer)?),
            ..Self::get(path, JSON, token)
        })
    }
}

/// The connection to the bank: network, keys and clock of this device.
pub(crate) struct Bank<P: Platform> {
    pub(crate) keys: P::Keys,
    pub(crate) transport: P::Transport,
    pub(crate) timer: P::Timer,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// The newest nonce from the bank for proofs.
    pub(crate) nonce: RefCell<Option<String>>,
    /// The time until which the bank accepts no request of this device.
    pub(crate) limited_until: Cell<Instant>,
    /// A time on the bank's clock, and the latest local instant at which it was current.
    pub(crate) time: Cell<(Time, Instant)>,
    /// The time of the newest nonce for proofs, and when it arrived.
    pub(crate) taught: Cell<Option<(Time, Instant)>>,
}

impl<P: Platform> Bank<P> {
    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    /// The current instant, for measuring intervals.
    pub(crate) fn instant(&self) -> Instant {
        self.timer.instant()
    }

    /// The current moment on all clocks.
    pub(crate) fn moment(&self) -> Moment {
        let instant = self.instant();
        let taught = self.taught.get().and_then(|(time, since)| {
            let passed_ms = instant.ms_since(since);
            (passed_ms < u64::MAX).then(|| time.plus_ms(passed_ms))
        });
        Moment::new(instant, self.now(), taught)
    }

    /// Records that the bank's clock has reached `time`.
    pub(crate) fn learn(&self, time: Time) {
        if time > self.banks_time() {
            self.time.set((time, self.instant()));
        }
    }

    /// A lower bound of the time on the bank's clock.
    pub(crate) fn banks_time(&self) -> Time {
        let (time, since) = self.time.get();
        match time.ms() {
            0 => time,
            _ => time.plus_ms(self.instant().ms_since(since)),
        }
    }

    pub(crate) async fn sleep(&self, ms: u64) {
        self.timer.sleep(ms).await;
    }

    pub(crate) async fn trust(&self) -> Result<TrustAnswer, SyncError> {
        self.json(Call::get("/v1/trust", JSON, None)).await
    }

    pub(crate) async fn challenge(&self) -> Result<Challenge, SyncError> {
        let call = Call {
            method: Method::Post,
            ..Call::get("/v1/enrolment/challenge", JSON, None)
        };
        self.json(call).await
    }

    pub(crate) async fn enrol(
        &self,
        request: &EnrolmentRequest,
    ) -> Result<EnrolmentAnswer, SyncError> {
        self.json(Call::post("/v1/enrolment", request, None)?).await
    }

    pub(crate) async fn renew(&self, token: &str) -> Result<RenewedToken, SyncError> {
        self.json(Call::create("/v1/token", token)).await
    }

    pub(crate) async fn pull(
        &self,
        token: &str,
        channel: ChannelId,
        after: Position,
    ) -> Result<PullAnswer, SyncError> {
        let path = format!("/v1/channels/{channel}/messages?after={after}&limit={PULL_MESSAGES}");
        let body = self.send(Call::get(path, CBOR, Some(token))).await?;
        PullAnswer::parse_cbor(&body).map_err(|_| SyncError::Answer)
    }

    pub(crate) async fn checkpoint(
        &self,
        token: &str,
        channel: ChannelId,
        request: &CheckpointRequest,
    ) -> Result<CheckpointAnswer, SyncError> {
        let path = format!("/v1/channels/{channel}/checkpoint");
        self.json(Call::post(path, request, Some(token))?).await
    }

    pub(crate) async fn snapshot(
        &self,
        token: &str,
        channel: ChannelId,
        request: &SnapshotRequest,
    ) -> Result<SnapshotAnswer, SyncError> {
        let path = format!("/v1/channels/{channel}/snapshot");
        self.json(Call::post(path, request, Some(token))?).await
    }

    /// The parts of a snapshot, starting with number `from`.
    pub(crate) async fn parts(
        &self,
        token: &str,
        channel: ChannelId,
        snapshot: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, SyncError> {
        let path = format!("/v1/channels/{channel}/snapshots/{snapshot}/parts?from={from}");
        self.json(Call::get(path, JSON, Some(token))).await
    }

    /// The pages, starting with number `from`, of an account whose item is in that part.
    pub(crate) async fn pages(
        &self,
        token: &str,
        channel: ChannelId,
        snapshot: SnapshotId,
        (account, part, from): (&AccountId, u64, u64),
    ) -> Result<PagesAnswer, SyncError> {
        let account = percent_encoded(account.as_str());
        let path = format!(
            "/v1/channels/{channel}/snapshots/{snapshot}/pages?part={part}&account={account}&from={from}"
        );
        self.json(Call::get(path, JSON, Some(token))).await
    }

    pub(crate) async fn report(
        &self,
        token: &str,
        channel: ChannelId,
        report: &Report,
    ) -> Result<(), SyncError> {
        let path = format!("/v1/channels/{channel}/report");
        self.send(Call::post(path, report, Some(token))?).await?;
        Ok(())
    }

    /// Opens the live stream after `asked`.
    pub(crate) async fn live(
        &self,
        token: &str,
        asked: &Asked,
    ) -> Result<<P::Transport as Transport>::Frames, SyncError> {
        let path = format!("/v1/live?after={asked}");
        let call = Call::get(path, live::CONTENT_TYPE, Some(token));
        let mut renewals = 0..RENEWALS_MAX;
        loop {
            let request = self.request(&call).await?;
            match self.transport.open(request, asked).await? {
                Opened::Stream { dpop_nonce, frames } => {
                    self.remember(dpop_nonce);
                    return Ok(frames);
                }
                Opened::Refused(response) => match self.judge(response) {
                    Err(error) if wants_nonce(&error) && renewals.next().is_some() => {}
                    Err(error) => return Err(error),
                    Ok(_) => return Err(SyncError::Answer),
                },
            }
        }
    }

    pub(crate) async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, SyncError> {
        let body = self.send(call).await?;
        json::from_slice(&body).map_err(|_| SyncError::Answer)
    }

    /// Sends a call. If the proof's nonce is missing or old, sends it again with the bank's new nonce. If the device
    /// exceeds its rate, sends it again after a short wait.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Bytes, SyncError> {
        let mut renewals = 0..RENEWALS_MAX;
        let mut waits = 0..SHORT_WAITS_MAX;
        loop {
            let response = self.transport.send(self.request(&call).await?).await?;
            match self.judge(response) {
                Err(error) if wants_nonce(&error) && renewals.next().is_some() => {}
                Err(error) if is_limited_shortly(&error) && waits.next().is_some() => {}
                judged => return judged,
            }
        }
    }

    fn remember(&self, nonce: Option<String>) {
        let Some(nonce) = nonce else {
            return;
        };
        if let Some(time) = time_of(&nonce) {
            self.taught.set(Some((time, self.instant())));
        }
        self.nonce.replace(Some(nonce));
    }

    fn judge(&self, response: Response) -> Result<Bytes, SyncError> {
        self.remember(response.dpop_nonce);
        if (200..300).contains(&response.status) {
            return Ok(response.body);
        }
        let problem: Option<Problem> = json::from_slice(&response.body).ok();
        let retry_after_ms = response
            .retry_after_s
            .map(|seconds| seconds.min(RETRY_AFTER_MAX_S) * 1000);
        let refused = Refused {
            status: response.status,
            problem: problem.map(Box::new),
            retry_after_ms,
        };
        let of_one_kind = [ErrorCode::LoginLocked, ErrorCode::TooManyPayeeChecks];
        let is_of_one_kind = refused
            .code()
            .is_some_and(|code| of_one_kind.contains(&code));
        if let (TOO_MANY_REQUESTS, Some(ms), false) =
            (refused.status, retry_after_ms, is_of_one_kind)
        {
            self.limited_until.set(self.instant().plus_ms(ms));
        }
        Err(refused.into())
    }

    /// How long the bank accepts no request of this device.
    fn limited_ms(&self) -> u64 {
        self.instant().ms_until(self.limited_until.get())
    }

    /// The wait before the next attempt, after `failures` failures in a row, of which `error` was the last.
    pub(crate) fn wait_ms(&self, error: &SyncError, failures: u32) -> u64 {
        let backoff_ms = self.timer.backoff_ms(failures);
        backoff_ms.max(error.retry_after_ms().unwrap_or_default())
    }

    async fn request(&self, call: &Call<'_>) -> Result<Request, SyncError> {
        let limited_ms = self.limited_ms();
        if limited_ms > 0 {
            self.sleep(limited_ms).await;
        }
        let mut headers = vec![("accept", call.accept.to_owned())];
        if call.body.is_some() {
            headers.push(("content-type", JSON.to_owned()));
        }
        if let Some(token) = call.token {
            headers.push(("authorization", format!("DPoP {token}")));
            headers.push(("dpop", self.proof(call.method, &call.path, token).await?));
        }
        Ok(Request {
            method: call.method,
            path: call.path.clone(),
            headers,
            body: call.body.clone(),
        })
    }

    /// A proof for one request (RFC 9449), by the session key.
    async fn proof(&self, method: Method, path: &str, token: &str) -> Result<String, SyncError> {
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let url = format!("{}{path}", self.transport.public_url());
        let what = ProofFor {
            method: method.as_str(),
            url: &url,
            token,
        };
        let session = self.keys.public(DeviceKey::Session).await?;
        let nonce = self.nonce.borrow().clone();
        let id = base64url::encode(&self.random.draw::<16>());
        let input = DpopProof::signing_input(&session, what, nonce.as_deref(), &id, self.now());
        let signature = self.keys.sign(DeviceKey::Session, input.as_bytes()).await?;
        Ok(DpopProof::assemble(&input, &signature))
    }
}

fn is_limited_shortly(error: &SyncError) -> bool {
    let short = |ms| (1..=SHORT_WAIT_MS).contains(&ms);
    error.is_limited() && error.retry_after_ms().is_some_and(short)
}

fn wants_nonce(error: &SyncError) -> bool {
    error.is_code(ErrorCode::UseDpopNonce)
}

/// The time at which the bank made a nonce: its first eight bytes are milliseconds since 1970.
fn time_of(nonce: &str) -> Option<Time> {
    let bytes = base64url::decode(nonce).ok()?;
    let ms = u64::from_be_bytes(*bytes.first_chunk()?);
    Some(Time::from_ms(ms))
}

/// Encodes for a query (RFC 3986, 2.1): all but unreserved characters as `%XX`.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn a_query_holds_any_account() {
        assert_eq!(percent_encoded("576-a_b.c~d"), "576-a_b.c~d");
        assert_eq!(percent_encoded("a b/&=é"), "a%20b%2F%26%3D%C3%A9");
    }
}
