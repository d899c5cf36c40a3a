//! A door with a listener, its service broker, and what others present at it.

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use core_bank_rest::{SERVICE_BROKER_CALLS, concerned};
use envelope::{ClientSession, PackageMac, ServerKey};
use http_edge::{Limits, Listener, ServiceFiles, ServiceName, ServiceRole};
use operator::authority;
use protocol::package::{CLIENT_SESSION, Concerned, SERVER_KEY, SERVER_SESSION, TRANSACTION};
use reqwest::{Client, Response};
use security_stack::ports::{Alert, Alerts, Calls, NotSent, Unreadable};
use security_stack::{Firewall, Neighbours, Passed, SecurityStack, Settings, printed};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::sync::watch;
use types::{Clock, DeviceId, IntentId, PackageId, Time, base64url};
use vault::FileVault;

pub(crate) const PLACE: &str = "/core-bank/v1/orders/place";

/// What administrators were sent.
#[derive(Default)]
pub(crate) struct Sent(Mutex<Vec<(&'static str, Alert)>>);

#[async_trait]
impl Alerts for Sent {
    async fn mail(&self, alert: &Alert) -> Result<(), NotSent> {
        self.0.lock().unwrap().push(("mail", alert.clone()));
        Ok(())
    }

    async fn sms(&self, alert: &Alert) -> Result<(), NotSent> {
        self.0.lock().unwrap().push(("sms", alert.clone()));
        Ok(())
    }
}

struct RestCalls;

impl Calls for RestCalls {
    fn concerned(&self, path: &str, body: &[u8]) -> Result<Concerned, Unreadable> {
        concerned(path, body).map_err(|error| Unreadable(error.to_string()))
    }
}

/// Counts the connections at the stack's door.
struct Counting(SecurityStack, Arc<AtomicUsize>);

impl http_edge::Door for Counting {
    fn admits(&self, address: IpAddr) -> bool {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.admits(address)
    }

    fn handshake_failed(&self, address: IpAddr, problem: &str) {
        self.0.handshake_failed(address, problem);
    }
}

pub(crate) struct Door {
    connections: Arc<AtomicUsize>,
    pub(crate) stack: SecurityStack,
    pub(crate) address: SocketAddr,
    pub(crate) key: ServerKey,
    pub(crate) directory: TempDir,
    clock: Arc<AtomicU64>,
    sent: Arc<Sent>,
    reached: Arc<Mutex<Vec<Passed>>>,
    _serving: watch::Sender<bool>,
}

fn system_clock() -> Clock {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Time::from_ms(u64::try_from(now.as_millis()).unwrap())
    })
}

