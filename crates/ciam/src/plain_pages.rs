//! Logins at the plain pages: a browser without keys, in which a person reads their accounts and changes nothing.
//!
//! The browser keeps a *session variable*, which ciam sealed for it. In a browser that describes itself in another way it is worth
//! nothing. A person logs in with password and code, as on a device. Whoever has no device left does not: nobody would hear of it.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::login::{to_be_told, unusual_login};
use crate::password_login::AcceptedCode;
use crate::random::random;
use crate::refusals::Counted;
use crate::sent_codes::Asked;
use crate::session_errors::LoginError;
use crate::store::access_change::ChangeRow;
use crate::store::password::{self, PasswordRow};
use crate::store::plain_session::{self, PlainSessionRow};
use crate::store::sent_code::{self, SentCodeRow};
use crate::store::{CustomerIndex, device};
use database::{SealedColumns, Transaction};
use http_edge::Prefix;
use protocol::Unusual;
use protocol::cbor::{self, Fields, FromValue as _};
use protocol::http::{AskLoginCode, LogInByPassword, LoginCodeAsked};
use protocol::{ParseError, cbor_array};
use std::net::IpAddr;
use types::{CustomerId, Hash, SessionId, Time, base64url};

/// How long a person may take to log in, in milliseconds.
const VISIT_MS: u64 = 3_600_000;

/// How long a session lasts without a request, in milliseconds.
const IDLE_MS: u64 = 10 * 60_000;

/// How long a session lasts at most, in milliseconds.
const SESSION_MS: u64 = 3_600_000;

const VISIT: &str = "ciam.plain.visit";
const SESSION: &str = "ciam.plain.session";

/// A browser that asks for a plain page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainBrowser {
    /// How it describes itself, hashed.
    pub description: Hash,
    /// From where it asks.
    pub address: Option<IpAddr>,
}

/// The person who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainReader {
    /// The customer.
    pub customer: CustomerId,
    /// When the session ends, if nothing is asked for until then.
    pub ends: Time,
}

/// What a browser keeps, before it is sealed.
struct Variable {
    /// Of the session, or of the visit that is none yet.
    id: SessionId,
    browser: Hash,
    made: Time,
}

/// What is known before a login is judged.
struct Known {
    index: CustomerIndex,
    password: Option<PasswordRow>,
    sent: Option<SentCodeRow>,
    /// What asks for a code that is sent.
    asked_by: String,
    has_device: bool,
    counted: Vec<Counted>,
}

impl Variable {
    fn seal(&self, context: &str, columns: &SealedColumns) -> Result<String, Failure> {
        let content = cbor_array![self.id, self.browser, self.made];
        let sealed = columns.seal(context, &cbor::encode(&content))?;
        Ok(base64url::encode(&sealed))
    }

    /// The variable of this browser. `None` if it is another's, was altered, or is none.
    fn open(
        text: &str,
        (context, columns): (&str, &SealedColumns),
        browser: &PlainBrowser,
    ) -> Option<Self> {
        let sealed = base64url::decode(text).ok()?;
        let opened = columns.open(context, &sealed).ok()?;
        let read = || -> Result<Self, ParseError> {
            let mut fields = Fields::new(Vec::from_value(cbor::decode(&opened)?)?);
            let read = Self {
                id: fields.take()?,
                browser: fields.take()?,
                made: fields.take()?,
            };
            fields.end()?;
            Ok(read)
        };
        read()
            .ok()
            .filter(|read| read.browser == browser.description)
    }
}

impl Ciam {
    /// Begins a visit of the plain pages: the session variable with which this browser may log somebody in, for an hour.
    pub fn begin_plain_visit(&self, browser: &PlainBrowser) -> Result<String, Failure> {
        let visit = Variable {
            id: SessionId::new(random()?),
            browser: browser.description,
            made: self.now(),
        };
        visit.seal(VISIT, &self.inner.columns)
    }

    /// Whether this browser may log somebody in with that session variable.
    #[must_use]
    pub fn is_plain_visit(&self, browser: &PlainBrowser, visit: &str) -> bool {
        self.visit(browser, visit, self.now()).is_some()
    }

