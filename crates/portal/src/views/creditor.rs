//! Who gets the money: the fields for each way to name them.

use super::form::{DIGITS, Form, TEXT, choice_field, optional, text_field};
use super::person::Person;
use crate::model::Draft;
use crate::texts::fill;
use leptos::prelude::*;
use order::{Creditor, OrderError};

/// The ways to name a creditor: the scheme, and what a person calls it.
pub(super) fn schemes(person: &Person) -> Vec<(String, String)> {
    let texts = &person.texts.pay;
    let schemes = [
        ("account", texts.account),
        ("domestic", texts.domestic),
        ("iban", texts.iban),
        ("proxy", texts.proxy),
        ("biller", texts.biller),
        ("swift", texts.swift),
    ];
    let schemes = schemes.map(|(scheme, text)| (scheme.to_owned(), text.to_owned()));
    schemes.into()
}

/// What is typed about a creditor.
#[derive(Clone, Copy)]
pub(super) struct CreditorFields {
    name: RwSignal<String>,
    identification: RwSignal<String>,
    bank: RwSignal<String>,
    proxy_kind: RwSignal<String>,
    references: [RwSignal<String>; order::REFERENCES_MAX],
}

const REFERENCES: [&str; order::REFERENCES_MAX] = ["reference-1", "reference-2", "reference-3"];

impl CreditorFields {
    pub(super) fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            name: empty(),
            identification: empty(),
            bank: empty(),
            proxy_kind: RwSignal::new("mobile".to_owned()),
            references: [empty(), empty(), empty()],
        }
    }

    /// Shows what a draft has.
    pub(super) fn load(&self, draft: &Draft) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let identification = text(&draft.identification);
        match identification
            .split_once(':')
            .filter(|_| draft.scheme.as_deref() == Some("proxy"))
        {
            Some((kind, digits)) => {
                self.proxy_kind.set(kind.to_owned());
                self.identification.set(digits.to_owned());
            }
            None => self.identification.set(identification),
        }
        self.name.set(text(&draft.name));
        self.bank.set(text(&draft.bank));
        for (field, reference) in self.references.iter().zip(&draft.references) {
            field.set(reference.clone());
        }
    }

    /// Has the caller follow what is typed about who the creditor is.
    pub(super) fn track(self) {
        for field in [self.name, self.identification, self.bank, self.proxy_kind] {
            field.track();
        }
    }

    /// Writes what was typed into a draft. Returns what is wrong with which fields.
    pub(super) fn save(
        &self,
        person: &Person,
        scheme: &str,
        draft: &mut Draft,
    ) -> Vec<(&'static str, String)> {
        let typed = |field: RwSignal<String>| {
            let text = field.read_untracked().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let compact =
            |field| typed(field).map(|text: String| text.split_whitespace().collect::<String>());
        let has_bank = matches!(scheme, "domestic" | "swift");
        let capitals = matches!(scheme, "iban" | "swift");
        let identification = compact(self.identification).map(|text| match scheme {
            "iban" => text.to_ascii_uppercase(),
            "proxy" => format!(
                "{}:{}",
                self.proxy_kind.read_untracked(),
                text.replace('-', "")
            ),
            _ => text,
        });
        draft.scheme = Some(scheme.to_owned());
        draft.identification = identification;
        draft.name = typed(self.name).filter(|_| scheme != "biller");
        draft.bank = compact(self.bank).filter(|_| has_bank);
        if capitals {
            draft.bank = draft.bank.take().map(|bank| bank.to_ascii_uppercase());
        }
        let references = self.references.into_iter().filter(|_| scheme == "biller");
        draft.references = references.filter_map(compact).collect();
        errors(person, draft)
    }

    /// The fields of a scheme.
    pub(super) fn view(self, form: Form, scheme: &str) -> AnyView {
        let person = Person::here();
        let texts = &person.texts.pay;
        let identification = |label: &'static str, kind| {
            text_field(
                form,
                "identification",
                label,
                None,
                kind,
                self.identification,
            )
        };
        let name = || text_field(form, "name", texts.name, None, TEXT, self.name);
        let own_name = || {
            text_field(
                form,
                "name",
                optional(&person, texts.name),
                None,
                TEXT,
                self.name,
            )
        };
        let bank = |label: &'static str| text_field(form, "bank", label, None, TEXT, self.bank);
        match scheme {
            "account" => view! { {own_name()} {identification(texts.account_number, TEXT)} }.into_any(),
            "domestic" => view! {
                {name()}
                {identification(texts.account_number, TEXT)}
                {bank(texts.bank_code)}
            }
            .into_any(),
            "iban" => view! { {own_name()} {identification(texts.iban_number, TEXT)} }.into_any(),
            "swift" => view! {
                {name()}
                {identification(texts.account_number, TEXT)}
                {bank(texts.bic)}
            }
            .into_any(),
            "proxy" => view! {
                {choice_field(form, "proxy-kind", texts.proxy_kind, move || proxy_kinds(&person), self.proxy_kind)}
                {identification(texts.proxy_number, DIGITS)}
                {own_name()}
            }
            .into_any(),
            "biller" => view! {
                {identification(texts.biller_number, DIGITS)}
                {self.reference_fields(form, &person)}
            }
            .into_any(),
            _ => ().into_any(),
        }
    }

    fn reference_fields(self, form: Form, person: &Person) -> AnyView {
        let fields = REFERENCES.into_iter().zip(self.references).zip(1..);
        let fields = fields.map(|((id, value), number): (_, u32)| {
            let label = fill(person.texts.pay.bill_reference, &[&number.to_string()]);
            let label = if number == 1 {
                label
            } else {
                optional(person, &label)
            };
            text_field(form, id, label, None, TEXT, value)
        });
        fields.collect_view().into_any()
    }
}

