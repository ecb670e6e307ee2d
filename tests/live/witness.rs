//! What the server says of its clients.

use std::collections::BTreeMap;

use redis_tests::raw::Raw;
use redis_tests::server::Server;

/// A line of `CLIENT LIST`.
#[derive(Debug)]
pub(crate) struct Client(BTreeMap<String, String>);

impl Client {
    /// One line, or the answer to `CLIENT INFO`.
    pub(crate) fn read(line: &str) -> Self {
        let fields = line.split_whitespace().filter_map(|field| field.split_once('='));
        Self(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// A field; empty if the server has none of that name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(crate) fn id(&self) -> i64 {
        self.get("id").parse().expect("every client has a number")
    }
}

/// One that looks at the server from outside.
pub(crate) struct Witness(Raw);

impl Witness {
    pub(crate) fn of(server: &Server) -> Self {
        Self(server.raw())
    }

    /// All clients that go by this name.
    pub(crate) fn clients(&mut self, name: &str) -> Vec<Client> {
        let list = self.0.call(&["CLIENT", "LIST"]).text();
        list.lines().map(Client::read).filter(|client| client.get("name") == name).collect()
    }

    pub(crate) fn count(&mut self, name: &str) -> usize {
        self.clients(name).len()
    }

    /// How many clients of this name wait in a blocking command.
    pub(crate) fn blocked(&mut self, name: &str) -> usize {
        self.clients(name).iter().filter(|client| client.get("flags").contains('b')).count()
    }

    /// Closes the connections of all clients of this name, and waits until they are gone.
    pub(crate) fn kill(&mut self, name: &str) -> usize {
        let clients = self.clients(name);
        for client in &clients {
            // one may have gone by itself
            let _ = self.0.try_call(&["CLIENT", "KILL", "ID", &client.id().to_string()]);
        }
        clients.len()
    }

    /// Ends the server in order.
    pub(crate) fn shut_down(&mut self) {
        // it does not answer
        let _ = self.0.try_call(&["SHUTDOWN", "NOSAVE"]);
    }

    pub(crate) fn call(&mut self, command: &[&str]) -> redis_tests::raw::Reply {
        self.0.call(command)
    }

    /// The value of a string key.
    pub(crate) fn get(&mut self, key: &str) -> Option<String> {
        match self.0.call(&["GET", key]) {
            redis_tests::raw::Reply::Nil => None,
            value => Some(value.text()),
        }
    }
}