    fn visit(&self, browser: &PlainBrowser, visit: &str, now: Time) -> Option<Variable> {
        let visit = Variable::open(visit, (VISIT, &self.inner.columns), browser);
        visit.filter(|visit| now.ms_since(visit.made) <= VISIT_MS)
    }

    /// Logs in, in the browser of that visit, the person who knows the customer's password and has a code for it. Returns the
    /// session variable that takes the visit's place. Whatever is wrong is refused in the same way, after the same time, and counts.
    /// A visit of another browser is none, and the answer is [`LoginError::ChallengeUnknown`]: begin again.
    pub async fn log_in_plainly(
        &self,
        browser: PlainBrowser,
        visit: &str,
        (customer, request): (CustomerId, LogInByPassword),
    ) -> Result<String, LoginError> {
        let (ciam, visit) = (self.clone(), visit.to_owned());
        // A caller who goes away is judged, and counted, too.
        let judged = tokio::spawn(async move {
            let now = ciam.now();
            let at = (&browser, visit.as_str());
            let known = ciam.known_reader(at, &customer, now).await?;
            let whose = (known.password.as_ref(), known.sent.as_ref());
            match ciam.judge_password(whose, request, now).await? {
                Ok(_) if !known.has_device => {
                    Err(ciam.refuse_reader(known, "no_device", now).await?)
                }
                Ok(code) => ciam.begin_reading(browser, known, code, now).await,
                Err(reason) => Err(ciam.refuse_reader(known, reason, now).await?),
            }
        });
        judged.await.map_err(|_| Failure::Ended)?
    }

    /// Sends the person a code that logs them in, in the browser of that visit alone, if they know the customer's password: as
    /// [`send_code`](Self::send_code).
    pub async fn send_plain_code(
        &self,
        browser: PlainBrowser,
        visit: &str,
        (customer, AskLoginCode { password, by }): (CustomerId, AskLoginCode),
    ) -> Result<LoginCodeAsked, LoginError> {
        self.check_sends(by)?;
        let (ciam, visit) = (self.clone(), visit.to_owned());
        // The request of a caller who goes away counts, too.
        let asked = tokio::spawn(async move {
            let now = ciam.now();
            let at = (&browser, visit.as_str());
            let known = ciam.known_reader(at, &customer, now).await?;
            let password = (known.password.as_ref(), password);
            let index = known.index;
            let asked = Asked {
                customer,
                asked_by: known.asked_by,
                by,
                counted: known.counted,
            };
            let act = |sent| Act::PlainCodeAsked {
                customer: index,
                sent,
            };
            ciam.make_login_code(asked, password, act, now).await
        });
        asked.await.map_err(|_| Failure::Ended)?
    }

