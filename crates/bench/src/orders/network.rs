//! A bad network, and impatient devices: requests and answers get lost, streams break, and copies of each order race it.

use crate::device::proof;
use crate::own_device::{TRIES_MAX, wait};
use anyhow::Context as _;
use bytes::Bytes;
use client::{FrameError, Method, Opened, Platform, Request, Response, Transport, TransportError};
use client_native::{Backoff, HttpTransport, SqliteStore};
use envelope::SoftwareKey;
use futures_util::stream::{self, Stream, StreamExt as _};
use protocol::http::OrderAnswer;
use protocol::live::{Asked, Frame};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use types::{Clock, IntentId};

/// Where orders are sent to.
const ORDERS: &str = "/v1/orders";

/// The status with which an order is accepted.
const ACCEPTED: u16 = 202;

/// The statuses of the answer about an order.
const FOUND: u16 = 200;
const NOT_FOUND: u16 = 404;

/// The statuses of requests that are to be made again.
const UNAUTHORIZED: u16 = 401;
const TOO_MANY: u16 = 429;

/// How late a copy of an order may be sent, and how long a stream that breaks lives.
const COPY_WITHIN_MS: u64 = 40;
const STREAM_MS: std::ops::Range<u64> = 50..4_000;

/// A device on a bad network.
pub(super) enum Shaken {}

impl Platform for Shaken {
    type Store = SqliteStore;
    type Keys = client::SoftwareKeys;
    type Transport = BadNetwork;
    type Timer = Backoff;
}

/// What became of the requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Orders sent, copies included.
    pub(super) submissions: u64,
    /// Requests, answers and streams that were lost.
    pub(super) drops: u64,
    /// Accepted orders that were answered differently when they came again.
    pub(super) answers_differing: u64,
}

/// What the network does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    IsLost,
    LosesItsAnswer,
}

/// The network of one device. Clones share everything.
#[derive(Clone)]
pub(super) struct BadNetwork {
    inner: HttpTransport,
    inside: Rc<Inside>,
}

struct Inside {
    session: SoftwareKey,
    clock: Clock,
    random: RefCell<StdRng>,
    calm: Cell<bool>,
    tally: Cell<Tally>,
    nonce: RefCell<Option<String>>,
    /// The device's token, as its orders carry it.
    token: RefCell<Option<String>>,
    /// The first answer to each accepted order, by the order's bytes.
    answers: RefCell<HashMap<Vec<u8>, Bytes>>,
}

impl BadNetwork {
    /// The network of the device with this session key.
    pub(super) fn new(
        inner: HttpTransport,
        session: SoftwareKey,
        (clock, random): (Clock, StdRng),
    ) -> Self {
        Self {
            inner,
            inside: Rc::new(Inside {
                session,
                clock,
                random: RefCell::new(random),
                calm: Cell::new(false),
                tally: Cell::default(),
                nonce: RefCell::default(),
                token: RefCell::default(),
                answers: RefCell::default(),
            }),
        }
    }

    /// From now on nothing is lost.
    pub(super) fn calm_down(&self) {
        self.inside.calm.set(true);
    }

    pub(super) fn tally(&self) -> Tally {
        self.inside.tally.get()
    }

    fn draw(&self, range: std::ops::Range<u64>) -> u64 {
        self.inside.random.borrow_mut().random_range(range)
    }

    fn count(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.inside.tally.get();
        change(&mut tally);
        self.inside.tally.set(tally);
    }

    fn fate(&self) -> Fate {
        if self.inside.calm.get() {
            return Fate::Arrives;
        }
        let fate = match self.draw(0..20) {
            0 => Fate::IsLost,
            1 => Fate::LosesItsAnswer,
            _ => return Fate::Arrives,
        };
        self.count(|tally| tally.drops += 1);
        fate
    }

    /// Sends up to two copies of an order beside it, each with a proof of its own.
    fn race(&self, order: &Request) {
        let copies = match self.inside.calm.get() {
            true => 0,
            false => self.draw(0..3),
        };
        for _ in 0..copies {
            let (network, order) = (self.clone(), order.clone());
            let wait = Duration::from_millis(self.draw(0..COPY_WITHIN_MS));
            tokio::task::spawn_local(async move {
                tokio::time::sleep(wait).await;
                if let Some(copy) = network.copy(&order) {
                    // The device has its own request, and waits for that one's answer.
                    let _ = network.arrive(copy).await;
                }
            });
        }
    }

    /// A proof for another request of the device. `None` before its first order, and before the first nonce.
    fn proof(&self, method: Method, path: &str) -> Option<String> {
        let nonce = self.inside.nonce.borrow().clone()?;
        let token = self.inside.token.borrow().clone()?;
        let what = (self.inner.public_url(), method.as_str(), path);
        let (session, clock) = (&self.inside.session, &self.inside.clock);
        proof(session, what, (&token, &nonce), clock).ok()
    }

