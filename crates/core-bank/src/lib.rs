//! The port to a core bank.
