//! Messages in a language and for a way.

use crate::address::Way;
use crate::message::{Message, Moved};
use crate::texts::{Language, Texts};
use types::Money;

/// For whom and for what a message is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderedFor {
    /// How it goes.
    pub way: Way,
    /// In which language.
    pub language: Language,
    /// Whether the bank lets an SMS name an amount and an account together.
    pub amount_with_account: bool,
}

/// A message's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// A mail's subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// The message's words. In an SMS an account is named with an amount only if the bank permits it.
#[must_use]
pub fn rendered(message: &Message, to: &RenderedFor) -> Rendered {
    let texts = to.language.texts();
    let (subject, text) = match message {
        Message::LoginCode(code) => (
            texts.login_code_subject.to_owned(),
            (texts.login_code)(code),
        ),
        Message::Moved(moved) => (texts.moved_subject.to_owned(), of_moved(moved, texts, to)),
        Message::Alert(alert) => (alert.subject.clone(), alert.text.clone()),
    };
    let subject = subject.replace(char::is_control, " ");
    let text = match (message, to.way) {
        (Message::Alert(_), Way::Sms) => subject.clone(),
        _ => text.replace(|letter: char| letter.is_control() && letter != '\n', " "),
    };
    Rendered { subject, text }
}

fn of_moved(moved: &Moved, texts: &Texts, to: &RenderedFor) -> String {
    let is_named = to.way == Way::Mail || to.amount_with_account;
    let account = is_named.then(|| moved.account.as_str());
    let minor_units = moved.amount.minor_units();
    let amount = Money::new(minor_units.saturating_abs(), moved.amount.currency());
    let text = if minor_units < 0 {
        texts.went_out
    } else {
        texts.came_in
    };
    text(&amount.to_string(), account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Alert;

    const LANGUAGES: [Language; 2] = [Language::En, Language::Th];

    fn moved(minor_units: i64) -> Message {
        Message::Moved(Moved {
            account: "2001".parse().unwrap(),
            amount: Money::new(minor_units, "THB".parse().unwrap()),
        })
    }

    #[test]
    fn an_sms_names_an_account_with_an_amount_only_if_the_bank_permits_it() {
        for language in LANGUAGES {
            for minor_units in [150_000, -150_000] {
                for (way, amount_with_account, named) in [
                    (Way::Sms, false, false),
                    (Way::Sms, true, true),
                    (Way::Mail, false, true),
                ] {
                    let to = RenderedFor {
                        way,
                        language,
                        amount_with_account,
                    };
                    let text = rendered(&moved(minor_units), &to).text;
                    assert!(
                        text.contains("1,500.00 THB") && !text.contains('-'),
                        "{text}"
                    );
                    assert_eq!(text.contains("2001"), named, "{text}");
                }
            }
        }
    }

    #[test]
    fn every_language_says_each_thing_in_its_own_words() {
        let code = Message::LoginCode("12345678".to_owned().into());
        for message in [code, moved(1), moved(-1)] {
            let words = LANGUAGES.map(|language| {
                let to = RenderedFor {
                    way: Way::Mail,
                    language,
                    amount_with_account: false,
                };
                rendered(&message, &to)
            });
            assert!(words[0].text != words[1].text && words[0].subject != words[1].subject);
            let is_thai = |text: &str| {
                text.chars()
                    .any(|letter| ('\u{e00}'..'\u{e80}').contains(&letter))
            };
            assert_eq!(
                words.each_ref().map(|words| is_thai(&words.text)),
                [false, true]
            );
        }
    }

    #[test]
    fn an_alert_adds_no_line_to_a_header() {
        let alert = Message::Alert(Alert {
            subject: "Layer 2\r\nBcc: somebody@else.example".to_owned(),
            text: "Two\nlines\u{7}".to_owned(),
        });
        let to = |way| RenderedFor {
            way,
            language: Language::En,
            amount_with_account: false,
        };
        let mail = rendered(&alert, &to(Way::Mail));
        assert_eq!(mail.subject, "Layer 2  Bcc: somebody@else.example");
        assert_eq!(mail.text, "Two\nlines ");
        assert_eq!(rendered(&alert, &to(Way::Sms)).text, mail.subject);
    }
}
