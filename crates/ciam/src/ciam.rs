//! The service and its shared state.

use crate::ceremonies::Ceremonies;
use crate::challenges::Challenges;
use crate::errors::Failure;
use crate::keys::Keys;
use crate::openid::{Client, Hearing, PublishedKeys};
use crate::outside::Provider;
use crate::password_hashing::PasswordHashing;
use crate::ports::{
    Channels, Clients, Customers, Grants, LoginProvider, Messages, Orders, StaffPolicy,
};
use crate::settings::Settings;
use crate::store::{self, CustomerIndex, revocation};
use database::{Database, Location, SealedColumns, Transaction};
use envelope::ActivationCode;
use http_edge::Prefix;
use protocol::cbor::Writer;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use token::DpopNonce;
use tokio::sync::watch;
use types::{ClientId, Clock, CustomerId, Time};
use vault::{MacKey, Vault};
use zeroize::Zeroizing;

/// Sealed columns.
const CUSTOMER: &str = "ciam.customer.customer";
const STATEMENT: &str = "ciam.device.statement";
const CREDENTIAL: &str = "ciam.passkey.credential";
const PASSKEY_NAME: &str = "ciam.passkey.name";
const PLACE: &str = "ciam.session.place";
const STAFF_NAME: &str = "ciam.staff.name";
const PROPOSAL: &str = "ciam.proposal";

/// The services that ciam works with.
pub struct Neighbours {
    /// The vault, which wraps keys and authenticates codes.
    pub vault: Arc<dyn Vault>,
    /// The broker.
    pub channels: Arc<dyn Channels>,
    /// notification.
    pub grants: Arc<dyn Grants>,
    /// gateway.
    pub orders: Arc<dyn Orders>,
    /// The core bank.
    pub customers: Arc<dyn Customers>,
    /// The clients of the OpenID provider.
    pub clients: Arc<dyn Clients>,
    /// The outside provider that logs people in, if the settings name one.
    pub login_provider: Arc<dyn LoginProvider>,
    /// What sends messages to customers.
    pub messages: Arc<dyn Messages>,
    /// The bank's policies about its staff.
    pub staff_policy: Arc<dyn StaffPolicy>,
    /// The clock.
    pub clock: Clock,
}

/// The service. Cheap to clone; all clones share one state.
#[derive(Clone)]
pub struct Ciam {
    pub(crate) inner: Arc<Inner>,
}

/// The state that all handles to the service share.
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) columns: SealedColumns,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) channels: Arc<dyn Channels>,
    pub(crate) grants: Arc<dyn Grants>,
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) customers: Arc<dyn Customers>,
    pub(crate) staff_policy: Arc<dyn StaffPolicy>,
    pub(crate) hearing: Hearing,
    pub(crate) clock: Clock,
    pub(crate) challenges: Arc<Challenges>,
    pub(crate) ceremonies: Ceremonies,
    pub(crate) keys: Keys,
    pub(crate) passwords: PasswordHashing,
    /// The clients of the OpenID provider.
    pub(crate) clients: BTreeMap<ClientId, Arc<Client>>,
    pub(crate) client_keys: PublishedKeys,
    /// The outside provider that logs people in.
    pub(crate) provider: Option<Provider>,
    pub(crate) messages: Arc<dyn Messages>,
    /// The nonces of clients' proofs. All nodes share them, because used proofs are in the database.
    nonces: DpopNonce,
    /// The number of the newest revocation; 0 before the first.
    pub(crate) newest_revocation: watch::Sender<u64>,
}

impl fmt::Debug for Ciam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ciam").finish_non_exhaustive()
    }
}