fn proxy_kinds(person: &Person) -> super::form::Choices {
    let texts = &person.texts.pay;
    let kinds = [
        ("mobile", texts.proxy_mobile),
        ("national", texts.proxy_national),
        ("ewallet", texts.proxy_ewallet),
    ];
    let kinds = kinds.map(|(kind, text)| (kind.to_owned(), text.to_owned()));
    vec![(String::new(), kinds.into())]
}

/// What is wrong with the creditor of a draft, by the rules that the bank has, too.
fn errors(person: &Person, draft: &Draft) -> Vec<(&'static str, String)> {
    let mut errors = Vec::new();
    let missing = || person.texts.pay.field_missing.to_owned();
    let scheme = draft.scheme.as_deref().unwrap_or_default();
    if draft.identification.is_none() {
        errors.push(("identification", missing()));
    }
    let has_bank = matches!(scheme, "domestic" | "swift");
    if has_bank && draft.name.is_none() {
        errors.push(("name", missing()));
    }
    if has_bank && draft.bank.is_none() {
        errors.push(("bank", missing()));
    }
    if scheme == "biller" && draft.references.is_empty() {
        errors.push(("reference-1", missing()));
    }
    let Some((scheme, identification)) = scheme.parse().ok().zip(draft.identification.clone())
    else {
        return errors;
    };
    if !errors.is_empty() {
        return errors;
    }
    let creditor = Creditor {
        scheme,
        identification,
        bank: draft.bank.clone(),
        name: draft.name.clone(),
        references: draft.references.clone(),
    };
    match creditor.check() {
        Ok(()) => Vec::new(),
        Err(error) => vec![error_of(person, &error)],
    }
}

fn error_of(person: &Person, error: &OrderError) -> (&'static str, String) {
    let failures = &person.texts.failures;
    let (field, sentence) = match error {
        OrderError::NotAnIban => ("identification", failures.not_an_iban),
        OrderError::NotAProxy => ("identification", failures.not_a_proxy),
        OrderError::NotABic => ("bank", failures.not_a_bic),
        OrderError::NotABillReference => ("reference-1", failures.not_a_reference),
        OrderError::Text {
            field: order::Field::Name,
            ..
        } => ("name", failures.not_text),
        OrderError::Text {
            field: order::Field::Bank,
            ..
        } => ("bank", failures.not_text),
        _ => ("identification", failures.not_text),
    };
    (field, sentence.to_owned())
}
