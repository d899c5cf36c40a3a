//! A core bank for development: customers, accounts, ledger, outbox and relay.
