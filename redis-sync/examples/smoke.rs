use redis_core::command::{Command, table};
use redis_sync::prelude::*;
use redis_sync::*;
use std::io::{Read, Write};
use std::time::Instant;
fn main() -> Result<()> {
    let port: u16 = std::env::args().nth(1).unwrap().parse().unwrap();
    for protocol in [ProtocolChoice::Resp2, ProtocolChoice::Resp3] {
        let r = Redis::builder().host("localhost").port(port).protocol(protocol).client_name("smoke").database(3).build()?;
        r.command("SET").key("foo").arg("bar").query::<()>()?;
        let c = r.connection()?;
        println!("{:?} {}", c.server().unwrap().protocol(), c.command("CLIENT").arg("INFO").query::<String>()?.trim());
        let (a, b) = (r.connection()?, r.connection()?);
        drop(a);
        let list: String = b.command("CLIENT").arg("LIST").query()?;
        println!("list {} open {:?}", list.lines().filter(|l| l.contains("name=smoke")).count(), r.statistics().open());
        println!("{:?}", r.with(CallOptions::new()).command("BLPOP").key("none").arg("0.1").query::<Option<(String, String)>>());
    }
    let r = Redis::builder().host("127.0.0.1").port(port).build()?;
    let mut s = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    s.set_nodelay(true).unwrap();
    s.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    let n = 20000u32;
    for round in 0..4 {
        let t = Instant::now();
        let mut b = [0; 4096];
        for _ in 0..n { s.write_all(b"*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n").unwrap(); assert!(s.read(&mut b).unwrap() > 0); }
        let floor = t.elapsed() / n;
        let t = Instant::now();
        for _ in 0..n { r.execute_command::<Option<BulkString>>(Command::new(&table::GET).key("foo"))?; }
        let ours = t.elapsed() / n;
        let c = r.connection()?;
        let t = Instant::now();
        for _ in 0..n { c.execute_command::<Option<BulkString>>(Command::new(&table::GET).key("foo"))?; }
        let own = t.elapsed() / n;
        println!("round {round}: floor {floor:?} client {ours:?} connection {own:?}");
    }
    Ok(())
}
