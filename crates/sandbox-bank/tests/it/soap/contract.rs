//! The messages of both sides, held to the published schema by `xmllint`, and what is refused.

use super::{PASSWORD, WithPasswords, serve, service};
use crate::orders::{Rig, away, crowns, here, intent, of, phone, transfer};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use core_bank::{CoreBank as _, CoreBankError, HeadsCursor, OrderState, Placing};
use core_bank_soap::{ALL_OPERATIONS, Code, Connection, Logged, Service, SoapBank, SoapVersion};
use order::{Order, OrderKind, Scheme};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use types::{Sequence, SubjectId};

type Messages = Arc<Mutex<Vec<Vec<u8>>>>;

async fn record(State(messages): State<Messages>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = to_bytes(body, usize::MAX).await.unwrap();
    messages.lock().unwrap().push(asked.to_vec());
    let answer = next
        .run(Request::from_parts(parts, Body::from(asked)))
        .await;
    let (parts, body) = answer.into_parts();
    let answered = to_bytes(body, usize::MAX).await.unwrap();
    messages.lock().unwrap().push(answered.to_vec());
    Response::from_parts(parts, Body::from(answered))
}

/// Fails unless each message is valid by the schema of its version.
fn check(messages: &[Vec<u8>], version: SoapVersion) {
    let directory = tempfile::tempdir().unwrap();
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core-bank-soap/wsdl");
    let schema = match version {
        SoapVersion::V11 => "message-1.1.xsd",
        SoapVersion::V12 => "message-1.2.xsd",
    };
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]);
    xmllint.arg(schemas.join(schema));
    for (number, message) in messages.iter().enumerate() {
        let path = directory.path().join(format!("{number}.xml"));
        std::fs::write(&path, message).unwrap();
        xmllint.arg(path);
    }
    let output = xmllint.output().unwrap();
    let found = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{found}");
    assert_eq!(found.matches(" validates").count(), messages.len());
}

async fn all_operations(bank: &SoapBank) {
    let (customer, account) = (of("2"), "a".parse().unwrap());
    let subject = SubjectId::from(&account);
    assert!(bank.log_in("2", PASSWORD).await.unwrap().is_some());
    assert!(bank.log_in("2", "wrong").await.unwrap().is_none());
    bank.snapshot(&customer).await.unwrap();
    let order = Order::new(transfer("a", crowns(1), here("b"))).unwrap();
    let placing = |number, order: &Order| Placing {
        customer: customer.clone(),
        device: phone(),
        intent: intent(number),
        order: order.clone(),
        created: crate::orders::NOON,
    };
    let state = bank.place(placing(1, &order)).await.unwrap();
    assert!(matches!(state, OrderState::Executed { .. }));
    let other = Order::new(transfer("a", crowns(2), here("b"))).unwrap();
    let conflict = bank.place(placing(1, &other)).await;
    assert!(matches!(conflict, Err(CoreBankError::OrderConflict(_))));
    let found = bank.order_state(&customer, intent(1)).await.unwrap();
    assert_eq!(found, Some(state));
    bank.order_state(&customer, intent(9)).await.unwrap();
    bank.target(&customer, OrderKind::Cancel, "nothing")
        .await
        .unwrap();
    bank.role(&customer, &account).await.unwrap();
    bank.examine(&customer, &order).await.unwrap();
    bank.check_payee(&away(Scheme::Swift, "123")).await.unwrap();
    bank.stop_orders(&customer, 1).await.unwrap();
    bank.resume_orders(&customer, 2).await.unwrap();
    let (czk, eur) = (crate::czk(), "EUR".parse().unwrap());
    bank.rate(czk, eur).await.unwrap();
    bank.fees().await.unwrap();
    bank.history(&account, 0, 10, 10).await.unwrap();
    bank.holders(&account).await.unwrap();
    let after = Sequence::ZERO;
    assert!(
        !bank
            .events_after(&subject, after, 9)
            .await
            .unwrap()
            .is_empty()
    );
    bank.events_of_each(&[(subject, after)], 9).await.unwrap();
    bank.heads(HeadsCursor::START, 9).await.unwrap();
    let unknown = bank.snapshot(&of("77")).await;
    assert!(matches!(unknown, Err(CoreBankError::CustomerUnknown(_))));
}

