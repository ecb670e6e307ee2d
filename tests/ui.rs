//! What must not compile, and what the compiler then says. After a change that is meant, `TRYBUILD=overwrite
//! cargo test -p redis-tests --test ui` writes the messages anew: read them before they are committed.

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/derive/*.rs");
    cases.compile_fail("ui/commands/*.rs");
    cases.compile_fail("ui/clients/*.rs");
}
