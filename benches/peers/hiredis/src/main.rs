//! Load on hiredis, the client in C: replies become trees of its own, and nothing else.

mod called_back;
mod ffi;

use ffi::{Context, Words};
use load::{Flavour, Plan, Report, Workload, alone, threads, unknown};

fn main() {
    load::main(|plan| match plan.flavour {
        Flavour::Blocking => run(plan),
        Flavour::Async => match plan.workload {
            Workload::Get(length) => called_back::run(plan, &get(length)),
            _ => unknown(plan),
        },
    });
}

fn run(plan: &Plan) -> Result<Report, String> {
    let open = || Context::connect(plan).expect("a connection");
    let words: Vec<String> = match plan.workload {
        Workload::Get(length) => get(length).into(),
        Workload::Set(length) => {
            vec!["SET".to_owned(), Plan::written(length), Plan::value(length)]
        }
        Workload::Mget(count) => {
            let mut words = Plan::keys(count);
            words.insert(0, "MGET".to_owned());
            words
        }
        Workload::Hgetall(count) => vec!["HGETALL".to_owned(), Plan::collection("hash", count)],
        Workload::Lrange(count) => whole("LRANGE", Plan::collection("list", count)),
        Workload::Zrange(count) => {
            let mut words = whole("ZRANGE", Plan::collection("zset", count));
            words.push("WITHSCORES".to_owned());
            words
        }
        Workload::Xrange(count) => {
            let key = Plan::collection("stream", count);
            vec!["XRANGE".to_owned(), key, "-".to_owned(), "+".to_owned()]
        }
        Workload::Pipeline(count) => {
            let words = get(16);
            return threads!(plan, |c| (open(), Words::new(&words)), c.0.pipeline(&c.1, count));
        }
        Workload::Connect => {
            let greeting = [
                &["AUTH", "bench", "secret"][..],
                &["CLIENT", "SETNAME", "bench"],
                &["SELECT", "1"],
            ]
            .map(|words| {
                Words::new(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
            });
            return Ok(alone(plan, || {
                let mut context = open();
                greeting.iter().for_each(|words| context.append(words));
                (0..3).for_each(|_| context.reply());
            }));
        }
        Workload::Messages => {
            let mut context = open();
            context.command(&Words::new(&["SUBSCRIBE".to_owned(), load::CHANNEL.to_owned()]));
            // its tree is made and freed; that it is a message of this length, nobody looks
            return load::listen(plan, || {
                context.reply();
                load::LENGTH
            });
        }
        _ => return unknown(plan),
    };
    threads!(plan, |c| (open(), Words::new(&words)), c.0.command(&c.1))
}

fn get(length: usize) -> [String; 2] {
    ["GET".to_owned(), Plan::key(length)]
}

fn whole(command: &str, key: String) -> Vec<String> {
    vec![command.to_owned(), key, "0".to_owned(), "-1".to_owned()]
}
