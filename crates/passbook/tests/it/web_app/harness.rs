//! The tests' own browser: what it complains of fails a test, and what it does is what a person does.

use super::person::{Person, stored};
use crate::bank::Bank;
use serde_json::json;
use testkit::chromium::Authenticator;

/// Each of these would fail the test if it were not expected.
#[tokio::test]
async fn errors_in_the_console_and_refusals_of_the_policy_are_complaints() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = person.open(&bank, "/").await;
    stored(&page).await;
    person.check();
    for (script, part) in [
        ("console.error('told')", "told"),
        ("setTimeout(() => { throw new Error('thrown'); })", "thrown"),
        ("document.body.innerHTML = '<b>b</b>'", "TrustedHTML"),
        (
            "document.body.setAttribute('style', 'color: red')",
            "style-src",
        ),
        (
            "fetch('https://elsewhere.example/').catch(() => {})",
            "connect-src",
        ),
        ("new Worker('/app/another.js')", "TrustedScriptURL"),
        (
            "setTimeout(() => eval('1'))",
            "valuating a string as JavaScript",
        ),
        (
            "document.body.append(Object.assign(new Image(), {src: 'data:image/gif;base64,AAAA'}))",
            "img-src",
        ),
    ] {
        page.evaluate(script).await.ok();
        person.complains(part).await;
    }
}

#[tokio::test]
async fn what_is_stored_legibly_is_found() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = person.open(&bank, "/").await;
    stored(&page).await;
    let store = "(async () => {
        const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); request.onupgradeneeded = () => request.result.createObjectStore('rows'); });
        const database = await done(indexedDB.open('tests', 1));
        const transaction = database.transaction('rows', 'readwrite');
        transaction.objectStore('rows').put(new TextEncoder().encode('Somchai'), 'key-1');
        transaction.objectStore('rows').put({ nested: [{ name: 'Malee' }] }, 'key-2');
        await new Promise((resolve) => { transaction.oncomplete = resolve; });
        database.close();
        await (await caches.open('tests')).put('/some/address', new Response('250.00'));
        localStorage.setItem('theme', 'dark');
        return true;
    })()";
    page.evaluate(store).await.unwrap();
    let legible = page.legible().await.join("\n");
    for text in [
        "Somchai",
        "Malee",
        "key-1",
        "/some/address",
        "250.00",
        "dark",
    ] {
        assert!(legible.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_person_finds_clicks_and_types_by_names() {
    let person = Person::new().await;
    let mut page = person.browser().open().await;
    let form = "data:text/html,<meta name=viewport content=width=device-width><title>Form</title><label>Amount <input id=amount></label><button onclick=\"document.title=amount.value\">Pay</button>\
        <button disabled>Later</button><a href=\"%23more\">More</a>";
    page.visit(form).await;
    page.fill("textbox", "Amount", "12.5").await;
    page.fill("textbox", "Amount", "250.00").await;
    page.click("button", "Pay").await;
    page.until("document.title === '250.00'").await;
    assert_eq!(page.names("button").await, ["Pay", "Later"]);
    page.press("Tab", "").await;
    assert_eq!(page.focused().await, ("link".to_owned(), "More".to_owned()));
    page.press("Tab", "Shift").await;
    page.press("Tab", "Shift").await;
    page.type_text("9").await;
    page.press("Enter", "").await;
    assert_eq!(page.focused().await.0, "textbox");
    assert_eq!(page.evaluate("amount.value").await.unwrap(), "9");
    let look = testkit::chromium::Look {
        size: (320, 640),
        phone: true,
        language: "th-TH",
        features: &[
            ("prefers-color-scheme", "dark"),
            ("prefers-reduced-motion", "reduce"),
        ],
    };
    page.look(look).await;
    page.visit(form).await;
    let seen = "[innerWidth, navigator.language, matchMedia('(prefers-color-scheme: dark)').matches,
        matchMedia('(prefers-reduced-motion)').matches, new Intl.NumberFormat().resolvedOptions().locale]";
    let seen = page.evaluate(seen).await.unwrap();
    assert_eq!(seen, json!([320, "th-TH", true, true, "th-TH"]));
}

/// The secret goes with the page: Chromium takes passkeys out of an authenticator and puts them into another without it.
#[tokio::test]
async fn a_passkeys_secret_is_the_same_after_the_page_was_left() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let mut page = person.open(&bank, "/").await;
    let with_secret = json!({"hasPrf": true});
    Authenticator::add(&mut page, &with_secret).await.unwrap();
    let make = "navigator.credentials.create({publicKey: {
            challenge: new Uint8Array(32), rp: {id: 'localhost', name: 'Passbook'},
            user: {id: new Uint8Array(16), name: '1001', displayName: '1001'},
            pubKeyCredParams: [{type: 'public-key', alg: -7}],
            authenticatorSelection: {residentKey: 'required', userVerification: 'required'},
            extensions: {prf: {}}}})
        .then((made) => made.getClientExtensionResults().prf.enabled)";
    assert_eq!(page.evaluate(make).await.unwrap(), true);
    let secret = "navigator.credentials.get({publicKey: {
            challenge: new Uint8Array(32), rpId: 'localhost', userVerification: 'required',
            extensions: {prf: {eval: {first: new TextEncoder().encode('storage')}}}}})
        .then((made) => [...new Uint8Array(made.getClientExtensionResults().prf.results.first)])";
    let first = page.evaluate(secret).await.unwrap();
    assert_eq!(first.as_array().unwrap().len(), 32);
    page.visit("about:blank").await;
    page.visit(&bank.public).await;
    assert_eq!(page.evaluate(secret).await.unwrap(), first);
    let another = secret.replace("'storage'", "'another'");
    assert_ne!(page.evaluate(&another).await.unwrap(), first);
}
