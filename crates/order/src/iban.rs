//! International bank account numbers (ISO 13616).

/// The countries that have IBANs, by the length of theirs: those of the registry, and those that its editor lists from
/// other sources. A country that joined later is refused until the table has it.
const COUNTRIES: [(usize, &str); 17] = [
    (15, "NO"),
    (16, "AA BE BI"),
    (18, "AX DK FI FO GL NL"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU XK"),
    (21, "CH HR LI LV"),
    (22, "BG BH CR DE GB GE IE ME RS"),
    (23, "AE GI IL IQ TL"),
    (24, "AD CZ DZ ES MD PK RO SA SE SK TN VG"),
    (25, "AO CV GW MZ PT ST"),
    (26, "IR IS TR"),
    (
        27,
        "BF BL CF CG CM DJ FR GA GF GP GQ GR IT KM MC MF MG MQ MR NC PF PM RE SM TD TF WF YT",
    ),
    (28, "AL AZ BJ BY CI CY DO GT HN HU LB MA ML NE PL SN SV TG"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU"),
    (31, "MT SC"),
    (32, "LC NI"),
];

/// The length of the IBANs of a country (two capital letters). `None` if it has none.
#[must_use]
pub fn length_of(country: &str) -> Option<usize> {
    let has = |countries: &str| countries.split(' ').any(|listed| listed == country);
    let row = COUNTRIES.iter().find(|(_, countries)| has(countries));
    row.map(|(length, _)| *length)
}

/// Whether the text is an IBAN: without spaces, in upper case, of its country's length, with the right check digits.
/// The structure of the country's own account number is not judged.
#[must_use]
pub fn is_iban(text: &str) -> bool {
    let has_check_digits = |text: &str| {
        let check_digits = text.get(2..4);
        check_digits.is_some_and(|digits| ("02".."99").contains(&digits))
    };
    has_form(text) && has_check_digits(text) && remainder(text) == 1
}

/// Whether the text has the form of an IBAN, whatever its check digits: a country, two digits, the country's length.
#[must_use]
pub fn has_form(text: &str) -> bool {
    let is_of_iban = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let (Some(country), Some(check_digits)) = (text.get(..2), text.get(2..4)) else {
        return false;
    };
    text.bytes().all(is_of_iban)
        && length_of(country) == Some(text.len())
        && check_digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The remainder by 97 of the number that ISO 7064 makes of an IBAN: its first four characters come last, and letters
/// are 10 to 35.
fn remainder(iban: &str) -> u32 {
    let (first, rest) = iban.split_at_checked(4).unwrap_or((iban, ""));
    let digits = rest.chars().chain(first.chars());
    let values = digits.filter_map(|digit| digit.to_digit(36));
    values.fold(0, |remainder, value| {
        let shift = if value < 10 { 10 } else { 100 };
        (remainder * shift + value) % 97
    })
}
