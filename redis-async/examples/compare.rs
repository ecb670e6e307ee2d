//! compare
use redis_async::prelude::*;
use redis_async::*;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn raw(batch: usize, seconds: f64) -> f64 {
    let mut s = tokio::net::TcpStream::connect("127.0.0.1:17999").await.unwrap();
    s.set_nodelay(true).unwrap();
    let one = b"*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n";
    let out = one.repeat(batch);
    let mut buf = vec![0; 1 << 20];
    let start = Instant::now();
    let mut n = 0usize;
    while start.elapsed().as_secs_f64() < seconds {
        s.write_all(&out).await.unwrap();
        let mut got = 0;
        while got < 9 * batch {
            got += s.read(&mut buf).await.unwrap();
        }
        n += batch;
    }
    n as f64 / start.elapsed().as_secs_f64()
}

async fn client(r: &'static Redis, tasks: usize, seconds: f64) -> f64 {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let start = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..tasks {
        set.spawn(async move {
            let mut n = 0usize;
            loop {
                for _ in 0..16 {
                    let v: Option<BulkString> = R_GET(r).await.unwrap();
                    std::hint::black_box(&v);
                    n += 1;
                }
                if Instant::now() > end {
                    return n;
                }
            }
        });
    }
    let mut n = 0;
    while let Some(x) = set.join_next().await {
        n += x.unwrap();
    }
    n as f64 / start.elapsed().as_secs_f64()
}
#[allow(non_snake_case)]
fn R_GET(r: &'static Redis) -> CommandFuture<'static, Option<BulkString>> {
    r.execute_command(Command::new(&redis_core::command::table::GET).key("foo"))
}

fn main() {
    let multi = std::env::args().nth(1).as_deref() == Some("multi");
    let rt = if multi {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
    } else {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    }
    .unwrap();
    let r: &'static Redis = Box::leak(Box::new(Redis::at("127.0.0.1", 17999).unwrap()));
    rt.block_on(async {
        r.command("SET").key("foo").arg("bar").query::<()>().await.unwrap();
        for round in 0..3 {
            for tasks in [1, 16, 256, 2048] {
                let floor = tokio::spawn(raw(tasks, 0.7)).await.unwrap();
                let got = client(r, tasks, 0.7).await;
                println!("round {round} tasks {tasks:5}: raw {floor:10.0}/s client {got:10.0}/s ratio {:.2}", got / floor);
            }
        }
    });
}
