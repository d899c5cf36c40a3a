//! Events from the core bank to notification: the embedded queue on a channel log.