impl Ciam {
    /// Opens the database, creates it on first use, and makes signing keys if needed.
    ///
    /// No device can enrol until the root's trust list has a key of [`signing_keys`](Self::signing_keys).
    pub async fn open(
        location: impl Into<Location>,
        settings: Settings,
        neighbours: Neighbours,
    ) -> Result<Self, Failure> {
        settings.check()?;
        let database = Database::open(location, store::MIGRATIONS)?;
        let vault = neighbours.vault;
        let columns = SealedColumns::new(&*vault.mac(MacKey::SealedColumns, b"ciam").await?);
        let challenge_key = vault.mac(MacKey::Challenge, b"1").await?;
        let ceremony_key = vault.mac(MacKey::Challenge, b"passkey 1").await?;
        let nonce_key = vault.mac(MacKey::DpopNonce, b"openid 1").await?;
        let client_keys =
            PublishedKeys::new(Arc::clone(&neighbours.clients), &settings.openid.clients);
        let clients = settings.openid.clients.iter();
        let clients = clients.map(|client| (client.id.clone(), Arc::new(client.clone())));
        let clients = clients.collect();
        let newest = database
            .read(async move |tx: &mut Transaction<'_>| revocation::newest(tx).await)
            .await?;
        let provider = settings.provider.clone().map(|provider| {
            let port = neighbours.login_provider;
            Provider::new(provider, port, neighbours.clock.clone())
        });
        let ciam = Self {
            inner: Arc::new(Inner {
                settings,
                database,
                columns,
                vault,
                channels: neighbours.channels,
                grants: neighbours.grants,
                orders: neighbours.orders,
                customers: neighbours.customers,
                staff_policy: neighbours.staff_policy,
                hearing: Hearing::new(neighbours.clients),
                messages: neighbours.messages,
                challenges: Challenges::new(neighbours.clock.clone(), &challenge_key),
                ceremonies: Ceremonies::new(&ceremony_key),
                clock: neighbours.clock,
                keys: Keys::default(),
                passwords: PasswordHashing::new(),
                clients,
                client_keys,
                provider,
                nonces: DpopNonce::new(&nonce_key),
                newest_revocation: watch::Sender::new(newest),
            }),
        };
        ciam.load_keys().await?;
        ciam.renew_former_statements().await?;
        ciam.ensure_keys().await?;
        Ok(ciam)
    }

    /// Closes the database when all earlier requests are done. Its file is then complete, without a write-ahead log.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }

    /// The load of the database.
    #[must_use]
    pub fn database_load(&self) -> database::Load {
        self.inner.database.load()
    }

    /// Waits until the database has stopped, which happens only if its disk fails. The process should then end.
    pub async fn stopped(&self) {
        self.inner.database.stopped().await;
    }

    /// The nonces of clients' proofs.
    pub(crate) fn nonces(&self) -> &DpopNonce {
        &self.inner.nonces
    }

    pub(crate) fn now(&self) -> Time {
        (self.inner.clock)()
    }

    /// The stored form of a code. It covers the customer too: equal codes of two customers have different HMACs.
    pub(crate) async fn code_mac(
        &self,
        customer: &CustomerId,
        code: &ActivationCode,
    ) -> Result<[u8; 32], Failure> {
        let code = code.expose();
        // The buffer has its final size from the start, so that no copy of the code is left in memory.
        let mut data = Writer::with_capacity(64 + customer.as_str().len() + code.len());
        data.array(4)
            .text("passbook activation code")
            .unsigned(1)
            .text(customer.as_str())
            .text(code);
        let data = Zeroizing::new(data.finish());
        Ok(*self.inner.vault.mac(MacKey::ActivationCode, &data).await?)
    }

    /// The index of a customer in the tables.
    pub(crate) fn customer_index(&self, customer: &CustomerId) -> CustomerIndex {
        self.inner
            .columns
            .blind_index(CUSTOMER, customer.as_str().as_bytes())
    }

    pub(crate) fn seal_customer(&self, customer: &CustomerId) -> Result<Vec<u8>, Failure> {
        let customer = customer.as_str().as_bytes();
        Ok(self.inner.columns.seal(CUSTOMER, customer)?)
    }

    pub(crate) fn open_customer(&self, sealed: &[u8]) -> Result<CustomerId, Failure> {
        let opened = self.inner.columns.open(CUSTOMER, sealed)?;
        let customer = std::str::from_utf8(&opened).ok().map(str::parse);
        customer.and_then(Result::ok).ok_or(Failure::Customer)
    }

    pub(crate) fn seal_statement(&self, statement: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.seal(STATEMENT, statement)?)
    }

    pub(crate) fn open_statement(&self, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.open(STATEMENT, sealed)?.to_vec())
    }

    pub(crate) fn seal_credential(&self, credential: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.seal(CREDENTIAL, credential)?)
    }

    pub(crate) fn open_credential(&self, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.open(CREDENTIAL, sealed)?.to_vec())
    }

    pub(crate) fn seal_passkey_name(&self, name: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.seal(PASSKEY_NAME, name.as_bytes())?)
    }

    pub(crate) fn open_passkey_name(&self, sealed: &[u8]) -> Result<String, Failure> {
        self.open_text(PASSKEY_NAME, sealed)
    }

    pub(crate) fn seal_staff_name(&self, name: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.seal(STAFF_NAME, name.as_bytes())?)
    }

    pub(crate) fn open_staff_name(&self, sealed: &[u8]) -> Result<String, Failure> {
        self.open_text(STAFF_NAME, sealed)
    }

    /// A part of a proposal: an act, a reason, an outcome.
    pub(crate) fn seal_proposal(&self, text: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.columns.seal(PROPOSAL, text.as_bytes())?)
    }

    pub(crate) fn open_proposal(&self, sealed: &[u8]) -> Result<String, Failure> {
        self.open_text(PROPOSAL, sealed)
    }

    pub(crate) fn seal_place(&self, place: Prefix) -> Result<Vec<u8>, Failure> {
        Ok(self
            .inner
            .columns
            .seal(PLACE, place.to_string().as_bytes())?)
    }

    pub(crate) fn open_place(&self, sealed: &[u8]) -> Result<String, Failure> {
        self.open_text(PLACE, sealed)
    }

    fn open_text(&self, column: &str, sealed: &[u8]) -> Result<String, Failure> {
        let opened = self.inner.columns.open(column, sealed)?;
        String::from_utf8(opened.to_vec()).map_err(|_| Failure::Text)
    }
}
