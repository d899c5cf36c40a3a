//! `passbook stack` and `passbook server-key`: the bank's own door, and the key that opens it.

use super::operate::operator_of;
use crate::cli::{Disallowed, Listing, ReleaseAddress};
use crate::may_be_done::{MayBeDone, asked, this_command};
use anyhow::Context as _;
use protocol::http::{
    AddServerKey, DisallowedAddresses, ExceptionList, ReleaseAddress as Release, ReleasedAddress,
    ServerKeysAnswer, ValidServerKeys,
};
use std::io::Read as _;
use std::net::IpAddr;
use terminal::{json_line, line};
use types::{Time, base64url};

/// Longest text of a key on standard input.
const KEY_BYTES_MAX: u64 = 1_000;

fn again() -> MayBeDone {
    MayBeDone::new("it may have been done; the same command again is harmless")
        .with_line(this_command(&[]))
}

fn show_keys(valid: &ValidServerKeys, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(valid);
    }
    if valid.keys.is_empty() {
        return line(format_args!(
            "No key is valid, so no package passes. Add one with `passbook stack add-key`."
        ));
    }
    let mut keys = valid.keys.iter();
    keys.try_for_each(|key| line(format_args!("{}", base64url::encode(key.as_bytes()))))
}

/// Lists the valid keys.
pub(crate) async fn stack_keys(arguments: &Listing) -> anyhow::Result<()> {
    let valid: ValidServerKeys = operator_of(&arguments.bank)?.get("stack/keys").await?;
    show_keys(&valid, arguments.json)
}

/// Makes a key valid.
pub(crate) async fn stack_add_key(arguments: &Listing) -> anyhow::Result<()> {
    let mut key = String::new();
    let read = std::io::stdin()
        .take(KEY_BYTES_MAX)
        .read_to_string(&mut key);
    read.context("standard input has no key")?;
    let body = AddServerKey {
        key: key.trim().to_owned(),
    };
    let operator = operator_of(&arguments.bank)?;
    let valid: ValidServerKeys = asked(operator.send("stack/keys", &body).await, again)?;
    show_keys(&valid, arguments.json)
}

/// Ends the older key.
pub(crate) async fn stack_retire_key(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let retired = operator.send("stack/keys/retire", &()).await;
    let valid: ValidServerKeys = asked(retired, again)?;
    show_keys(&valid, arguments.json)
}

/// Shows what was stopped.
pub(crate) async fn stack_exceptions(arguments: &Listing) -> anyhow::Result<()> {
    let list: ExceptionList = operator_of(&arguments.bank)?
        .get("stack/exceptions")
        .await?;
    if arguments.json {
        return json_line(&list);
    }
    if list.exceptions.is_empty() {
        return line(format_args!("No package was stopped."));
    }
    list.exceptions
        .iter()
        .try_for_each(|record| line(format_args!("{}", serde_json::to_string_pretty(record)?)))
}

/// Lists the addresses that may not connect.
pub(crate) async fn stack_disallowed(arguments: &Disallowed) -> anyhow::Result<()> {
    let listed: DisallowedAddresses = operator_of(&arguments.bank)?
        .get("stack/disallowed")
        .await?;
    if arguments.json {
        return json_line(&listed);
    }
    if arguments.nft {
        let addresses: Vec<_> = listed.addresses.iter().map(|one| one.address).collect();
        return line(format_args!("{}", nft(&addresses)));
    }
    if listed.addresses.is_empty() {
        return line(format_args!("Every address may connect."));
    }
    listed.addresses.iter().try_for_each(|one| {
        let since = shown(one.since);
        line(format_args!(
            "{}  since {since}, exception {}",
            one.address, one.exception
        ))
    })
}

fn shown(time: Time) -> String {
    types::BusinessDate::of_utc(time).to_string()
}

/// A script for nft(8) that drops what comes from these addresses. It replaces what it said before.
fn nft(addresses: &[IpAddr]) -> String {
    let set = |name: &str, kind: &str, of: Vec<String>| {
        let elements = if of.is_empty() {
            String::new()
        } else {
            format!("elements = {{ {} }}; ", of.join(", "))
        };
        format!("    set {name} {{ type {kind}; {elements}}}\n")
    };
    let written = |is_wanted: fn(&IpAddr) -> bool| {
        let wanted = addresses.iter().filter(|address| is_wanted(address));
        wanted.map(ToString::to_string).collect()
    };
    format!(
        "table inet passbook\ndelete table inet passbook\ntable inet passbook {{\n{}{}    chain input {{\n        \
         type filter hook input priority filter - 10; policy accept;\n        \
         ip saddr @passbook_disallowed drop\n        ip6 saddr @passbook_disallowed6 drop\n    }}\n}}",
        set("passbook_disallowed", "ipv4_addr", written(IpAddr::is_ipv4)),
        set(
            "passbook_disallowed6",
            "ipv6_addr",
            written(IpAddr::is_ipv6)
        ),
    )
}

/// Lets an address connect again.
pub(crate) async fn stack_release(arguments: &ReleaseAddress) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let body = Release {
        address: arguments.address,
        by: arguments.by.clone(),
        reason: arguments.reason.clone(),
    };
    let released: ReleasedAddress = asked(operator.send("stack/disallowed", &body).await, again)?;
    if arguments.json {
        return json_line(&released);
    }
    line(format_args!("{} may connect again.", released.address))
}

fn show_server_keys(keys: &ServerKeysAnswer, shown: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(keys);
    }
    line(format_args!("{shown}"))
}

/// Prints what the bank adds of the key in use.
pub(crate) async fn server_key_show(arguments: &Listing) -> anyhow::Result<()> {
    let keys: ServerKeysAnswer = operator_of(&arguments.bank)?.get("server-keys").await?;
    show_server_keys(&keys, &keys.current, arguments.json)
}

/// Makes the next key.
pub(crate) async fn server_key_new(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let keys: ServerKeysAnswer = asked(operator.send("server-keys/next", &()).await, again)?;
    let next = keys.next.clone().context("the server names no next key")?;
    show_server_keys(&keys, &next, arguments.json)
}

/// Uses the next key.
pub(crate) async fn server_key_use(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let used = operator.send("server-keys/use", &()).await;
    let keys: ServerKeysAnswer = asked(used, || {
        MayBeDone::new("the next key may be in use; `passbook server-key show` says which one is")
    })?;
    let words =
        "The next key is in use. The bank may retire the older one: `passbook stack retire-key`.";
    show_server_keys(&keys, words, arguments.json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_firewall_gets_both_kinds_of_addresses() {
        let script = nft(&["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()]);
        assert!(
            script.contains("type ipv4_addr; elements = { 192.0.2.7 };"),
            "{script}"
        );
        assert!(
            script.contains("type ipv6_addr; elements = { 2001:db8::7 };"),
            "{script}"
        );
        assert!(!nft(&[]).contains("elements"));
    }
}
