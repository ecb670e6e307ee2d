//! Lists, sets, maps and tuples.
//!
//! An element that cannot be read fails the whole, unless the element's type can hold a failure
//! (`Result<T>`, `Value`).

use super::{FromReply, Reply};
use crate::error::{Error, Result};
use crate::resp::Kind;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// The elements in order: of an array, set or push; of a map its entries if `T` is a pair, else keys
/// and values in turn. A `Vec<u8>` is the bytes of a string.
impl<T: FromReply> FromReply for Vec<T> {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        T::vec_from_reply(reply)
    }
}

macro_rules! made_of_a_vec {
    ($([$($bounds:tt)*] $type:ty),* $(,)?) => { $(
        impl<$($bounds)*> FromReply for $type {
            #[inline]
            fn from_reply(reply: Reply<'_>) -> Result<Self> {
                T::vec_from_reply(reply).map(|list| list.into_iter().collect())
            }
        }
    )* };
}

made_of_a_vec! {
    [T: FromReply] VecDeque<T>,
    [T: FromReply] LinkedList<T>,
    [T: FromReply] Box<[T]>,
    [T: FromReply + Sync] Arc<[T]>,
    [T: FromReply + Ord] BTreeSet<T>,
    [T: FromReply + Hash + Eq, S: BuildHasher + Default + Send + 'static] HashSet<T, S>,
}

/// Exactly `N` elements.
impl<T: FromReply, const N: usize> FromReply for [T; N] {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let list = T::vec_from_reply(reply)?;
        Self::try_from(list).map_err(|list| Error::conversion(&format!("{N} elements"), list.len()))
    }
}

/// The entries of a map, of an array of pairs, or of an even array of keys and values in turn. Of a
/// key that comes twice the last value stays.
impl<K, V, S> FromReply for HashMap<K, V, S>
where
    K: FromReply + Hash + Eq,
    V: FromReply,
    S: BuildHasher + Default + Send + 'static,
{
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let entries = reply.entries()?;
        let mut map = Self::with_capacity_and_hasher(entries.len(), S::default());
        for (key, value) in entries {
            map.insert(K::from_reply(key)?, V::from_reply(value)?);
        }
        Ok(map)
    }
}

/// As for [`HashMap`].
impl<K: FromReply + Ord, V: FromReply> FromReply for BTreeMap<K, V> {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply
            .entries()?
            .map(|(key, value)| Ok((K::from_reply(key)?, V::from_reply(value)?)))
            .collect()
    }
}

/// An array of exactly two. A list of pairs may be a map on the wire, or an even array of scalars in
/// turn: a pair cannot be read from a scalar, so that this is no guess.
impl<A: FromReply, B: FromReply> FromReply for (A, B) {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut items = exactly(reply, 2)?;
        Ok((element(&mut items)?, element(&mut items)?))
    }

    fn vec_from_reply(reply: Reply<'_>) -> Result<Vec<Self>> {
        let mut items = reply.items()?;
        let is_flat = items.clone().next().is_some_and(|first| !first.kind().is_aggregate());
        if reply.kind() != Kind::Map && !is_flat {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                list.push(Self::from_reply(item)?);
            }
            return Ok(list);
        }
        if items.len() % 2 != 0 {
            return Err(reply.mismatch("array of pairs"));
        }
        let mut list = Vec::with_capacity(items.len() / 2);
        while items.len() > 0 {
            list.push((element(&mut items)?, element(&mut items)?));
        }
        Ok(list)
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident)+;)*) => { $(
        /// An array of exactly as many elements.
        impl<$($name: FromReply),+> FromReply for ($($name,)+) {
            #[inline]
            fn from_reply(reply: Reply<'_>) -> Result<Self> {
                let mut items = exactly(reply, $count)?;
                Ok(($(element::<$name>(&mut items)?,)+))
            }
        }
    )* };
}

tuples! {
    1: A;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}

#[inline]
fn exactly(reply: Reply<'_>, count: usize) -> Result<super::Items<'_>> {
    let items = reply.items()?;
    if items.len() == count { Ok(items) } else { Err(reply.mismatch(&format!("{count} elements"))) }
}

#[inline]
fn element<T: FromReply>(items: &mut super::Items<'_>) -> Result<T> {
    match items.next() {
        Some(item) => T::from_reply(item),
        // counted before
        None => Err(Error::conversion("an element", "none")),
    }
}
