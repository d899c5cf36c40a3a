//! Enrolment, devices, channel tokens, revocation.