async fn every_message_is_valid(version: SoapVersion) {
    let rig = Rig::new().await;
    let customers = Arc::new(WithPasswords(rig.bank.clone()));
    let service = service(Arc::new(rig.bank.clone()), Some(customers));
    let messages = Messages::default();
    let recording = from_fn_with_state(messages.clone(), record);
    let routes = core_bank_soap::routes(service).layer(recording);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
    let clock = Arc::new(|| crate::bank::NOW);
    let connection = Connection::new(testkit::http_client(), &origin, version, clock);
    all_operations(&SoapBank::new(connection)).await;
    let messages = messages.lock().unwrap();
    for operation in ALL_OPERATIONS {
        let start = format!("<bank:{operation}>");
        let asked = |message: &&Vec<u8>| String::from_utf8_lossy(message).contains(&start);
        assert!(
            messages.iter().any(|message| asked(&message)),
            "{operation}"
        );
    }
    check(&messages, version);
}

#[tokio::test]
async fn every_message_of_soap_1_1_is_valid() {
    every_message_is_valid(SoapVersion::V11).await;
}

#[tokio::test]
async fn every_message_of_soap_1_2_is_valid() {
    every_message_is_valid(SoapVersion::V12).await;
}

/// A transfer, as SOAP 1.1 has it.
const TRANSFER: &str = r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:passbook:core-bank:1"><e:Header><Package><AuthenticationStatus>1</AuthenticationStatus><CustomerSession>s</CustomerSession><TransactionNumber>0198a000-0000-7000-8000-000000000001</TransactionNumber></Package></e:Header><e:Body><PlaceOrder><Customer>2</Customer><Device>0198a000-0000-7000-8000-000000000002</Device><Order>0198a000-0000-7000-8000-000000000003</Order><Created>2026-03-25T12:00:00Z</Created><Payment><Transaction>transfer</Transaction><AccountNumber>a</AccountNumber><Amount><Value>1.00</Value><Currency>CZK</Currency></Amount><Creditor><Scheme>account</Scheme><Identification>b</Identification></Creditor></Payment></PlaceOrder></e:Body></e:Envelope>"#;

/// What is not as the schema says is answered with its code, goes into the error log, and moves nothing.
#[tokio::test]
async fn a_defective_package_is_refused_and_logged_and_does_nothing() {
    let rig = Rig::new().await;
    let log: Arc<Mutex<Vec<Logged>>> = Arc::default();
    let defects = {
        let log = log.clone();
        Arc::new(move |logged: &Logged| log.lock().unwrap().push(logged.clone()))
    };
    let (origin, _) = serve(Service {
        defects,
        ..service(Arc::new(rig.bank.clone()), None)
    })
    .await;
    let http = testkit::http_client();
    let post = async |body: String| {
        let request = http
            .post(format!("{origin}/core-bank/soap/v1"))
            .header("content-type", "text/xml")
            .body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let before = rig.bank.heads(HeadsCursor::START, 100).await.unwrap();
    let doctype = r#"<!DOCTYPE e [<!ENTITY a "1.00">]>"#;
    let deep = format!("<Reference>{}", "<Reference>".repeat(40));
    for (from, to, code) in [
        ("<Value>1.00</Value>", "", Code::MissingElement),
        ("1.00", "one", Code::CorruptElement),
        (
            "<Customer>2</Customer>",
            "<Customer>2</Customer><Customer>3</Customer>",
            // The device comes next.
            Code::MissingElement,
        ),
        (
            "</Payment>",
            "</Payment><Customer>3</Customer>",
            Code::UnexpectedElement,
        ),
        ("<Currency>", "<Currency a=\"1\">", Code::Malformed),
        (
            "<e:Envelope",
            &format!("{doctype}<e:Envelope"),
            Code::Malformed,
        ),
        ("1.00", "&a;", Code::Malformed),
        ("1.00", "1.<!-- -->00", Code::Malformed),
        ("<Payment>", &deep, Code::Malformed),
        ("</e:Envelope>", "", Code::Malformed),
        ("PlaceOrder>", "TakeOrder>", Code::OperationUnknown),
        (
            "schemas.xmlsoap.org/soap",
            "schemas.xmlsoap.org/soup",
            Code::VersionMismatch,
        ),
        ("</Package>", "</Package><Other/>", Code::NotUnderstood),
        (
            "<AuthenticationStatus>1",
            "<AuthenticationStatus>0",
            Code::NotAuthenticated,
        ),
    ] {
        let changed = TRANSFER.replace(from, to);
        assert_ne!(changed, TRANSFER);
        let (status, fault) = post(changed).await;
        assert_eq!(status, 500, "{fault}");
        assert!(
            fault.contains(&format!("<bank:Code>{code}</bank:Code>")),
            "{code}: {fault}"
        );
        assert_eq!(log.lock().unwrap().pop().unwrap().code, code);
        assert!(log.lock().unwrap().is_empty());
    }
    let after = rig.bank.heads(HeadsCursor::START, 100).await.unwrap();
    assert_eq!(after, before);
    let (status, answer) = post(TRANSFER.to_owned()).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("<bank:PaymentStatus>executed<"), "{answer}");
}
