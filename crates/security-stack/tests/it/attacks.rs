//! Each layer, and each way in which it stops a package: what is answered, recorded, alerted, disallowed and marked.

use crate::door::{Door, PLACE, Package, Parts, device, issue, loopback, order};
use axum::Router;
use core_bank::CoreBank as _;
use core_bank_rest::{Connection, Packages, RestBank};
use envelope::{CLIENT_SESSION_MS, ServerKey};
use http_edge::{Limits, Listener, OpenDoor, ServiceRole};
use operator::authority;
use protocol::package::{CLIENT_SESSION, LAYERS, Layer, SERVER_KEY, SERVER_SESSION, TRANSACTION};
use reqwest::{Client, StatusCode};
use security_stack::ExceptionRecord;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::sync::watch;
use types::{PackageId, Time, base64url};

/// The newest record. Waits for the record with this number.
async fn record(door: &Door, number: u64) -> ExceptionRecord {
    loop {
        let records = door.stack.exceptions(1).await.unwrap();
        if let Some(record) = records.into_iter().next()
            && record.number >= number
        {
            return record;
        }
        tokio::task::yield_now().await;
    }
}

/// Presents a package that must be stopped at the layer, for the reason.
async fn stopped(
    door: &Door,
    (client, from): (&Client, IpAddr),
    package: &Package,
    (layer, reason): (Option<Layer>, &str),
) -> ExceptionRecord {
    let before = door.stack.exceptions(1).await.unwrap();
    let before = before.first().map_or(0, |record| record.number);
    let reached = door.reached();
    let response = door.present(client, package).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN, "{reason}");
    assert!(response.headers().get(SERVER_SESSION).is_none(), "{reason}");
    let mark = response.headers().get("set-cookie").cloned();
    let layers = response.headers()[LAYERS].to_str().unwrap().to_owned();
    assert!(
        !layers.contains("127.0.0"),
        "nothing of what was seen: {layers}"
    );
    assert_eq!(
        door.reached(),
        reached,
        "{reason}: nothing reaches the bank"
    );
    let record = record(door, before + 1).await;
    assert_eq!(record.number, before + 1);
    assert_eq!(record.layer, layer, "{}", record.reason);
    assert!(
        record.reason.contains(reason),
        "{} instead of {reason}",
        record.reason
    );
    assert_eq!(record.address, from);
    let disallows = matches!(layer, Some(Layer::Origin | Layer::ServerSession));
    let may_not = door.stack.disallowed_addresses().await.unwrap();
    assert_eq!(
        may_not.iter().any(|one| one.address == from),
        disallows,
        "{reason}"
    );
    let mark = mark.map(|mark| mark.to_str().unwrap().to_owned());
    assert_eq!(
        mark.is_some_and(|mark| mark.contains("Max-Age=31536000")),
        disallows
    );
    let alerted = door.take_sent();
    if disallows {
        assert_eq!(alerted, ["mail", "sms"], "{reason}");
        // Neither on its open connection, nor on another one.
        let again = door.present(client, package).await.unwrap();
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "{reason}");
        assert!(again.headers().get(LAYERS).is_none(), "it is not judged");
        let anew = door.present(&door.broker_at(from), package).await;
        assert!(anew.is_err(), "{reason}: the address may not connect");
    } else {
        assert_eq!(alerted, ["mail"], "{reason}");
    }
    let shown = serde_json::to_string(&record).unwrap();
    for secret in [SERVER_KEY, CLIENT_SESSION, SERVER_SESSION] {
        if let Some(secret) = package.fields.get(secret).filter(|value| value.len() > 20) {
            assert!(
                !shown.contains(secret.as_str()),
                "{reason}: a record keeps no secret"
            );
        }
    }
    // The next alert about the layer is not grouped with this one.
    door.advance(11 * 60_000);
    door.stack.tend().await;
    record
}

