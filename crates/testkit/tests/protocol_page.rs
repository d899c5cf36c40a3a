//! `docs/protocol.md` names every served route and every purpose that is signed, sealed or hashed.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of all source files of the crates, without tests.
fn sources(crates: &[&str]) -> String {
    let mut text = String::new();
    let mut directories: Vec<_> = crates
        .iter()
        .map(|name| root().join("crates").join(name).join("src"))
        .collect();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if !path.ends_with("tests.rs") {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

/// All quoted strings that begin with `prefix`.
fn literals<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    text.split('"')
        .filter(move |literal| literal.starts_with(prefix) && !literal.contains('\n'))
}

/// A path without the names of its parameters, for example `/v1/channels/{}/messages`.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    for part in path.split('{') {
        let part = part.split_once('}').map_or(part, |(_, rest)| rest);
        shape = if shape.is_empty() {
            part.to_owned()
        } else {
            format!("{shape}{{}}{part}")
        };
    }
    shape
}

#[test]
fn it_names_every_route() {
    let page = fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let told: Vec<_> = page
        .split(['`', '?', ' '])
        .filter(|word| word.starts_with('/'))
        .map(shape)
        .collect();
    let text = sources(&["broker", "ciam", "gateway", "sandbox-bank", "passbook"]);
    // A route's path stands in the call, or in a constant of its crate.
    let calls = text.split(".route(").skip(1);
    let calls = calls.filter_map(|call| literals(call.split_once(',')?.0, "/").next());
    let constants = text.split(": &str = ").skip(1);
    let constants = constants.filter_map(|value| literals(value.split_once(';')?.0, "/v1/").next());
    let routes: Vec<_> = calls.chain(constants).map(shape).collect();
    assert!(routes.len() > 12, "{routes:?}");
    for route in routes {
        assert!(told.contains(&route), "docs/protocol.md lacks {route}");
    }
    assert!(
        !told.contains(&shape("/v1/channels/{channel}")),
        "a prefix is not a route"
    );
}

/// What is neither the operator's nor the staff's goes through `routes!`, which also puts it into the API document.
#[test]
fn the_services_describe_every_public_route() {
    let text = sources(&["broker", "ciam", "gateway"]);
    let described = text.matches("routes(routes!(").count();
    assert!(described > 12, "{described}");
    for call in text.split(".route(").skip(1) {
        let path = call.split_once(',').unwrap().0;
        let is_the_banks = ["\"/v1/operator/", "\"/v1/staff/"];
        assert!(
            is_the_banks.iter().any(|start| path.starts_with(start)),
            "the API document lacks {path}: use `routes!`"
        );
    }
}

#[test]
fn it_names_every_purpose() {
    let page = fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let text = sources(&["protocol", "envelope", "token", "order"]);
    let purposes: Vec<_> = literals(&text, "passbook ").collect();
    assert!(purposes.len() > 15, "{purposes:?}");
    for purpose in purposes
        .iter()
        .filter(|purpose| **purpose != "passbook example")
    {
        let told = [format!("\"{purpose}\""), format!("`{purpose}`")];
        assert!(
            told.iter().any(|told| page.contains(told)),
            "docs/protocol.md lacks {purpose}"
        );
    }
}
