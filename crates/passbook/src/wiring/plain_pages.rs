//! The plain pages: for browsers that cannot run the web app. ciam knows who reads, gateway what there is to read, and the web
//! app's views show it.
//!
//! Invariants: Nothing is ordered here. A form is accepted from the page that this browser was given, and from no other. What
//! the browser keeps is worth nothing in another one. No address has a name, an amount or an account's number.

mod shown;
mod visitor;

use super::browsers::{APP, CHOICE, YEAR, choice};
use crate::config::Config;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use ciam::{Ciam, Form, LoginError, PlainReader};
use gateway::Gateway;
use http::{HeaderValue, StatusCode};
use http_edge::{Class, FormBytes, Rejection};
use portal::model::{Entry, Home};
use portal::plain::{AccountPage, Content, LogIn, PLAIN, PlainPage, Said};
use portal::texts::Language;
use protocol::http::{AskLoginCode, BalancesAnswer, CodeBy, HeldAccount, LogInByPassword};
use std::error::Error;
use std::sync::Arc;
use types::{CustomerId, ErrorCode};
use visitor::{LANGUAGE, SESSION, Visitor};

/// No script, nothing from elsewhere, and forms that go here alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'";

const LOG_IN: &str = "/plain/login";
const LOG_OUT: &str = "/plain/logout";
const ACCOUNT: &str = "/plain/accounts/{ordinal}";
const IN_LANGUAGE: &str = "/plain/language/{tag}";
const TO_APP: &str = "/plain/app";

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 4] = [
    (PLAIN, Class::Statements),
    (ACCOUNT, Class::Statements),
    (LOG_IN, Class::Enrolment),
    (LOG_OUT, Class::Enrolment),
];

/// How long a choice of the person is kept, in seconds: as long as browsers keep a cookie.
const CHOICE_S: u32 = 400 * 86_400;

/// How many entries a page of an account has.
const PAGE: u64 = 25;

/// How many entries the first page has, and of how many accounts at most.
const NEWEST: u64 = 20;
const NEWEST_OF_ACCOUNTS: usize = 20;

/// Key operations of a login, which hashes a password.
const LOGIN_KEY_OPERATIONS: u32 = 1;

/// The services behind the plain pages.
#[derive(Clone)]
pub(crate) struct PlainPages {
    ciam: Ciam,
    gateway: Gateway,
    style: Option<String>,
    codes_by: Arc<[CodeBy]>,
}

impl PlainPages {
    pub(super) fn new(
        config: &Config,
        (ciam, gateway): (&Ciam, &Gateway),
        style: Option<&str>,
    ) -> Self {
        Self {
            ciam: ciam.clone(),
            gateway: gateway.clone(),
            style: style.map(str::to_owned),
            codes_by: config.login.codes_by.as_slice().into(),
        }
    }

    pub(super) fn routes(self) -> Router {
        Router::new()
            .route(PLAIN, get(home))
            .route(ACCOUNT, get(account))
            .route(LOG_IN, post(log_in))
            .route(LOG_OUT, post(log_out))
            .route(IN_LANGUAGE, get(in_language))
            .route(TO_APP, get(to_app))
            .layer(map_response(guarded))
            .with_state(self)
    }

    async fn reader(&self, visitor: &Visitor) -> anyhow::Result<Option<PlainReader>> {
        let Some(kept) = &visitor.session else {
            return Ok(None);
        };
        let reader = self.ciam.plain_reader(&visitor.browser, kept);
        Ok(reader.await?)
    }

    /// The form of the login, in a visit that this browser may log in with.
    fn log_in_page(&self, visitor: &Visitor, status: StatusCode, form: LogIn) -> Response {
        let begun = visitor
            .session
            .clone()
            .filter(|kept| self.ciam.is_plain_visit(&visitor.browser, kept));
        let is_new = begun.is_none();
        let visit = match begun {
            Some(visit) => visit,
            None => match self.ciam.begin_plain_visit(&visitor.browser) {
                Ok(visit) => visit,
                Err(failure) => return self.failed(visitor, &failure.into()),
            },
        };
        let form = LogIn {
            codes_by: self.codes_by.to_vec(),
            ..form
        };
        let page = self.page(visitor.language, Some(&visit), Content::LogIn(form));
        let cookie = is_new.then(|| [(SET_COOKIE, visitor::keep(SESSION, &visit))]);
        (status, cookie, page).into_response()
    }

    fn page(&self, language: Language, kept: Option<&str>, content: Content) -> Html<String> {
        let page = PlainPage {
            language,
            style: self.style.clone(),
            form_token: kept.map(visitor::form_token).unwrap_or_default(),
            content,
        };
        Html(page.html())
    }

