//! Published test vectors of each primitive.

use serde_json::Value as Json;
use std::path::Path;
use types::hex;

/// Reads a file of the published vectors.
pub(crate) fn vectors(file: &str) -> Json {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/published");
    let bytes = std::fs::read(Path::new(folder).join(file)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Runs every test of every group of a Wycheproof file. `check` returns whether the test applied.
pub(crate) fn wycheproof(file: &str, at_least: usize, check: impl Fn(&Json, &Json) -> bool) {
    let vectors = vectors(&format!("wycheproof/{file}"));
    let groups = vectors["testGroups"].as_array().unwrap();
    let tests = groups.iter().flat_map(|group| {
        group["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(move |test| (group, test))
    });
    let run = tests.filter(|(group, test)| check(group, test)).count();
    assert!(run >= at_least, "only {run} of {file} applied");
}

/// Whether the vector must be accepted.
pub(crate) fn valid(test: &Json) -> bool {
    test["result"] == "valid"
}

pub(crate) fn bytes(json: &Json) -> Vec<u8> {
    hex::decode(&json.as_str().unwrap().to_ascii_lowercase()).unwrap()
}
