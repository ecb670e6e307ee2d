//! Signatures that no command has.

#![allow(unused_imports)]

use redis_core::command::ToArg;
use redis_derive::commands;

#[commands]
trait Signatures {
    #[command("X.ASYNC")]
    async fn waits(&self) -> i64;

    #[command("X.OWNED")]
    fn owned(self) -> i64;

    #[command("X.MUT")]
    fn changes(&mut self) -> i64;

    #[command("X.NONE")]
    fn nobody() -> i64;

    #[command("X.PATTERN")]
    fn pair(&self, (left, right): (i64, i64)) -> i64;

    #[command("X.BOOL")]
    fn switch(&self, key: impl ToArg, on: bool);

    #[command("X.RESULT")]
    fn result(&self, key: impl ToArg) -> redis_core::Result<i64>;

    #[command("X.BODY")]
    fn body(&self) -> i64 {
        1
    }

    fn unmarked(&self) -> i64;

    type Reply;
}

#[commands]
struct NoTrait;

fn main() {}