    /// The page for a failure that is not the person's.
    fn failed(&self, visitor: &Visitor, failure: &anyhow::Error) -> Response {
        let cause: &dyn Error = failure.as_ref();
        tracing::error!(cause, "a plain page could not be made");
        let page = self.page(visitor.language, None, Content::Unavailable);
        (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "60")], page).into_response()
    }

    /// The page that a reader asks for; the form of the login for everybody else.
    async fn read(
        &self,
        visitor: &Visitor,
        content: impl AsyncFnOnce(&CustomerId) -> anyhow::Result<Option<Content>>,
    ) -> Response {
        let reader = match self.reader(visitor).await {
            Ok(Some(reader)) => reader,
            Ok(None) => {
                let visit = visitor.session.as_ref();
                let is_over =
                    visit.is_some_and(|kept| !self.ciam.is_plain_visit(&visitor.browser, kept));
                let form = LogIn {
                    said: is_over.then_some(Said::Ended),
                    ..LogIn::default()
                };
                return self.log_in_page(visitor, StatusCode::OK, form);
            }
            Err(failure) => return self.failed(visitor, &failure),
        };
        match content(&reader.customer).await {
            Ok(Some(content)) => self
                .page(visitor.language, visitor.session.as_deref(), content)
                .into_response(),
            Ok(None) => sent_to(PLAIN),
            Err(failure) => self.failed(visitor, &failure),
        }
    }

    async fn home(&self, customer: &CustomerId) -> anyhow::Result<Home> {
        let holdings = self.gateway.holdings(customer).await?;
        let mut newest = Vec::new();
        for holding in holdings.iter().take(NEWEST_OF_ACCOUNTS) {
            let total = holding.1.transactions;
            newest.extend(self.entries(customer, holding, (total, NEWEST)).await?);
        }
        newest.sort_by_key(|entry| std::cmp::Reverse(entry.time));
        newest.truncate(usize::try_from(NEWEST).unwrap_or(usize::MAX));
        Ok(shown::home(&holdings, newest))
    }

    async fn account(
        &self,
        customer: &CustomerId,
        (ordinal, before): (usize, Option<u64>),
    ) -> anyhow::Result<Option<AccountPage>> {
        let holdings = self.gateway.holdings(customer).await?;
        let holding = ordinal.checked_sub(1).and_then(|at| holdings.get(at));
        let Some(holding) = holding else {
            return Ok(None);
        };
        let total = holding.1.transactions;
        let last = before.map_or(total, |before| total.min(before.saturating_sub(1)));
        let entries = self.entries(customer, holding, (last, PAGE)).await?;
        Ok(Some(AccountPage {
            ordinal,
            account: shown::account(holding),
            entries,
            older: last
                .checked_sub(PAGE)
                .filter(|older| *older > 0)
                .map(|older| older + 1),
            has_newer: last < total,
        }))
    }

    /// At most `count` transactions of an account up to the one numbered `last`, newest first.
    async fn entries(
        &self,
        customer: &CustomerId,
        (held, _): &(HeldAccount, BalancesAnswer),
        (last, count): (u64, u64),
    ) -> anyhow::Result<Vec<Entry>> {
        let after = last.saturating_sub(count);
        let limit = usize::try_from(last - after).unwrap_or(usize::MAX);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let page = self
            .gateway
            .transactions(customer, &held.account, (after, limit));
        let transactions = page
            .await?
            .map(|page| page.transactions)
            .unwrap_or_default();
        let entries = transactions.into_iter().rev();
        Ok(entries
            .map(|transaction| shown::entry(&held.account, transaction))
            .collect())
    }
}

async fn home(State(pages): State<PlainPages>, visitor: Visitor) -> Response {
    let content = async |customer: &CustomerId| {
        let home = pages.home(customer).await?;
        Ok(Some(Content::Home(home)))
    };
    pages.read(&visitor, content).await
}

async fn account(
    State(pages): State<PlainPages>,
    visitor: Visitor,
    ordinal: Result<Path<usize>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(Path(ordinal)) = ordinal else {
        return sent_to(PLAIN);
    };
    let before = query
        .as_deref()
        .and_then(|query| query.strip_prefix("before="));
    let before = before.and_then(|before| before.parse().ok());
    let content = async |customer: &CustomerId| {
        let page = pages.account(customer, (ordinal, before)).await?;
        Ok(page.map(|page| Content::Account(Box::new(page))))
    };
    pages.read(&visitor, content).await
}

