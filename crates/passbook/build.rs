//! Puts the web app's bundle into the binary: the files that `portal-bundle` made in `bundle/web`, if they are there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?;
    let bundle = Path::new(&package).join("../../bundle");
    let web = bundle.join("web");
    // A path that does not exist would count as changed each time.
    let watched = if web.exists() { &web } else { &bundle };
    println!("cargo::rerun-if-changed={}", watched.display());
    let [identity, brotli] = ["identity", "brotli"].map(|form| web.join(form));
    let mut files = Vec::new();
    if identity.exists() {
        collect(&identity, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&identity).map_err(io::Error::other)?;
        let compressed = brotli.join(name);
        let compressed = match compressed.exists() {
            true => format!("Some(include_bytes!({compressed:?}))"),
            false => "None".to_owned(),
        };
        list += &format!(
            "    Embedded {{ name: {name:?}, identity: include_bytes!({file:?}), brotli: {compressed} }},\n"
        );
    }
    list.push(']');
    let out = std::env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(PathBuf::from(out).join("web_app.rs"), list)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}
