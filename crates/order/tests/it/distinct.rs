//! Properties of all orders, intents and vouchers: one encoding, and of orders one shown text.

use envelope::{Purpose, Signer as _, SoftwareKey, TrustList, TrustedKey};
use order::{
    Creditor, Frequency, Intent, Locale, NOT_AFTER_MS_MAX, Order, OrderFields, OrderKind, Orderer,
    Schedule, Scheme, VOUCHER_MS, Voucher, shown_text,
};
use proptest::option::of;
use proptest::prelude::*;
use types::{BusinessDate, ChannelId, Currency, DeviceId, IntentId, Money, Time, VoucherId, text};

/// Texts that could be mistaken for lines, labels or several fields, and others.
fn any_text(characters_max: usize) -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Amount",
        "To",
        "From",
        "About",
        "Bank",
        "Bill",
        "IBAN",
        "จาก",
        "ถึง",
        ": ",
        ", ",
        " – ",
        "576",
        "704",
        "1,234.50 CZK",
        "at once",
        "ทันที",
        "until ended",
        "month",
        "2026-10-01",
        "é",
        "🐘",
        "x",
        "\\n",
        " ",
    ]);
    let texts = prop::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat());
    let texts = texts.prop_map(|text| text.trim().to_owned());
    texts.prop_filter("a text of an order", move |made| {
        (1..=characters_max).contains(&made.chars().count()) && text::check(made).is_ok()
    })
}

fn any_date() -> impl Strategy<Value = BusinessDate> {
    (2020_u16..2030, 1_u8..=12, 1_u8..=28)
        .prop_map(|(year, month, day)| BusinessDate::new(year, month, day).unwrap())
}

fn any_amount() -> impl Strategy<Value = Money> {
    let currencies = ["CZK", "EUR", "JPY", "KWD", "CLF", "THB"];
    let currencies = prop::sample::select(
        currencies
            .map(|code| code.parse::<Currency>().unwrap())
            .to_vec(),
    );
    let minor_units = prop_oneof![1_i64..200_000, 1..=i64::MAX];
    (minor_units, currencies).prop_map(|(minor_units, currency)| Money::new(minor_units, currency))
}

fn any_creditor(scheme: Scheme) -> BoxedStrategy<Creditor> {
    let (name, identification) = (any_text(70), any_text(128));
    let ibans = prop::sample::select(vec![
        "CZ6508000000192000145399",
        "GB29NWBK60161331926819",
        "NO9386011117947",
    ]);
    let bics = prop::sample::select(vec!["GIBACZPX", "BKKBTHBK", "DEUTDEFF500"]);
    let references = prop::collection::vec("[A-Za-z0-9]{1,32}", 1..=3);
    let new = move |identification: String| Creditor::new(scheme, identification);
    match scheme {
        Scheme::Account => (identification, of(name))
            .prop_map(move |(identification, name)| Creditor {
                name,
                ..new(identification)
            })
            .boxed(),
        Scheme::Domestic => (identification, any_text(128), name)
            .prop_map(move |(identification, bank, name)| Creditor {
                bank: Some(bank),
                name: Some(name),
                ..new(identification)
            })
            .boxed(),
        Scheme::Iban => (ibans, of(any_text(128)), name)
            .prop_map(move |(iban, bank, name)| Creditor {
                bank,
                name: Some(name),
                ..new(iban.to_owned())
            })
            .boxed(),
        Scheme::Swift => (identification, bics, name)
            .prop_map(move |(identification, bic, name)| Creditor {
                bank: Some(bic.to_owned()),
                name: Some(name),
                ..new(identification)
            })
            .boxed(),
        Scheme::Proxy => ("(mobile|national|ewallet):[0-9]{4,20}", of(name))
            .prop_map(move |(proxy, name)| Creditor { name, ..new(proxy) })
            .boxed(),
        Scheme::Biller => (identification, of(name), references)
            .prop_map(move |(identification, name, references)| Creditor {
                name,
                references,
                ..new(identification)
            })
            .boxed(),
    }
}

fn any_of_schemes(schemes: &'static [Scheme]) -> BoxedStrategy<Creditor> {
    prop::sample::select(schemes)
        .prop_flat_map(any_creditor)
        .boxed()
}

fn any_order() -> impl Strategy<Value = Order> {
    let kinds = prop::sample::select(OrderKind::ALL);
    kinds
        .prop_flat_map(any_of_kind)
        .prop_map(|fields| Order::new(fields).unwrap())
}

