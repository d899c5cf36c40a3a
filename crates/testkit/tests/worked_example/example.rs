//! The values as they are computed, and the values of the page that are reused.

use crate::diagnostic::diagnostic;
use crate::fixed::{key, public};
use crate::page::{self, Values};
use envelope::{Sign1, Signer as _, es256};
use types::{Signature, hex};

/// Hex characters per line: a public key fits.
const HEX_LINE: usize = 130;

pub(crate) struct Example {
    kept: Values,
    writing: bool,
    pub(crate) made: Values,
}

impl Example {
    /// `kept` are the values on the page. Values that differ each time are taken from there. If the page is being
    /// written (`writing`), invalid ones are made again.
    pub(crate) fn new(kept: Values, writing: bool) -> Self {
        Self {
            kept,
            writing,
            made: Values::new(),
        }
    }

    pub(crate) fn text(&mut self, name: &str, text: impl Into<String>) {
        let other = self.made.insert(name.to_owned(), text.into());
        assert_eq!(other, None, "{name} is made twice");
    }

    pub(crate) fn hex(&mut self, name: &str, bytes: &[u8]) {
        let digits: Vec<char> = hex::encode(bytes).chars().collect();
        let lines: Vec<String> = digits.chunks(HEX_LINE).map(String::from_iter).collect();
        self.text(name, lines.join("\n"));
    }

    /// CBOR as text, and as bytes under the name `NAME_bytes`.
    pub(crate) fn cbor(&mut self, name: &str, bytes: &[u8]) {
        self.text(name, diagnostic(bytes));
        self.hex(&format!("{name}_bytes"), bytes);
    }

    /// The bytes on the page, if `holds` accepts them. If the page is being written, `make` makes new ones.
    pub(crate) fn keep(
        &self,
        name: &str,
        holds: impl FnOnce(&[u8]) -> bool,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Vec<u8> {
        let has_it = self.kept.get(name).is_some_and(|text| !text.is_empty());
        let kept = has_it.then(|| page::bytes(&self.kept, name));
        match kept {
            Some(kept) if holds(&kept) => kept,
            _ => {
                assert!(self.writing, "{name} does not hold any more");
                make()
            }
        }
    }

    fn signature(&self, name: &str, signer: &str, signed: &[u8]) -> Signature {
        let kept = self.kept.get(name).and_then(|text| signature_in(text));
        match kept {
            Some(kept) if es256::verify(&public(signer), signed, &kept) => kept,
            _ => {
                assert!(
                    self.writing,
                    "the signature of {name} does not hold any more"
                );
                key(signer).sign(signed).unwrap()
            }
        }
    }

    /// A Sign1 by `signer` that embeds `payload`.
    pub(crate) fn sign1(&mut self, name: &str, signer: &str, payload: &[u8]) -> Vec<u8> {
        let kid = public(signer).kid();
        let signature = self.signature(name, signer, &Sign1::to_be_signed(kid, payload));
        let sign1 = Sign1::assemble_embedded(kid, payload, &signature);
        self.hex(name, &sign1);
        sign1
    }

    /// A Sign1 by `signer` with detached payload.
    pub(crate) fn detached(&mut self, name: &str, signer: &str, payload: &[u8]) -> Vec<u8> {
        let kid = public(signer).kid();
        let signature = self.signature(name, signer, &Sign1::to_be_signed(kid, payload));
        let sign1 = Sign1::assemble_detached(kid, &signature);
        self.hex(name, &sign1);
        sign1
    }

    /// A JWT with this signing input by `signer`.
    pub(crate) fn jwt(&mut self, name: &str, signer: &str, input: &str) -> String {
        let signature = self.signature(name, signer, input.as_bytes());
        let jwt = format!("{input}.{signature}");
        self.text(name, jwt.clone());
        jwt
    }
}

/// The signature at the end of a Sign1 in hex, or of a JWT.
fn signature_in(text: &str) -> Option<Signature> {
    if let Some((_, signature)) = text.rsplit_once('.') {
        return signature.parse().ok();
    }
    let bytes = hex::decode(&text.replace('\n', "")).ok()?;
    Signature::try_from(bytes.last_chunk::<64>()?.as_slice()).ok()
}
