//! `docs/errors.md` is generated from the table of error codes. `PASSBOOK_WRITE=1` writes it again.

use std::fmt::Write as _;
use std::path::Path;
use types::{ERROR_CODES, RETIRED_CODES};

fn page() -> String {
    let mut page = String::from(
        "# Error codes\n\n\
         Every error of the HTTP API is a problem document (RFC 9457, `application/problem+json`). Its `code` is a number \
         of this table, its `type` ends with the name; neither is ever reused or renumbered. This page is generated from \
         `crates/types/src/error_code.rs` by a test of `protocol`:\n\n\
         ```sh\nPASSBOOK_WRITE=1 cargo test -p protocol errors_page\n```\n\n\
         | code | status | name | what to do |\n|---|---|---|---|\n",
    );
    for code in ERROR_CODES {
        let (number, status, slug, hint) = (code.number(), code.status(), code.slug(), code.hint());
        writeln!(page, "| {number} | {status} | `{slug}` | {hint} |").unwrap();
    }
    page.push_str("\nRetired, never sent again and never given another meaning:");
    for (number, slug) in RETIRED_CODES {
        write!(page, " {number} `{slug}`").unwrap();
    }
    page.push_str(".\n");
    page
}

#[test]
fn it_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    if std::env::var_os("PASSBOOK_WRITE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        page(),
        "run the command on the page"
    );
}
