//! HTTP/2 connections without requests.

use crate::listening::run;
use axum::Router;
use axum::routing::get;
use http_edge::{Admission, AdmissionSettings, Cors, Limits};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

const GENEROUS: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_connection_without_requests_is_closed_although_pings_are_answered() {
    let (release, released) = tokio::sync::watch::channel(false);
    let slow = get(async move || {
        let mut released = released.clone();
        released.wait_for(|released| *released).await.unwrap();
    });
    let limits = Limits {
        idle_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let admission = Admission::new(AdmissionSettings::default(), Vec::new());
    let router = Router::new().route("/", slow);
    let running = run(router, limits, Cors::default(), admission).await;
    let tcp = TcpStream::connect(running.address).await.unwrap();
    let (client, mut connection) = h2::client::handshake(tcp).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let mut ended = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let url = format!("http://{}/", running.address);
    let request = http::Request::get(url).body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    // A connection that waits for an answer is not idle, however long the answer takes.
    let asked = Instant::now();
    while asked.elapsed() < 3 * limits.idle_timeout {
        let ping = pings.ping(h2::Ping::opaque());
        tokio::time::timeout(GENEROUS, ping).await.unwrap().unwrap();
        assert!(!ended.is_finished());
    }
    release.send(true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    let closed = async {
        loop {
            tokio::select! {
                ended = &mut ended => return ended,
                _ = pings.ping(h2::Ping::opaque()) => {}
            }
        }
    };
    let closed = tokio::time::timeout(GENEROUS, closed).await;
    closed
        .expect("the connection stayed open")
        .unwrap()
        .unwrap();
}
