//! The bank by SOAP: the contract, what is refused, and the login.

mod clients;
mod contract;

use async_trait::async_trait;
use core_bank::{CoreBank, CoreBankError};
use core_bank_soap::{ALL_OPERATIONS, Customers, Person, Service, routes};
use sandbox_bank::SandboxBank;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The password of every customer here.
pub(crate) const PASSWORD: &str = "correct horse & <battery>";

/// A bank that keeps its customers' passwords: all of them have the same.
pub(crate) struct WithPasswords(pub(crate) SandboxBank);

#[async_trait]
impl Customers for WithPasswords {
    async fn log_in(&self, user: &str, password: &str) -> Result<Option<Person>, CoreBankError> {
        let holdings = self.0.holdings(100).await?;
        let found = holdings
            .into_iter()
            .find(|holding| holding.customer.as_str() == user);
        let Some(found) = found.filter(|_| password == PASSWORD) else {
            return Ok(None);
        };
        let name = found.customer_name.unwrap_or_default();
        let (first, last) = name.split_once(' ').unwrap_or(("", &name));
        Ok(Some(Person {
            customer: found.customer,
            first_name: (!first.is_empty()).then(|| first.to_owned()),
            last_name: last.to_owned(),
        }))
    }
}

/// Everything that the bank does, for anybody.
pub(crate) fn service(bank: Arc<dyn CoreBank>, customers: Option<Arc<dyn Customers>>) -> Service {
    Service {
        bank,
        customers,
        operations: ALL_OPERATIONS,
        origin: "http://127.0.0.1".to_owned(),
        clock: Arc::new(|| crate::bank::NOW),
        defects: Arc::new(|_| ()),
    }
}

/// Serves it at a port of this machine. Returns where.
pub(crate) async fn serve(service: Service) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let routes = routes(Service {
        origin: origin.clone(),
        ..service
    });
    let serving = async { axum::serve(listener, routes).await.unwrap() };
    (origin, tokio::spawn(serving))
}
