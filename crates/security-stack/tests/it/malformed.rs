//! Packages that are made from right ones by chance: none passes, none crashes the stack, none costs memory for good.

use crate::door::{Door, Package, Parts, loopback};
use http_edge::{CallerCertificate, ServiceCaller};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use security_stack::{Judged, Presented};
use types::Hash;

const PACKAGES: u32 = 10_000;
const SEED: u64 = 1;

/// Changes a package in one or a few places.
fn malformed(mut package: Package, random: &mut StdRng) -> (HeaderMap, Vec<u8>) {
    let mut body = package.body.clone().into_bytes();
    let mut headers = HeaderMap::new();
    let names: Vec<_> = package.fields.keys().copied().collect();
    let name = names[random.random_range(0..names.len())];
    let mut value = package.fields.remove(name).unwrap().into_bytes();
    let spoilt = random.random_range(0..10);
    let place = |random: &mut StdRng, length: usize| random.random_range(0..length.max(1));
    match spoilt {
        0 => value.truncate(place(random, value.len())),
        1 => {
            let at = place(random, value.len());
            value[at] = if value[at] == b'A' { b'B' } else { b'A' };
        }
        2 => value.extend_from_slice(b"AAAA"),
        3 => value = vec![b'A'; random.random_range(0..8_000)],
        4 => body.truncate(place(random, body.len())),
        5 => {
            let at = place(random, body.len());
            body[at] ^= 1 << random.random_range(0..7);
        }
        6 => body.insert(place(random, body.len()), random.random()),
        7 => body = std::iter::repeat_n(b'[', random.random_range(1..9_000)).collect(),
        8 => {
            body = (0..random.random_range(0..300))
                .map(|_| random.random())
                .collect()
        }
        _ => value.clear(),
    }
    if let Ok(value) = HeaderValue::from_bytes(&value) {
        headers.append(name, value);
    }
    for (name, value) in package.fields {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    // Sometimes there are two of them.
    if spoilt == 2 {
        headers.append(name, HeaderValue::from_static("AAAA"));
    }
    (headers, body)
}

/// Memory of this process in pages.
fn resident_pages() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn of_ten_thousand_malformed_packages_none_passes() {
    let door = Door::open().await;
    let caller = ServiceCaller {
        address: loopback(1),
        over_tls: true,
        certificate: Some(CallerCertificate {
            names: vec!["passbook://gateway/node-1".parse().unwrap()],
            fingerprint: Hash::ZERO,
        }),
    };
    let judge = async |path: &str, headers: &HeaderMap, body: &[u8]| {
        let presented = Presented {
            caller: &caller,
            method: "POST",
            path,
            headers,
            body,
        };
        door.stack.judge(&presented).await.unwrap()
    };
    let right = Parts::right(&door, 1).packed();
    let mut random = StdRng::seed_from_u64(SEED);
    let mut early = 0;
    for number in 0..PACKAGES {
        let (headers, body) = malformed(right.clone(), &mut random);
        let judged = judge(right.path, &headers, &body).await;
        assert!(
            matches!(judged, Judged::Stopped(_)),
            "package {number} of seed {SEED} passed"
        );
        if number == PACKAGES / 10 {
            early = resident_pages();
        }
    }
    let late = resident_pages();
    assert!(
        late < early + 4_096,
        "memory grew from {early} to {late} pages"
    );
    // What they were made from passes still.
    let mut headers = HeaderMap::new();
    for (name, value) in &right.fields {
        headers.append(*name, value.parse().unwrap());
    }
    let judged = judge(right.path, &headers, right.body.as_bytes()).await;
    assert!(matches!(judged, Judged::Passed(_)));
}
