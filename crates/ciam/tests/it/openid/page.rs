//! The page: nothing from elsewhere, nothing in a frame, no text of a client's as code, in its reader's language.

use super::app::{App, ask, bank, get};
use axum::body::Body;
use http::Request;
use types::ErrorCode;

#[tokio::test]
async fn the_page_runs_only_its_own_script_and_is_in_no_frame() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let page = get(&bank, &shop.link().await).await;
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    );
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("access-control-allow-origin"), "");
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-passbook-"), "{cookie}");
    for word in ["Path=/;", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert!(
        page.body.contains("“shop &amp; &lt;Co&gt;”"),
        "{}",
        page.body
    );
    for code in [
        ErrorCode::ChallengeUnknown,
        ErrorCode::LoginRefused,
        ErrorCode::LoginLocked,
        ErrorCode::AuthorizationUnknown,
    ] {
        let problem = format!("data-code=\"{}\"", code.number());
        assert!(page.body.contains(&problem), "{code:?}");
    }
    for inline in [
        "<script>",
        "<style",
        " style=",
        " onclick",
        "javascript:",
        "http://",
        "https://",
    ] {
        assert!(!page.body.contains(inline), "{inline}");
    }
    for (path, content_type) in [
        ("/openid/page.js", "text/javascript"),
        ("/openid/page.css", "text/css"),
    ] {
        assert!(page.body.contains(path));
        let part = get(&bank, path).await;
        assert_eq!(
            (part.status, part.header("content-type")),
            (200, content_type)
        );
        assert!(!part.body.contains("http"));
    }
}

#[tokio::test]
async fn the_page_is_in_thai_for_who_reads_thai() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let pushed = shop
        .push_with(&[("ui_locales", "en"), ("max_age", "0")])
        .await;
    let link = shop.link_to(pushed.json()["request_uri"].as_str().unwrap());
    let request = Request::get(&link).header("accept-language", "th-TH,th;q=0.9,en;q=0.8");
    let page = ask(&bank, request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.header("content-language"), "th");
    assert!(page.body.contains("<html lang=\"th\">"));
    assert!(
        page.body.contains("ดูหมายเลขลูกค้าของคุณที่ธนาคาร"),
        "{}",
        page.body
    );
    let request = Request::get("/openid/authorize").header("accept-language", "th");
    let refusal = ask(&bank, request.body(Body::empty()).unwrap()).await;
    assert!(refusal.body.contains("คำขอนี้สิ้นสุดแล้ว"), "{}", refusal.body);
    assert!(
        refusal
            .header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
}
