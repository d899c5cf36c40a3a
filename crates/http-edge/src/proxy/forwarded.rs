//! The client's address from `Forwarded` (RFC 7239).

use super::{NamesClient, Proxies};
use http::HeaderMap;
use http::header::FORWARDED;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address of the client whose request `peer` sends. Each proxy appends the address from which it received the
/// request. The list is therefore read from its end, as long as the writers of the elements are proxies of this
/// deployment. If an element names no address, the proxy that wrote it counts as the client.
pub(crate) fn client(proxies: &Proxies, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut client = peer;
    if proxies.name_client != NamesClient::Forwarded {
        return client;
    }
    let lines = headers.get_all(FORWARDED).iter().rev();
    let elements = lines.flat_map(|line| {
        let elements = line
            .to_str()
            .map(|line| split(line, ','))
            .unwrap_or_default();
        elements.into_iter().rev()
    });
    for element in elements {
        if !proxies.contains(client) {
            break;
        }
        let Some(address) = node(element) else {
            break;
        };
        client = address;
    }
    client
}

/// The parts of `text` between unquoted `separator`s.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|character| {
        let was_escaped = std::mem::take(&mut escaped);
        match character {
            '\\' if quoted && !was_escaped => escaped = true,
            '"' if !was_escaped => quoted = !quoted,
            _ => return character == separator && !quoted,
        }
        false
    });
    parts.map(str::trim).collect()
}

/// The address in an element's `for` parameter.
fn node(element: &str) -> Option<IpAddr> {
    let node = split(element, ';').into_iter().find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    })?;
    let unquoted = node
        .strip_prefix('"')
        .and_then(|node| node.strip_suffix('"'));
    let node = unquoted.unwrap_or(node);
    if let Some(bracketed) = node
        .strip_prefix('[')
        .and_then(|node| node.strip_suffix(']'))
    {
        return bracketed.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let with_port = || node.parse::<SocketAddr>().ok().map(|node| node.ip());
    // A port may be an obfuscated word (RFC 7239, 6.3), after IPv4 addresses and bracketed IPv6 addresses.
    let without_port = || match node.rsplit_once(':')?.0 {
        address if address.starts_with('[') => {
            let address = address.strip_prefix('[')?.strip_suffix(']')?;
            address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        }
        address => address.parse().ok().filter(IpAddr::is_ipv4),
    };
    let bare = node.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4);
    bare.or_else(with_port).or_else(without_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: &str, lines: &[&str], expected: &str) {
        let proxies = Proxies {
            networks: vec![
                "10.0.0.0/8".parse().unwrap(),
                "2001:db8::/64".parse().unwrap(),
            ],
            name_client: NamesClient::Forwarded,
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, line.parse().unwrap());
        }
        let client = client(&proxies, peer.parse().unwrap(), &headers);
        assert_eq!(client.to_string(), expected, "{lines:?}");
    }

    #[test]
    fn a_proxy_names_the_client() {
        check("10.0.0.1", &["for=192.0.2.43"], "192.0.2.43");
        check(
            "10.0.0.1",
            &["For=\"192.0.2.43:47011\";proto=https"],
            "192.0.2.43",
        );
        check(
            "10.0.0.1",
            &["proto=https;for=\"[2001:db8:cafe::17]:4711\""],
            "2001:db8:cafe::17",
        );
        check(
            "10.0.0.1",
            &["for=\"[2001:db8:cafe::17]\""],
            "2001:db8:cafe::17",
        );
        check(
            "10.0.0.1",
            &["for=\"[2001:db8:cafe::17]:_hidden\""],
            "2001:db8:cafe::17",
        );
        check("10.0.0.1", &["for=\"192.0.2.43:_hidden\""], "192.0.2.43");
        check("::ffff:10.0.0.1", &["for=192.0.2.43"], "192.0.2.43");
    }

    #[test]
    fn other_peers_do_not_name_a_client() {
        check("192.0.2.1", &["for=192.0.2.43"], "192.0.2.1");
        // A client wrote the header itself, and the proxy appended the client's address.
        check(
            "10.0.0.1",
            &["for=203.0.113.9, for=192.0.2.43"],
            "192.0.2.43",
        );
        check(
            "10.0.0.1",
            &["for=203.0.113.9", "for=192.0.2.43"],
            "192.0.2.43",
        );
        check(
            "10.0.0.1",
            &["for=\"a,for=203.0.113.9\", for=192.0.2.43"],
            "192.0.2.43",
        );
        check(
            "10.0.0.1",
            &["for=203.0.113.9, for=192.0.2.43, for=10.0.0.2"],
            "192.0.2.43",
        );
        check(
            "10.0.0.1",
            &["for=192.0.2.43, for=\"[2001:db8::2]\""],
            "192.0.2.43",
        );
    }

    #[test]
    fn a_proxy_that_names_no_address_is_the_client() {
        check("10.0.0.1", &[], "10.0.0.1");
        for element in [
            "for=unknown",
            "for=_hidden",
            "proto=https",
            "",
            "for=\"",
            "for=2001:db8::1",
        ] {
            check("10.0.0.1", &["for=192.0.2.43", element], "10.0.0.1");
        }
    }
}
