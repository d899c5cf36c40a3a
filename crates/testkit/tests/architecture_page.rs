//! `ARCHITECTURE.md` names the path of one transaction. Each file that it names must contain the function that it
//! names.

#![allow(clippy::unwrap_used)]
use std::path::Path;

#[test]
fn every_step_of_a_transaction_is_in_the_named_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut steps = 0;
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", step, file, function, _, ""] = cells[..] else {
            continue;
        };
        if step.parse::<u32>().is_err() {
            continue;
        }
        steps += 1;
        let (file, function) = (file.trim_matches('`'), function.trim_matches('`'));
        let code = std::fs::read_to_string(root.join(file))
            .unwrap_or_else(|error| panic!("step {step}: {file}: {error}"));
        assert!(
            code.contains(&format!("fn {function}(")) || code.contains(&format!("fn {function}<")),
            "step {step}: {file} has no function `{function}`"
        );
    }
    assert_eq!(steps, 20, "the table of steps is read");
}
