//! Our own golden vectors, in `fixtures/`. They record the bytes of this version, so that no later version writes or
//! reads other bytes. The three crates of the formats share this module. `PASSBOOK_WRITE=1` writes a crate's file
//! again.

use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Makes the document `name` again and compares it with the file. `make` gets the file, so that it can reuse parts that
/// differ on each run (signatures, keys sealed to a device). When the file is written again, it gets none.
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
        assert_eq!(made[part], *held, "{name}: {part} differs from the file");
    }
    assert_eq!(made, file, "{name} has other parts than the file");
    file
}

/// Whether the file is up to date. If it is, it is not written, because parts that differ on each run would change for
/// no reason.
fn is_current(path: &Path, make: &impl Fn(Option<&Json>) -> Json) -> bool {
    let file = std::fs::read(path).ok();
    let file = file.and_then(|text| serde_json::from_slice::<Json>(&text).ok());
    // If the file has another structure, `make` panics; then it is not up to date.
    file.is_some_and(|file| {
        catch_unwind(AssertUnwindSafe(|| make(Some(&file)) == file)).unwrap_or(false)
    })
}
