//! Looking at the server's setting for keyspace notifications, and adding to it.

use crate::command::{Command, table};
use crate::error::{Error, Result};
use crate::pubsub::{KeyspaceFlags, Sufficiency};
use std::collections::HashMap;

const SETTING: &str = "notify-keyspace-events";

super::both! {
    /// Makes sure that the server sends the notifications that are wanted. Its setting is added to only if
    /// `add` says so.
    ///
    /// # Errors
    ///
    /// The setting does not suffice and is not to be set; the server refuses to tell or to set it.
    pub async fn keyspace_events<C: Caller>(
        caller: &C,
        wanted: KeyspaceFlags,
        add: bool,
    ) -> Result<()> {
        let get = Command::new(&table::CONFIG_GET).arg(SETTING);
        let settings: HashMap<String, String> = caller.round_trip(&get, None).await?;
        let current = settings.get(SETTING).map(String::as_str).unwrap_or_default();
        let (values, error) = match wanted.check(current)? {
            Sufficiency::Enough => return Ok(()),
            Sufficiency::Lacking { set, error } => (set, error),
        };
        if !add {
            return Err(error);
        }
        let mut refusal = error;
        for value in &values {
            let set = Command::new(&table::CONFIG_SET).arg(SETTING).arg(value);
            match caller.round_trip::<()>(&set, None).await {
                // an older server does not know all letters
                Err(error) if Error::is_server_error(&error) => refusal = error,
                outcome => return outcome,
            }
        }
        Err(refusal)
    }
}
