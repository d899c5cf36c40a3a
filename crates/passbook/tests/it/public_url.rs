//! The bank's URL, as people spell it: what cannot work is refused before a code is spent.

use crate::bank::{Bank, passbook, shown};
use std::path::Path;
use std::process::Output;

fn enrol(code: &str, url: &str, directory: &Path) -> Output {
    let arguments = ["enrol", "1001", code, "--bank", url, "--dir"];
    let mut command = passbook();
    command.args(arguments).arg(directory);
    command.output().unwrap()
}

#[test]
fn another_spelling_works_and_another_host_is_refused_with_the_url_to_give() {
    let bank = Bank::sandbox("");
    let code = bank.code("1001");
    let directory = bank.path("device");
    let number = bank.public.replace("localhost", "127.0.0.1");
    let refused = enrol(&code, &number, &directory);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains(&bank.public), "{said}");

    // The code is not spent, and the directory not lost.
    let capitals = bank.public.replace("http", "HTTP") + "/";
    for url in [&bank.public, &capitals] {
        let (code, directory) = match url == &bank.public {
            true => (code.clone(), directory.clone()),
            false => (bank.code("1001"), bank.path("capitals")),
        };
        let enrolled = enrol(&code, url, &directory);
        let said = String::from_utf8_lossy(&enrolled.stderr);
        assert!(enrolled.status.success(), "{url}: {said}");
        assert_eq!(shown(&directory, "--once")["complete"], true, "{url}");
    }
}
