//! What the tools print on standard output.

use serde::Serialize;
use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;

/// A line for a person.
pub(crate) fn line(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// One JSON object on a line, for a machine.
pub(crate) fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string(value)?;
    line(format_args!("{text}"))
}

/// How this program was called, for lines to paste.
pub(crate) fn program() -> String {
    std::env::args_os()
        .next()
        .map_or_else(|| "passbook".into(), quoted)
}

/// An argument as a shell takes it: as it is where nothing in it means anything to a shell, else between quotes.
pub(crate) fn quoted(argument: impl AsRef<OsStr>) -> String {
    let argument = argument.as_ref();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
    match argument.to_str() {
        Some(text) if !text.is_empty() && text.bytes().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        // Bytes that are no text or that a terminal obeys: escaped, as POSIX has it since 2024.
        _ => {
            let bytes = argument.as_encoded_bytes().iter();
            let escaped: String = bytes.map(|byte| format!("\\x{byte:02x}")).collect();
            format!("$'{escaped}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for argument in [
            b"".as_slice(),
            b"plain/path-1.toml",
            b"my bank & co",
            b"it's $HOME `id` \"x\" \\ * ~ # !",
            "Kč 100 ก".as_bytes(),
            b"a\nb\tc",
            b"not\xffutf8",
        ] {
            let argument = OsStr::from_bytes(argument);
            let line = format!("printf '%s' {}", quoted(argument));
            let read = std::process::Command::new("bash")
                .args(["-c", &line])
                .output()
                .unwrap();
            assert_eq!(OsStr::from_bytes(&read.stdout), argument, "{line}");
        }
        assert_eq!(quoted("data/x"), "data/x");
        assert_eq!(quoted("a b"), "'a b'");
    }
}
