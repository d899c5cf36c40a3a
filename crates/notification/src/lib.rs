//! From the core bank's events to sealed, signed, numbered messages.
