//! Parses and writes the page: text, and blocks with one value each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use types::hex;

/// The content of each block by its name.
pub(crate) type Values = BTreeMap<String, String>;

const END: &str = "```";

pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/worked-example.md")
}

/// The name of the block that `line` begins.
fn name(line: &str) -> Option<&str> {
    let (_, name) = line.strip_prefix(END)?.split_once(' ')?;
    Some(name)
}

pub(crate) fn values(page: &str) -> Values {
    let mut values = Values::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = name(line) {
            let value: Vec<_> = lines.by_ref().take_while(|line| *line != END).collect();
            let other = values.insert(name.to_owned(), value.join("\n"));
            assert_eq!(other, None, "two blocks are named {name}");
        }
    }
    values
}

/// The page with `values` in its blocks.
pub(crate) fn with(page: &str, values: &Values) -> String {
    let mut written = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        written = written + line + "\n";
        if let Some(name) = name(line) {
            let value = values.get(name);
            let value = value.unwrap_or_else(|| panic!("nothing makes {name}"));
            lines
                .by_ref()
                .take_while(|line| *line != END)
                .for_each(drop);
            written = written + value + "\n" + END + "\n";
        }
    }
    written
}

/// A block's text.
pub(crate) fn text<'v>(values: &'v Values, name: &str) -> &'v str {
    let value = values.get(name);
    value.unwrap_or_else(|| panic!("the page lacks {name}"))
}

/// The bytes of a block of hex, which may have several lines.
pub(crate) fn bytes(values: &Values, name: &str) -> Vec<u8> {
    hex::decode(&text(values, name).replace('\n', "")).unwrap()
}
