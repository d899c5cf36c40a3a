//! The network between device and bank: HTTP answers, proofs verified as by the bank, and a stream that can be cut.

use crate::bank::{Bank, START};
use bytes::Bytes;
use client::{
    EventStream, Instant, Method, Opened, Request, Response, Timer, Transport, TransportError,
};
use futures_util::Stream;
use protocol::Message;
use protocol::http::{Problem, PullAnswer};
use protocol::live::{Asked, EndReason, Frame};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use token::{ChannelToken, DpopError, DpopNonce, DpopProof, ProofFor};
use types::{DeviceId, ErrorCode, Number, Position, Time};

pub(crate) const PUBLIC_URL: &str = "https://bank.example";

/// Everything outside the device, shared with the test.
pub(crate) struct World {
    pub(crate) bank: RefCell<Bank>,
    pub(crate) nonces: DpopNonce,
    /// Requests that arrived, in order: method and path.
    pub(crate) requests: RefCell<Vec<String>>,
    /// The arrival time of each of them.
    pub(crate) arrived: RefCell<Vec<Time>>,
    /// Ids of proofs, which must not repeat.
    pub(crate) proofs: RefCell<Vec<String>>,
    /// How many of the next answers are lost.
    pub(crate) lose_answers: Cell<u32>,
    /// The waiting time in refusals.
    pub(crate) retry_after_s: Cell<Option<u64>>,
    /// How many more pulls the broker answers before it goes down.
    pub(crate) pulls_left: Cell<u32>,
    pub(crate) offline: Cell<bool>,
    /// How many of the next renewals are refused as impossible now.
    pub(crate) fails_to_renew: Cell<u32>,
    /// Whether requests get no answer.
    pub(crate) hangs: Cell<bool>,
    /// The number of the phones' current start.
    pub(crate) boot: Cell<u64>,
    /// How far the phone's clock is ahead of the bank's, or behind it.
    pub(crate) phone_ahead_ms: Arc<AtomicI64>,
    /// Increments when all streams are cut.
    pub(crate) cuts: Cell<u64>,
    /// How many messages that the device has already a stream repeats at its start.
    pub(crate) repeats: Cell<u64>,
    /// The number of app starts: no two starts draw the same randomness.
    pub(crate) starts: Cell<u64>,
    /// How many of the next requests reach a node that restarted after their nonce was issued.
    pub(crate) restarts: Cell<u32>,
    /// How often the approval key signed.
    pub(crate) approvals: Cell<u32>,
    /// Whether the person declines to approve.
    pub(crate) declines: Cell<bool>,
    /// The answers to requests of this method and path are lost, until it is emptied.
    pub(crate) loses_answers_to: RefCell<String>,
    /// Requests with this in their path get no answer, until it is emptied.
    pub(crate) hangs_at: RefCell<String>,
    /// Additional content of a stream.
    pub(crate) said: RefCell<VecDeque<String>>,
    pub(crate) pieces: RefCell<StdRng>,
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            bank: RefCell::new(Bank::new()),
            nonces: DpopNonce::new(&[8; 32]),
            requests: RefCell::default(),
            arrived: RefCell::default(),
            proofs: RefCell::default(),
            lose_answers: Cell::new(0),
            retry_after_s: Cell::new(None),
            pulls_left: Cell::new(u32::MAX),
            offline: Cell::new(false),
            fails_to_renew: Cell::new(0),
            hangs: Cell::new(false),
            boot: Cell::new(1),
            phone_ahead_ms: Arc::default(),
            cuts: Cell::new(0),
            repeats: Cell::new(0),
            starts: Cell::new(0),
            restarts: Cell::new(0),
            approvals: Cell::new(0),
            declines: Cell::new(false),
            loses_answers_to: RefCell::default(),
            hangs_at: RefCell::default(),
            said: RefCell::default(),
            pieces: RefCell::new(StdRng::seed_from_u64(1)),
        })
    }

    pub(crate) fn now(&self) -> Time {
        self.bank.borrow().time()
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.bank.borrow().clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// The times of requests for token renewal. A request repeated with a new nonce counts once.
    pub(crate) fn renewals(&self) -> Vec<Time> {
        let requests = self.requests.borrow();
        let asked = requests.iter().zip(self.arrived.borrow().clone());
        let asked = asked.filter(|(request, _)| request.contains("/v1/token"));
        let mut asked: Vec<Time> = asked.map(|(_, at)| at).collect();
        asked.dedup();
        asked
    }

    pub(crate) fn requested(&self, part: &str) -> usize {
        self.requests
            .borrow()
            .iter()
            .filter(|request| request.contains(part))
            .count()
    }
}

#[derive(Clone)]
pub(crate) struct Network(pub(crate) Rc<World>);

