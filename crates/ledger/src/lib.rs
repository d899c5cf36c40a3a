//! Double entry: accounts, postings, holds and typed balances.
