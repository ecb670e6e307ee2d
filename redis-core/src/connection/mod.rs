//! One connection: what is said first, what is known of the server, and which reply is whose.

pub mod slots;