impl Network {
    fn arrive(&self, request: &Request) -> Result<(), TransportError> {
        if self.0.offline.get() {
            return Err(TransportError::new("offline"));
        }
        let seen = format!("{} {}", request.method.as_str(), request.path);
        self.0.requests.borrow_mut().push(seen);
        self.0.arrived.borrow_mut().push(self.0.now());
        Ok(())
    }

    async fn answered(&self, request: &Request) {
        yields(1).await;
        let hangs = || {
            let at = self.0.hangs_at.borrow();
            self.0.hangs.get() || (!at.is_empty() && request.path.contains(at.as_str()))
        };
        while hangs() {
            yields(1).await;
        }
    }

    /// The device that sent a token and a proof.
    fn authenticate(&self, request: &Request) -> Result<DeviceId, ErrorCode> {
        let header = |name: &str| {
            request
                .headers
                .iter()
                .find(|header| header.0 == name)
                .map(|header| header.1.as_str())
        };
        let token = header("authorization").and_then(|value| value.strip_prefix("DPoP "));
        let token = token.ok_or(ErrorCode::TokenMissing)?;
        let bank = self.0.bank.borrow();
        let device = bank.bearer(token)?;
        let reader = bank.readers.get(&device).ok_or(ErrorCode::TokenInvalid)?;
        let url = format!("{PUBLIC_URL}{}", request.path.split('?').next().unwrap());
        let method = request.method.as_str();
        let what = ProofFor {
            method,
            url: &url,
            token,
        };
        let proof = header("dpop").ok_or(ErrorCode::ProofMissing)?;
        let proof = DpopProof::verify(
            proof,
            what,
            reader.session.thumbprint(),
            &self.0.nonces,
            bank.time(),
        );
        match proof {
            Ok(_) if self.0.restarts.get() > 0 => {
                self.0.restarts.update(|restarts| restarts - 1);
                return Err(ErrorCode::UseDpopNonce);
            }
            Ok(proof) => {
                let mut proofs = self.0.proofs.borrow_mut();
                assert!(!proofs.contains(&proof.id), "a proof was used twice");
                proofs.push(proof.id);
            }
            Err(DpopError::NonceMissing | DpopError::Nonce(_)) => {
                return Err(ErrorCode::UseDpopNonce);
            }
            Err(_) => return Err(ErrorCode::ProofInvalid),
        }
        bank.reader(device)?;
        match bank.refuse {
            Some(code) => Err(code),
            None => Ok(device),
        }
    }

