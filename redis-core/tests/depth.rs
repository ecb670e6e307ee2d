//! Framing does not recurse; reading, printing and dropping a nested value does.

use redis_core::resp::{Framer, Limits};
use redis_core::{Reply, Value};

#[test]
fn at_the_greatest_depth_a_value_is_read_printed_and_dropped_in_half_a_thread_s_stack() {
    let depth = usize::from(Limits::MAX_DEPTH);
    let within = move || {
        let wire = [b"*1\r\n".repeat(depth), b":1\r\n".to_vec()].concat();
        let limits = Limits::default().with_depth(u16::MAX);
        let framed = Framer::new(limits).frame(&wire).unwrap().expect("a whole reply");
        let value = Value::read(Reply::new(&wire, None, framed.tape.nodes()));
        let mut encoded = Vec::new();
        value.encode(&mut encoded);
        assert_eq!(encoded, wire);
        assert!(value.to_string().len() > depth && value.clone() == value);
        assert!(format!("{value:?}").len() > depth);
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(within);
    thread.unwrap().join().unwrap();
}
