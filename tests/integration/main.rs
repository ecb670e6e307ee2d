//! Both clients on real servers.

mod both;
mod conversions;
mod derived;
mod errors;
mod statements;
