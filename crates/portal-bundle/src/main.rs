//! Makes the web app's bundle, which the binary `passbook` has in it: builds the module for the browser and its bindings, adds
//! the static files of `crates/portal/static`, gives what a page loads the names of its digests, and compresses everything.
//!
//! The bundle is the directory `bundle/web` of the repository: `identity` has the files as they are, each at its address, and
//! `brotli` the same files compressed. It is left alone if nothing changed, so that nothing that has it in it is built again.
//!
//! The argument is cargo's profile: `web`, which is the default, as it is delivered; `dev` for a quick look, with names. With
//! `suites` it makes `bundle/suites` instead: a page that runs the suites of the browser's ports, for a test of the binary.

mod compression;
mod module;
mod naming;
mod output;
mod refusals;

use anyhow::Context as _;
use naming::named;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The profile of what is delivered.
const DELIVERED: &str = "web";

/// The contents of files, by their names.
type Files = BTreeMap<String, Vec<u8>>;

fn main() -> anyhow::Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::args().nth(1).as_deref() {
        Some("suites") => suites(&repository),
        profile => app(&repository, profile.unwrap_or(DELIVERED)),
    }
}

fn app(repository: &Path, profile: &str) -> anyhow::Result<()> {
    let module = module::build(repository, &module::APP, profile)?;
    let mut files = static_files(&repository.join("crates/portal/static"))?;
    files.extend(module::bound(&module, &module::APP, profile == "dev")?);
    refusals::check(&files)?;
    let identity = named(files)?;
    let bundle = repository.join("bundle/web");
    if output::is_current(&bundle, &identity) {
        return Ok(());
    }
    let brotli = compression::compress(&identity)?;
    output::write(&bundle, [&identity, &brotli])?;
    output::print_sizes(&identity, &brotli)?;
    Ok(())
}

/// The same files each time, under the names that they have.
fn suites(repository: &Path) -> anyhow::Result<()> {
    let module = module::build(repository, &module::SUITES, DELIVERED)?;
    let mut files = static_files(&repository.join("crates/client-web/examples/page"))?;
    files.extend(module::bound(&module, &module::SUITES, true)?);
    let address = |name: String| match name.as_str() {
        "index.html" => "/".to_owned(),
        _ => format!("/app/{name}"),
    };
    let files = files.into_iter();
    let identity = files.map(|(name, content)| (address(name), content));
    let identity = identity.collect();
    output::write(
        &repository.join("bundle/suites"),
        [&identity, &Files::new()],
    )?;
    Ok(())
}

fn static_files(directory: &Path) -> anyhow::Result<Files> {
    let read = |path: PathBuf| {
        let name = path.file_name().context("a file without a name")?;
        let name = name.to_str().context("a name that is not UTF-8")?;
        Ok((name.to_owned(), std::fs::read(&path)?))
    };
    let entries = std::fs::read_dir(directory)?;
    entries.map(|entry| read(entry?.path())).collect()
}