fn any_of_kind(kind: OrderKind) -> BoxedStrategy<OrderFields> {
    let payments = (any_text(128), any_amount());
    let no_biller = &Scheme::ALL[..5];
    let schedule = (
        prop::sample::select(Frequency::ALL),
        any_date(),
        of(0_u32..100),
    );
    let schedule = schedule.prop_map(|(frequency, first, days)| Schedule {
        frequency,
        first,
        last: days.and_then(|days| first.plus_days(days)),
    });
    let new = move || OrderFields::new(kind);
    match kind {
        OrderKind::Transfer | OrderKind::Bill => {
            let schemes = if kind == OrderKind::Bill {
                &[Scheme::Biller]
            } else {
                no_biller
            };
            (
                payments,
                any_of_schemes(schemes),
                of(any_text(140)),
                of(any_date()),
            )
                .prop_map(
                    move |((account, amount), creditor, reference, execution_date)| OrderFields {
                        debit_account: Some(account),
                        amount: Some(amount),
                        creditor: Some(creditor),
                        reference,
                        execution_date,
                        ..new()
                    },
                )
                .boxed()
        }
        OrderKind::Standing => (
            payments,
            any_of_schemes(no_biller),
            of(any_text(140)),
            schedule,
        )
            .prop_map(
                move |((account, amount), creditor, reference, schedule)| OrderFields {
                    debit_account: Some(account),
                    amount: Some(amount),
                    creditor: Some(creditor),
                    reference,
                    schedule: Some(schedule),
                    ..new()
                },
            )
            .boxed(),
        OrderKind::StandingEnd | OrderKind::Cancel => (
            of(any_text(128)),
            of(any_amount()),
            of(any_of_schemes(Scheme::ALL)),
            any_text(128),
        )
            .prop_map(
                move |(debit_account, amount, creditor, target)| OrderFields {
                    debit_account,
                    amount,
                    creditor,
                    target: Some(target),
                    ..new()
                },
            )
            .boxed(),
        OrderKind::PayeeAdd => (any_of_schemes(Scheme::ALL), of(any_text(70)))
            .prop_map(move |(creditor, own_name)| OrderFields {
                creditor: Some(creditor),
                own_name,
                ..new()
            })
            .boxed(),
        OrderKind::PayeeRemove => (any_of_schemes(Scheme::ALL), any_text(128))
            .prop_map(move |(creditor, target)| OrderFields {
                creditor: Some(creditor),
                target: Some(target),
                ..new()
            })
            .boxed(),
    }
}

/// How many fields [`with_a_field_of`] knows.
const FIELDS: usize = 17;

/// The label of an identification.
const fn label(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Account => "Account",
        Scheme::Domestic => "Account at another bank",
        Scheme::Iban => "IBAN",
        Scheme::Swift => "Account abroad",
        Scheme::Proxy => "Proxy",
        Scheme::Biller => "Biller",
    }
}

/// The order with one field of another order in it, if that is an order: two orders that differ little.
fn with_a_field_of(order: &Order, other: &Order, field: usize) -> Option<Order> {
    let (mut fields, other) = (order.fields().clone(), other.fields().clone());
    match field {
        0 => fields.kind = other.kind,
        1 => fields.debit_account = other.debit_account,
        2 => fields.amount = other.amount,
        3 => fields.creditor = other.creditor,
        4 => fields.reference = other.reference,
        5 => fields.execution_date = other.execution_date,
        6 => fields.schedule = other.schedule,
        7 => fields.target = other.target,
        8 => fields.own_name = other.own_name,
        9..=13 => {
            let (creditor, other) = (fields.creditor.as_mut()?, other.creditor?);
            match field {
                9 => creditor.scheme = other.scheme,
                10 => creditor.identification = other.identification,
                11 => creditor.bank = other.bank,
                12 => creditor.name = other.name,
                _ => creditor.references = other.references,
            }
        }
        _ => {
            let (schedule, other) = (fields.schedule.as_mut()?, other.schedule?);
            match field {
                14 => schedule.frequency = other.frequency,
                15 => schedule.first = other.first,
                _ => schedule.last = other.last,
            }
        }
    }
    Order::new(fields).ok()
}

