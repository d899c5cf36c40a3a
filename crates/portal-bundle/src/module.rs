//! The module: compiled for the browser, and the script that binds it.

use crate::Files;
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wasm_bindgen_cli_support::Bindgen;

/// A module that cargo builds.
pub(crate) struct Target {
    package: &'static str,
    /// The arguments that select it in the package.
    selected: &'static [&'static str],
    /// Its name, and that of its files.
    name: &'static str,
}

/// The app.
pub(crate) const APP: Target = Target {
    package: "portal",
    selected: &["--lib"],
    name: "portal",
};

/// The suites of the ports of a browser.
pub(crate) const SUITES: Target = Target {
    package: "client-web",
    selected: &["--example", "conformance"],
    name: "conformance",
};

/// Has cargo build the module; its file.
pub(crate) fn build(repository: &Path, target: &Target, profile: &str) -> anyhow::Result<PathBuf> {
    let built = Command::new(repository.join("scripts/cargo-wasm"))
        .args(["build", "--locked", "--package", target.package])
        .args(target.selected)
        .args(["--profile", profile])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(repository)
        .stderr(Stdio::inherit())
        .output()
        .context("scripts/cargo-wasm")?;
    if !built.status.success() {
        bail!("the module was not built");
    }
    let messages = String::from_utf8(built.stdout)?;
    let mut modules = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let of_target = message.pointer("/target/name")? == target.name;
        let files = message.get("filenames").filter(|_| of_target)?.as_array()?;
        let mut files = files.iter().filter_map(Value::as_str);
        files
            .find(|file| file.ends_with(".wasm"))
            .map(PathBuf::from)
    });
    modules.next_back().context("cargo named no module")
}

/// The module without names, or with them, and its script.
pub(crate) fn bound(module: &Path, target: &Target, with_names: bool) -> anyhow::Result<Files> {
    let mut bound = Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .keep_debug(with_names)
        .remove_name_section(!with_names)
        .remove_producers_section(true)
        .generate_output()?;
    let inline = bound.snippets().values().flatten().count();
    if inline + bound.local_modules().len() > 0 {
        bail!("a dependency of the app brings scripts of its own");
    }
    let script = bound.js().as_bytes().to_owned();
    let module = bound.wasm_mut().emit_wasm();
    Ok([
        (format!("{}.js", target.name), script),
        (format!("{}.wasm", target.name), module),
    ]
    .into())
}
