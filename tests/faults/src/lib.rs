//! A proxy between a client and a real server that does what networks do at their worst: it delays,
//! drips, swallows, corrupts, repeats and swaps what passes, injects pushes, falls silent, hangs up.
//!
//! What it does is written in a small language, [`Script`]; where it draws lots it draws them from a
//! [`Seed`], so that the same bytes through the same script with the same seed meet the same faults. It
//! shares no code with the clients that are tested through it.
//!
//! By hand: `cargo xtask faults --upstream 127.0.0.1:6379 --script 'out every 20..80 frames reset'`.
//!
//! # Example: a connection that breaks in its third reply
//!
//! ```
//! use redis_faults::{Proxy, Script, Seed};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let script: Script = "out after 2 frames truncate 3; out after 3 frames close".parse()?;
//! let upstream = "127.0.0.1:6379".parse()?;
//! let proxy = Proxy::start(upstream, script, Seed::from(7))?;
//! println!("connect to {}", proxy.address());
//! # Ok(()) }
//! ```

mod lane;
mod proxy;
mod script;
mod seed;
mod skim;

pub use proxy::{Counts, Proxy};
pub use script::{Script, ScriptError};
pub use seed::{Random, Seed};