    /// The same request with another proof.
    fn copy(&self, order: &Request) -> Option<Request> {
        let proof = self.proof(order.method, &order.path)?;
        let headers = order.headers.iter().map(|(name, value)| match *name {
            "dpop" => (*name, proof.clone()),
            _ => (*name, value.clone()),
        });
        Some(Request {
            headers: headers.collect(),
            ..order.clone()
        })
    }

    /// Compares the answer to an order that was accepted with the first one.
    fn compare(&self, order: Vec<u8>, answer: &Response) {
        let mut answers = self.inside.answers.borrow_mut();
        let differs = match answers.entry(order) {
            Entry::Occupied(first) => is_final(answer.status) && *first.get() != answer.body,
            Entry::Vacant(first) => {
                if answer.status == ACCEPTED {
                    first.insert(answer.body.clone());
                }
                false
            }
        };
        if differs {
            self.count(|tally| tally.answers_differing += 1);
        }
    }

    /// Sends a request for certain, and remembers how an order was answered.
    async fn arrive(&self, request: Request) -> Result<Response, TransportError> {
        let order = request.body.clone().filter(|_| is_order(&request));
        if order.is_some() {
            self.count(|tally| tally.submissions += 1);
            *self.inside.token.borrow_mut() = token_of(&request);
        }
        let answer = self.inner.send(request).await?;
        if let Some(nonce) = &answer.dpop_nonce {
            *self.inside.nonce.borrow_mut() = Some(nonce.clone());
        }
        if let Some(order) = order {
            self.compare(order, &answer);
        }
        Ok(answer)
    }
}

/// The token of a request.
fn token_of(request: &Request) -> Option<String> {
    let mut headers = request.headers.iter();
    let (_, authorization) = headers.find(|(name, _)| *name == "authorization")?;
    Some(authorization.strip_prefix("DPoP ")?.to_owned())
}

/// Whether the answer says what becomes of the order, and not only that nobody looks at it now.
const fn is_final(status: u16) -> bool {
    status < 500 && !matches!(status, UNAUTHORIZED | TOO_MANY)
}

fn is_order(request: &Request) -> bool {
    request.method == Method::Post && request.path == ORDERS
}

fn lost() -> TransportError {
    TransportError::new("the network dropped it")
}

impl Transport for BadNetwork {
    type Frames = Pin<Box<dyn Stream<Item = Result<Frame, FrameError>>>>;

    fn public_url(&self) -> &str {
        self.inner.public_url()
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if is_order(&request) {
            self.race(&request);
        }
        let fate = self.fate();
        if fate == Fate::IsLost {
            return Err(lost());
        }
        let answer = self.arrive(request).await?;
        match fate {
            Fate::Arrives => Ok(answer),
            Fate::IsLost | Fate::LosesItsAnswer => Err(lost()),
        }
    }

    async fn open(
        &self,
        request: Request,
        asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError> {
        if self.fate() != Fate::Arrives {
            return Err(lost());
        }
        Ok(match self.inner.open(request, asked).await? {
            Opened::Refused(answer) => Opened::Refused(answer),
            Opened::Stream { dpop_nonce, frames } => Opened::Stream {
                dpop_nonce,
                frames: self.breaking(frames),
            },
        })
    }
}

impl BadNetwork {
    /// What gateway says of an order, past the device. `None` if it never accepted or refused it.
    pub(super) async fn ask(&self, intent: IntentId) -> anyhow::Result<Option<OrderAnswer>> {
        for tries in 1..TRIES_MAX {
            let path = format!("{ORDERS}/{intent}");
            let proof = self.proof(Method::Get, &path);
            let proof = proof.context("a device that sent no order has no token here")?;
            let token = self.inside.token.borrow().clone().unwrap_or_default();
            let asked = Request {
                method: Method::Get,
                path,
                headers: vec![("authorization", format!("DPoP {token}")), ("dpop", proof)],
                body: None,
            };
            match self.arrive(asked).await {
                Ok(answer) if answer.status == FOUND => {
                    return Ok(Some(serde_json::from_slice(&answer.body)?));
                }
                Ok(answer) if answer.status == NOT_FOUND => return Ok(None),
                _ => wait(tries).await,
            }
        }
        anyhow::bail!("gateway does not say what became of {intent}")
    }

    /// Every second stream breaks.
    fn breaking(
        &self,
        frames: <HttpTransport as Transport>::Frames,
    ) -> <Self as Transport>::Frames {
        if self.inside.calm.get() || self.draw(0..2) == 0 {
            return Box::pin(frames);
        }
        self.count(|tally| tally.drops += 1);
        let breaks = tokio::time::sleep(Duration::from_millis(self.draw(STREAM_MS)));
        let broken = stream::once(async { Err(FrameError::Transport(lost())) });
        Box::pin(frames.take_until(breaks).chain(broken))
    }
}
