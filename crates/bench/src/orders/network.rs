//! A bad network, and impatient devices: requests and answers get lost, streams break, and copies of each order race it.

use crate::device::proof;
use bytes::Bytes;
use client::{FrameError, Method, Opened, Platform, Request, Response, Transport, TransportError};
use client_native::{Backoff, HttpTransport, SqliteStore};
use envelope::SoftwareKey;
use futures_util::stream::{self, Stream, StreamExt as _};
use protocol::live::{Asked, Frame};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use types::Clock;

/// Where orders are sent to.
const ORDERS: &str = "/v1/orders";

/// The status with which an order is accepted.
const ACCEPTED: u16 = 202;

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

    /// The same request with another proof. `None` before the first nonce.
    fn copy(&self, order: &Request) -> Option<Request> {
        let nonce = self.inside.nonce.borrow().clone()?;
        let header = |name| order.headers.iter().find(|(other, _)| *other == name);
        let (_, authorization) = header("authorization")?;
        let token = authorization.strip_prefix("DPoP ")?;
        let what = (
            self.inner.public_url(),
            order.method.as_str(),
            order.path.as_str(),
        );
        let (session, clock) = (&self.inside.session, &self.inside.clock);
        let proof = proof(session, what, (token, &nonce), clock).ok()?;
        let headers = order.headers.iter().map(|(name, value)| match *name {
            "dpop" => (*name, proof.clone()),
            _ => (*name, value.clone()),
        });
        Some(Request {
            headers: headers.collect(),
            ..order.clone()
        })
    }

    /// Sends a request for certain, and remembers how an order was answered.
    async fn arrive(&self, request: Request) -> Result<Response, TransportError> {
        let order = request.body.clone().filter(|_| is_order(&request));
        if order.is_some() {
            self.count(|tally| tally.submissions += 1);
        }
        let answer = self.inner.send(request).await?;
        if let Some(nonce) = &answer.dpop_nonce {
            *self.inside.nonce.borrow_mut() = Some(nonce.clone());
        }
        if let Some(order) = order
            && answer.status == ACCEPTED
        {
            let mut answers = self.inside.answers.borrow_mut();
            let first = answers.entry(order).or_insert_with(|| answer.body.clone());
            if *first != answer.body {
                self.count(|tally| tally.answers_differing += 1);
            }
        }
        Ok(answer)
    }
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
