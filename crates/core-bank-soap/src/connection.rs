//! The connection to the bank.

use crate::content::{Content as _, element};
use crate::contract::PATH;
use crate::envelope::{Package, PackageResult, SoapVersion, envelope, header, open, problem};
use crate::operation::{Operation, action};
use crate::problem::{NoAnswer, Problem};
use crate::values::{AuthenticationStatus, CustomerSession};
use crate::xml::{self, Bounds, Space};
use bytes::BytesMut;
use core_bank::CoreBankError;
use http::header::CONTENT_TYPE;
use std::fmt;
use types::{Clock, PackageId, base64url};

/// Maximum size of an answer in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What is read of an answer.
const BOUNDS: Bounds = Bounds {
    elements: 1_000_000,
};

/// The connection to a bank, on which all calls are made.
#[derive(Clone)]
pub struct Connection {
    http: reqwest::Client,
    /// The address of the service.
    address: String,
    version: SoapVersion,
    clock: Clock,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("address", &self.address)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What was asked, or why not: the bank's refusal, or no answer that counts.
pub(crate) enum Failed {
    Refused(Problem),
    NoAnswer(NoAnswer),
}

impl<E: Into<NoAnswer>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::NoAnswer(error.into())
    }
}

impl From<Failed> for CoreBankError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(problem) => problem.into(),
            Failed::NoAnswer(cause) => cause.into(),
        }
    }
}

impl Connection {
    /// Makes calls to `origin`, such as `https://bank.passbook.internal:8490`, in this version of SOAP.
    #[must_use]
    pub fn new(http: reqwest::Client, origin: &str, version: SoapVersion, clock: Clock) -> Self {
        Self {
            http,
            address: format!("{origin}{PATH}"),
            version,
            clock,
        }
    }

    pub(crate) async fn call<O: Operation>(
        &self,
        asked: O::Asked,
    ) -> Result<O::Answer, CoreBankError> {
        let (_, answer) = self.exchange::<O>(&asked).await.inspect_err(|failed| {
            if let Failed::NoAnswer(cause) = failed
                && !matches!(cause, NoAnswer::Unreachable(_))
            {
                let cause = types::error_chain(cause);
                tracing::error!(call = O::NAME, cause, "the bank's answer does not count");
            }
        })?;
        Ok(answer)
    }

    /// The header of a new package. Each call has a session of its own.
    fn package(&self, authenticated: bool) -> Result<Package, NoAnswer> {
        let (mut random, mut session) = ([0; 10], [0; 18]);
        getrandom::fill(&mut random).map_err(NoAnswer::Random)?;
        getrandom::fill(&mut session).map_err(NoAnswer::Random)?;
        let session: Result<CustomerSession, _> = base64url::encode(&session).parse();
        Ok(Package {
            status: AuthenticationStatus(authenticated),
            session: session.map_err(|_| NoAnswer::Misfit)?,
            transaction: PackageId::at((self.clock)(), random),
        })
    }

    /// Makes the call, and returns what the bank says of the customer's authentication with its answer.
    pub(crate) async fn exchange<O: Operation>(
        &self,
        asked: &O::Asked,
    ) -> Result<(AuthenticationStatus, O::Answer), Failed> {
        let package = self.package(O::concerned(asked).customer.is_some())?;
        let block = element("Package", &package);
        let question = envelope(self.version, Some(block), element(O::NAME, asked));
        let question = xml::write(&question).map_err(NoAnswer::Unwritable)?;
        let answer = self.post(O::NAME, question).await?;
        let message = xml::read(&answer, BOUNDS)?;
        let message = open(message, "PackageResult").map_err(|_| NoAnswer::AnotherAnswer)?;
        if let Some(problem) = problem(&message) {
            let problem = problem?;
            let is_others = |transaction| transaction != package.transaction;
            if problem.transaction.is_some_and(is_others) {
                return Err(NoAnswer::AnotherAnswer.into());
            }
            return Err(Failed::Refused(problem));
        }
        let result: PackageResult = header(message.header, "PackageResult")?;
        let fits = result.transaction == package.transaction && result.session == package.session;
        let passed =
            |layers: &crate::envelope::LayerResults| layers.layers.iter().all(|layer| layer.passed);
        if !fits || !message.body.is(Space::Bank, O::ANSWER_NAME) {
            return Err(NoAnswer::AnotherAnswer.into());
        }
        if !result.layers.as_ref().is_none_or(passed) {
            return Err(NoAnswer::Misfit.into());
        }
        Ok((
            result.status,
            O::Answer::read(message.body, O::ANSWER_NAME)?,
        ))
    }

    async fn post(&self, operation: &str, question: Vec<u8>) -> Result<BytesMut, NoAnswer> {
        let (action, media_type) = (action(operation), self.version.media_type());
        let request = self.http.post(&self.address);
        let request = match self.version {
            SoapVersion::V11 => request
                .header(CONTENT_TYPE, format!("{media_type}; charset=utf-8"))
                .header("soapaction", format!("\"{action}\"")),
            SoapVersion::V12 => {
                let content_type = format!("{media_type}; charset=utf-8; action=\"{action}\"");
                request.header(CONTENT_TYPE, content_type)
            }
        };
        let sent = request.body(question).send().await;
        let mut response = sent.map_err(NoAnswer::Unreachable)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(NoAnswer::Unreachable)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(NoAnswer::TooLong(ANSWER_BYTES_MAX));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}