proptest! {
    #[test]
    fn an_order_comes_back_from_its_encoding(order in any_order()) {
        let bytes = order.encode();
        let parsed = Order::parse(&bytes);
        prop_assert_eq!(parsed.as_ref(), Ok(&order));
        prop_assert_eq!(parsed.unwrap().encode(), bytes);
    }

    #[test]
    fn an_intent_comes_back_from_its_encoding(
        order in any_order(),
        ids: [[u8; 16]; 4],
        created in 0_u64..1 << 45,
        good_for_ms in 1..=NOT_AFTER_MS_MAX,
        locale in prop::sample::select(Locale::ALL),
    ) {
        let [intent, channel, device, voucher] = ids;
        let at = |bytes: [u8; 16]| bytes.first_chunk().copied().unwrap_or_default();
        let created = Time::from_ms(created);
        let orderer = Orderer {
            customer: "1001".parse().unwrap(),
            channel: ChannelId::new(channel),
            device: DeviceId::at(created, at(device)),
        };
        let voucher = (!order.kind().has_target()).then(|| VoucherId::new(voucher));
        let good = (created, created.plus_ms(good_for_ms));
        let intent = IntentId::at(created, at(intent));
        let intent = Intent::new(intent, orderer, order, voucher, good, locale).unwrap();
        let bytes = intent.encode();
        let parsed = Intent::parse(&bytes);
        prop_assert_eq!(parsed.as_ref(), Ok(&intent));
        prop_assert_eq!(parsed.unwrap().encode(), bytes);
    }

    #[test]
    fn a_voucher_comes_back_from_its_encoding(
        ids: [[u8; 16]; 2],
        minor_units in 0_i64..,
        issued in 0_u64..1 << 45,
        good_for_ms in 1..=VOUCHER_MS,
    ) {
        let [number, device] = ids;
        let signer = SoftwareKey::from_bytes(&[1; 32]).unwrap();
        let (from, until) = (Time::from_ms(0), Time::from_ms(u64::MAX >> 1));
        let trusted = TrustedKey {
            purpose: Purpose::Voucher,
            key: *signer.public_key(),
            from,
            until,
        };
        let trust = TrustList::sign(1, from, until, vec![trusted], &signer).unwrap();
        let issued = Time::from_ms(issued);
        let voucher = Voucher {
            voucher: VoucherId::new(number),
            customer: "1001".parse().unwrap(),
            device: DeviceId::at(issued, device.first_chunk().copied().unwrap_or_default()),
            limit: Money::new(minor_units, Currency::CZK),
            issued,
            expires: issued.plus_ms(good_for_ms),
        };
        let signed = voucher.sign(&signer).unwrap();
        let read = Voucher::verify_any(&signed, &trust).unwrap();
        prop_assert_eq!(&read, &voucher);
        prop_assert_eq!(read.payload(), voucher.payload());
    }

    #[test]
    fn two_different_orders_are_shown_differently(order in any_order(), other in any_order(), field in 0..FIELDS) {
        for locale in Locale::ALL {
            let shown = shown_text(&order, *locale);
            let near = with_a_field_of(&order, &other, field);
            for another in [Some(other.clone()), near].into_iter().flatten() {
                prop_assert_eq!(shown == shown_text(&another, *locale), order == another);
            }
        }
    }

    #[test]
    fn the_shown_text_reads_back_as_the_orders_fields(order in any_order()) {
        let shown = shown_text(&order, Locale::En);
        let lines: Vec<_> = shown.split('\n').collect();
        let value = |label: &str| {
            let line = lines.iter().skip(1).find_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
            line.map(str::to_owned)
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let creditor = order.creditor();
        prop_assert_eq!(value("From"), owned(order.debit_account()));
        prop_assert_eq!(value("Amount"), order.amount().map(|amount| amount.to_string()));
        prop_assert_eq!(value("To"), creditor.and_then(|creditor| creditor.name.clone()));
        prop_assert_eq!(value("Bank"), creditor.and_then(|creditor| creditor.bank.clone()));
        prop_assert_eq!(value("Reference"), owned(order.reference()));
        prop_assert_eq!(value("Name"), owned(order.own_name()));
        prop_assert_eq!(value("About"), owned(order.target()));
        for scheme in Scheme::ALL {
            let identified = creditor.filter(|creditor| creditor.scheme == *scheme);
            let identification = identified.map(|creditor| creditor.identification.clone());
            prop_assert_eq!(value(label(*scheme)), identification);
        }
        let references = creditor.map(|creditor| creditor.references.join(", "));
        prop_assert_eq!(value("Bill"), references.filter(|references| !references.is_empty()));
        let is_payment = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
        let on = order.execution_date().map_or("at once".to_owned(), |date| date.to_string());
        prop_assert_eq!(value("On"), is_payment.then_some(on));
        let every = order.schedule().map(|schedule| {
            let last = schedule.last.map_or("until ended".to_owned(), |last| last.to_string());
            format!("{} {} – {last}", schedule.frequency.as_str(), schedule.first)
        });
        prop_assert_eq!(value("Every"), every);
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes: Vec<u8>) {
        let _ = Order::parse(&bytes);
        let _ = order::Intent::parse(&bytes);
    }
}
