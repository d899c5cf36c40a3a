//! XML as SOAP messages have it: elements and texts, in a tree.
//!
//! A message has no document type, no entities but the five predefined ones, no processing instructions and no comments.
//! Attributes carry nothing here, but for SOAP's own `mustUnderstand`.

mod reading;
mod writing;

pub(crate) use reading::{Bounds, NotRead, read};
pub(crate) use writing::{NotXml, write};

/// The namespace of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// None.
    None,
    /// The envelope of SOAP 1.1.
    Soap11,
    /// The envelope of SOAP 1.2.
    Soap12,
    /// The bank's own schema.
    Bank,
    /// Any other.
    Other,
}

impl Space {
    const KNOWN: [(Self, &'static str); 3] = [
        (Self::Soap11, "http://schemas.xmlsoap.org/soap/envelope/"),
        (Self::Soap12, "http://www.w3.org/2003/05/soap-envelope"),
        (Self::Bank, "urn:passbook:core-bank:1"),
    ];

    fn of(name: &str) -> Self {
        let known = Self::KNOWN.iter().find(|(_, known)| *known == name);
        known.map_or(Self::Other, |(space, _)| *space)
    }

    /// Its name. `None` and `Other` have none.
    const fn name(self) -> &'static str {
        let [(_, soap_11), (_, soap_12), (_, bank)] = Self::KNOWN;
        match self {
            Self::Soap11 => soap_11,
            Self::Soap12 => soap_12,
            Self::Bank => bank,
            Self::None | Self::Other => "",
        }
    }
}

/// An element. It has a text or children, not both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) space: Space,
    /// The name without a prefix.
    pub(crate) name: String,
    pub(crate) must_understand: bool,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn new(space: Space, name: &str) -> Self {
        Self {
            space,
            name: name.to_owned(),
            must_understand: false,
            text: String::new(),
            children: Vec::new(),
        }
    }

    pub(crate) fn with_text(space: Space, name: &str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::new(space, name)
        }
    }

    pub(crate) fn with_children(space: Space, name: &str, children: Vec<Element>) -> Self {
        Self {
            children,
            ..Self::new(space, name)
        }
    }

    pub(crate) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }
}

/// Whether XML 1.0 can have the character (production 2).
const fn is_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
