//! ciam in a temporary directory, with a vault, a clock that tests set, and a root that lists its keys.

use crate::neighbour::Neighbour;
use crate::phone::Phone;
use audit::{Act, Record};
use ciam::{Ciam, EnrolError, LoginSettings, Neighbours, Settings};
use envelope::{Sign1, TrustList, TrustedKey};
use protocol::http::EnrolmentAnswer;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::Value as Json;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use token::{ChannelToken, TokenError};
use types::{Clock, Time, hex};
use vault::{FileVault, Vault as _};

pub(crate) const START: Time = Time::from_ms(1_790_000_000_000);
pub(crate) const ISSUER: &str = "https://bank.example";
pub(crate) const DAY_MS: u64 = 86_400_000;
pub(crate) const MINUTE_MS: u64 = 60_000;

/// The k-th number of statements and revocations while the clock stands still.
pub(crate) const fn nth(k: u64) -> u64 {
    START.ms() * 1000 + k - 1
}

pub(crate) struct Bank {
    directory: TempDir,
    file: PathBuf,
    restored: usize,
    pub(crate) settings: Settings,
    now: Arc<AtomicU64>,
    trust_version: AtomicU64,
    pub(crate) vault: Arc<FileVault>,
    pub(crate) neighbour: Arc<Neighbour>,
    pub(crate) ciam: Ciam,
}

impl Bank {
    pub(crate) async fn open() -> Self {
        Self::with(Settings::new(ISSUER)).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let bank = Self::without_trust(settings).await;
        bank.list_keys().await;
        bank
    }

    /// A bank whose logins have these settings.
    pub(crate) async fn with_logins(login: LoginSettings) -> Self {
        let settings = Settings {
            login,
            ..Settings::new(ISSUER)
        };
        Self::with(settings).await
    }

    /// Before the root's first ceremony.
    pub(crate) async fn without_trust(settings: Settings) -> Self {
        let now = Arc::new(AtomicU64::new(START.ms()));
        Self::at(tempfile::tempdir().unwrap(), settings, now).await
    }

    async fn at(directory: TempDir, settings: Settings, now: Arc<AtomicU64>) -> Self {
        let vault = FileVault::open_or_create(&directory.path().join("vault.json")).unwrap();
        let (vault, neighbour) = (Arc::new(vault), Arc::new(Neighbour::new()));
        neighbour.state().roots = vault.roots().await.unwrap().to_vec();
        let path = directory.path().join("ciam.sqlite");
        let neighbours = neighbours(&vault, &neighbour, &now);
        let ciam = Ciam::open(crate::location(&path), settings.clone(), neighbours)
            .await
            .unwrap();
        Self {
            directory,
            file: path,
            restored: 0,
            settings,
            now,
            trust_version: AtomicU64::new(1),
            vault,
            neighbour,
            ciam,
        }
    }

    /// A ciam with the database of the schema's first version, and the description of its devices.
    pub(crate) async fn of_version_1() -> (Self, Json) {
        let left = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/ciam/1");
        let described = std::fs::read(left.join("devices.json")).unwrap();
        let described: Json = serde_json::from_slice(&described).unwrap();
        let directory = tempfile::tempdir().unwrap();
        for name in ["vault.json", "ciam.sqlite"] {
            let path = directory.path().join(name);
            std::fs::copy(left.join(name), &path).unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
        let now = Arc::new(AtomicU64::new(described["now"].as_u64().unwrap()));
        let bank = Self::at(directory, Settings::new(ISSUER), now).await;
        let trust = described["trust"].as_str().unwrap();
        bank.neighbour.state().trust = hex::decode(trust).unwrap();
        (bank, described)
    }

    /// Restarts the service on its stored data.
    pub(crate) async fn restart(&mut self) {
        let neighbours = neighbours(&self.vault, &self.neighbour, &self.now);
        self.ciam = Ciam::open(
            crate::location(&self.file),
            self.settings.clone(),
            neighbours,
        )
        .await
        .unwrap();
    }

    /// The content of a backup made now.
    pub(crate) fn copy(&self) -> Vec<u8> {
        let copy = self.directory.path().join("copy.sqlite");
        let connection = Connection::open(self.path()).unwrap();
        let into = copy.to_str().unwrap();
        connection.execute("VACUUM INTO ?1", [into]).unwrap();
        let bytes = std::fs::read(&copy).unwrap();
        std::fs::remove_file(copy).unwrap();
        bytes
    }

    /// Restores the service as an operator does by hand: stops it, puts an older copy in its location, and starts it.
    pub(crate) async fn restore(&mut self, copy: &[u8]) {
        let path = self
            .directory
            .path()
            .join(format!("restored-{}.sqlite", self.restored));
        self.restored += 1;
        std::fs::write(&path, copy).unwrap();
        self.file = path;
        self.restart().await;
    }

    /// The bank's public URL.
    pub(crate) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.file.clone()
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_ms(self.now.load(Ordering::SeqCst))
    }

