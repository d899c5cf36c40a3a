//! Makes the web app's bundle, which the binary `passbook` has in it: builds the module for the browser and its bindings, adds
//! the static files of `crates/portal/static`, gives what a page loads the names of its digests, and compresses everything.
//!
//! The bundle is the directory `bundle/web` of the repository: `identity` has the files as they are, each at its address, and
//! `brotli` the same files compressed. It is left alone if nothing changed, so that nothing that has it in it is built again.
//!
//! The argument is cargo's profile: `web`, which is the default, as it is delivered; `dev` for a quick look, with names.

mod compression;
mod module;
mod naming;
mod output;
mod refusals;

use anyhow::Context as _;
use naming::named;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The contents of files, by their names.
type Files = BTreeMap<String, Vec<u8>>;

fn main() -> anyhow::Result<()> {
    let profile = std::env::args().nth(1);
    let profile = profile.as_deref().unwrap_or("web");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let module = module::build(&repository, profile)?;
    let mut files = static_files(&repository.join("crates/portal/static"))?;
    files.extend(module::bound(&module, profile == "dev")?);
    refusals::check(&files)?;
    let identity = named(files)?;
    let brotli = compression::compress(&identity)?;
    output::write(&repository.join("bundle"), [&identity, &brotli])?;
    output::print_sizes(&identity, &brotli)?;
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
