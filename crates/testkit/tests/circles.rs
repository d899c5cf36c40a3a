//! No two files of a crate use each other, directly or through others. A module and the modules inside it may.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path inside its crate; the root's is empty.
type Module = Vec<String>;

/// The text of each module of a crate, without comments and unit tests.
type Crate = BTreeMap<Module, String>;

fn modules_in(directory: &Path, inside: &Module, modules: &mut Crate) {
    for item in fs::read_dir(directory).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut module = inside.clone();
        if path.is_dir() {
            module.push(name);
            modules_in(&path, &module, modules);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            if name == "tests" || name.ends_with("_tests") {
                continue;
            }
            if !["lib", "main", "mod"].contains(&name.as_str()) {
                module.push(name);
            }
            modules.insert(module, code(&fs::read_to_string(path).unwrap()));
        }
    }
}

fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths that begin at `text`, as in `a::{b, c::d}`, each after `before`.
fn paths<'t>(mut text: &'t str, before: &[String], found: &mut Vec<Module>) -> &'t str {
    let mut path = before.to_vec();
    loop {
        text = text.trim_start();
        if let Some(mut group) = text.strip_prefix('{') {
            loop {
                group = paths(group, &path, found).trim_start();
                match group.strip_prefix(',') {
                    Some(rest) => group = rest,
                    None => return group.strip_prefix('}').unwrap_or(group),
                }
            }
        }
        let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        if !name.is_empty() {
            path.push(name.to_owned());
        }
        match rest.strip_prefix("::") {
            Some(rest) => text = rest,
            None => {
                found.push(path);
                return rest;
            }
        }
    }
}

/// The paths into the own crate that `text`, the text of `module`, has.
fn own_paths(module: &Module, text: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (start, base) in [("crate::", &[][..]), ("super::", parent(module))] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before
                .is_none_or(|letter| !letter.is_alphanumeric() && letter != ':' && letter != '_')
            {
                paths(&text[at + start.len()..], base, &mut found);
            }
        }
    }
    found
}

fn parent(module: &Module) -> &[String] {
    module.split_last().map_or(&[], |(_, parent)| parent)
}

/// The module in which `path` ends. Follows names that a module exports again.
fn module_of(path: &[String], modules: &Crate) -> Module {
    let length = (0..=path.len())
        .rev()
        .find(|length| modules.contains_key(&path[..*length]))
        .unwrap_or_default();
    let (module, rest) = path.split_at(length);
    let Some(name) = rest.first() else {
        return module.to_vec();
    };
    for statement in modules[module].split("use ").skip(1) {
        let mut exported = Vec::new();
        let statement = statement.split(';').next().unwrap();
        let (statement, base) = match statement.strip_prefix("crate::") {
            Some(statement) => (statement, &[][..]),
            None => (statement, module),
        };
        paths(statement, base, &mut exported);
        for from in exported {
            if from.last() == Some(name) && from != path && modules.contains_key(parent(&from)) {
                return module_of(&from, modules);
            }
        }
    }
    module.to_vec()
}

fn uses(modules: &Crate) -> BTreeMap<&Module, BTreeSet<Module>> {
    let uses = modules.iter().map(|(module, text)| {
        let used = own_paths(module, text).into_iter();
        let used = used.map(|path| module_of(&path, modules));
        let apart = |other: &Module| !other.starts_with(module) && !module.starts_with(other);
        (module, used.filter(apart).collect())
    });
    uses.collect()
}

/// The shortest way back to `start`, if there is one.
fn circle(start: &Module, uses: &BTreeMap<&Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![start.clone()]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in &uses[way.last()?] {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push([way.as_slice(), std::slice::from_ref(next)].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

fn circles(modules: &Crate) -> Vec<Vec<Module>> {
    let uses = uses(modules);
    let circles = modules.keys().filter_map(|module| circle(module, &uses));
    circles.collect()
}

#[test]
fn no_crate_has_a_circle_of_files() {
    let crates: PathBuf = [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect();
    let mut found = Vec::new();
    let mut files = 0;
    for own in fs::read_dir(crates).unwrap() {
        let own = own.unwrap().path();
        let mut modules = Crate::new();
        modules_in(&own.join("src"), &Vec::new(), &mut modules);
        files += modules.len();
        for circle in circles(&modules) {
            let ways: Vec<_> = circle.iter().map(|module| module.join("::")).collect();
            found.push(format!(
                "{}: {}",
                own.file_name().unwrap().display(),
                ways.join(" -> ")
            ));
        }
    }
    assert!(files > 300, "only {files} files were read");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_however_the_files_name_each_other() {
    let made = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(module, text)| {
            let module = module.split("::").filter(|name| !name.is_empty());
            (module.map(str::to_owned).collect(), (*text).to_owned())
        });
        circles(&files.collect()).len()
    };
    let direct = [
        ("", ""),
        ("a", "use crate::b::B;"),
        ("b", "use super::a::A;"),
    ];
    assert_eq!(made(&direct), 2);
    let round = [
        ("", "mod a; pub use c::{C, D};"),
        ("a", "use crate::{b::{self, B}, other};"),
        ("b", "fn f() { crate::C::new() }"),
        ("c", "use crate::a::A;"),
    ];
    assert_eq!(made(&round), 3);
    let inside = [
        ("", ""),
        ("a", "use crate::a::b::B;"),
        ("a::b", "use super::A;"),
    ];
    assert_eq!(made(&inside), 0, "a module and the modules inside it");
    let line = [
        ("", "pub use b::B;"),
        ("a", "use crate::B;"),
        ("b", "use std::a;"),
    ];
    assert_eq!(made(&line), 0);
}
