//! The published vectors beside the project, for the tests of each primitive.

use serde_json::Value as Json;
use std::io::Write as _;
use std::path::PathBuf;
use types::hex;

/// A file of the published vectors, unless they are not there.
pub(crate) fn vectors(file: &str) -> Option<Json> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data =
        std::env::var_os("PASSBOOK_DATA").map_or_else(|| PathBuf::from(shared), PathBuf::from);
    let path = data.join("vectors").join(file);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            // Past the test harness, which keeps what a passing test prints to itself.
            let line = format!("SKIPPED: no published vectors at {}\n", path.display());
            let _ = std::io::stderr().write_all(line.as_bytes());
            None
        }
    }
}

/// Runs every test of every group of a Wycheproof file; `check` answers whether the test applied.
pub(crate) fn wycheproof(file: &str, at_least: usize, check: impl Fn(&Json, &Json) -> bool) {
    let Some(vectors) = vectors(&format!("wycheproof/{file}")) else {
        return;
    };
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

/// Whether the vector is one to accept.
pub(crate) fn valid(test: &Json) -> bool {
    test["result"] == "valid"
}

pub(crate) fn bytes(json: &Json) -> Vec<u8> {
    hex::decode(&json.as_str().unwrap().to_ascii_lowercase()).unwrap()
}
