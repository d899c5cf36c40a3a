//! `make run` and `make test` work wherever CARGO_TARGET_DIR puts the build output: no line of the Makefile names
//! another directory.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

#[test]
fn no_command_names_the_default_target_directory() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scripts = fs::read_dir(root.join("scripts")).unwrap();
    let scripts = scripts.map(|entry| entry.unwrap().path());
    let scripts = scripts.filter(|path| path.is_file());
    let mut commands = 0;
    for path in scripts.chain([root.join("Makefile")]) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let is_command = !line.trim_start().starts_with('#');
            commands += usize::from(is_command);
            assert!(
                !is_command
                    || !line
                        .replace("${CARGO_TARGET_DIR:-target}", "")
                        .contains("target/"),
                "{}: {line}",
                path.display()
            );
        }
    }
    assert!(commands > 50, "{commands}");
}
