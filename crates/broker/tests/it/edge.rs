//! What the broker's routes refuse.

use crate::rig::{Rig, channel};
use testkit::credentials::{self, Ask, ask, check_problem};
use types::ErrorCode;

#[tokio::test]
async fn wrong_credentials_are_refused() {
    let paths = [
        format!("/v1/channels/{}/messages?after=1.0", channel(1)),
        format!("/v1/live?after={}:1.0", channel(1)),
    ];
    for path in paths {
        let rig = Rig::new().await;
        rig.filled(channel(1), 1).await;
        let good = Ask {
            method: "GET",
            path: &path,
            body: None,
        };
        credentials::are_checked(&rig.router(), &rig.issuer, &[channel(1)], good).await;
    }
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 1).await;
    rig.filled(channel(2), 1).await;
    let router = rig.router();
    let device = rig.issuer.device(&[channel(1)]);
    let check = async |method: &str, path: &str, accept: Option<&str>, code: ErrorCode| {
        let mut headers = device.headers(method, path, &rig.issuer.nonce()).to_vec();
        headers.extend(accept.map(|accept| ("accept", accept.to_owned())));
        let answer = ask(
            &router,
            Ask {
                method,
                path,
                body: None,
            },
            &headers,
        )
        .await;
        check_problem(path, &answer, code);
    };
    let (mine, others) = (channel(1), channel(2));
    let messages = format!("/v1/channels/{mine}/messages");
    for path in [
        "/v1/channels/guess/messages?after=1.0",
        "/v1/channels/%ff/messages?after=1.0",
    ] {
        check("GET", path, None, ErrorCode::ChannelUnknown).await;
    }
    let another = format!("/v1/channels/{others}/messages?after=1.0");
    check("GET", &another, None, ErrorCode::ChannelForbidden).await;
    for query in [
        "",
        "after=",
        "after=1",
        "after=0.1",
        "after=1.01",
        "after=1.-1",
        "after=1.99999999999999999999",
        "after=1.0&after=1.1",
        "after=1.0&limit=0",
        "after=1.0&limit=-1",
        "after=1.0&limit=all",
        "after=1.0&other=1",
        "after=%ff",
    ] {
        check(
            "GET",
            &format!("{messages}?{query}"),
            None,
            ErrorCode::Malformed,
        )
        .await;
    }
    let good = format!("{messages}?after=1.0");
    check("GET", &good, Some("text/html"), ErrorCode::NotAcceptable).await;
    check("POST", &good, None, ErrorCode::MethodNotAllowed).await;

    let many: Vec<String> = (1..=17)
        .map(|byte| format!("{}:1.0", channel(byte)))
        .collect();
    for (query, code) in [
        (String::new(), ErrorCode::Malformed),
        ("?after=".to_owned(), ErrorCode::Malformed),
        (format!("?after={mine}"), ErrorCode::Malformed),
        (format!("?after={mine}:1.00"), ErrorCode::Malformed),
        (
            format!("?after={mine}:1.0,{mine}:1.0"),
            ErrorCode::Malformed,
        ),
        ("?after=guess:1.0".to_owned(), ErrorCode::Malformed),
        (format!("?after={mine}:1.0&token=x"), ErrorCode::Malformed),
        (
            format!("?after={}", many.join(",")),
            ErrorCode::TooManyChannels,
        ),
        (format!("?after={others}:1.0"), ErrorCode::ChannelForbidden),
        (
            format!("?after={mine}:1.0,{others}:1.0"),
            ErrorCode::ChannelForbidden,
        ),
    ] {
        check("GET", &format!("/v1/live{query}"), None, code).await;
    }
    let good = format!("/v1/live?after={mine}:1.0");
    check(
        "GET",
        &good,
        Some("application/json"),
        ErrorCode::NotAcceptable,
    )
    .await;
    check("POST", &good, None, ErrorCode::MethodNotAllowed).await;
}
