//! Compares the name that a creditor has in an order with the owners of the account.

use crate::orders::{Route, find_route};
use crate::{BankError, SandboxBank, directory};
use core_bank::PayeeCheck;
use database::{Transaction, params};
use order::{Creditor, Scheme};
use types::{AccountId, Role};

/// How many characters a close name may differ in.
const CLOSE_MAX: usize = 2;

impl SandboxBank {
    /// Compares a creditor's name with the owners of the account.
    pub(crate) async fn check_creditor(&self, creditor: Creditor) -> Result<PayeeCheck, BankError> {
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let owners = match owners(tx, &creditor).await? {
                    Some(owners) => owners,
                    None => return Ok(PayeeCheck::None),
                };
                Ok(match &creditor.name {
                    Some(name) => compare(name, &owners),
                    None => PayeeCheck::CannotSay,
                })
            })
            .await
    }
}

/// The names of who gets the money, as far as the bank knows them. `None` if nobody would get it.
async fn owners(
    tx: &mut Transaction<'_>,
    creditor: &Creditor,
) -> Result<Option<Vec<String>>, BankError> {
    if creditor.scheme == Scheme::Biller {
        let biller = directory::biller(tx, &creditor.identification).await?;
        return Ok(biller.map(|biller| vec![biller.name]));
    }
    match find_route(tx, creditor).await? {
        Err(_) => Ok(None),
        Ok(Route::Here(account)) => owners_here(tx, &account).await,
        Ok(Route::Away(resolved)) if creditor.scheme == Scheme::Proxy => {
            Ok(Some(resolved.name.into_iter().collect()))
        }
        Ok(Route::Away(_)) => Ok(Some(Vec::new())),
    }
}

async fn owners_here(
    tx: &mut Transaction<'_>,
    account: &AccountId,
) -> Result<Option<Vec<String>>, BankError> {
    let known = "SELECT id FROM account WHERE id = $1";
    if tx.query_optional(known, params![account]).await?.is_none() {
        return Ok(None);
    }
    let select = "SELECT c.name FROM holder h JOIN customer c ON c.id = h.customer
        WHERE h.account = $1 AND h.role = $2 AND c.name IS NOT NULL ORDER BY c.id";
    let rows = tx.query(select, params![account, Role::Owner]).await?;
    let names = rows.iter().map(|row| row.get(0));
    Ok(Some(names.collect::<Result<_, _>>()?))
}

/// Any owner's name matches. A joint account may also be addressed to all its owners.
fn compare(name: &str, owners: &[String]) -> PayeeCheck {
    if owners.is_empty() {
        return PayeeCheck::CannotSay;
    }
    let asked = words(name);
    let all: Vec<String> = owners.iter().flat_map(|owner| words(owner)).collect();
    if same(&asked, &all) || owners.iter().any(|owner| same(&asked, &words(owner))) {
        return PayeeCheck::Match;
    }
    let close = owners.iter().find(|owner| is_close(&asked, &words(owner)));
    close.map_or(PayeeCheck::None, |owner| PayeeCheck::Close(owner.clone()))
}

/// The words of a name in small letters without accents, titles and conjunctions.
fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .chars()
        .flat_map(char::to_lowercase)
        .map(plain)
        .collect();
    plain
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !["", "and", "a", "mr", "mrs", "ms", "ing", "mgr"].contains(word))
        .map(str::to_owned)
        .collect()
}

/// The letter without its accent, as far as Czech and its neighbours have it.
const fn plain(letter: char) -> char {
    match letter {
        'á' | 'ä' | 'à' | 'â' => 'a',
        'č' | 'ć' | 'ç' => 'c',
        'ď' => 'd',
        'é' | 'ě' | 'ë' | 'è' => 'e',
        'í' | 'ì' | 'î' => 'i',
        'ĺ' | 'ľ' | 'ł' => 'l',
        'ň' | 'ń' => 'n',
        'ó' | 'ö' | 'ô' | 'ő' => 'o',
        'ř' | 'ŕ' => 'r',
        'š' | 'ś' => 's',
        'ť' => 't',
        'ú' | 'ů' | 'ü' | 'ű' => 'u',
        'ý' => 'y',
        'ž' | 'ź' | 'ż' => 'z',
        letter => letter,
    }
}

/// Whether two names have the same words, in any order.
fn same(one: &[String], other: &[String]) -> bool {
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words
    };
    !one.is_empty() && sorted(one) == sorted(other)
}

/// Whether a name is nearly another: a few letters differ, or given names are initials or left out.
fn is_close(asked: &[String], owner: &[String]) -> bool {
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words.concat()
    };
    if distance(&sorted(asked), &sorted(owner)) <= CLOSE_MAX {
        return true;
    }
    let Some(family) = owner.last() else {
        return false;
    };
    let begins = |word: &String| owner.iter().any(|of| of.starts_with(word.as_str()));
    asked.contains(family) && asked.iter().all(begins)
}

/// The least number of letters to insert, delete or replace (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for (above, (column, of)) in row.iter().zip(row.iter().skip(1).zip(&other)) {
            let left = next.last().copied().unwrap_or_default();
            let replaced = above + usize::from(letter != *of);
            next.push(replaced.min(column + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::compare;
    use core_bank::PayeeCheck;

    fn check(name: &str, owners: &[&str], expected: PayeeCheck) {
        let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
        assert_eq!(compare(name, &owners), expected, "{name} {owners:?}");
    }

    #[test]
    fn names_are_compared_without_accents_case_and_order() {
        check("jana kucerova", &["Jana Kučerová"], PayeeCheck::Match);
        check("Kučerová, Jana", &["Jana Kučerová"], PayeeCheck::Match);
        check("Mgr. Jana Kučerová", &["Jana Kučerová"], PayeeCheck::Match);
    }

    #[test]
    fn a_name_that_is_nearly_right_gets_the_right_one() {
        let close = || PayeeCheck::Close("Jana Kučerová".to_owned());
        check("Jana Kučera", &["Jana Kučerová"], close());
        check("Jana Kucerva", &["Jana Kučerová"], close());
        check("J. Kučerová", &["Jana Kučerová"], close());
        check("Kučerová", &["Jana Kučerová"], close());
        check("Petr Kučerová", &["Jana Kučerová"], PayeeCheck::None);
        check("Eva Malá", &["Jana Kučerová"], PayeeCheck::None);
    }

    #[test]
    fn any_owner_of_a_joint_account_matches_and_so_do_all() {
        let owners = ["Jana Malá", "Petr Malý"];
        check("Petr Malý", &owners, PayeeCheck::Match);
        check("Jana Malá a Petr Malý", &owners, PayeeCheck::Match);
        check(
            "Jana Malý",
            &owners,
            PayeeCheck::Close("Jana Malá".to_owned()),
        );
        check("Eva Nová", &owners, PayeeCheck::None);
    }

    #[test]
    fn without_a_known_name_the_bank_cannot_say() {
        check("Petr Malý", &[], PayeeCheck::CannotSay);
    }
}
