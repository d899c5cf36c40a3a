//! Golden vectors of our own, in `fixtures/`: what this version makes, kept so that no later one makes or reads it
//! otherwise. The three crates of the formats share this module; `PASSBOOK_WRITE=1` writes a crate's file anew.

use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Makes the document `name` again and compares. `make` is given the file, to take from it what comes out otherwise each
/// time (signatures, what is sealed to a key); where it is written anew there is none.
pub(crate) fn check(name: &str, make: impl Fn(Option<&Json>) -> Json) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/{name}.json"));
    if std::env::var_os("PASSBOOK_WRITE").is_some() && !is_current(&path, &make) {
        let text = serde_json::to_string_pretty(&make(None)).expect("JSON");
        std::fs::write(&path, text + "\n").expect("fixtures/ can be written");
    }
    let text = std::fs::read(&path).expect("fixtures/ is in the repository");
    let file: Json = serde_json::from_slice(&text).expect("JSON");
    let made = make(Some(&file));
    for (part, held) in file.as_object().expect("a map") {
        assert_eq!(made[part], *held, "{name}: {part} comes out otherwise");
    }
    assert_eq!(made, file, "{name} has another set of parts");
    file
}

/// Whether the file needs no writing: what comes out otherwise each time would be another for no reason.
fn is_current(path: &Path, make: &impl Fn(Option<&Json>) -> Json) -> bool {
    let file = std::fs::read(path).ok();
    let file = file.and_then(|text| serde_json::from_slice::<Json>(&text).ok());
    // A file of another shape makes `make` panic, which says no as well.
    file.is_some_and(|file| {
        catch_unwind(AssertUnwindSafe(|| make(Some(&file)) == file)).unwrap_or(false)
    })
}
