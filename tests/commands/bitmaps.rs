//! Strings as arrays of bits, and of integers of any width.

use crate::both::both_clients;
use redis_sync::{
    BitOffset, BitOperation, BitOverflow, BitPosition, BitRange, BitType, BitfieldOperations,
    BitfieldReads, BitposRange,
};

both_clients! {
    async fn setbit_answers_the_bit_before_and_getbit_that_now(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let before = [
            redis.setbit(&key, 7, true).await?,
            redis.setbit(&key, 7, true).await?,
            redis.setbit(&key, 7, false).await?,
        ];
        redis.setbit(&key, 0, true).await?;
        let now = [
            redis.getbit(&key, 0).await?,
            redis.getbit(&key, 7).await?,
            redis.getbit(&key, 1 << 31).await?,
        ];
        let value = redis.get(&key).await?;
        assert_eq!((before, now), ([false, true, true], [true, false, false]));
        assert_eq!(value, Some(b"\x80".into()));
        let error = redis.setbit(&key, 1 << 40, true).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn bitcount_counts_bits_of_the_whole_and_of_parts(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "foobar").await?;
        let counts = [
            redis.bitcount(&key).await?,
            redis.bitcount_with(&key, BitRange::bytes(1, 1)).await?,
            redis.bitcount_with(&key, BitRange::bits(5, 30)).await?,
            redis.bitcount_with(&key, BitRange::bytes(5, 2)).await?,
            redis.bitcount(test.key("none")).await?,
        ];
        assert_eq!(counts, [26, 6, 17, 0, 0]);
        let list = test.key("list");
        redis.rpush(&list, "element").await?;
        let error = redis.bitcount(&list).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn bitpos_finds_the_first_bit(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, b"\xff\xf0\x00").await?;
        let found = [
            redis.bitpos(&key, false).await?,
            redis.bitpos(&key, true).await?,
            redis.bitpos_with(&key, true, BitRange::bytes(2, -1)).await?,
            redis.bitpos_with(&key, false, BitRange::bits(13, 15)).await?,
            redis.bitpos_with(&key, true, BitposRange::from_byte(1)).await?,
            redis.bitpos(test.key("none"), true).await?,
        ];
        let at = BitPosition::At;
        let (none, late) = (BitPosition::Nowhere, at(13));
        assert_eq!(found, [at(12), at(0), none, late, at(8), none]);
        redis.set(&key, b"\xff").await?;
        let past = redis.bitpos_with(&key, false, BitposRange::from_byte(0)).await?;
        let within = redis.bitpos_with(&key, false, BitRange::bytes(0, -1)).await?;
        assert_eq!((past, within), (at(8), none));
    }

    async fn bitop_combines_strings(test) {
        let (a, b, to, redis) = (test.key("a"), test.key("b"), test.key("to"), &test.client);
        redis.mset([(&a, b"\x0c\xff"), (&b, b"\x0a\x00")]).await?;
        for (operation, result) in [
            (BitOperation::And, b"\x08\x00"),
            (BitOperation::Or, b"\x0e\xff"),
            (BitOperation::Xor, b"\x06\xff"),
        ] {
            let length = redis.bitop(operation, &to, [&a, &b]).await?;
            let value = redis.get(&to).await?;
            assert_eq!((length, value), (2, Some(result.into())), "{operation:?}");
        }
        redis.bitop(BitOperation::Not, &to, &a).await?;
        let inverted = redis.get(&to).await?;
        assert_eq!(inverted, Some(b"\xf3\x00".into()));
        let none = redis.bitop(BitOperation::And, &to, test.key("none")).await?;
        let left = redis.exists(&to).await?;
        assert_eq!((none, left), (0, 0));
    }

    since(8, 2)
    async fn bitop_takes_the_first_string_apart_from_the_others(test) {
        let (a, b, c) = (test.key("a"), test.key("b"), test.key("c"));
        let (to, redis) = (test.key("to"), &test.client);
        redis.mset([(&a, b"\xf0"), (&b, b"\xc3"), (&c, b"\x81")]).await?;
        for (operation, result) in [
            (BitOperation::Diff, b"\x30"),
            (BitOperation::Diff1, b"\x03"),
            (BitOperation::AndOr, b"\xc0"),
            (BitOperation::One, b"\x32"),
        ] {
            let length = redis.bitop(operation, &to, [&a, &b, &c]).await?;
            let value = redis.get(&to).await?;
            assert_eq!((length, value), (1, Some(result.into())), "{operation:?}");
        }
    }

    async fn bitfield_reads_and_writes_integers_in_order(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let (byte, nibble) = (BitType::unsigned(8), BitType::signed(4));
        let operations = BitfieldOperations::new()
            .set(byte, 0, 200)
            .incrby(byte, 0, 100)
            .overflow(BitOverflow::Saturate)
            .incrby(byte, 0, 1000)
            .overflow(BitOverflow::Fail)
            .incrby(byte, BitOffset::nth(0), 1)
            .get(nibble, BitOffset::nth(1))
            .set(BitType::signed(64), 64, i64::MIN)
            .get(BitType::signed(64), 64);
        let replies = redis.bitfield(&key, operations).await?;
        let read = [Some(0), Some(44), Some(255), None, Some(-1), Some(0), Some(i64::MIN)];
        assert_eq!(replies, read);
        let nothing = redis.bitfield(&key, BitfieldOperations::new()).await?;
        assert_eq!(nothing, []);
        let list = test.key("list");
        redis.rpush(&list, "element").await?;
        let operations = BitfieldOperations::new().get(byte, 0);
        let error = redis.bitfield(&list, operations).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn bitfield_ro_reads_integers(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "AB").await?;
        let byte = BitType::unsigned(8);
        let reads = BitfieldReads::new().get(byte, 0).get(byte, BitOffset::nth(1)).get(byte, 800);
        let read = redis.bitfield_ro(&key, reads).await?;
        assert_eq!(read, [65, 66, 0]);
    }
}
