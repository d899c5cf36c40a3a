//! Reads a message into a tree, within bounds.

use super::{Element, Space, is_char};
use quick_xml::errors::{Error as Fault, IllFormedError};
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{NsReader, XmlVersion};
use thiserror::Error;

/// Maximum depth of elements: that of an order's creditor in an envelope, and some more.
const DEPTH_MAX: usize = 12;

/// Maximum namespaces that are declared at a time.
const NAMESPACES_MAX: usize = 32;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Maximum elements.
    pub(crate) elements: usize,
}

/// The bytes are not a message's XML.
#[derive(Debug, Error)]
pub(crate) enum NotRead {
    #[error("it is not UTF-8")]
    Encoding(#[source] std::str::Utf8Error),
    #[error("it is not well-formed")]
    IllFormed(#[source] Fault),
    #[error("it is not well-formed: {0}")]
    Syntax(&'static str),
    #[error("messages have no {0}")]
    Forbidden(&'static str),
    #[error("it has more than {0} elements")]
    Elements(usize),
    #[error("its elements are deeper than {DEPTH_MAX}")]
    Depth,
}

impl<E: Into<Fault>> From<E> for NotRead {
    fn from(error: E) -> Self {
        Self::IllFormed(error.into())
    }
}

/// Reads the only element of a document.
pub(crate) fn read(bytes: &[u8], bounds: Bounds) -> Result<Element, NotRead> {
    let text = std::str::from_utf8(bytes).map_err(NotRead::Encoding)?;
    if !text.chars().all(is_char) {
        return Err(NotRead::Syntax("a character that XML does not have"));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    reader
        .resolver_mut()
        .set_max_namespace_bindings(NAMESPACES_MAX);
    let mut tree = Tree::new(bounds);
    let mut at_start = true;
    loop {
        match reader.read_event()? {
            Event::Start(start) => tree.open(element(&start, reader.resolver())?)?,
            Event::Empty(start) => {
                tree.open(element(&start, reader.resolver())?)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => {
                if text.contains("]]>") {
                    return Err(NotRead::Syntax("the end of a section outside of it"));
                }
                tree.text(&text.xml10_content())?;
            }
            Event::CData(text) => tree.section(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref()? {
                    Some(character) if is_char(character) => character.to_string(),
                    Some(_) => {
                        return Err(NotRead::Syntax("a character that XML does not have"));
                    }
                    None => {
                        let predefined = resolve_xml_entity(&reference);
                        predefined.ok_or(NotRead::Forbidden("entities"))?.to_owned()
                    }
                };
                tree.section(&resolved)?;
            }
            Event::Decl(declaration) if at_start => check(&declaration)?,
            Event::Decl(_) => return Err(NotRead::Syntax("a declaration that is not first")),
            Event::DocType(_) => return Err(NotRead::Forbidden("document type")),
            Event::PI(_) => return Err(NotRead::Forbidden("processing instructions")),
            Event::Comment(_) => return Err(NotRead::Forbidden("comments")),
            Event::Eof => return tree.finish(),
        }
        at_start = false;
    }
}

fn check(declaration: &BytesDecl<'_>) -> Result<(), NotRead> {
    if declaration.xml_version()? != XmlVersion::Explicit1_0 {
        return Err(NotRead::Forbidden("version of XML but 1.0"));
    }
    match declaration.encoding().transpose().map_err(Fault::from)? {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => {
            Err(NotRead::Forbidden("encoding but UTF-8"))
        }
        _ => Ok(()),
    }
}

fn space(resolved: ResolveResult<'_>) -> Result<Space, NotRead> {
    match resolved {
        ResolveResult::Bound(name) if name.as_ref().is_empty() => Ok(Space::None),
        ResolveResult::Bound(name) => Ok(Space::of(name.as_ref())),
        ResolveResult::Unbound => Ok(Space::None),
        ResolveResult::Unknown(_) => Err(NotRead::Syntax("a prefix without a namespace")),
    }
}

/// The element of a start tag.
fn element(start: &BytesStart<'_>, resolver: &NamespaceResolver) -> Result<Element, NotRead> {
    let (resolved, name) = resolver.resolve_element(start.name());
    let mut element = Element::new(space(resolved)?, name.as_ref());
    if start.attributes_raw().contains('<') {
        return Err(NotRead::Syntax("a tag in a tag"));
    }
    for attribute in start.attributes() {
        let attribute = attribute.map_err(Fault::from)?;
        if attribute.key.as_namespace_binding().is_some() {
            if attribute.value.contains('&') {
                return Err(NotRead::Forbidden("references in the names of namespaces"));
            }
            continue;
        }
        if element.is(Space::Soap12, "Text") && attribute.key.as_ref() == "xml:lang" {
            continue;
        }
        let (resolved, name) = resolver.resolve_attribute(attribute.key);
        let of_soap = matches!(space(resolved)?, Space::Soap11 | Space::Soap12);
        element.must_understand = match (of_soap, name.as_ref(), &*attribute.value) {
            (true, "mustUnderstand", "1" | "true") => true,
            (true, "mustUnderstand", "0" | "false") => false,
            _ => return Err(NotRead::Forbidden("attributes")),
        };
    }
    Ok(element)
}

/// What is read so far.
struct Tree {
    bounds: Bounds,
    elements: usize,
    /// The elements that are open, the outermost first.
    open: Vec<Element>,
    root: Option<Element>,
}

fn is_space(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

impl Tree {
    const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            elements: 0,
            open: Vec::new(),
            root: None,
        }
    }

    fn open(&mut self, element: Element) -> Result<(), NotRead> {
        if self.root.is_some() {
            return Err(NotRead::Syntax("more than one element at the top"));
        }
        self.elements += 1;
        if self.elements > self.bounds.elements {
            return Err(NotRead::Elements(self.bounds.elements));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(NotRead::Depth);
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), NotRead> {
        let Some(mut element) = self.open.pop() else {
            return Err(NotRead::Syntax("an end without a start"));
        };
        if !element.children.is_empty() {
            if !is_space(&element.text) {
                return Err(NotRead::Forbidden("texts between elements"));
            }
            element.text.clear();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    /// A text, which may also stand around the outermost element if it is white space.
    fn text(&mut self, text: &str) -> Result<(), NotRead> {
        if self.open.is_empty() && is_space(text) {
            return Ok(());
        }
        self.section(text)
    }

    fn section(&mut self, text: &str) -> Result<(), NotRead> {
        let Some(element) = self.open.last_mut() else {
            return Err(NotRead::Syntax("a text outside of the elements"));
        };
        element.text.push_str(text);
        Ok(())
    }

    fn finish(self) -> Result<Element, NotRead> {
        match self.open.last() {
            Some(element) => {
                let missing = IllFormedError::MissingEndTag(element.name.clone());
                Err(NotRead::IllFormed(missing.into()))
            }
            None => self.root.ok_or(NotRead::Syntax("no element")),
        }
    }
}
