//! `cargo xtask faults`: the proxy that misbehaves, by hand, between any client and a real server.

use std::net::{SocketAddr, ToSocketAddrs};

use redis_faults::{Proxy, Script, Seed};

use crate::error::Result;

const USAGE: &str = "usage: cargo xtask faults --upstream HOST:PORT [--listen HOST:PORT] \
    [--script TEXT|@FILE] [--seed NUMBER]";

/// What the proxy is told.
#[derive(Debug)]
struct Order {
    listen: SocketAddr,
    upstream: SocketAddr,
    script: Script,
    seed: Seed,
}

/// Runs the proxy until it is interrupted.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let order = Order::read(arguments)?;
    let proxy = Proxy::listen(order.listen, order.upstream, order.script, order.seed)?;
    println!("{} leads to {}, seed {}", proxy.url(), order.upstream, order.seed);
    proxy.wait();
    Ok(())
}

impl Order {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut order = Self {
            listen: ([127, 0, 0, 1], 0).into(),
            upstream: ([127, 0, 0, 1], 0).into(),
            script: Script::default(),
            seed: Seed::of_this_run(),
        };
        let mut arguments = arguments.iter();
        while let Some(option) = arguments.next() {
            let value =
                arguments.next().ok_or_else(|| format!("{option} lacks its value\n{USAGE}"))?;
            match option.as_str() {
                "--listen" => order.listen = address(value)?,
                "--upstream" => order.upstream = address(value)?,
                "--script" => order.script = script(value)?,
                "--seed" => order.seed = value.parse()?,
                _ => return Err(format!("no such option: {option}\n{USAGE}").into()),
            }
        }
        if order.upstream.port() == 0 {
            return Err(USAGE.into());
        }
        Ok(order)
    }
}

fn address(text: &str) -> Result<SocketAddr> {
    let mut addresses = text.to_socket_addrs().map_err(|error| format!("{text}: {error}"))?;
    addresses.next().ok_or_else(|| format!("{text} has no address").into())
}

/// A script, or the file that holds it.
fn script(text: &str) -> Result<Script> {
    let text = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?,
        None => text.to_owned(),
    };
    Ok(text.parse::<Script>()?)
}

#[cfg(test)]
mod tests {
    use super::Order;

    fn read(line: &str) -> Result<Order, String> {
        let words: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
        Order::read(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn an_order_names_where_to_and_may_name_the_rest() {
        let order = read("--upstream 127.0.0.1:6379 --seed 7 --script out_drip").expect("right");
        assert_eq!((order.upstream.port(), order.seed.to_string()), (6379, "7".to_owned()));
        assert_eq!(order.listen.port(), 0);
        for (wrong, said) in [
            ("--seed 7", "usage"),
            ("--upstream", "lacks its value"),
            ("--upstream 127.0.0.1:1 --script out_explode", "explode"),
            ("--downstream x", "no such option"),
        ] {
            let error = read(wrong).expect_err(wrong);
            assert!(error.contains(said), "{error}");
        }
    }
}
