//! The OpenID provider: a client, a browser and a person go through it, and so do those who attack them.

mod app;
mod assertions;
mod browsers;
mod codes;
mod consents;
mod costs;
mod endings;
mod events;
mod flow;
mod logouts;
mod page;
mod proofs;
mod published_keys;
mod pushing;
mod tokens;
