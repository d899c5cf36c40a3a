//! A copy of the repository in which a variable of the environment takes checks out.

use crate::table::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that names the check to take out.
pub(crate) const VARIABLE: &str = "PASSBOOK_TAKEN_OUT";

/// Every crate with a check uses this one.
const TYPES: &str = "crates/types/src/lib.rs";

/// What `taken_out()` in an edit calls.
const FUNCTION: &str = r#"
/// Whether one of these checks is taken out.
pub fn taken_out(checks: &[&str]) -> bool {
    static NAME: std::sync::LazyLock<Option<String>> = std::sync::LazyLock::new(|| std::env::var("PASSBOOK_TAKEN_OUT").ok());
    NAME.as_deref().is_some_and(|name| checks.contains(&name))
}
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files with checks, by their paths in the repository, as they are in the copy.
///
/// # Panics
/// If the text of an edit does not stand in its file once.
pub(crate) fn edited(tables: &[Table]) -> BTreeMap<String, String> {
    let mut checks: BTreeMap<(String, &str, &str), Vec<&str>> = BTreeMap::new();
    for table in tables {
        for (check, _, edits) in table.checks {
            for (file, text, instead) in *edits {
                let file = format!("{}/{file}", table.directory);
                checks.entry((file, text, instead)).or_default().push(check);
            }
        }
    }
    let mut files = BTreeMap::new();
    for ((file, text, instead), checks) in checks {
        let code = files
            .entry(file)
            .or_insert_with_key(|file| fs::read_to_string(root().join(file)).unwrap());
        assert_eq!(code.matches(text).count(), 1, "{checks:?}: {text}");
        assert!(instead.contains("taken_out()"), "{checks:?}: {instead}");
        let call = format!("types::taken_out(&{checks:?})");
        *code = code.replace(text, &instead.replace("taken_out()", &call));
    }
    files
}

/// Copies the files of the repository that differ, with the edits.
pub(crate) fn make(to: &Path, tables: &[Table]) {
    let mut files = edited(tables);
    let types = fs::read_to_string(root().join(TYPES)).unwrap();
    files.insert(TYPES.to_owned(), types + FUNCTION);
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let listed: BTreeSet<&Path> = listed.split_terminator('\0').map(Path::new).collect();
    remove_others(to, &to.join("crates"), &listed);
    for file in listed {
        let content = match file.to_str().and_then(|file| files.remove(file)) {
            Some(edited) => edited.into_bytes(),
            None => match fs::read(root().join(file)) {
                Ok(content) => content,
                Err(_) => continue,
            },
        };
        let to = to.join(file);
        if fs::read(&to).is_ok_and(|copied| copied == content) {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, content).unwrap();
    }
}

/// Removes the files of an earlier copy that the repository no longer has.
fn remove_others(copy: &Path, directory: &Path, listed: &BTreeSet<&Path>) {
    for found in fs::read_dir(directory).into_iter().flatten() {
        let path = found.unwrap().path();
        if path.is_dir() {
            remove_others(copy, &path, listed);
        } else if !listed.contains(path.strip_prefix(copy).unwrap()) {
            fs::remove_file(path).unwrap();
        }
    }
}
