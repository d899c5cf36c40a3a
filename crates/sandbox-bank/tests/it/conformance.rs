//! The suite for the orders of every core bank.

use crate::{account, customer, czk, holder, order};
use async_trait::async_trait;
use core_bank::CoreBank;
use core_bank::conformance::{Books, Fixture};
use order::{Creditor, Fee, Scheme};
use protocol::http::AccountRow;
use sandbox_bank::SandboxBank;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use types::{BusinessDate, Money, Role, Time};

const DAY_MS: u64 = 86_400_000;

struct Sandbox {
    directory: TempDir,
    time: Arc<AtomicU64>,
    running: Option<SandboxBank>,
    filled: bool,
}

impl Sandbox {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            time: Arc::new(AtomicU64::new(1_774_440_000_000)),
            running: None,
            filled: false,
        }
    }

    async fn fill(&mut self, bank: &SandboxBank) {
        let fee = Fee {
            scheme: Scheme::Swift,
            amount: Money::new(2_000, czk()),
            from: Time::from_ms(0),
        };
        bank.announce_fee(fee).await.unwrap();
        let customers = vec![customer("2"), customer("3")];
        bank.load_customers(customers).await.unwrap();
        let limited = |id| AccountRow {
            limit: Some(Money::new(0, czk())),
            ..account(id)
        };
        let accounts = ["a", "b", "f"].map(limited).to_vec();
        bank.load_accounts(accounts).await.unwrap();
        let holders = vec![
            holder("a", "2", Role::Owner),
            holder("b", "2", Role::Owner),
            holder("f", "3", Role::Owner),
        ];
        bank.load_holders(holders).await.unwrap();
        for account in ["a", "b", "f"] {
            bank.post(order(&format!("first {account}"), account, 100_000))
                .await
                .unwrap();
        }
        self.filled = true;
    }
}

#[async_trait]
impl Fixture for Sandbox {
    async fn open(&mut self) -> Arc<dyn CoreBank> {
        let path = self.directory.path().join("bank.sqlite");
        let time = self.time.clone();
        let clock = Arc::new(move || Time::from_ms(time.load(Ordering::SeqCst)));
        let bank = SandboxBank::open(crate::location(&path), clock).unwrap();
        if !self.filled {
            self.fill(&bank).await;
        }
        self.running = Some(bank.clone());
        Arc::new(bank)
    }

    async fn close(&mut self) {
        let bank = self.running.take().unwrap();
        bank.close().await;
    }

    fn books(&self) -> Books {
        Books {
            customer: "2".parse().unwrap(),
            other: "3".parse().unwrap(),
            account: "a".parse().unwrap(),
            second: "b".parse().unwrap(),
            foreign: "f".parse().unwrap(),
            costly: Creditor {
                bank: Some("CHASUS33".to_owned()),
                name: Some("Eva Nová".to_owned()),
                ..Creditor::new(Scheme::Swift, "123")
            },
            one: Money::new(100, czk()),
        }
    }

    fn today(&self) -> BusinessDate {
        BusinessDate::of_utc(Time::from_ms(self.time.load(Ordering::SeqCst)))
    }

    async fn pass_days(&mut self, days: u32) {
        self.time
            .fetch_add(u64::from(days) * DAY_MS, Ordering::SeqCst);
        let bank = self.running.as_ref().unwrap();
        bank.run_due().await.unwrap();
        bank.trial_balance().await.unwrap();
    }
}

core_bank::conformance_suite!(Sandbox::new());

/// The same bank, reached over HTTP.
mod over_http {
    use super::{Books, BusinessDate, CoreBank, Fixture, Sandbox, async_trait};
    use core_bank_rest::{ALL_CALLS, Connection, RestBank};
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    struct OverHttp {
        sandbox: Sandbox,
        server: Option<JoinHandle<()>>,
    }

    impl OverHttp {
        fn new() -> Self {
            Self {
                sandbox: Sandbox::new(),
                server: None,
            }
        }
    }

    #[async_trait]
    impl Fixture for OverHttp {
        async fn open(&mut self) -> Arc<dyn CoreBank> {
            let routes = core_bank_rest::routes(self.sandbox.open().await, ALL_CALLS);
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let origin = format!("http://{}", listener.local_addr().unwrap());
            let serving = async { axum::serve(listener, routes).await.unwrap() };
            self.server = Some(tokio::spawn(serving));
            let http = testkit::http_client();
            Arc::new(RestBank::new(Connection::new(http, origin)))
        }

        async fn close(&mut self) {
            let server = self.server.take().unwrap();
            server.abort();
            server.await.unwrap_err();
            self.sandbox.close().await;
        }

        fn books(&self) -> Books {
            self.sandbox.books()
        }

        fn today(&self) -> BusinessDate {
            self.sandbox.today()
        }

        async fn pass_days(&mut self, days: u32) {
            self.sandbox.pass_days(days).await;
        }
    }

    core_bank::conformance_suite!(OverHttp::new());
}

/// The same bank, reached by SOAP.
macro_rules! over_soap {
    ($module:ident, $version:expr) => {
        mod $module {
            use super::{Books, BusinessDate, CoreBank, Fixture, Sandbox, async_trait};
            use core_bank_soap::{Connection, SoapBank, SoapVersion};
            use std::sync::Arc;
            use tokio::task::JoinHandle;

            struct OverSoap {
                sandbox: Sandbox,
                server: Option<JoinHandle<()>>,
            }

            impl OverSoap {
                fn new() -> Self {
                    Self {
                        sandbox: Sandbox::new(),
                        server: None,
                    }
                }
            }

            #[async_trait]
            impl Fixture for OverSoap {
                async fn open(&mut self) -> Arc<dyn CoreBank> {
                    let service = crate::soap::service(self.sandbox.open().await, None);
                    let (origin, server) = crate::soap::serve(service).await;
                    self.server = Some(server);
                    let http = testkit::http_client();
                    let clock = Arc::new(|| crate::bank::NOW);
                    let version: SoapVersion = $version;
                    Arc::new(SoapBank::new(Connection::new(
                        http, &origin, version, clock,
                    )))
                }

                async fn close(&mut self) {
                    let server = self.server.take().unwrap();
                    server.abort();
                    server.await.unwrap_err();
                    self.sandbox.close().await;
                }

                fn books(&self) -> Books {
                    self.sandbox.books()
                }

                fn today(&self) -> BusinessDate {
                    self.sandbox.today()
                }

                async fn pass_days(&mut self, days: u32) {
                    self.sandbox.pass_days(days).await;
                }
            }

            core_bank::conformance_suite!(OverSoap::new());
        }
    };
}

over_soap!(over_soap_11, SoapVersion::V11);
over_soap!(over_soap_12, SoapVersion::V12);
