//! A core bank that hangs delays only its callers, for a bounded time.

use super::Services;
use crate::config::Config;
use crate::deployment::Deployment;
use async_trait::async_trait;
use bench::{Phone, client_from};
use core_bank::{
    CoreBank, CoreBankError, CustomerSnapshot, Heads, HeadsCursor, History, OrderState, PayeeCheck,
    Placing, Target,
};
use http_edge::{Limits, Listener};
use operator::DataDirectory;
use order::{Creditor, Fee, Order, OrderKind, Reason};
use protocol::Event;
use protocol::http::IssuedCode;
use reqwest::Method;
use sandbox_bank::SandboxBank;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use types::{
    AccountId, Clock, Currency, CustomerId, IntentId, Rate, Role, Sequence, SubjectId, Time,
};

const START: Time = Time::from_ms(1_790_000_000_000);
const GENEROUS: Duration = Duration::from_secs(20);

/// The sandbox's books. They do not answer while they hang.
struct Hanging {
    bank: SandboxBank,
    hangs: Arc<AtomicBool>,
}

impl Hanging {
    async fn wait(&self) {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl CoreBank for Hanging {
    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError> {
        self.wait().await;
        self.bank.stop_orders(customer, number).await
    }

    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError> {
        self.wait().await;
        self.bank.resume_orders(customer, number).await
    }

    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError> {
        self.wait().await;
        self.bank.events_after(subject, after, limit).await
    }

    async fn events_of_each(
        &self,
        after: &[(SubjectId, Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError> {
        self.wait().await;
        self.bank.events_of_each(after, limit).await
    }

    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError> {
        self.wait().await;
        self.bank.heads(after, limit).await
    }

    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError> {
        self.wait().await;
        self.bank.snapshot(customer).await
    }

    async fn history(
        &self,
        account: &AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<History, CoreBankError> {
        self.wait().await;
        self.bank.history(account, after, through, limit).await
    }

    async fn holders(&self, account: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError> {
        self.wait().await;
        self.bank.holders(account).await
    }

    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError> {
        self.wait().await;
        self.bank.place(placing).await
    }

    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError> {
        self.wait().await;
        self.bank.order_state(customer, intent).await
    }

    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError> {
        self.wait().await;
        self.bank.target(customer, kind, target).await
    }

    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError> {
        self.wait().await;
        self.bank.role(customer, account).await
    }

    async fn examine(
        &self,
        customer: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError> {
        self.wait().await;
        self.bank.examine(customer, order).await
    }

    async fn check_payee(&self, creditor: &Creditor) -> Result<PayeeCheck, CoreBankError> {
        self.wait().await;
        self.bank.check_payee(creditor).await
    }

    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError> {
        self.wait().await;
        self.bank.fees().await
    }

    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError> {
        self.wait().await;
        self.bank.rate(from, to).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_bank_that_hangs_keeps_its_own_callers_waiting_alone() {
    // Another test of this process may have installed it.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory::create(&directory.path().join("data")).unwrap();
    let deployment = Deployment::of(&data).unwrap();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(loopback, None, Limits::default())
        .await
        .unwrap();
    let mut config = Config::default();
    config.public.address = listener.address().unwrap();
    config.bank.calls_max = 2;
    config.bank.call_seconds = 3;
    config.admission.statements.concurrent_max = 5;
    let hangs = Arc::new(AtomicBool::new(false));
    let clock: Clock = Arc::new(|| START);
    let services = Services::open_with(&config, (&data, &deployment), clock.clone(), |bank| {
        let hangs = Arc::clone(&hangs);
        Arc::new(Hanging { bank, hangs })
    });
    let services = services.await.unwrap();
    services.sandbox().generate(1, 1).await.unwrap();
    let (stop, stopping) = watch::channel(false);
    let routes = services.public_routes(&stopping);
    let listener = listener.admitting(Services::admission(&config));
    let serving = tokio::spawn(listener.serve(routes, stopping));

    let customer: CustomerId = "1001".parse().unwrap();
    let issued = services.ciam.issue_code(&customer).await.unwrap();
    let issued = IssuedCode {
        customer,
        code: issued.code.expose().to_owned(),
        root: issued.root,
        expires: issued.expires,
    };
    let client = client_from(Ipv4Addr::LOCALHOST).unwrap();
    let phone = Phone::enrol(client, &config.public_url(), &issued, &clock).await;
    let phone = Arc::new(phone.unwrap());
    let channel = phone.channel();
    let snapshot = {
        let path = format!("/v1/channels/{channel}/snapshot");
        move |phone: Arc<Phone>| {
            let path = path.clone();
            async move {
                let body = json!({ "nonce": "AAAAAAAAAAAAAAAAAAAAAA" });
                phone
                    .ask(Method::POST, &path, Some(&body))
                    .await
                    .unwrap()
                    .status()
            }
        }
    };
    assert_eq!(snapshot(phone.clone()).await, 200);

    hangs.store(true, Ordering::SeqCst);
    let waiting: Vec<_> = (0..12)
        .map(|_| tokio::spawn(snapshot(phone.clone())))
        .collect();
    // Once calls are refused, the core bank hangs with the maximum number of callers.
    let refused = async {
        while !waiting.iter().any(tokio::task::JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GENEROUS, refused).await.unwrap();
    let others = async {
        let path = format!("/v1/channels/{channel}/messages?after=1.0");
        let messages = phone.ask(Method::GET, &path, None).await.unwrap();
        assert_eq!(messages.status(), 200);
        let path = format!("/v1/channels/{channel}/checkpoint");
        let body = json!({ "nonce": "AAAAAAAAAAAAAAAAAAAAAA" });
        let checkpoint = phone.ask(Method::POST, &path, Some(&body)).await.unwrap();
        assert_eq!(checkpoint.status(), 200);
    };
    tokio::time::timeout(GENEROUS, others).await.unwrap();
    for asked in waiting {
        let status = tokio::time::timeout(GENEROUS, asked).await;
        assert_eq!(status.expect("it is answered").unwrap(), 503);
    }
    hangs.store(false, Ordering::SeqCst);
    assert_eq!(snapshot(phone.clone()).await, 200);
    stop.send(true).unwrap();
    serving.await.unwrap();
}