    /// Who reads in the browser with that session variable. `None` if the session has ended, or is another browser's. A session
    /// ends with the password that began it, and with the customer's last device.
    pub async fn plain_reader(
        &self,
        browser: &PlainBrowser,
        variable: &str,
    ) -> Result<Option<PlainReader>, Failure> {
        let now = self.now();
        let Some(session) = self.session_variable(browser, variable) else {
            return Ok(None);
        };
        let place = browser.address.map(Prefix::of);
        let place = place.map(|place| self.seal_place(place)).transpose()?;
        let found = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let found = plain_session::readable(tx, session).await?;
                    let found = found.filter(|(row, _)| now < end_of(row));
                    let Some((row, sealed)) = found else {
                        return Ok(None);
                    };
                    plain_session::mark_used(tx, session, (place.clone(), now)).await?;
                    Ok(Some((PlainSessionRow { used: now, ..row }, sealed)))
                },
            )
            .await?;
        let reader = |(row, sealed): (PlainSessionRow, Vec<u8>)| {
            Ok(PlainReader {
                customer: self.open_customer(&sealed)?,
                ends: end_of(&row),
            })
        };
        found.map(reader).transpose()
    }

    /// Ends the session of the browser with that session variable, if there is one.
    pub async fn end_plain_session(
        &self,
        browser: &PlainBrowser,
        variable: &str,
    ) -> Result<(), Failure> {
        let Some(session) = self.session_variable(browser, variable) else {
            return Ok(());
        };
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let Some(customer) = plain_session::end(tx, session).await? else {
                        return Ok(());
                    };
                    let act = Act::PlainSessionEnded { customer, session };
                    ciam.record(tx, &act).await
                },
            )
            .await
    }

    fn session_variable(&self, browser: &PlainBrowser, variable: &str) -> Option<SessionId> {
        let variable = Variable::open(variable, (SESSION, &self.inner.columns), browser);
        variable.map(|variable| variable.id)
    }

    async fn known_reader(
        &self,
        (browser, visit): (&PlainBrowser, &str),
        customer: &CustomerId,
        now: Time,
    ) -> Result<Known, LoginError> {
        self.refuse_beside_provider()?;
        let visit = self.visit(browser, visit, now);
        let visit = visit.ok_or(LoginError::ChallengeUnknown)?;
        let index = self.customer_index(customer);
        let counted = self.counted_of_reader(index, browser.address.map(Prefix::of));
        let (ciam, asked_by) = (self.clone(), format!("plain pages: {}", visit.id));
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    ciam.refuse_locked(tx, &counted, now).await?;
                    Ok(Known {
                        index,
                        password: password::find(tx, index).await?,
                        sent: sent_code::find(tx, &asked_by).await?,
                        asked_by: asked_by.clone(),
                        has_device: !device::current(tx, index).await?.is_empty(),
                        counted: counted.clone(),
                    })
                },
            )
            .await
    }

    async fn refuse_reader(
        &self,
        known: Known,
        reason: &'static str,
        now: Time,
    ) -> Result<LoginError, LoginError> {
        let act = Act::PlainLoginRefused {
            customer: known.index,
            reason,
        };
        self.count_refused(known.counted, act, now).await
    }

    /// Commits an accepted login, which takes the place of the customer's earlier one.
    async fn begin_reading(
        &self,
        browser: PlainBrowser,
        known: Known,
        code: AcceptedCode,
        now: Time,
    ) -> Result<String, LoginError> {
        let place = browser.address.map(Prefix::of);
        let row = PlainSessionRow {
            customer: known.index,
            session: SessionId::new(random()?),
            password: code.set,
            began: now,
            used: now,
            place: place.map(|place| self.seal_place(place)).transpose()?,
            expires: now.plus_ms(SESSION_MS),
        };
        let variable = Variable {
            id: row.session,
            browser: browser.description,
            made: now,
        };
        let variable = variable.seal(SESSION, &self.inner.columns)?;
        match self.commit_reading(row, known.counted.clone(), code).await {
            Ok(change) => {
                self.tell_soon(change).await;
                Ok(variable)
            }
            Err(LoginError::Refused) => Err(self.refuse_reader(known, "code_used", now).await?),
            Err(error) => Err(error),
        }
    }

    async fn commit_reading(
        &self,
        row: PlainSessionRow,
        counted: Vec<Counted>,
        code: AcceptedCode,
    ) -> Result<ChangeRow, LoginError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    let now = row.began;
                    ciam.refuse_locked(tx, &counted, now).await?;
                    if !code.use_up(tx).await? {
                        return Err(LoginError::Refused);
                    }
                    ciam.forget_refusals(tx, &counted).await?;
                    plain_session::begin(tx, &row, now).await?;
                    let session = (row.customer, row.session, now);
                    let unusual = unusual_login(Unusual::PlainPages.as_str());
                    let change = to_be_told(tx, session, unusual).await?;
                    let act = Act::PlainLoggedIn {
                        customer: row.customer,
                        session: row.session,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(change)
                },
            )
            .await
    }
}

/// When a session ends, if nothing is asked for until then.
pub(crate) fn end_of(row: &PlainSessionRow) -> Time {
    row.used.plus_ms(IDLE_MS).min(row.expires)
}
