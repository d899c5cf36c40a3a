//! Writes a message.

use super::{Element, Space, is_char};
use quick_xml::escape::escape;
use thiserror::Error;

/// A text has a character that XML does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a text has a character that XML does not have")]
pub(crate) struct NotXml;

/// Writes `envelope` as a document.
pub(crate) fn write(envelope: &Element) -> Result<Vec<u8>, NotXml> {
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (soap, bank) = (envelope.space.name(), Space::Bank.name());
    let spaces = format!(" xmlns:env=\"{soap}\" xmlns:bank=\"{bank}\"");
    put(envelope, &spaces, &mut document)?;
    Ok(document.into_bytes())
}

fn put(element: &Element, spaces: &str, document: &mut String) -> Result<(), NotXml> {
    let prefix = match element.space {
        Space::Soap11 | Space::Soap12 => "env:",
        Space::Bank => "bank:",
        Space::None | Space::Other => "",
    };
    let tag = format!("{prefix}{}", element.name);
    let language = if element.is(Space::Soap12, "Text") {
        " xml:lang=\"en\""
    } else {
        ""
    };
    document.push_str(&format!("<{tag}{spaces}{language}>"));
    if !element.text.chars().all(is_char) {
        return Err(NotXml);
    }
    // A reader would take a carriage return for the end of a line.
    document.push_str(&escape(&*element.text).replace('\r', "&#13;"));
    for child in &element.children {
        put(child, "", document)?;
    }
    document.push_str(&format!("</{tag}>"));
    Ok(())
}
