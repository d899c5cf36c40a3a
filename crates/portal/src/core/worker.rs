//! The worker of a tab: it leads, or it passes questions on.

use super::answering::{answer, home};
use super::failures::{of_open, of_sync, of_vault};
use super::opened::Opened;
use super::prompts::{OfPages, Prompts};
use super::tabs::{Asker, Between, Tabs};
use crate::browser::spawn;
use crate::link::{Ask, News, Question, Reply, ToCore, ToPage, json, read};
use crate::model::{Connection, Failure, Lock, Unlocked};
use client::{
    ActivationCode, Device, InboxKey, Ports, Reception, StorageKey, SyncError, is_enrolled, owner,
};
use client_web::{
    Browser, BrowserError, BrowserKeys, BrowserRandom, BrowserStore, BrowserTimer, Database,
    FetchTransport, Vault, clock,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use types::CustomerId;
use zeroize::Zeroizing;

/// The name of the device's database.
pub(crate) const DATABASE: &str = "passbook";
/// The longest wait between attempts to reach the bank, in milliseconds.
const BACKOFF_MS_MAX: u64 = 30_000;

type Web = Browser<OfPages>;

/// What this worker does.
enum Role {
    /// The passbook is not open in this tab.
    Closed,
    /// Another tab leads.
    Follows,
    /// This tab leads.
    Leads(Rc<Opened>),
}

struct Worker {
    tabs: Rc<Tabs>,
    prompts: Rc<Prompts>,
    timer: BrowserTimer,
    role: RefCell<Role>,
    /// The storage key while the passbook is open in this tab, and the language.
    key: RefCell<Option<(Zeroizing<[u8; 32]>, String)>>,
    /// The questions of this tab's page that another tab was asked, and has not answered.
    passed_on: RefCell<BTreeMap<u32, String>>,
}

/// Starts the core in this worker.
pub(crate) fn start() -> Result<(), BrowserError> {
    let tabs = Rc::new(Tabs::new()?);
    let timer = BrowserTimer::up_to_ms(BACKOFF_MS_MAX);
    let worker = Rc::new(Worker {
        prompts: Prompts::new(&tabs, timer),
        tabs: tabs.clone(),
        timer,
        role: RefCell::new(Role::Closed),
        key: RefCell::default(),
        passed_on: RefCell::default(),
    });
    let (own, other) = (worker.clone(), worker);
    tabs.listen(
        move |message| own.clone().asked(Asker::Own, message),
        move |between| other.clone().between(between),
    );
    tabs.say(&Asker::Own, ToPage::Ready);
    Ok(())
}

impl Worker {
    /// Takes what a page sends.
    fn asked(self: Rc<Self>, asker: Asker, message: ToCore) {
        match message {
            ToCore::Question(Question { id, ask }) => spawn(async move {
                if let Some(answer) = self.clone().answer(&asker, id, ask).await {
                    self.tabs.say(&asker, ToPage::Reply(Reply { id, answer }));
                }
            }),
            ToCore::Prompted(id, prompted) if self.leads().is_some() => {
                self.prompts.prompted(id, prompted);
            }
            prompted @ ToCore::Prompted(..) if asker == Asker::Own => self.tabs.pass_on(prompted),
            ToCore::Prompted(..) => {}
        }
    }

    /// Takes what another tab's worker sends.
    fn between(self: Rc<Self>, between: Between) {
        match between {
            Between::Asked(tab, message) if self.leads().is_some() => {
                self.asked(Asker::Other(tab), message);
            }
            Between::Asked(..) => {}
            Between::Said(Some(to), _) if !self.tabs.is_own(&to) => {}
            Between::Said(_, message) => {
                if let ToPage::Reply(reply) = &message {
                    self.passed_on.borrow_mut().remove(&reply.id);
                }
                self.tabs.hear(&message);
            }
            Between::Leads => self.pass_on_again(),
            Between::Lock => spawn(async move { self.lock().await }),
        }
    }

    fn leads(&self) -> Option<Rc<Opened>> {
        match &*self.role.borrow() {
            Role::Leads(opened) => Some(opened.clone()),
            _ => None,
        }
    }

    /// The answer to a question. `None` if another tab answers it.
    async fn answer(
        self: Rc<Self>,
        asker: &Asker,
        id: u32,
        ask: Ask,
    ) -> Option<Result<String, Failure>> {
        match ask {
            Ask::Unlock(lock) => Some(unlock(lock).await),
            Ask::Enrol { customer, code } => Some(self.enrol(&customer, &code).await),
            Ask::LockWith { key, lock } => Some(lock_with(&key, lock).await),
            Ask::Open { key, language } => self.open(asker, id, key, language).await,
            Ask::Lock => {
                self.tabs.send(&Between::Lock);
                self.lock().await;
                Some(json(&()))
            }
            ask => self.answer_opened(asker, id, ask).await,
        }
    }

    async fn answer_opened(
        &self,
        asker: &Asker,
        id: u32,
        ask: Ask,
    ) -> Option<Result<String, Failure>> {
        if let Some(opened) = self.leads() {
            if matches!(
                ask,
                Ask::Submit { .. } | Ask::Approve { .. } | Ask::LogIn | Ask::Person(_)
            ) {
                self.prompts.ask_at(asker);
            }
            return Some(answer(&opened, ask).await);
        }
        match &*self.role.borrow() {
            Role::Follows if *asker == Asker::Own => {
                self.pass_on(Question { id, ask });
                None
            }
            _ => Some(Err(Failure::new("locked", "the passbook is locked"))),
        }
    }

    fn pass_on(&self, question: Question) {
        // Kept as text, because a question is sent again if the leader ends before it answers.
        if let Ok(text) = serde_json::to_string(&question) {
            self.passed_on.borrow_mut().insert(question.id, text);
        }
        self.tabs.pass_on(ToCore::Question(question));
    }

    /// Asks again what the former leader has not answered.
    fn pass_on_again(&self) {
        for text in self.passed_on.borrow().values() {
            if let Ok(question) = read(text) {
                self.tabs.pass_on(ToCore::Question(question));
            }
        }
    }

    async fn enrol(&self, customer: &str, code: &str) -> Result<String, Failure> {
        let customer: CustomerId = customer
            .trim()
            .parse()
            .map_err(|error| Failure::new("not_a_customer", error))?;
        let code: ActivationCode = code.parse().map_err(|error: SyncError| of_sync(&error))?;
        let database = database().await?;
        // Another storage key would lose what the present one seals.
        let enrolled = is_enrolled(&BrowserStore::new(&database)).await;
        if enrolled.map_err(|error| of_sync(&error.into()))? {
            return Err(of_sync(&SyncError::AlreadyEnrolled));
        }
        let vault = Vault::new(&database);
        let key = vault.make(clock()()).await;
        let key = key.map_err(|error| of_vault(&error))?;
        let (ports, inbox_key) = self.ports(&database).await?;
        let keys = (inbox_key, StorageKey::new(&key));
        let enrolled = Device::<Web>::enrol(ports, keys, &customer, &code).await;
        enrolled.map_err(|error| of_sync(&error))?;
        json(&Unlocked(*key))
    }

    /// Opens the passbook: in this tab if no other one has it.
    async fn open(
        self: Rc<Self>,
        asker: &Asker,
        id: u32,
        key: Unlocked,
        language: String,
    ) -> Option<Result<String, Failure>> {
        if let Some(opened) = self.leads() {
            let unlocked = opened.handle.unlock(StorageKey::new(&key.0)).await;
            if let Err(error) = unlocked {
                return Some(Err(of_sync(&error)));
            }
            self.remember(&key, &language);
            let connection = opened.connection();
            let why = None;
            self.tabs
                .say(asker, ToPage::News(News::Connection { connection, why }));
            return Some(home(&opened, &language).await);
        }
        if *asker != Asker::Own {
            return Some(Err(Failure::new("locked", "the passbook is locked")));
        }
        self.remember(&key, &language);
        match self.device(false).await {
            Ok(device) => {
                let opened = match self.lead(device, &key, &language).await {
                    Ok(opened) => opened,
                    Err(failure) => return Some(Err(failure)),
                };
                Some(home(&opened, &language).await)
            }
            Err(failure) if failure.word == "store_in_use" => {
                let was_following = matches!(self.role.replace(Role::Follows), Role::Follows);
                self.pass_on(Question {
                    id,
                    ask: Ask::Open { key, language },
                });
                if !was_following {
                    spawn(self.take_over());
                }
                None
            }
            Err(failure) => Some(Err(failure)),
        }
    }

    fn remember(&self, key: &Unlocked, language: &str) {
        let key = Zeroizing::new(key.0);
        *self.key.borrow_mut() = Some((key, language.to_owned()));
    }

    /// Leads once no other tab does.
    async fn take_over(self: Rc<Self>) {
        let device = match self.device(true).await {
            Ok(device) => device,
            Err(failure) => return self.gone(failure.word),
        };
        let key = self.key.borrow().clone();
        let Some((key, language)) = key else {
            // It was locked meanwhile. The lease goes with the device.
            *self.role.borrow_mut() = Role::Closed;
            return;
        };
        match self.lead(device, &Unlocked(*key), &language).await {
            Ok(_) => {
                self.tabs.send(&Between::Leads);
                let passed_on = std::mem::take(&mut *self.passed_on.borrow_mut());
                for text in passed_on.into_values() {
                    if let Ok(question) = read(&text) {
                        self.clone().asked(Asker::Own, ToCore::Question(question));
                    }
                }
            }
            Err(failure) => self.gone(failure.word),
        }
    }

    /// The device, locked. With `waits` once no other tab has it.
    async fn device(&self, waits: bool) -> Result<Device<Web>, Failure> {
        let database = database().await?;
        let (ports, inbox_key) = self.ports(&database).await?;
        let opened = match waits {
            true => Device::open_locked_when_free(ports, inbox_key).await,
            false => Device::open_locked(ports, inbox_key).await,
        };
        opened.map_err(|error| of_sync(&error))
    }

    /// Unlocks the device, and keeps it live.
    async fn lead(
        self: &Rc<Self>,
        mut device: Device<Web>,
        key: &Unlocked,
        language: &str,
    ) -> Result<Rc<Opened>, Failure> {
        let unlocked = device.unlock(StorageKey::new(&key.0)).await;
        unlocked.map_err(|error| of_sync(&error))?;
        let (owner, handle, changes) = owner();
        let opened = Opened::new(handle, (&self.tabs, self.timer), language);
        *self.role.borrow_mut() = Role::Leads(opened.clone());
        spawn(opened.clone().report(changes));
        spawn(opened.clone().read_ahead());
        let worker = self.clone();
        spawn(async move {
            let ended = owner.run(&mut device, Reception::Live).await;
            *worker.role.borrow_mut() = Role::Closed;
            if let Err(error) = ended {
                worker.gone(of_sync(&error).word);
            }
        });
        Ok(opened)
    }

    /// Forgets what was opened, in this tab.
    async fn lock(&self) {
        *self.key.borrow_mut() = None;
        if let Some(opened) = self.leads() {
            opened.lock().await;
        }
        self.tabs.say(&Asker::Own, ToPage::News(News::Locked));
    }

    fn gone(&self, word: String) {
        let connection = Connection::Ended;
        let why = Some(word.clone());
        self.tabs
            .say_all(ToPage::News(News::Connection { connection, why }));
        self.tabs.say(&Asker::Own, ToPage::News(News::Gone(word)));
    }

    async fn ports(
        &self,
        database: &Database,
    ) -> Result<(Ports<Web, BrowserRandom>, InboxKey), Failure> {
        let keys = BrowserKeys::open_or_make(database, OfPages(self.prompts.clone())).await;
        let keys = keys.map_err(|error| Failure::new("keys_failed", error))?;
        let inbox_key = Vault::new(database).inbox_key().await;
        let inbox_key = inbox_key.map_err(|error| of_vault(&error))?;
        let ports = Ports::new(
            BrowserStore::new(database),
            keys,
            (FetchTransport::new(&client_web::origin()), self.timer),
            clock(),
            BrowserRandom,
        );
        Ok((ports, inbox_key))
    }
}

async fn database() -> Result<Database, Failure> {
    let database = Database::open(DATABASE).await;
    database.map_err(|error| of_open(&error))
}

async fn unlock(lock: Lock) -> Result<String, Failure> {
    let unlocked = Vault::new(&database().await?).unlock(&lock.into()).await;
    let key = unlocked.map_err(|error| of_vault(&error))?;
    json(&Unlocked(*key))
}

async fn lock_with(key: &Unlocked, lock: Lock) -> Result<String, Failure> {
    let vault = Vault::new(&database().await?);
    let locked = vault.lock_with(&key.0, &lock.into()).await;
    json(&locked.map_err(|error| of_vault(&error))?)
}

impl From<Lock> for client_web::Lock {
    fn from(lock: Lock) -> Self {
        match lock {
            Lock::Password(password) => Self::Password(Zeroizing::new(password)),
            Lock::Passkey { credential, secret } => Self::Passkey {
                credential,
                secret: Zeroizing::new(secret),
            },
        }
    }
}
