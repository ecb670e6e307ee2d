//! Numbers as the wire writes them.