/// One of this machine's loopback addresses.
pub(crate) const fn loopback(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

impl Door {
    /// A door that accepts the key, and the service broker at 127.0.0.1 and at 127.0.0.11 to 127.0.0.99.
    pub(crate) async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let system = system_clock();
        let ca = directory.path().join("ca");
        authority::make(&ca, &system).unwrap();
        let clock = Arc::new(AtomicU64::new(system().ms()));
        let sent = Arc::new(Sent::default());
        let stack = Self::stack(&directory, &clock, sent.clone()).await;
        let key = ServerKey::new([7; 32]);
        stack.add_key(&printed(&key.kept())).await.unwrap();
        let reached = Arc::new(Mutex::new(Vec::new()));
        let passing = reached.clone();
        let bank = Router::new().fallback(async move |request: Request| {
            let passed = request.extensions().get::<Passed>().cloned().unwrap();
            passing.lock().unwrap().push(passed);
            r#"{"role":null}"#
        });
        let files = issue(&directory, "bank", ServiceRole::CoreBank);
        let connections = Arc::new(AtomicUsize::new(0));
        let door = Arc::new(Counting(stack.clone(), connections.clone()));
        let listener = Listener::bind_for_services(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            &files,
            Limits::default(),
            door,
        );
        let listener = listener.await.unwrap();
        let address = listener.address().unwrap();
        let (serving, stop) = watch::channel(false);
        let routes = security_stack::http::guard(&stack, bank);
        tokio::spawn(listener.serve(routes, stop));
        issue(&directory, "gateway", ServiceRole::Gateway);
        Self {
            connections,
            stack,
            address,
            key,
            directory,
            clock,
            sent,
            reached,
            _serving: serving,
        }
    }

    async fn stack(
        directory: &TempDir,
        clock: &Arc<AtomicU64>,
        alerts: Arc<Sent>,
    ) -> SecurityStack {
        let vault = FileVault::open_or_create(&directory.path().join("vault.json")).unwrap();
        let service_brokers = [1].into_iter().chain(11..100).map(loopback).collect();
        let settings = Settings {
            service_brokers,
            firewall: Firewall {
                calls: SERVICE_BROKER_CALLS
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                body_bytes_max: 10_000,
            },
        };
        let shown = clock.clone();
        let neighbours = Neighbours {
            vault: Arc::new(vault),
            alerts,
            calls: Arc::new(RestCalls),
            clock: Arc::new(move || Time::from_ms(shown.load(Ordering::SeqCst))),
        };
        let location = crate::location(&directory.path().join("stack.sqlite"));
        SecurityStack::open(location, settings, neighbours)
            .await
            .unwrap()
    }

    /// The stack of another process on the same database.
    pub(crate) async fn opened_again(&self) -> SecurityStack {
        self.stack.close().await;
        Self::stack(&self.directory, &self.clock, self.sent.clone()).await
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_ms(self.clock.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many packages reached the bank.
    pub(crate) fn reached(&self) -> usize {
        self.reached.lock().unwrap().len()
    }

    /// What administrators were sent since the last time: how, and the subject.
    pub(crate) fn take_sent(&self) -> Vec<&'static str> {
        let sent = std::mem::take(&mut *self.sent.0.lock().unwrap());
        sent.into_iter().map(|(how, _)| how).collect()
    }

    /// A service broker's client from an address.
    pub(crate) fn broker_at(&self, from: IpAddr) -> Client {
        let files = authority::service_files(&self.directory.path().join("gateway"));
        self.client(from, Some(&files))
    }

    /// A client with a certificate of this role.
    pub(crate) fn service_at(&self, from: IpAddr, role: ServiceRole) -> Client {
        let files = issue(&self.directory, &format!("{}-{from}", role.as_str()), role);
        self.client(from, Some(&files))
    }

    /// A client that trusts the door, with a certificate or without.
    pub(crate) fn client(&self, from: IpAddr, files: Option<&ServiceFiles>) -> Client {
        let builder = testkit::http_client_builder().local_address(from);
        let builder = match files {
            Some(files) => builder
                .tls_backend_preconfigured(files.connector().unwrap())
                .http2_prior_knowledge(),
            None => {
                let ca = self.directory.path().join("ca/authority.pem");
                let ca = reqwest::Certificate::from_pem(&std::fs::read(ca).unwrap()).unwrap();
                builder.tls_certs_only([ca])
            }
        };
        builder
            .resolve(&ServiceRole::CoreBank.host(), self.address)
            .build()
            .unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let (host, port) = (ServiceRole::CoreBank.host(), self.address.port());
        format!("https://{host}:{port}{path}")
    }

    /// Presents a package.
    pub(crate) async fn present(
        &self,
        client: &Client,
        package: &Package,
    ) -> reqwest::Result<Response> {
        let mut request = client
            .post(self.url(package.path))
            .body(package.body.clone());
        for (name, value) in &package.fields {
            request = request.header(*name, value);
        }
        request.send().await
    }
}

/// Has the authority issue a certificate.
pub(crate) fn issue(directory: &TempDir, name: &str, role: ServiceRole) -> ServiceFiles {
    let (ca, to) = (directory.path().join("ca"), directory.path().join(name));
    let names = [ServiceName {
        role,
        node: "node-1".to_owned(),
    }];
    authority::issue(&ca, &names, &to, &system_clock()).unwrap()
}

/// A package as it is presented.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) path: &'static str,
    pub(crate) fields: BTreeMap<&'static str, String>,
    pub(crate) body: String,
}

/// What a package is made of.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) path: &'static str,
    pub(crate) package: PackageId,
    pub(crate) session: ClientSession,
    /// The key that seals the session variable, and the one that is shown and makes the MAC.
    pub(crate) sealing: ServerKey,
    pub(crate) shown: ServerKey,
    pub(crate) body: String,
}

pub(crate) fn order(customer: &str, number: u8, minor_units: u32) -> String {
    let (device, intent) = (device(1), intent(number));
    format!(
        r#"{{"customer":"{customer}","device":"{device}","intent":"{intent}","created":1,"order":{{"kind":"transfer","debit_account":"576","amount":{{"minor_units":{minor_units},"currency":"CZK"}},"creditor":{{"scheme":"account","identification":"704"}}}}}}"#
    )
}

pub(crate) fn device(number: u8) -> DeviceId {
    DeviceId::at(Time::from_ms(1), [number; 10])
}

pub(crate) fn intent(number: u8) -> IntentId {
    IntentId::at(Time::from_ms(1), [number; 10])
}

impl Parts {
    /// A right package: customer 1001's order.
    pub(crate) fn right(door: &Door, number: u8) -> Self {
        let package = PackageId::at(door.now(), [number; 10]);
        let body = order("1001", number, 1_250);
        Self {
            path: PLACE,
            package,
            session: ClientSession {
                package,
                concerned: concerned(PLACE, body.as_bytes()).unwrap(),
                issued: door.now(),
            },
            sealing: door.key.clone(),
            shown: door.key.clone(),
            body,
        }
    }

    pub(crate) fn packed(&self) -> Package {
        let sealed = self.sealing.seal(&self.session, &[9; 12]).unwrap();
        let mac = PackageMac {
            package: self.package,
            path: self.path,
            client_session: &sealed,
            body: self.body.as_bytes(),
        };
        let mac = mac.made_with(&self.shown);
        let fields = [
            (TRANSACTION, self.package.to_string()),
            (CLIENT_SESSION, base64url::encode(&sealed)),
            (SERVER_KEY, self.shown.expose().to_string()),
            (SERVER_SESSION, base64url::encode(&mac)),
        ];
        Package {
            path: self.path,
            fields: fields.into_iter().collect(),
            body: self.body.clone(),
        }
    }
}