    fn answer(&self, request: &Request) -> Result<Vec<u8>, ErrorCode> {
        let json = |value: &dyn erased::Json| value.to_vec();
        let body = request.body.as_deref().unwrap_or_default();
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let asked = |name: &str| {
            let part = query
                .split('&')
                .find_map(|part| part.strip_prefix(&format!("{name}=")));
            part.unwrap_or_default().to_owned()
        };
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, ["v1", "trust"]) => {
                return Ok(json(&self.0.bank.borrow().trust_answer()));
            }
            (Method::Post, ["v1", "enrolment", "challenge"]) => {
                return Ok(json(&self.0.bank.borrow().challenge()));
            }
            (Method::Post, ["v1", "enrolment"]) => {
                let request = serde_json::from_slice(body).unwrap();
                return Ok(json(&self.0.bank.borrow_mut().enrol(&request)?));
            }
            _ => {}
        }
        let device = self.authenticate(request)?;
        let mut bank = self.0.bank.borrow_mut();
        let broker = parts.last() == Some(&"messages");
        if broker {
            let left = self.0.pulls_left.get().checked_sub(1);
            self.0.pulls_left.set(left.ok_or(ErrorCode::Unavailable)?);
        }
        if (broker && bank.broker.down) || (!broker && bank.gateway_down) {
            return Err(ErrorCode::Unavailable);
        }
        match (request.method, parts.as_slice()) {
            (Method::Get, ["v1", "channels", _, "messages"]) => {
                let limit = asked("limit").parse().unwrap();
                Ok(bank.pull(asked("after").parse().unwrap(), limit).to_cbor())
            }
            (Method::Post, ["v1", "channels", _, "checkpoint"]) => Ok(json(
                &bank.checkpoint(device, &serde_json::from_slice(body).unwrap())?,
            )),
            (Method::Post, ["v1", "channels", _, "snapshot"]) => Ok(json(
                &bank.snapshot(device, &serde_json::from_slice(body).unwrap())?,
            )),
            (Method::Get, ["v1", "channels", _, "snapshots", id, "parts"]) => {
                let from = asked("from").parse().unwrap();
                Ok(json(&bank.parts(id.parse().unwrap(), from)?))
            }
            (Method::Get, ["v1", "channels", _, "snapshots", id, "pages"]) => {
                let (part, from) = (
                    asked("part").parse().unwrap(),
                    asked("from").parse().unwrap(),
                );
                let account = asked("account").replace("%20", " ");
                Ok(json(
                    &bank.pages(id.parse().unwrap(), (part, &account, from))?,
                ))
            }
            (Method::Post, ["v1", "vouchers"]) => Ok(json(&bank.vouchers(device)?)),
            (Method::Post, ["v1", "orders"]) => Ok(json(
                &bank.order(device, &serde_json::from_slice(body).unwrap())?,
            )),
            (Method::Post, ["v1", "orders", intent, "challenge"]) => {
                let answer = serde_json::from_slice(body).unwrap();
                Ok(json(&bank.approve(
                    device,
                    intent.parse().unwrap(),
                    &answer,
                )?))
            }
            (Method::Get, ["v1", "brakes"]) => Ok(json(&bank.orders.limits.clone().unwrap())),
            (Method::Post, ["v1", "brakes"]) => {
                Ok(json(&bank.brake(serde_json::from_slice(body).unwrap())?))
            }
            (Method::Post, ["v1", "payee-checks"]) => Ok(json(
                &bank.check_payee(&serde_json::from_slice(body).unwrap()),
            )),
            (Method::Get, ["v1", "orders", intent]) => {
                Ok(json(&bank.order_state(intent.parse().unwrap())?))
            }
            (Method::Post, ["v1", "token"]) => {
                if let Some(left) = self.0.fails_to_renew.get().checked_sub(1) {
                    self.0.fails_to_renew.set(left);
                    return Err(ErrorCode::Unavailable);
                }
                Ok(json(&bank.renewed(device)?))
            }
            (Method::Post, ["v1", "channels", _, "report"]) => {
                bank.reports.push(serde_json::from_slice(body).unwrap());
                if std::mem::take(&mut bank.restart_on_report) {
                    bank.restart();
                }
                Ok(Vec::new())
            }
            (method, _) => bank.for_person(device, (method, path), body),
        }
    }

    fn respond(&self, answer: Result<Vec<u8>, ErrorCode>) -> Response {
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(code) => (
                code.status(),
                serde_json::to_vec(&Problem::new(code)).unwrap(),
            ),
        };
        Response {
            status,
            dpop_nonce: Some(self.0.nonces.mint(self.0.now())),
            retry_after_s: self.0.retry_after_s.get().filter(|_| status >= 400),
            body: body.into(),
        }
    }
}

mod erased {
    /// Whatever has a JSON form.
    pub(crate) trait Json {
        fn to_vec(&self) -> Vec<u8>;
    }

    impl<T: super::Serialize> Json for T {
        fn to_vec(&self) -> Vec<u8> {
            serde_json::to_vec(self).unwrap()
        }
    }
}

impl Transport for Network {
    type Frames = EventStream<Streamed>;

    fn public_url(&self) -> &str {
        PUBLIC_URL
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.arrive(&request)?;
        self.answered(&request).await;
        let response = self.respond(self.answer(&request));
        yields(1).await;
        let loses = self.0.loses_answers_to.borrow();
        let asked = format!("{} {}", request.method.as_str(), request.path);
        let is_stale_nonce = response.status == 401;
        if !loses.is_empty() && asked == *loses && !is_stale_nonce {
            return Err(TransportError::new("the answer was lost"));
        }
        drop(loses);
        let lost = self.0.lose_answers.get();
        if lost > 0 {
            self.0.lose_answers.set(lost - 1);
            return Err(TransportError::new("the answer was lost"));
        }
        Ok(response)
    }

    async fn open(
        &self,
        request: Request,
        asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError> {
        self.arrive(&request)?;
        self.answered(&request).await;
        let refused = match self.authenticate(&request) {
            Err(code) => Some(code),
            Ok(_) if self.0.bank.borrow().broker.down => Some(ErrorCode::Unavailable),
            Ok(_) => None,
        };
        if let Some(code) = refused {
            return Ok(Opened::Refused(self.respond(Err(code))));
        }
        let named = request.path.split_once("after=").unwrap().1;
        assert_eq!(named.parse().as_ref(), Ok(asked));
        let mut body = Streamed {
            world: self.0.clone(),
            at: asked.positions()[0].1,
            asked: asked.clone(),
            cuts: self.0.cuts.get(),
            expires: expiry(&request),
            current: false,
            ended: false,
            left: VecDeque::new(),
        };
        body.repeat(self.0.repeats.get());
        Ok(Opened::Stream {
            dpop_nonce: Some(self.0.nonces.mint(self.0.now())),
            frames: EventStream::new(body, asked.clone()),
        })
    }
}

/// The expiry of a request's token, if it contains one.
fn expiry(request: &Request) -> Option<Time> {
    let authorization = &request
        .headers
        .iter()
        .find(|header| header.0 == "authorization")?
        .1;
    let token = authorization.strip_prefix("DPoP ")?;
    Some(ChannelToken::times_of_own(token)?.1)
}

/// A live stream, in pieces of random sizes.
pub(crate) struct Streamed {
    world: Rc<World>,
    asked: Asked,
    at: Position,
    cuts: u64,
    /// The expiry of the token that opened it.
    expires: Option<Time>,
    current: bool,
    ended: bool,
    left: VecDeque<u8>,
}

impl Streamed {
    /// Repeats the last `count` messages before the position.
    fn repeat(&mut self, count: u64) {
        let bank = self.world.bank.borrow();
        let (channel, generation) = (bank.channel, self.at.generation);
        let newest = self.at.number.get().min(bank.broker.log.len() as u64);
        let mut out = String::new();
        for number in newest.saturating_sub(count)..newest {
            let message = bank.broker.log[number as usize].clone();
            let frame = Frame::Message {
                channel,
                generation,
                message,
            };
            frame.write(&self.asked, &mut out);
        }
        self.left.extend(out.bytes());
    }

