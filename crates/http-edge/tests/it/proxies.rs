//! Clients that a proxy names.

use crate::listening::at_once;
use crate::listening::{Running, serve_admitting};
use axum::Router;
use axum::routing::get;
use http_edge::{AdmissionSettings, NamesClient, Proxies, Rate, Rejection, Stranger};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);

/// A server that accepts one request of each client.
async fn once_for_each(name_client: NamesClient) -> Running {
    let costly = get(async |stranger: Stranger| -> Result<(), Rejection> {
        stranger.spend_key_operations(100)
    });
    let once = Rate {
        per_second: 1,
        burst: 100,
    };
    let settings = AdmissionSettings {
        key_operations_of_prefix: once,
        proxies: Proxies {
            networks: vec!["127.0.0.9".parse().unwrap()],
            name_client,
        },
        ..at_once()
    };
    serve_admitting(Router::new().route("/", costly), settings, &[]).await
}

/// The status of a request with these bytes before it and this header. Empty if the connection was closed.
async fn ask(running: &Running, from: Ipv4Addr, first: &str, header: &str) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(running.address).await.unwrap();
    let request =
        format!("{first}GET / HTTP/1.1\r\nHost: bank\r\n{header}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let read = tokio::time::timeout(std::time::Duration::from_secs(20), read);
    let _closed_or_reset = read.await.expect("it is answered or closed");
    let answer = String::from_utf8(answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn forwarded_counts_from_a_proxy_alone() {
    let running = once_for_each(NamesClient::Forwarded).await;
    let ask = async |from, client: &str| {
        ask(&running, from, "", &format!("Forwarded: for={client}\r\n")).await
    };
    assert_eq!(ask(PROXY, "192.0.2.1").await, "200");
    assert_eq!(ask(PROXY, "192.0.2.1").await, "429");
    assert_eq!(ask(PROXY, "192.0.2.2").await, "200");
    assert_eq!(ask(PROXY, "192.0.2.2, for=192.0.2.1").await, "429");
    assert_eq!(ask(STRANGER, "192.0.2.3").await, "200");
    assert_eq!(
        ask(STRANGER, "192.0.2.4").await,
        "429",
        "it is the same peer"
    );
}

#[tokio::test]
async fn the_proxy_protocol_counts_from_a_proxy_alone() {
    let running = once_for_each(NamesClient::ProxyProtocol).await;
    let line = |client: &str| format!("PROXY TCP4 {client} 127.0.0.1 40000 443\r\n");
    assert_eq!(ask(&running, PROXY, &line("192.0.2.1"), "").await, "200");
    assert_eq!(ask(&running, PROXY, &line("192.0.2.1"), "").await, "429");
    assert_eq!(ask(&running, PROXY, &line("192.0.2.2"), "").await, "200");
    let forwarded = "Forwarded: for=192.0.2.3\r\n";
    assert_eq!(
        ask(&running, PROXY, &line("192.0.2.1"), forwarded).await,
        "429"
    );
    assert_eq!(
        ask(&running, PROXY, "", "").await,
        "",
        "a proxy must name its client"
    );
    assert_eq!(ask(&running, STRANGER, &line("192.0.2.3"), "").await, "400");
    assert_eq!(ask(&running, STRANGER, "", "").await, "200");
}
