//! Envelopes of SOAP 1.1 and 1.2: header, and body or fault.

use crate::content::{Content, Corrupt, element, sequence};
use crate::problem::{Code, Problem};
use crate::values::{AuthenticationStatus, CustomerSession, DateTime};
use crate::xml::{Element, Space};
use protocol::package::LayerVerdict;
use types::PackageId;

/// A version of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoapVersion {
    /// SOAP 1.1 (W3C Note of 8 May 2000).
    V11,
    /// SOAP 1.2 (W3C Recommendation of 27 April 2007).
    V12,
}

impl SoapVersion {
    pub(crate) const fn space(self) -> Space {
        match self {
            Self::V11 => Space::Soap11,
            Self::V12 => Space::Soap12,
        }
    }

    /// The media type of its messages over HTTP.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml",
            Self::V12 => "application/soap+xml",
        }
    }
}

sequence! {
    /// The header of what is asked.
    Package {
        status: AuthenticationStatus = "AuthenticationStatus",
        session: CustomerSession = "CustomerSession",
        transaction: PackageId = "TransactionNumber",
    }

    LayerResult {
        layer: u8 = "Layer",
        passed: bool = "Passed",
        saw: String = "Saw",
    }

    LayerResults {
        layers: Vec<LayerResult> = "LayerResult",
    }

    /// The header of an answer.
    PackageResult {
        status: AuthenticationStatus = "AuthenticationStatus",
        session: CustomerSession = "CustomerSession",
        transaction: PackageId = "TransactionNumber",
        time: DateTime = "BankDateTime",
        layers: Option<LayerResults> = "LayerResults",
    }
}

impl From<&LayerVerdict> for LayerResult {
    fn from(verdict: &LayerVerdict) -> Self {
        Self {
            layer: verdict.layer.number(),
            passed: verdict.passed,
            saw: verdict.saw.clone(),
        }
    }
}

impl From<&Vec<LayerVerdict>> for LayerResults {
    fn from(verdicts: &Vec<LayerVerdict>) -> Self {
        Self {
            layers: verdicts.iter().map(LayerResult::from).collect(),
        }
    }
}

/// A message: one block in the header, one element in the body.
pub(crate) fn envelope(version: SoapVersion, header: Option<Element>, body: Element) -> Element {
    let space = version.space();
    let mut children = Vec::with_capacity(2);
    if let Some(header) = header {
        children.push(Element::with_children(space, "Header", vec![header]));
    }
    children.push(Element::with_children(space, "Body", vec![body]));
    Element::with_children(space, "Envelope", children)
}

/// The parts of a message.
pub(crate) struct Message {
    pub(crate) version: SoapVersion,
    pub(crate) header: Option<Element>,
    pub(crate) body: Element,
}

/// Opens an envelope. `block` is the name of the header's one block.
pub(crate) fn open(envelope: Element, block: &'static str) -> Result<Message, Problem> {
    let version = match envelope.space {
        Space::Soap11 => SoapVersion::V11,
        Space::Soap12 => SoapVersion::V12,
        _ => return Err(Code::VersionMismatch.into()),
    };
    let space = version.space();
    if !envelope.is(space, "Envelope") {
        return Err(Code::VersionMismatch.into());
    }
    let mut parts = parts(envelope, "Envelope")?.into_iter().peekable();
    let header = parts.next_if(|part| part.is(space, "Header"));
    let body = parts.next_if(|part| part.is(space, "Body"));
    let body = body.ok_or(Corrupt::Missing("Body"))?;
    if parts.next().is_some() {
        return Err(Corrupt::Unexpected("Envelope").into());
    }
    let header = header.map(|header| only_block(header, block)).transpose()?;
    let mut body = self::parts(body, "Body")?.into_iter();
    let first = body.next().ok_or(Corrupt::Missing("Body"))?;
    if body.next().is_some() {
        return Err(Corrupt::Unexpected("Body").into());
    }
    Ok(Message {
        version,
        header: header.flatten(),
        body: first,
    })
}

/// The elements in an element of the envelope itself.
fn parts(element: Element, name: &'static str) -> Result<Vec<Element>, Corrupt> {
    if element.text.trim_ascii().is_empty() && !element.must_understand {
        Ok(element.children)
    } else {
        Err(Corrupt::Unexpected(name))
    }
}

/// The header's block of this name. It may say that it must be understood, and it is. There may be no other.
fn only_block(header: Element, name: &'static str) -> Result<Option<Element>, Problem> {
    let mut found = None;
    for mut block in parts(header, "Header")? {
        if !block.is(Space::Bank, name) || found.is_some() {
            return Err(Code::NotUnderstood.into());
        }
        block.must_understand = false;
        found = Some(block);
    }
    Ok(found)
}

/// The body of a message that refuses what was asked.
pub(crate) fn fault(version: SoapVersion, problem: &Problem) -> Element {
    let (space, detail) = (version.space(), element("Problem", problem));
    let code = match (problem.code, version) {
        (Code::VersionMismatch, _) => "env:VersionMismatch",
        (Code::NotUnderstood, _) => "env:MustUnderstand",
        (code, SoapVersion::V11) if code.is_callers() => "env:Client",
        (_, SoapVersion::V11) => "env:Server",
        (code, SoapVersion::V12) if code.is_callers() => "env:Sender",
        (_, SoapVersion::V12) => "env:Receiver",
    };
    let text = problem.code.text();
    let parts = match version {
        SoapVersion::V11 => vec![
            Element::with_text(Space::None, "faultcode", code),
            Element::with_text(Space::None, "faultstring", text),
            Element::with_children(Space::None, "detail", vec![detail]),
        ],
        SoapVersion::V12 => {
            let nested = |name, of, text| {
                let inner = Element::with_text(space, of, text);
                Element::with_children(space, name, vec![inner])
            };
            vec![
                nested("Code", "Value", code),
                nested("Reason", "Text", text),
                Element::with_children(space, "Detail", vec![detail]),
            ]
        }
    };
    Element::with_children(space, "Fault", parts)
}

/// The problem in a fault. `None` if the body is no fault.
pub(crate) fn problem(message: &Message) -> Option<Result<Problem, Corrupt>> {
    let space = message.version.space();
    if !message.body.is(space, "Fault") {
        return None;
    }
    let (detail_space, name) = match message.version {
        SoapVersion::V11 => (Space::None, "detail"),
        SoapVersion::V12 => (space, "Detail"),
    };
    let detail = message.body.children.iter();
    let mut details = detail.filter(|part| part.is(detail_space, name));
    let problem = details.next().and_then(|detail| {
        let mut problems = detail.children.iter();
        problems.find(|part| part.is(Space::Bank, "Problem"))
    });
    Some(
        problem
            .ok_or(Corrupt::Missing("Problem"))
            .and_then(|problem| Problem::read(problem.clone(), "Problem")),
    )
}

/// What the header says, in its block of this name.
pub(crate) fn header<T: Content>(block: Option<Element>, name: &'static str) -> Result<T, Corrupt> {
    T::read(block.ok_or(Corrupt::Missing(name))?, name)
}