    /// The clock that [`now`](Self::now) reads.
    pub(crate) fn clock(&self) -> Clock {
        clock(&self.now)
    }

    pub(crate) fn set_clock(&self, time: Time) {
        self.now.store(time.ms(), Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    /// The root's ceremony.
    pub(crate) async fn list_keys(&self) {
        self.list(self.ciam.signing_keys(), self.now().plus_ms(365 * DAY_MS))
            .await;
    }

    pub(crate) async fn list(&self, keys: Vec<TrustedKey>, expires: Time) {
        let version = self.trust_version.fetch_add(1, Ordering::SeqCst);
        let payload = TrustList::payload(version, self.now(), expires, &keys);
        let root = self.vault.roots().await.unwrap()[0].kid();
        let signature = self
            .vault
            .sign_as_root(&Sign1::to_be_signed(root, &payload))
            .await
            .unwrap();
        self.neighbour.state().trust = Sign1::assemble_embedded(root, &payload, &signature);
    }

    pub(crate) async fn code(&self, customer: &str) -> String {
        let issued = self.ciam.issue_code(&customer.parse().unwrap()).await;
        issued.unwrap().code.expose().to_owned()
    }

    /// Requests a challenge and answers it.
    pub(crate) async fn enrol(
        &self,
        phone: &Phone,
        customer: &str,
        code: &str,
    ) -> Result<EnrolmentAnswer, EnrolError> {
        let challenge = self.ciam.challenge().unwrap();
        let request = phone.request(&challenge, customer, code);
        self.ciam.enrol(&request).await
    }

    /// A device of `customer`, enrolled with a new code.
    pub(crate) async fn enrolled(&self, customer: &str) -> (Phone, EnrolmentAnswer) {
        let (phone, code) = (Phone::new(), self.code(customer).await);
        let answer = self.enrol(&phone, customer, &code).await.unwrap();
        (phone, answer)
    }

    /// The rows of a statement, as text.
    pub(crate) fn shown(&self, statement: &str) -> String {
        crate::shown(&self.file, statement)
    }

    /// Verifies the token as an edge does now.
    pub(crate) fn verify(&self, text: &str) -> Result<ChannelToken, TokenError> {
        let jwks = self.ciam.jwks();
        ChannelToken::verify(text, self.issuer(), "passbook", &jwks, self.now())
    }

    /// The rows that the statement returns, read from the file through a separate connection.
    pub(crate) fn query(&self, sql: &str) -> Vec<Vec<Value>> {
        query(&self.file, sql)
    }

    /// The acts in the audit records, in order.
    pub(crate) fn acts(&self) -> Vec<Act> {
        let records = self.records();
        let acts = records
            .iter()
            .map(|bytes| Record::parse(bytes).unwrap().act);
        acts.collect()
    }

    /// The audit records, oldest first.
    pub(crate) fn records(&self) -> Vec<Vec<u8>> {
        crate::records(&self.file)
    }

    /// The number of rows in a table.
    pub(crate) fn count(&self, table: &str) -> usize {
        crate::shown(&self.file, &format!("SELECT * FROM {table}"))
            .lines()
            .count()
    }

    /// All stored data.
    pub(crate) fn kept(&self) -> Vec<String> {
        [
            "customer",
            "register",
            "activation_code",
            "device",
            "revocation",
            "signing_key",
            "audit",
        ]
        .iter()
        .map(|table| crate::shown(&self.file, &format!("SELECT * FROM {table}")))
        .collect()
    }
}

/// The rows that the statement returns from the file at `path`.
pub(crate) fn query(path: &Path, sql: &str) -> Vec<Vec<Value>> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    let rows = statement.query_map([], row).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn neighbours(
    vault: &Arc<FileVault>,
    neighbour: &Arc<Neighbour>,
    now: &Arc<AtomicU64>,
) -> Neighbours {
    Neighbours {
        vault: vault.clone(),
        channels: neighbour.clone(),
        grants: neighbour.clone(),
        orders: neighbour.clone(),
        customers: neighbour.clone(),
        clients: neighbour.clone(),
        login_provider: neighbour.clone(),
        messages: neighbour.clone(),
        staff_policy: neighbour.clone(),
        clock: clock(now),
    }
}

fn clock(now: &Arc<AtomicU64>) -> Clock {
    let now = Arc::clone(now);
    Arc::new(move || Time::from_ms(now.load(Ordering::SeqCst)))
}
