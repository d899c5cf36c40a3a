//! A payment: what the person types, the review, and what became of it.

use super::asked::{Answer, asked, run};
use super::creditor::{CreditorFields, schemes};
use super::failed::failed;
use super::form::{
    Choices, DAY, DECIMAL, Form, TEXT, choice_field, form, optional, radio_field, submit_button,
    text_field,
};
use super::home::{account_name, known_accounts};
use super::money_limits::limits;
use super::navigation::{Navigation, heading};
use super::on_demand::ask_for;
use super::person::{Person, apart, shown};
use super::review::{result, review};
use crate::app::App;
use crate::browser;
use crate::link::Ask;
use crate::model::{Account, Amount, Draft, Order, Payee, Review};
use crate::settings::Settings;
use crate::texts::fill;
use leptos::prelude::*;
use protocol::http::{PayeeCheckAnswer, PayeeCheckRequest, PayeeMatch};
use types::Currency;

/// How far a payment is.
#[derive(Debug, Clone)]
enum Step {
    Form,
    Review(Review),
    Result(Box<Order>),
}

/// What is typed about a payment.
#[derive(Clone, Copy)]
struct Payment {
    form: Form,
    /// The account that pays.
    from: RwSignal<String>,
    /// Who gets the money: `payee:` or `own:` and an id, or a scheme.
    to: RwSignal<String>,
    creditor: CreditorFields,
    amount: RwSignal<String>,
    reference: RwSignal<String>,
    /// When: `now`, `day` or `regularly`.
    when: RwSignal<String>,
    day: RwSignal<String>,
    last: RwSignal<String>,
    frequency: RwSignal<String>,
    payees: Answer<Vec<Payee>>,
    step: RwSignal<Step>,
    /// The draft that is reviewed, if it is not what the fields say.
    fixed: RwSignal<Option<Draft>>,
}

pub(super) fn pay() -> AnyView {
    let payment = Payment::new();
    if let Some(draft) = Navigation::here().take_prepared() {
        payment.load(draft);
    }
    let step = payment.step;
    (move || match step.get() {
        Step::Form => form_step(payment),
        Step::Review(reviewed) => review_step(payment, &reviewed),
        Step::Result(order) => result(&order),
    })
    .into_any()
}

