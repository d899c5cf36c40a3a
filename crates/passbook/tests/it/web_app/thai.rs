//! A payment in Thai: the person's words, their calendar, and the text that they sign.

use super::customer::{add_authenticator, choose, press};
use super::person::Person;
use crate::bank::Bank;
use testkit::chromium::Look;

#[tokio::test]
async fn a_payment_is_made_in_thai_with_dates_of_the_buddhist_era() {
    let bank = Bank::sandbox("");
    let person = Person::new().await;
    let mut page = person.browser().open().await;
    add_authenticator(&mut page).await;
    let thai_phone = Look {
        size: (390, 844),
        phone: true,
        language: "th-TH",
        features: &[],
    };
    page.look(thai_phone).await;
    let code = bank.code("1001");
    page.visit(&format!("{}/welcome#1001.{code}", bank.public))
        .await;
    page.click("button", "ตรงกัน").await;
    page.click("button", "ใช้พาสคีย์").await;
    page.shows("ครบถ้วน ณ").await;
    let language = page.evaluate("document.documentElement.lang").await;
    assert_eq!(language.unwrap(), "th");

    press(&page, "nav a[href='/pay']").await;
    choose(&page, "select#to", "account").await;
    page.fill("textbox", "เลขบัญชี", "2000000020").await;
    page.fill("textbox", "จำนวนเงิน", "1,250.50").await;
    page.fill("textbox", "ข้อความถึงผู้รับเงิน (ไม่บังคับ)", "ค่าเช่า")
        .await;
    page.click("radio", "ในวันที่กำหนด").await;
    choose(&page, "input[type=date]", "2099-12-24").await;
    page.click("button", "ตรวจสอบ").await;
    page.shows("คุณจะลงนามข้อความนี้ทุกตัวอักษร").await;
    let text = "document.querySelector('pre').textContent";
    let text = page.evaluate(text).await.unwrap();
    assert_eq!(
        text,
        "โอนเงิน\nจำนวนเงิน: 1,250.50 CZK\nบัญชี: 2000000020\nจาก: 2000000010\nข้อความ: ค่าเช่า\nวันที่: 2099-12-24"
    );
    page.click("button", "ลงนามและส่ง").await;
    page.shows("กำหนดเวลาแล้ว").await;

    // The year 2099 is 2642 of the Buddhist era.
    press(&page, "nav a[href='/orders']").await;
    page.shows("พ.ศ. 2642").await;
    press(&page, "nav a[href='/']").await;
    press(&page, "a[href^='/entries/']").await;
    page.shows("พ.ศ. 2569").await;
}
