//! The authenticator's flags and counter as the bank reads them.

use crate::browser::Browser;
use crate::desk::{Desk, bank_at};
use crate::site::Site;
use serde_json::json;
use webauthn::BackupFlags;

#[tokio::test]
async fn backup_flags_are_those_that_the_authenticator_was_given() {
    let site = Site::serve().await;
    let mut browser = Browser::at(&site.origin(), json!({})).await;
    for (eligible, backed_up) in [(false, false), (true, false), (true, true)] {
        let bank = bank_at(&site.origin()).await;
        let given = json!({"defaultBackupEligibility": eligible, "defaultBackupState": backed_up});
        browser = browser.replace_authenticator(given).await;
        let mut desk = Desk::at(&bank, browser).await;
        desk.register(json!({})).await.unwrap();
        let flags = |backed_up| BackupFlags {
            eligible,
            backed_up,
        };
        let begun = desk.log_in(json!({})).await.unwrap();
        let listed = desk.listed(&begun.access_token).await;
        let read = (listed[0].backup_eligible, listed[0].backed_up);
        assert_eq!(read, (eligible, backed_up));
        desk.assertions_are_accepted(flags(backed_up)).await;

        let id = desk.browser.passkeys().await[0]["credentialId"].clone();
        let set = |eligible: bool, backed_up: bool| {
            json!({
                "credentialId": id,
                "backupEligibility": eligible,
                "backupState": backed_up,
            })
        };
        const SET: &str = "setCredentialProperties";
        desk.browser.set(SET, set(false, true)).await;
        desk.assertions_are_refused("backed_up_though_not_eligible", json!({}))
            .await;
        desk.browser.set(SET, set(!eligible, false)).await;
        desk.assertions_are_refused("backup_eligibility_changed", json!({}))
            .await;
        if eligible {
            desk.browser.set(SET, set(true, !backed_up)).await;
            desk.assertions_are_accepted(flags(!backed_up)).await;
            let begun = desk.log_in(json!({})).await.unwrap();
            let listed = desk.listed(&begun.access_token).await;
            assert_eq!(listed[0].backed_up, !backed_up);
        }
        browser = desk.browser;
    }
}

#[tokio::test]
async fn a_passkey_that_is_backed_up_and_cannot_be_is_not_registered() {
    let site = Site::serve().await;
    let bank = bank_at(&site.origin()).await;
    let given = json!({"defaultBackupEligibility": false, "defaultBackupState": true});
    let mut desk = Desk::at(&bank, Browser::at(&site.origin(), given).await).await;
    desk.registration_is_refused("backed_up_though_not_eligible", json!({}))
        .await;
}

/// Passkeys that exist on several devices have no counter that grows.
#[tokio::test]
async fn counters_are_not_judged() {
    let site = Site::serve().await;
    let bank = bank_at(&site.origin()).await;
    let mut desk = Desk::registered(&bank, &site.origin()).await;
    for count in [1_000_000_u32, 0, 41, 41] {
        let mut passkey = desk.browser.passkeys().await.remove(0);
        let id = json!({"credentialId": passkey["credentialId"]});
        desk.browser.set("removeCredential", id).await;
        passkey["signCount"] = json!(count);
        let given = json!({ "credential": passkey });
        desk.browser.set("addCredential", given).await;
        let made = desk.answer_login(json!({})).await;
        let counted = (count + 1).to_be_bytes();
        assert_eq!(made.authenticator_data[33..37], counted, "{count}");
        desk.person.send_assertion(&made).await.unwrap();
        desk.order(json!({})).await.unwrap();
    }
}