#[tokio::test]
async fn a_right_package_passes_with_all_verdicts() {
    let door = Door::open().await;
    let client = door.broker_at(loopback(1));
    let response = door
        .present(&client, &Parts::right(&door, 1).packed())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let layers = response.headers()[LAYERS].to_str().unwrap();
    assert_eq!(layers.matches(r#""passed":true"#).count(), 4, "{layers}");
    assert!(response.headers().contains_key(SERVER_SESSION));
    assert_eq!(door.reached(), 1);
    assert!(door.stack.exceptions(1).await.unwrap().is_empty());
    assert!(door.take_sent().is_empty());
}

#[tokio::test]
async fn the_service_broker_trusts_no_other_server() {
    let (door, other) = (Door::open().await, Door::open().await);
    let files = authority::service_files(&door.directory.path().join("gateway"));
    let of_another_role = issue(&door.directory, "pretender", ServiceRole::Ciam);
    let of_another_authority = authority::service_files(&other.directory.path().join("bank"));
    for pretender in [of_another_role, of_another_authority] {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (limits, open) = (Limits::default(), Arc::new(OpenDoor));
        let listener = Listener::bind_for_services(address, &pretender, limits, open);
        let listener = listener.await.unwrap();
        let address = listener.address().unwrap();
        let (_serving, stop) = watch::channel(false);
        let routes = Router::new().fallback(async || r#"{"role":"owner"}"#);
        tokio::spawn(listener.serve(routes, stop));
        let client = testkit::http_client_builder()
            .tls_backend_preconfigured(files.connector().unwrap())
            .resolve(&ServiceRole::CoreBank.host(), address)
            .build()
            .unwrap();
        let url = format!(
            "https://{}:{}/",
            ServiceRole::CoreBank.host(),
            address.port()
        );
        client.get(url).send().await.unwrap_err();
    }
}

#[tokio::test]
async fn all_calls_of_the_service_broker_share_a_connection() {
    let door = Door::open().await;
    let key = door.key.clone();
    let (now, bank) = (door.now(), loopback(1));
    let packages = Packages::new(Arc::new(move || key.clone()), bank, Arc::new(move || now));
    let origin = door.url("");
    let connection = Connection::new(door.broker_at(bank), origin);
    let broker = RestBank::new(connection.through_security_stack(packages));
    let (customer, account) = ("1001".parse().unwrap(), "576".parse().unwrap());
    let calls = (0..500).map(|_| broker.role(&customer, &account));
    let answers = futures_util::future::join_all(calls).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(Option::is_none)),
        "{answers:?}"
    );
    assert_eq!(door.reached(), 500);
    assert_eq!(door.connections(), 1);
}

/// Sends bytes without TLS, and reads what comes back.
async fn plainly(door: &Door, from: IpAddr, bytes: &[u8]) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut tcp = socket.connect(door.address).await.unwrap();
    tcp.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn layer_1_stops_what_does_not_come_over_tls() {
    let door = Door::open().await;
    let from = loopback(21);
    let request = format!(
        "POST {PLACE} HTTP/1.1\r\nhost: bank\r\nuser-agent: probe\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let answer = plainly(&door, from, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let plain = record(&door, 1).await;
    assert_eq!((plain.layer, plain.address), (Some(Layer::Transport), from));
    assert_eq!(plain.seen.request.unwrap().1, PLACE);
    let has = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert!(plain.seen.fields.contains(&has("user-agent", "probe")));
    assert_eq!(door.take_sent(), ["mail"]);
    // Neither TLS nor HTTP, and a handshake that fails.
    plainly(
        &door,
        from,
        b"\x00\x01\x02 nothing that anybody speaks\r\n\r\n",
    )
    .await;
    assert!(
        record(&door, 2)
            .await
            .reason
            .contains("neither TLS nor HTTP")
    );
    plainly(&door, from, b"\x16\x03\x01\x00\x05hello").await;
    assert!(record(&door, 3).await.reason.contains("handshake"));
    // A certificate of another authority.
    let other = Door::open().await;
    let foreign = other.directory.path().join("gateway");
    let files = authority::service_files(&foreign);
    std::fs::copy(
        door.directory.path().join("ca/authority.pem"),
        foreign.join("authority.pem"),
    )
    .unwrap();
    let client = door.client(from, Some(&files));
    door.present(&client, &Parts::right(&door, 1).packed())
        .await
        .unwrap_err();
    let unknown = record(&door, 4).await;
    assert_eq!(unknown.layer, Some(Layer::Transport));
    assert!(unknown.reason.contains("handshake"), "{}", unknown.reason);
    assert_eq!(door.reached(), 0);
    assert!(door.stack.disallowed_addresses().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_path_that_the_bank_does_not_have_is_no_way_around() {
    let door = Door::open().await;
    for (number, path) in (1..).zip(["/", "/nowhere", "/core-bank/v1/orders/place/"]) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n\r\n");
        let answer = plainly(&door, loopback(22), request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert_eq!(record(&door, number).await.number, number);
    }
}

#[tokio::test]
async fn who_goes_away_is_recorded_too() {
    let door = Door::open().await;
    let socket = TcpSocket::new_v4().unwrap();
    let mut tcp = socket.connect(door.address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: bank\r\n\r\n";
    tcp.write_all(request).await.unwrap();
    tcp.shutdown().await.unwrap();
    drop(tcp);
    assert_eq!(record(&door, 1).await.layer, Some(Layer::Transport));
}

#[tokio::test]
async fn layer_2_stops_who_is_not_the_service_broker() {
    let door = Door::open().await;
    let right = || Parts::right(&door, 1).packed();
    let at = Some(Layer::Origin);
    // Another address, with the right certificate.
    let from = loopback(2);
    let client = door.broker_at(from);
    let record = stopped(&door, (&client, from), &right(), (at, "the address")).await;
    let names = record.seen.certificate.unwrap().0;
    assert_eq!(names, ["passbook://gateway/node-1"]);
    // The right address, without a certificate, and with another service's.
    let from = loopback(11);
    let client = door.client(from, None);
    stopped(&door, (&client, from), &right(), (at, "the certificate")).await;
    for (last, role) in (12..).zip([
        ServiceRole::CoreBank,
        ServiceRole::Broker,
        ServiceRole::Notification,
        ServiceRole::Ciam,
    ]) {
        let from = loopback(last);
        let client = door.service_at(from, role);
        stopped(&door, (&client, from), &right(), (at, "the certificate")).await;
    }
    // A caller with the mark that an earlier refusal left.
    let mut marked = right();
    marked
        .fields
        .insert("cookie", "passbook-stopped=1".to_owned());
    let from = loopback(16);
    let client = door.broker_at(from);
    stopped(&door, (&client, from), &marked, (at, "marked")).await;
}

#[tokio::test]
async fn layer_3_stops_a_package_without_its_own_client_session() {
    let door = Door::open().await;
    let from = loopback(1);
    let client = door.broker_at(from);
    let at = Some(Layer::ClientSession);
    let check = async |package: Package, reason: &str| {
        stopped(&door, (&client, from), &package, (at, reason)).await
    };
    let without = |name| {
        let mut package = Parts::right(&door, 1).packed();
        package.fields.remove(name);
        package
    };
    check(without(TRANSACTION), "no transaction number").await;
    check(without(CLIENT_SESSION), "no client session").await;
    let mut cut = Parts::right(&door, 1).packed();
    let mut sealed = base64url::decode(&cut.fields[CLIENT_SESSION]).unwrap();
    sealed.pop();
    cut.fields
        .insert(CLIENT_SESSION, base64url::encode(&sealed));
    check(cut, "not the service broker's").await;
    let mut damaged = Parts::right(&door, 1).packed();
    damaged
        .fields
        .insert(CLIENT_SESSION, "not base64url!".to_owned());
    check(damaged, "damaged").await;
    let foreign = Parts {
        sealing: ServerKey::new([8; 32]),
        ..Parts::right(&door, 1)
    };
    check(foreign.packed(), "not the service broker's").await;
    let another = Parts {
        package: PackageId::at(door.now(), [99; 10]),
        ..Parts::right(&door, 1)
    };
    check(another.packed(), "another package's").await;
    for body in [
        order("1002", 1, 1_250),
        order("1001", 2, 1_250),
        order("1001", 1, 1).replace(&device(1).to_string(), &device(2).to_string()),
    ] {
        let another = Parts {
            body,
            ..Parts::right(&door, 1)
        };
        let record = check(another.packed(), "another customer's, device's or order's").await;
        assert_eq!(record.seen.customer.as_deref(), Some("1001"));
    }
    let unreadable = Parts {
        body: "{}".to_owned(),
        ..Parts::right(&door, 1)
    };
    check(unreadable.packed(), "not the object").await;
    // The clock is moved before the package is presented.
    for shifted in [
        door.now().ms() - 86_400_000,
        door.now().ms() + 11 * 60_000 + CLIENT_SESSION_MS + 1,
    ] {
        let mut late = Parts::right(&door, 1);
        late.session.issued = Time::from_ms(shifted);
        check(late.packed(), "its time has passed or not come").await;
    }
}

#[tokio::test]
async fn layer_3_stops_a_replay_also_after_a_restart() {
    let door = Door::open().await;
    let from = loopback(1);
    let client = door.broker_at(from);
    let package = Parts::right(&door, 1).packed();
    let first = door.present(&client, &package).await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let second = door.present(&client, &package).await.unwrap();
    assert_eq!(second.status(), StatusCode::FORBIDDEN);
    let replayed = record(&door, 1).await;
    assert_eq!(replayed.layer, Some(Layer::ClientSession));
    assert!(
        replayed.reason.contains("used before"),
        "{}",
        replayed.reason
    );
    assert_eq!(door.reached(), 1);
    // Two at once: one passes.
    let raced = Parts::right(&door, 2).packed();
    let (one, other) = tokio::join!(door.present(&client, &raced), door.present(&client, &raced));
    let passed = [one, other].map(|answer| answer.unwrap().status());
    assert_eq!(
        passed.iter().filter(|status| status.is_success()).count(),
        1,
        "{passed:?}"
    );
    let again = door.opened_again().await;
    let caller = http_edge::ServiceCaller {
        address: from,
        over_tls: true,
        certificate: Some(http_edge::CallerCertificate {
            names: vec!["passbook://gateway/node-1".parse().unwrap()],
            fingerprint: types::Hash::ZERO,
        }),
    };
    let mut headers = reqwest::header::HeaderMap::new();
    for (name, value) in &package.fields {
        headers.insert(*name, value.parse().unwrap());
    }
    let presented = security_stack::Presented {
        caller: &caller,
        method: "POST",
        path: package.path,
        headers: &headers,
        body: package.body.as_bytes(),
    };
    let judged = again.judge(&presented).await.unwrap();
    let security_stack::Judged::Stopped(stop) = judged else {
        panic!("a replay passed after a restart");
    };
    assert!(stop.reason.contains("used before"), "{}", stop.reason);
}

#[tokio::test]
async fn layer_4_stops_a_package_without_the_key_and_its_mac() {
    let door = Door::open().await;
    let at = Some(Layer::ServerSession);
    let mut last = 20;
    let mut check = async |package: Package, reason: &str| {
        last += 1;
        let from = loopback(last);
        let client = door.broker_at(from);
        let record = stopped(&door, (&client, from), &package, (at, reason)).await;
        assert_eq!(record.seen.customer.as_deref(), Some("1001"));
        door.stack.release(from, ("Ada", "a test")).await.unwrap();
    };
    let with = |name, value: Option<&str>| {
        let mut package = Parts::right(&door, 1).packed();
        match value {
            Some(value) => package.fields.insert(name, value.to_owned()),
            None => package.fields.remove(name),
        };
        package
    };
    check(with(SERVER_KEY, None), "no server key").await;
    check(with(SERVER_KEY, Some("AAAA")), "damaged").await;
    let another = Parts {
        shown: ServerKey::new([8; 32]),
        ..Parts::right(&door, 1)
    };
    check(another.packed(), "not the one that is set").await;
    check(with(SERVER_SESSION, None), "no server session").await;
    let zeros = base64url::encode(&[0; 32]);
    check(
        with(SERVER_SESSION, Some(&zeros)),
        "not the one that the key makes",
    )
    .await;
    // An amount that was altered on the way, and a package for another call of the same form.
    let mut altered = Parts::right(&door, 1).packed();
    altered.body = order("1001", 1, 9_999_999);
    check(altered, "not the one that the key makes").await;
    let mut stop = Parts::right(&door, 1);
    stop.path = "/core-bank/v1/orders/stop";
    stop.body = r#"{"customer":"1001","number":1}"#.to_owned();
    stop.session.concerned = core_bank_rest::concerned(stop.path, stop.body.as_bytes()).unwrap();
    let mut resume = stop.packed();
    resume.path = "/core-bank/v1/orders/resume";
    check(resume, "not the one that the key makes").await;
}

#[tokio::test]
async fn the_firewall_rejects_calls_that_the_bank_does_not_take() {
    let door = Door::open().await;
    let from = loopback(1);
    let client = door.broker_at(from);
    let mut other = Parts::right(&door, 1);
    other.path = "/core-bank/v1/events/of-each";
    other.body = r#"{"subjects":[],"limit":1}"#.to_owned();
    other.session.concerned = core_bank_rest::concerned(other.path, other.body.as_bytes()).unwrap();
    stopped(
        &door,
        (&client, from),
        &other.packed(),
        (None, "may not make this call"),
    )
    .await;
    let mut long = Parts::right(&door, 1);
    long.body.push_str(&" ".repeat(10_000));
    stopped(&door, (&client, from), &long.packed(), (None, "too long")).await;
}

#[tokio::test]
async fn a_marked_device_stays_stopped_until_the_review() {
    let door = Door::open().await;
    let from = loopback(31);
    let client = door.broker_at(from);
    let mut altered = Parts::right(&door, 1).packed();
    altered.body = order("1001", 1, 9_999_999);
    stopped(
        &door,
        (&client, from),
        &altered,
        (Some(Layer::ServerSession), "the key makes"),
    )
    .await;
    // From another address of the service broker: the device is marked.
    let from_other = loopback(32);
    let other = door.broker_at(from_other);
    let right = Parts::right(&door, 2).packed();
    stopped(
        &door,
        (&other, from_other),
        &right,
        (Some(Layer::ClientSession), "the device is marked"),
    )
    .await;
    door.stack
        .release(from, ("Ada Novak", "the cable was damaged"))
        .await
        .unwrap();
    let right = Parts::right(&door, 3).packed();
    let passed = door.present(&other, &right).await.unwrap();
    assert_eq!(passed.status(), StatusCode::OK);
}

#[tokio::test]
async fn records_and_alerts_are_bounded_under_a_flood() {
    let door = Door::open().await;
    let from = loopback(41);
    for _ in 0..100 {
        plainly(
            &door,
            from,
            b"GET / HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n\r\n",
        )
        .await;
    }
    let records = door.stack.exceptions(1_000).await.unwrap();
    assert_eq!(records.len(), 20, "of 100 in one minute");
    assert_eq!(door.take_sent(), ["mail"]);
    assert_eq!(door.reached(), 0);
    // Others are served meanwhile.
    let client = door.broker_at(loopback(1));
    let passed = door
        .present(&client, &Parts::right(&door, 1).packed())
        .await
        .unwrap();
    assert_eq!(passed.status(), StatusCode::OK);
}
