//! A person without a mouse pays.

use super::customer::enrol;
use super::person::Person;
use crate::bank::Bank;
use testkit::chromium::Page;

/// The most presses of a key between two places of a page.
const PRESSES_MAX: usize = 60;

/// What has the focus must be seen: an outline around it, inside of the window, with nothing over it.
const SEEN: &str = "(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return 'nothing has the focus';
    const style = getComputedStyle(focused);
    const box = focused.getBoundingClientRect();
    if (focused.matches('h1')) return '';
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return `no outline: ${focused.outerHTML}`;
    if (box.bottom <= 0 || box.top >= innerHeight) return `out of the window: ${focused.outerHTML}`;
    const over = document.elementFromPoint(box.x + box.width / 2, Math.min(box.y + box.height / 2, innerHeight - 1));
    const seen = over && (focused.contains(over) || over.contains(focused));
    return seen ? '' : `${over?.outerHTML} lies over ${focused.outerHTML}`;
})()";

/// Presses Tab until the element with this role and name has the focus. Each stop on the way is seen.
async fn go(page: &Page, role: &str, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..PRESSES_MAX {
        page.press("Tab", "").await;
        assert_eq!(page.evaluate(SEEN).await.unwrap(), "");
        let focused = page.focused().await;
        if focused == (role.to_owned(), name.to_owned()) {
            return;
        }
        passed.push(focused);
    }
    panic!("no {role} “{name}” among {passed:#?}");
}

#[tokio::test]
async fn somebody_pays_with_the_keyboard_alone() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let page = enrol(&bank, &person, "1001").await;

    go(&page, "link", "Pay").await;
    page.press("Enter", "").await;
    // The page that comes has the focus, at its beginning.
    page.until(
        "document.activeElement.matches('h1') && document.activeElement.textContent === 'Pay'",
    )
    .await;
    go(&page, "combobox", "To").await;
    page.press("ArrowDown", "").await;
    while page.evaluate("document.activeElement.value").await.unwrap() != "account" {
        page.press("ArrowDown", "").await;
    }
    go(&page, "textbox", "Account number").await;
    page.type_text("2000000020").await;
    go(&page, "textbox", "Amount").await;
    page.type_text("12.5O").await;
    go(&page, "textbox", "Message to the payee (optional)").await;
    page.type_text("Dinner").await;
    go(&page, "radio", "Now").await;
    page.press("ArrowDown", "").await;
    page.until("!!document.querySelector('input[type=date]')")
        .await;
    page.press("ArrowUp", "").await;
    page.until("!document.querySelector('input[type=date]')")
        .await;
    go(&page, "button", "Review").await;
    page.press("Enter", "").await;

    // What is wrong has the focus, and says what.
    page.until("document.activeElement.id === 'amount'").await;
    let said = "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent";
    let said = page.evaluate(said).await.unwrap();
    assert_eq!(said, "Type an amount, such as 12.50.");
    page.press("a", "Control").await;
    page.type_text("12.50").await;
    // Enter sends a form from any of its fields.
    page.press("Enter", "").await;
    page.until("document.activeElement.textContent === 'Is everything right?'")
        .await;
    go(&page, "button", "Sign and send").await;
    page.press("Enter", "").await;
    page.until(
        "document.activeElement.matches('h1') && document.activeElement.textContent === 'Done'",
    )
    .await;
    go(&page, "button", "Another payment").await;
    page.press(" ", "").await;
    page.until("document.activeElement.textContent === 'Pay'")
        .await;
}