impl Payment {
    fn new() -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        let app = App::here();
        Self {
            form: Form::new(),
            from: RwSignal::new(first_that_pays(app)),
            to: text(""),
            creditor: CreditorFields::new(),
            amount: text(""),
            reference: text(""),
            when: text("now"),
            day: text(""),
            last: text(""),
            frequency: text("month"),
            payees: asked(|| Ask::Payees),
            step: RwSignal::new(Step::Form),
            fixed: RwSignal::new(None),
        }
    }

    /// Begins with a draft. One that the fields cannot show is reviewed at once.
    fn load(self, draft: Draft) {
        let app = App::here();
        let has_fields = matches!(draft.kind.as_str(), "transfer" | "bill" | "standing");
        if draft.initiation.is_some() || !has_fields {
            self.fixed.set(Some(draft.clone()));
            self.compose(draft);
            return;
        }
        let accounts = untrack(|| known_accounts(app));
        if let Some(from) = &draft.debit_account {
            self.from.set(from.to_string());
        }
        let identification = draft.identification.as_deref().unwrap_or_default();
        let scheme = draft.scheme.as_deref().unwrap_or_default();
        let is_own = accounts
            .iter()
            .any(|account| account.account.as_str() == identification);
        let to = match scheme {
            "account" if is_own => format!("own:{identification}"),
            "own" => {
                let from = self.from.read_untracked();
                let other = accounts
                    .iter()
                    .find(|account| account.account.as_str() != *from);
                other.map_or_else(String::new, |other| format!("own:{}", other.account))
            }
            scheme => scheme.to_owned(),
        };
        self.to.set(to);
        self.creditor.load(&draft);
        if let Some(amount) = draft.amount {
            let written = Person::here().texts.numbers.written(amount);
            self.amount
                .set(format!("{}{}", written.whole, written.fraction));
        }
        self.reference
            .set(draft.reference.clone().unwrap_or_default());
        if let Some(frequency) = draft.frequency {
            self.when.set("regularly".to_owned());
            self.frequency.set(frequency);
        }
    }

    /// The account that pays.
    fn account(self) -> Option<Account> {
        let accounts = known_accounts(App::here());
        let from = self.from.read();
        accounts
            .into_iter()
            .find(|account| account.account.as_str() == *from)
    }

    /// Whether it goes to a biller, by itself or as a payee.
    fn is_bill(self) -> bool {
        let to = self.to.read();
        let Some(id) = to.strip_prefix("payee:") else {
            return *to == "biller";
        };
        let payees = self.payees.read();
        let mut payees = payees.iter().flatten().flatten();
        payees.any(|payee| payee.id == id && payee.draft.scheme.as_deref() == Some("biller"))
    }

    fn currency(self) -> Option<Currency> {
        self.account()?.booked.map(|booked| booked.currency)
    }

    /// The draft of what was typed, or nothing after showing what is wrong.
    fn draft(self, person: &Person) -> Option<Draft> {
        let missing = || person.texts.pay.field_missing.to_owned();
        let mut errors = Vec::new();
        let account = untrack(|| self.account());
        let currency = account
            .as_ref()
            .and_then(|account| account.booked)
            .map(|booked| booked.currency);
        let mut draft = Draft {
            kind: "transfer".to_owned(),
            debit_account: account.map(|account| account.account),
            ..Draft::default()
        };
        if draft.debit_account.is_none() {
            errors.push(("from", missing()));
        }
        errors.extend(self.creditor_of(person, &mut draft));
        let typed = currency.and_then(|currency| {
            person
                .texts
                .numbers
                .typed(&self.amount.read_untracked(), currency)
        });
        if typed.is_none() {
            errors.push(("amount", wrong_amount(person, currency)));
        }
        draft.amount = typed;
        let reference = self.reference.read_untracked().trim().to_owned();
        draft.reference = (!reference.is_empty()).then_some(reference);
        let date = |field: RwSignal<String>| field.read_untracked().parse().ok();
        match self.when.read_untracked().as_str() {
            "day" => draft.date = date(self.day),
            "regularly" if draft.scheme.as_deref() != Some("biller") => {
                draft.kind = "standing".to_owned();
                draft.date = date(self.day);
                draft.last = date(self.last);
                draft.frequency = Some(self.frequency.get_untracked());
            }
            _ => {}
        }
        if *self.when.read_untracked() != "now" && draft.date.is_none() {
            errors.push(("day", missing()));
        }
        if draft.scheme.as_deref() == Some("biller") {
            draft.kind = "bill".to_owned();
        }
        self.form.is_right(errors).then_some(draft)
    }

    fn creditor_of(self, person: &Person, draft: &mut Draft) -> Vec<(&'static str, String)> {
        let to = self.to.get_untracked();
        if let Some(id) = to.strip_prefix("payee:") {
            let payees = self.payees.read_untracked();
            let payees = payees.as_ref().and_then(|answer| answer.as_ref().ok());
            if let Some(payee) =
                payees.and_then(|payees| payees.iter().find(|payee| payee.id == id))
            {
                let known = payee.draft.clone();
                draft.scheme = known.scheme;
                draft.identification = known.identification;
                draft.bank = known.bank;
                draft.name = known.name;
                draft.references = known.references;
                return Vec::new();
            }
        }
        if let Some(account) = to.strip_prefix("own:") {
            draft.scheme = Some("account".to_owned());
            draft.identification = Some(account.to_owned());
            return Vec::new();
        }
        if to.is_empty() || to.contains(':') {
            return vec![("to", person.texts.pay.field_missing.to_owned())];
        }
        self.creditor.save(person, &to, draft)
    }

    /// Has the core review a draft.
    fn compose(self, draft: Draft) {
        let language = Person::here().order_language();
        let draft = Box::new(draft);
        let ask = Ask::Compose { draft, language };
        ask_for(App::here(), self.form, ask, move |reviewed| {
            self.show(Step::Review(reviewed));
        });
    }

    fn show(self, step: Step) {
        self.step.try_set(step);
        browser::before_next_frame(|| {
            browser::focus("h1");
            browser::scroll_to(0.0);
        });
    }
}

/// The first account from which the customer may pay; nothing if there is none.
pub(super) fn first_that_pays(app: App) -> String {
    let first = untrack(|| known_accounts(app)).into_iter().find(may_pay);
    first.map_or_else(String::new, |account| account.account.to_string())
}

fn may_pay(account: &Account) -> bool {
    account.booked.is_some() && !matches!(account.kind.as_deref(), Some("term_deposit" | "loan"))
}

