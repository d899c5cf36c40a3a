//! The client's address from the PROXY protocol of HAProxy, versions 1 and 2 (`proxy-protocol.txt`, 2.1 and 2.2).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The first bytes of a version 2 header.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// Maximum length of a version 1 header, including its line end.
const LINE_MAX: usize = 107;

/// Maximum length of a version 2 header after its first 16 bytes: two addresses and further fields.
const REST_MAX: usize = 4 * 1024;

/// Reads the header that a proxy sends first, and nothing beyond it. Returns the client's address. `None` if the proxy
/// connects for itself, or for a client without an internet address.
pub(crate) async fn read_client<S: AsyncRead + Unpin>(
    stream: &mut S,
) -> io::Result<Option<IpAddr>> {
    let mut first = [0; SIGNATURE.len()];
    stream.read_exact(&mut first).await?;
    if first == *SIGNATURE {
        return read_version_2(stream).await;
    }
    let mut line = first.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() >= LINE_MAX || !line.starts_with(b"PROXY ") {
            return Err(invalid());
        }
        line.push(stream.read_u8().await?);
    }
    version_1(&line).ok_or_else(invalid)
}

fn invalid() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "not a header of the PROXY protocol",
    )
}

fn version_1(line: &[u8]) -> Option<Option<IpAddr>> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let mut words = line.split(' ').skip(1);
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(None);
    }
    let [source, _destination]: [IpAddr; 2] =
        [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
    let [_source_port, _destination_port]: [u16; 2] =
        [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
    let fits = match family {
        "TCP4" => source.is_ipv4(),
        "TCP6" => source.is_ipv6(),
        _ => false,
    };
    (fits && words.next().is_none()).then_some(Some(source))
}

async fn read_version_2<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<IpAddr>> {
    let command = stream.read_u8().await?;
    let family = stream.read_u8().await?;
    let length = usize::from(stream.read_u16().await?);
    if length > REST_MAX {
        return Err(invalid());
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (command, family >> 4) {
        // LOCAL: the proxy connects for itself.
        (0x20, _) => Ok(None),
        (0x21, 1) if length >= 12 => {
            let source = rest.first_chunk().copied().map(Ipv4Addr::from_octets);
            Ok(source.map(IpAddr::V4))
        }
        (0x21, 2) if length >= 36 => {
            let source = rest.first_chunk().copied().map(Ipv6Addr::from_octets);
            Ok(source.map(IpAddr::V6))
        }
        (0x21, 0 | 3) => Ok(None),
        _ => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(header: &[u8]) -> Result<Option<String>, ()> {
        let sent = [header, b"GET"].concat();
        let mut stream = sent.as_slice();
        let client = read_client(&mut stream).await.map_err(|_| ())?;
        assert_eq!(stream, b"GET", "bytes after the header stay unread");
        Ok(client.map(|client| client.to_string()))
    }

    fn version_2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [SIGNATURE.as_slice(), &[command, family], &length, rest].concat()
    }

    #[tokio::test]
    async fn both_versions_name_the_client() {
        let client = |address: &str| Ok(Some(address.to_owned()));
        let line = b"PROXY TCP4 192.0.2.43 198.51.100.1 47011 443\r\n";
        assert_eq!(read(line).await, client("192.0.2.43"));
        let line = b"PROXY TCP6 2001:db8::17 2001:db8::1 47011 443\r\n";
        assert_eq!(read(line).await, client("2001:db8::17"));
        assert_eq!(read(b"PROXY UNKNOWN\r\n").await, Ok(None));
        assert_eq!(
            read(b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n").await,
            Ok(None)
        );
        let mut rest = [192, 0, 2, 43, 198, 51, 100, 1, 0xB7, 0xA3, 1, 0xBB].to_vec();
        assert_eq!(
            read(&version_2(0x21, 0x11, &rest)).await,
            client("192.0.2.43")
        );
        rest.extend([0x04, 0, 1, 9]);
        assert_eq!(
            read(&version_2(0x21, 0x11, &rest)).await,
            client("192.0.2.43")
        );
        let mut rest = [0; 36];
        rest[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        rest[15] = 0x17;
        assert_eq!(
            read(&version_2(0x21, 0x21, &rest)).await,
            client("2001:db8::17")
        );
        assert_eq!(read(&version_2(0x20, 0, &[])).await, Ok(None));
        assert_eq!(read(&version_2(0x21, 0x31, &[0; 216])).await, Ok(None));
    }

    #[tokio::test]
    async fn invalid_headers_are_refused() {
        for header in [
            b"GET / HTTP/1.1\r\n".as_slice(),
            b"PROXY TCP4 192.0.2.43 198.51.100.1 47011\r\n",
            b"PROXY TCP4 2001:db8::17 2001:db8::1 47011 443\r\n",
            b"PROXY TCP4 192.0.2.43 198.51.100.1 47011 443 1\r\n",
            b"PROXY TCP9 192.0.2.43 198.51.100.1 47011 443\r\n",
            &version_2(0x31, 0x11, &[0; 12]),
            &version_2(0x21, 0x11, &[0; 11]),
            &version_2(0x21, 0x41, &[0; 12]),
            &version_2(0x21, 0x11, &[0; REST_MAX + 1]),
        ] {
            assert!(read(header).await.is_err(), "{}", header.escape_ascii());
        }
        let endless = [b"PROXY ".as_slice(), &[b'x'; 200]].concat();
        assert!(read(&endless).await.is_err());
    }
}
