//! The parts of a text, and the alphabet that they are in (3GPP TS 23.038, 23.040).

use rusmpp::values::DataCoding;

/// The GSM alphabet: the place of a character is its septet. The escape has none.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

const ESCAPE: u8 = 0x1b;

/// Characters that take the escape and a septet.
const ESCAPED: [(char, u8); 9] = [
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

/// A text for the air.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) coding: DataCoding,
    /// The octets of each part, without a header.
    pub(super) parts: Vec<Vec<u8>>,
}

impl Parts {
    /// In the GSM alphabet, an octet a septet: 160 in one part, 153 in each of several. A text with another character is in UCS-2, 70 or
    /// 67 characters. No character is divided.
    pub(super) fn of(text: &str) -> Self {
        let in_gsm: Option<Vec<Vec<u8>>> = text.chars().map(gsm).collect();
        let (coding, characters, single, several) = match in_gsm {
            Some(characters) => (DataCoding::McSpecific, characters, 160, 153),
            None => (DataCoding::Ucs2, text.chars().map(ucs2).collect(), 140, 134),
        };
        let octets: usize = characters.iter().map(Vec::len).sum();
        let most = if octets <= single { single } else { several };
        let parts = packed(&characters, most);
        Self { coding, parts }
    }
}

fn packed(characters: &[Vec<u8>], most: usize) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    for character in characters {
        match parts.last_mut() {
            Some(part) if part.len() + character.len() <= most => part.extend(character),
            _ => parts.push(character.clone()),
        }
    }
    parts
}

fn gsm(character: char) -> Option<Vec<u8>> {
    if let Some((_, septet)) = ESCAPED.iter().find(|(escaped, _)| *escaped == character) {
        return Some(vec![ESCAPE, *septet]);
    }
    let place = GSM.chars().position(|known| known == character)?;
    let septet = u8::try_from(place).ok()?;
    (septet != ESCAPE).then(|| vec![septet])
}

/// Characters beyond the first 65,536, such as emoji, take two units: phones read UTF-16.
fn ucs2(character: char) -> Vec<u8> {
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units);
    units.iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, coding: DataCoding, lengths: &[usize]) {
        let parts = Parts::of(text);
        let found: Vec<_> = parts.parts.iter().map(Vec::len).collect();
        assert_eq!((parts.coding, &found[..]), (coding, lengths), "{text}");
    }

    #[test]
    fn a_text_has_as_few_parts_as_it_can() {
        let gsm = DataCoding::McSpecific;
        check("", gsm, &[0]);
        check(&"a".repeat(160), gsm, &[160]);
        check(&"a".repeat(161), gsm, &[153, 8]);
        check(&"a".repeat(307), gsm, &[153, 153, 1]);
        let thai = DataCoding::Ucs2;
        check(&"ก".repeat(70), thai, &[140]);
        check(&"ก".repeat(71), thai, &[134, 8]);
        check(&"ก".repeat(135), thai, &[134, 134, 2]);
    }

    #[test]
    fn no_character_is_divided() {
        check(
            &format!("{}€€€€€", "a".repeat(152)),
            DataCoding::McSpecific,
            &[152, 10],
        );
        check(
            &format!("{}😀กกก", "ก".repeat(66)),
            DataCoding::Ucs2,
            &[132, 10],
        );
    }

    #[test]
    fn the_alphabet_is_that_of_phones() {
        let octets = |text: &str| Parts::of(text).parts.concat();
        assert_eq!(GSM.chars().count(), 128);
        assert_eq!(octets("@A_à€"), [0x00, 0x41, 0x11, 0x7f, 0x1b, 0x65]);
        assert_eq!(octets("ก😀"), [0x0e, 0x01, 0xd8, 0x3d, 0xde, 0x00]);
        assert_eq!(Parts::of("\u{1b}").coding, DataCoding::Ucs2);
    }
}