fn wrong_amount(person: &Person, currency: Option<Currency>) -> String {
    let example = currency.map(|currency| {
        let minor_units =
            1250 * 10_i64.pow(u32::from(currency.decimals().unwrap_or_default())) / 100;
        let written = person.texts.numbers.written(Amount {
            minor_units,
            currency,
        });
        format!("{}{}", written.whole, written.fraction)
    });
    fill(
        person.texts.pay.amount_wrong,
        &[&example.unwrap_or_default()],
    )
}

fn form_step(payment: Payment) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.pay;
    if payment.fixed.read_untracked().is_some() {
        return composing(payment);
    }
    if !untrack(|| known_accounts(app)).iter().any(may_pay) {
        return view! { {heading(texts.title)} <p class="empty">{texts.no_account}</p> }.into_any();
    }
    let state = payment.form;
    let proceed = move || {
        if let Some(draft) = payment.draft(&person) {
            payment.compose(draft);
        }
    };
    // The fields follow the way that was chosen, and not every letter that is typed.
    let to = Memo::new(move |_| payment.to.get());
    let creditor = move || payment.creditor.view(state, &to.read());
    let fields = view! {
        {choice_field(state, "from", texts.from, move || debit_accounts(person, app), payment.from)}
        {choice_field(state, "to", texts.to, move || creditors(person, app, payment), payment.to)}
        {creditor}
        {payee_check(payment)}
        {amount_field(payment)}
        {text_field(state, "reference", optional(&person, texts.reference), None, TEXT, payment.reference)}
        {when_fields(payment)}
        {limits()}
    };
    view! {
        {heading(texts.title)}
        <div class="narrow-column">
            {form(state, fields.into_any(), submit_button(state, texts.review), proceed)}
        </div>
    }
    .into_any()
}

/// A draft without fields on its way to the review, or why there is none.
fn composing(payment: Payment) -> AnyView {
    let person = Person::here();
    let form = payment.form;
    let back = super::navigation::link(
        crate::route::Route::Orders,
        "button",
        person.texts.common.back,
    );
    let failure = move || form.failure.get().as_ref().map(failed);
    view! { {heading(person.texts.pay.review_title)} {failure} <div class="buttons">{back}</div> }
        .into_any()
}

pub(super) fn debit_accounts(person: Person, app: App) -> Choices {
    let settings: RwSignal<Settings> = expect_context();
    let accounts = known_accounts(app).into_iter().filter(may_pay);
    let choices = accounts.map(|account| {
        let balance = account.available.or(account.booked);
        let balance = balance.filter(|_| !settings.read().amounts_hidden);
        let name = apart(&account_name(&person, &account));
        let text = match balance {
            Some(balance) => format!("{name} · {}", person.amount(balance)),
            None => name,
        };
        (account.account.to_string(), text)
    });
    vec![(String::new(), choices.collect())]
}

fn creditors(person: Person, app: App, payment: Payment) -> Choices {
    let texts = &person.texts.pay;
    let payees = payment.payees.read();
    let payees = payees.as_ref().and_then(|answer| answer.as_ref().ok());
    let payees = payees.into_iter().flatten();
    let payees = payees.map(|payee| (format!("payee:{}", payee.id), apart(&shown(&payee.name))));
    let payees: Vec<_> = payees.collect();
    let from = payment.from.read();
    let own = known_accounts(app)
        .into_iter()
        .filter(|account| account.account.as_str() != *from);
    let own = own.map(|account| {
        (
            format!("own:{}", account.account),
            apart(&account_name(&person, &account)),
        )
    });
    let own: Vec<_> = own.collect();
    let mut choices = vec![(
        String::new(),
        vec![(String::new(), texts.choose.to_owned())],
    )];
    let groups = [
        (texts.group_payees, payees),
        (texts.group_own, own),
        (texts.group_others, schemes(&person)),
    ];
    let groups = groups
        .into_iter()
        .filter(|(_, choices)| !choices.is_empty());
    choices.extend(groups.map(|(name, choices)| (name.to_owned(), choices)));
    choices
}

fn amount_field(payment: Payment) -> AnyView {
    let texts = &Person::here().texts.pay;
    let field = text_field(
        payment.form,
        "amount",
        texts.amount,
        None,
        DECIMAL,
        payment.amount,
    );
    let currency = Memo::new(move |_| payment.currency());
    let code = move || currency.get().map(|currency| currency.to_string());
    view! { <div class="amount-field">{field}<span class="unit">{code}</span></div> }.into_any()
}

