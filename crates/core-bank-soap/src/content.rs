//! What stands in an element: a value as text, or named parts in their order.

use crate::xml::{Element, Space};
use std::vec::IntoIter;
use thiserror::Error;

/// An element is not what the schema says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Corrupt {
    #[error("the element {0} is missing")]
    Missing(&'static str),
    #[error("the element {0} has something that the schema does not know")]
    Unexpected(&'static str),
    #[error("the element {0} has no value of its type")]
    Value(&'static str),
}

/// What stands in an element.
pub(crate) trait Content: Sized {
    fn write(&self, into: &mut Element);

    /// Reads the content of the element that the schema calls `name`.
    fn read(element: Element, name: &'static str) -> Result<Self, Corrupt>;
}

/// A part of an element: an element in it, which may be there or not, or more than once.
pub(crate) trait Part: Sized {
    fn put(&self, name: &'static str, into: &mut Element);
    fn take(name: &'static str, fields: &mut Fields) -> Result<Self, Corrupt>;
}

/// The element `name` with this content.
pub(crate) fn element(name: &str, content: &impl Content) -> Element {
    let mut element = Element::new(Space::Bank, name);
    content.write(&mut element);
    element
}

/// The elements in an element, in their order.
#[derive(Debug)]
pub(crate) struct Fields {
    of: &'static str,
    elements: IntoIter<Element>,
}

impl Fields {
    pub(crate) fn of(element: Element, name: &'static str) -> Result<Self, Corrupt> {
        let blank = element.text.trim_ascii().is_empty();
        if blank && !element.must_understand {
            Ok(Self {
                of: name,
                elements: element.children.into_iter(),
            })
        } else {
            Err(Corrupt::Unexpected(name))
        }
    }

    /// The next element, if it has this name.
    fn next(&mut self, name: &str) -> Option<Element> {
        let next = self.elements.as_slice().first()?;
        next.is(Space::Bank, name).then(|| self.elements.next())?
    }

    /// Fails if there is more.
    pub(crate) fn finish(self) -> Result<(), Corrupt> {
        if self.elements.as_slice().is_empty() {
            Ok(())
        } else {
            Err(Corrupt::Unexpected(self.of))
        }
    }
}

/// The text of an element that has no elements in it.
pub(crate) fn text(element: Element, name: &'static str) -> Result<String, Corrupt> {
    if element.children.is_empty() && !element.must_understand {
        Ok(element.text)
    } else {
        Err(Corrupt::Unexpected(name))
    }
}

impl<T: Content> Part for T {
    fn put(&self, name: &'static str, into: &mut Element) {
        into.children.push(element(name, self));
    }

    fn take(name: &'static str, fields: &mut Fields) -> Result<Self, Corrupt> {
        let element = fields.next(name).ok_or(Corrupt::Missing(name))?;
        T::read(element, name)
    }
}

impl<T: Content> Part for Option<T> {
    fn put(&self, name: &'static str, into: &mut Element) {
        if let Some(content) = self {
            content.put(name, into);
        }
    }

    fn take(name: &'static str, fields: &mut Fields) -> Result<Self, Corrupt> {
        let element = fields.next(name);
        element.map(|element| T::read(element, name)).transpose()
    }
}

impl<T: Content> Part for Vec<T> {
    fn put(&self, name: &'static str, into: &mut Element) {
        for content in self {
            content.put(name, into);
        }
    }

    fn take(name: &'static str, fields: &mut Fields) -> Result<Self, Corrupt> {
        let mut contents = Vec::new();
        while let Some(element) = fields.next(name) {
            contents.push(T::read(element, name)?);
        }
        Ok(contents)
    }
}

/// A type of the schema that is a sequence of elements.
macro_rules! sequence {
    ($($(#[$meta:meta])* $type:ident { $($field:ident: $part:ty = $name:literal),* $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub(crate) struct $type {
            $(pub(crate) $field: $part,)*
        }

        impl $crate::content::Content for $type {
            fn write(&self, into: &mut $crate::xml::Element) {
                $($crate::content::Part::put(&self.$field, $name, into);)*
                let _ = into;
            }

            fn read(element: $crate::xml::Element, name: &'static str) -> Result<Self, $crate::content::Corrupt> {
                #[allow(unused_mut, reason = "a sequence may be empty")]
                let mut fields = $crate::content::Fields::of(element, name)?;
                $(let $field = $crate::content::Part::take($name, &mut fields)?;)*
                fields.finish()?;
                Ok(Self { $($field),* })
            }
        }
    )+};
}

pub(crate) use sequence;
