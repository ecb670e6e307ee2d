//! Both clients on real servers.

mod both;
mod conversions;
mod errors;