fn when_fields(payment: Payment) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.pay;
    let state = payment.form;
    // There is no standing order to a biller.
    let is_bill = Memo::new(move |_| payment.is_bill());
    Effect::new(move |_| {
        if is_bill.get() && payment.when.with_untracked(|when| when == "regularly") {
            payment.when.set("now".to_owned());
        }
    });
    let choices = move || {
        let mut choices = vec![("now", texts.now), ("day", texts.on_day)];
        choices.extend((!is_bill.get()).then_some(("regularly", texts.regularly)));
        choices
    };
    let when = Memo::new(move |_| payment.when.get());
    let frequencies = move || {
        let choices = [
            ("week", texts.week),
            ("month", texts.month),
            ("quarter", texts.quarter),
            ("year", texts.year),
        ];
        let choices = choices.map(|(word, text)| (word.to_owned(), text.to_owned()));
        vec![(String::new(), choices.into())]
    };
    let days = move || match when.read().as_str() {
        "day" => text_field(state, "day", texts.day, None, DAY, payment.day),
        "regularly" => view! {
            {choice_field(state, "frequency", texts.frequency, frequencies, payment.frequency)}
            {text_field(state, "day", texts.first_day, None, DAY, payment.day)}
            {text_field(state, "last", optional(&person, texts.last_day), None, DAY, payment.last)}
        }
        .into_any(),
        _ => ().into_any(),
    };
    view! { {move || radio_field("when", texts.when, choices(), payment.when)} {days} }.into_any()
}

/// Whether the name belongs to the account, where the bank can say it.
fn payee_check(payment: Payment) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.pay;
    let answer: Answer<PayeeCheckAnswer> = RwSignal::new(None);
    let asking = RwSignal::new(false);
    // What the bank says is about what was typed when it was asked.
    let typed = StoredValue::new(0_u64);
    Effect::new(move |_| {
        payment.to.track();
        payment.creditor.track();
        typed.update_value(|typed| *typed += 1);
        asking.set(false);
        answer.set(None);
    });
    let check = move |_| {
        let mut draft = Draft::default();
        let errors = payment.creditor_of(&person, &mut draft);
        if !payment.form.is_right(errors) {
            return;
        }
        let request = PayeeCheckRequest {
            scheme: draft.scheme.unwrap_or_default(),
            identification: draft.identification.unwrap_or_default(),
            bank: draft.bank,
            name: draft.name.unwrap_or_default(),
        };
        asking.set(true);
        let asked = typed.get_value();
        run(async move {
            let found = app.ask(Ask::CheckPayee(request)).await;
            if typed.try_get_value() == Some(asked) {
                asking.try_set(false);
                answer.try_set(Some(found));
            }
        });
    };
    let can_be_checked = Memo::new(move |_| {
        let to = payment.to.read();
        matches!(to.as_str(), "account" | "domestic" | "iban" | "proxy")
    });
    let outcome = move || {
        if asking.get() {
            return Some(view! { <p class="hint">{texts.checking}</p> }.into_any());
        }
        answer.get().map(|answer| match answer {
            Ok(answer) => checked(&person, &answer),
            Err(failure) => failed(&failure),
        })
    };
    let shown = move || {
        view! {
            <div class="field">
                <button type="button" on:click=check>{texts.check}</button>
                <div role="status">{outcome}</div>
                <p class="hint">{texts.check_new}</p>
            </div>
        }
    };
    (move || can_be_checked.get().then_some(shown)).into_any()
}

fn checked(person: &Person, answer: &PayeeCheckAnswer) -> AnyView {
    let texts = &person.texts.pay;
    let name = answer.name.as_deref().map(shown).unwrap_or_default();
    let (kind, text) = match answer.result {
        PayeeMatch::Match => ("right", texts.check_match.to_owned()),
        PayeeMatch::Close => ("careful", fill(texts.check_close, &[&apart(&name)])),
        PayeeMatch::None => ("wrong", texts.check_none.to_owned()),
        PayeeMatch::CannotSay => ("careful", texts.check_unknown.to_owned()),
    };
    view! { <p class="check" data-check=kind>{text}</p> }.into_any()
}

fn review_step(payment: Payment, reviewed: &Review) -> AnyView {
    let is_fixed = payment.fixed.read_untracked().is_some();
    let change = (!is_fixed).then_some(move || payment.show(Step::Form));
    review(reviewed, change, move |order| {
        payment.show(Step::Result(Box::new(order)))
    })
}