async fn log_in(
    State(pages): State<PlainPages>,
    visitor: Visitor,
    FormBytes(body): FormBytes,
) -> Result<Response, Rejection> {
    let form = Form::parse(&body).map_err(|_| ErrorCode::Malformed)?;
    // Whatever was lost, altered, or is another page's: the person begins again.
    let Some(visit) = visitor.sent_by_own_page(&form) else {
        return Ok(sent_to(PLAIN));
    };
    visitor
        .stranger
        .spend_key_operations(LOGIN_KEY_OPERATIONS)?;
    let typed = |name| form.get(name).unwrap_or_default().to_owned();
    let answer = match typed("customer").trim().parse() {
        Ok(customer) => pages.judge(&visitor, &form, (visit, customer)).await,
        Err(_) => Err(LoginError::Refused),
    };
    let again = |status, said| {
        let form = LogIn {
            customer: typed("customer"),
            said: Some(said),
            ..LogIn::default()
        };
        pages.log_in_page(&visitor, status, form)
    };
    Ok(match answer {
        Ok(Some(variable)) => {
            let cookie = [(SET_COOKIE, visitor::keep(SESSION, &variable))];
            (cookie, sent_to(PLAIN)).into_response()
        }
        Ok(None) => again(StatusCode::OK, Said::Sent),
        Err(LoginError::ChallengeUnknown) => sent_to(PLAIN),
        Err(LoginError::Refused | LoginError::NoCodes) => {
            again(StatusCode::FORBIDDEN, Said::Refused)
        }
        Err(LoginError::Elsewhere) => again(StatusCode::FORBIDDEN, Said::Elsewhere),
        Err(LoginError::Locked { until, now }) => {
            let wait_ms = until.ms_since(now);
            let locked = again(
                StatusCode::TOO_MANY_REQUESTS,
                Said::Locked(wait_ms.div_ceil(60_000)),
            );
            let seconds = wait_ms.div_ceil(1000).to_string();
            ([(RETRY_AFTER, seconds)], locked).into_response()
        }
        Err(
            error @ (LoginError::AnotherKey | LoginError::NotRenewed(_) | LoginError::Failed(_)),
        ) => pages.failed(&visitor, &error.into()),
    })
}

impl PlainPages {
    /// Logs in, and returns the session variable; or sends a code, and returns nothing.
    async fn judge(
        &self,
        visitor: &Visitor,
        form: &Form,
        (visit, customer): (&str, CustomerId),
    ) -> Result<Option<String>, LoginError> {
        let typed = |name| form.get(name).unwrap_or_default().trim().to_owned();
        let password = form.get("password").unwrap_or_default().to_owned();
        let by = match form.get("send") {
            Some("sms") => Some(CodeBy::Sms),
            Some("mail") => Some(CodeBy::Mail),
            _ => None,
        };
        if let Some(by) = by {
            let asked = (customer, AskLoginCode { password, by });
            let sent = self.ciam.send_plain_code(visitor.browser, visit, asked);
            return sent.await.map(|_| None);
        }
        let code = typed("code").replace(' ', "");
        let login = (customer, LogInByPassword { password, code });
        let begun = self.ciam.log_in_plainly(visitor.browser, visit, login);
        begun.await.map(Some)
    }
}

async fn log_out(
    State(pages): State<PlainPages>,
    visitor: Visitor,
    FormBytes(body): FormBytes,
) -> Result<Response, Rejection> {
    let form = Form::parse(&body).map_err(|_| ErrorCode::Malformed)?;
    let Some(kept) = visitor.sent_by_own_page(&form) else {
        return Ok(sent_to(PLAIN));
    };
    let ended = pages.ciam.end_plain_session(&visitor.browser, kept).await;
    if let Err(failure) = ended {
        return Ok(pages.failed(&visitor, &failure.into()));
    }
    let forgotten = [(SET_COOKIE, visitor::forgotten(SESSION))];
    Ok((forgotten, sent_to(PLAIN)).into_response())
}

async fn in_language(Path(tag): Path<String>) -> Response {
    let mut all = Language::ALL.into_iter();
    let Some(language) = all.find(|language| language.tag() == tag) else {
        return sent_to(PLAIN);
    };
    let chosen = [(SET_COOKIE, choice(LANGUAGE, language.tag(), CHOICE_S))];
    (chosen, sent_to(PLAIN)).into_response()
}

async fn to_app() -> Response {
    let chosen = [(SET_COOKIE, choice(CHOICE, APP, CHOICE_S))];
    (chosen, sent_to("/")).into_response()
}

fn sent_to(address: &'static str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}

/// What all answers tell the browser.
async fn guarded(mut response: Response) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Browsers that do not know `frame-ancestors`.
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (STRICT_TRANSPORT_SECURITY, YEAR),
        (VARY, "accept-language, cookie"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}