    fn fill(&mut self) {
        if let Some(said) = self.world.said.borrow_mut().pop_front() {
            self.left.extend(said.bytes());
            return;
        }
        if self.ended {
            return;
        }
        if self.expires.is_some_and(|end| end <= self.world.now()) {
            self.ended = true;
            let mut out = String::new();
            let reason = EndReason::Expired;
            Frame::Ended { reason }.write(&self.asked, &mut out);
            self.left.extend(out.bytes());
            return;
        }
        let bank = self.world.bank.borrow();
        let channel = bank.channel;
        let mut out = String::new();
        let mut write = |asked: &Asked, frame: Frame| frame.write(asked, &mut out);
        match bank.pull(self.at, 3) {
            PullAnswer::Messages {
                messages,
                generation,
                newest,
            } if messages.is_empty() => {
                if !self.current && !bank.broker.silent {
                    self.current = true;
                    write(
                        &self.asked,
                        Frame::Position {
                            channel,
                            generation,
                            number: newest,
                        },
                    );
                }
            }
            PullAnswer::Messages {
                messages,
                generation,
                ..
            } => {
                for message in messages {
                    // The broker counts stored messages, whatever they contain.
                    self.at.number = Number::new(self.at.number.get() + 1).unwrap();
                    let told = Message::parse(message.clone())
                        .map_or(self.at.number, |message| message.number);
                    self.asked
                        .advance(&channel, Position::new(generation, told));
                    write(
                        &self.asked,
                        Frame::Message {
                            channel,
                            generation,
                            message,
                        },
                    );
                }
            }
            PullAnswer::Ahead { generation, newest } if !self.current => {
                self.current = true;
                write(
                    &self.asked,
                    Frame::Ahead {
                        channel,
                        generation,
                        newest,
                    },
                );
            }
            PullAnswer::Ahead { .. } => {}
            PullAnswer::Trimmed { generation, oldest } => {
                self.ended = true;
                write(
                    &self.asked,
                    Frame::Trimmed {
                        channel,
                        generation,
                        oldest,
                    },
                );
            }
            PullAnswer::Generation { generation } => {
                self.ended = true;
                write(
                    &self.asked,
                    Frame::Generation {
                        channel,
                        generation,
                    },
                );
            }
        }
        self.left.extend(out.bytes());
    }
}

impl Stream for Streamed {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.world.cuts.get() != self.cuts || self.world.offline.get() {
            return Poll::Ready(Some(Err(TransportError::new("cut"))));
        }
        if self.left.is_empty() {
            self.fill();
        }
        if self.left.is_empty() {
            return Poll::Pending;
        }
        let length = self
            .world
            .pieces
            .borrow_mut()
            .random_range(1..4_000)
            .min(self.left.len());
        let piece: Vec<u8> = self.left.drain(..length).collect();
        Poll::Ready(Some(Ok(piece.into())))
    }
}

/// Yields that often.
pub(crate) async fn yields(times: u32) {
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        // Sets of futures poll only those that were woken.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Time passes when nothing else happens: when every other future has waited, a sleep ends, and the clock has advanced.
pub(crate) struct SimulatedTime(pub(crate) Rc<World>);

impl Timer for SimulatedTime {
    async fn sleep(&self, ms: u64) {
        let until = self.0.now().plus_ms(ms);
        yields(4).await;
        let left = until.ms_since(self.0.now());
        self.0.pass(left);
    }

    fn instant(&self) -> Instant {
        let since_start = self.0.now().ms_since(Time::from_ms(START));
        Instant::new(self.0.boot.get(), since_start)
    }

    fn backoff_ms(&self, failures: u32) -> u64 {
        (50 << failures.min(10)).min(1_000)
    }
}
