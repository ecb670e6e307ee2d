//! smoke
use redis_sync::prelude::*;
use redis_sync::*;
fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap();
    let r = Redis::builder().unix_socket_path(url.trim_start_matches("unix://")).build()?;
    r.command("SET").key("foo").arg("bar").query::<()>()?;
    let v: Option<String> = r.command("GET").key("foo").query()?;
    println!("{v:?} {:?}", r.statistics());
    let c = r.connection()?;
    println!("{:?}", c.server());
    c.command("SELECT").arg(3).query::<()>()?;
    c.command("CLIENT").arg("SETNAME").arg("x").query::<()>()?;
    println!("{}", c.command("CLIENT").arg("INFO").query::<String>()?);
    drop(c);
    println!("{}", r.command("CLIENT").arg("LIST").query::<String>()?);
    println!("{:?}", r.command("SELECT").arg(1).query::<()>());
    println!("{:?}", r.typed::<i64>().command("GET").arg("foo").query::<i64>());
    let big = "x".repeat(3_000_000);
    r.command("SET").key("big").arg(&big).query::<()>()?;
    let back: String = r.command("GET").key("big").query()?;
    assert_eq!(back, big);
    let e = r.with(CallOptions::new().response_timeout(std::time::Duration::from_millis(50))).command("BLPOP").key("nil").arg(0).query::<Value>();
    println!("{e:?} {:?}", r.statistics());
    let e = r.with(CallOptions::new().response_timeout(std::time::Duration::from_millis(50))).command("DEBUG").arg("SLEEP").arg("0.1").query::<Value>();
    println!("{e:?} {:?}", r.statistics());
    let t = std::time::Instant::now();
    for _ in 0..20000 { r.command("GET").key("foo").query::<Option<BulkString>>()?; }
    println!("{:?} per get", t.elapsed() / 20000);
    r.disconnect(DisconnectScope::All);
    println!("{:?}", r.statistics());
    Ok(())
}
