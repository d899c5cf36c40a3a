//! Root and key-encryption keys: wrap, unwrap, sign, mac.
