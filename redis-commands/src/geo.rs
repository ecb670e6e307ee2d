//! Geospatial indexes: members with their positions on the globe, kept in sorted sets.
//!
//! Decides how these commands are written and what their replies are.

use crate::geo_options::{Added, GeoAddOptions, GeoMembers, GeoPosition, GeoUnit};
use crate::geo_search::{GeoQuery, GeoSearch, GeoSearchStoreOptions};
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response};

/// Commands on geospatial indexes. Each answers `WRONGTYPE` if the key holds something else than a sorted
/// set; what these can do works on an index too: `zrem` takes members away.
///
/// Deprecated commands are left out: `GEORADIUS`, `GEORADIUS_RO`, `GEORADIUSBYMEMBER` and
/// `GEORADIUSBYMEMBER_RO` are [`geosearch`](Self::geosearch) by a radius, with `STORE`
/// [`geosearchstore`](Self::geosearchstore) and with `STOREDIST`
/// [`geosearchstore_with`](Self::geosearchstore_with).
pub trait GeoCommands: ExecuteCommand {
    /// Adds members with their positions, or moves those that are there: `(longitude, latitude, member)`,
    /// a list of such tuples, or a map from members to positions.
    ///
    /// # Reply
    ///
    /// How many members are new.
    ///
    /// # Errors
    ///
    /// A position that [Redis cannot store](GeoPosition) is refused before any I/O.
    ///
    /// [`GEOADD`](https://redis.io/docs/latest/commands/geoadd/) · since 3.2.0 · O(log(N)) for each item
    /// added, where N is the number of elements in the sorted set.
    ///
    /// # Example: two cities
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("geoadd:g")?;
    /// let cities = [(13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")];
    /// assert_eq!(redis.geoadd("geoadd:g", cities)?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geoadd(&self, key: impl ToArg, members: impl GeoMembers) -> Response<'_, Self, u64> {
        self.geoadd_with(key, members, GeoAddOptions::new())
    }

    /// [`geoadd`](Self::geoadd) under a condition, or counting what changed.
    ///
    /// # Reply
    ///
    /// How many members are new; with [`count_changed`](GeoAddOptions::count_changed) how many are new or
    /// moved.
    ///
    /// # Errors
    ///
    /// A position that [Redis cannot store](GeoPosition) is refused before any I/O.
    ///
    /// [`GEOADD`](https://redis.io/docs/latest/commands/geoadd/) · since 3.2.0 · O(log(N)) for each item
    /// added, where N is the number of elements in the sorted set.
    ///
    /// # Example: a bus moves
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::GeoAddOptions;
    ///
    /// redis.geoadd("geoadd_with:g", (13.36, 38.11, "bus"))?;
    /// let moved = GeoAddOptions::if_present().count_changed();
    /// assert_eq!(redis.geoadd_with("geoadd_with:g", (13.37, 38.12, "bus"), moved)?, 1);
    /// # redis.del("geoadd_with:g")?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geoadd_with(
        &self,
        key: impl ToArg,
        members: impl GeoMembers,
        options: GeoAddOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::GEOADD).key(&key).args(&options).args(&Added(&members)),
        )
    }

    /// How far two members are from each other, in metres.
    ///
    /// # Reply
    ///
    /// The distance along the surface of a sphere, off by up to 0.5 %; `None` if one of the members, or
    /// the key, does not exist.
    ///
    /// [`GEODIST`](https://redis.io/docs/latest/commands/geodist/) · since 3.2.0 · O(1)
    ///
    /// # Example: from Palermo to Catania
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let cities = [(13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")];
    /// redis.geoadd("geodist:g", cities)?;
    /// assert_eq!(redis.geodist("geodist:g", "Palermo", "Catania")?, Some(166274.1516));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geodist(
        &self,
        key: impl ToArg,
        member1: impl ToArg,
        member2: impl ToArg,
    ) -> Response<'_, Self, Option<f64>> {
        self.execute_command(Command::new(&table::GEODIST).key(&key).arg(&member1).arg(&member2))
    }

    /// [`geodist`](Self::geodist) in a unit of your choice.
    ///
    /// # Reply
    ///
    /// The distance along the surface of a sphere, off by up to 0.5 %; `None` if one of the members, or
    /// the key, does not exist.
    ///
    /// [`GEODIST`](https://redis.io/docs/latest/commands/geodist/) · since 3.2.0 · O(1)
    ///
    /// # Example: in kilometres
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::GeoUnit::Kilometers;
    ///
    /// let cities = [(13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")];
    /// redis.geoadd("geodist_with:g", cities)?;
    /// let distance = redis.geodist_with("geodist_with:g", "Palermo", "Catania", Kilometers)?;
    /// assert_eq!(distance, Some(166.2742));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geodist_with(
        &self,
        key: impl ToArg,
        member1: impl ToArg,
        member2: impl ToArg,
        unit: GeoUnit,
    ) -> Response<'_, Self, Option<f64>> {
        self.execute_command(
            Command::new(&table::GEODIST).key(&key).arg(&member1).arg(&member2).arg(&unit),
        )
    }

    /// The standard geohashes of members, of eleven characters; see [geohash.org](http://geohash.org/).
    ///
    /// # Reply
    ///
    /// A geohash for each member, in their order; `None` where there is no such member.
    ///
    /// [`GEOHASH`](https://redis.io/docs/latest/commands/geohash/) · since 3.2.0 · O(1) for each member
    /// requested.
    ///
    /// # Example: one city's
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.geoadd("geohash:g", (13.361389, 38.115556, "Palermo"))?;
    /// let hashes = redis.geohash("geohash:g", ["Palermo", "Atlantis"])?;
    /// assert_eq!(hashes, [Some("sqc8b49rny0".into()), None]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geohash(
        &self,
        key: impl ToArg,
        members: impl ToArgs,
    ) -> Response<'_, Self, Vec<Option<BulkString>>> {
        self.execute_command(Command::new(&table::GEOHASH).key(&key).args(&members))
    }

    /// The positions of members.
    ///
    /// # Reply
    ///
    /// A position for each member, in their order, of the same shape on both protocols; `None` where there
    /// is no such member.
    ///
    /// [`GEOPOS`](https://redis.io/docs/latest/commands/geopos/) · since 3.2.0 · O(1) for each member
    /// requested.
    ///
    /// # Example: where is it?
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.geoadd("geopos:g", (13.361389, 38.115556, "Palermo"))?;
    /// let positions = redis.geopos("geopos:g", ["Palermo", "Atlantis"])?;
    /// assert!(positions[0].is_some_and(|palermo| (palermo.longitude - 13.361389).abs() < 1e-5));
    /// assert_eq!(positions[1], None);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geopos(
        &self,
        key: impl ToArg,
        members: impl ToArgs,
    ) -> Response<'_, Self, Vec<Option<GeoPosition>>> {
        self.execute_command(Command::new(&table::GEOPOS).key(&key).args(&members))
    }

    /// The members within a radius or a box around a member or a position, or within a polygon.
    ///
    /// # Reply
    ///
    /// The members, or for each what the [search](GeoQuery) asks besides, of the same shape on both
    /// protocols; empty if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if the search begins at a member that does not exist. Bounds that are none, a position that
    /// [Redis cannot store](GeoPosition) and a count of 0 are refused before any I/O.
    ///
    /// [`GEOSEARCH`](https://redis.io/docs/latest/commands/geosearch/) · since 6.2.0 · O(N+log(M)) where N
    /// is the number of elements in the grid-aligned bounding box area around the shape provided as the
    /// filter and M is the number of items inside the shape
    ///
    /// # Example: what is near, and how near
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{GeoSearch, GeoUnit::Kilometers};
    ///
    /// let cities = [(13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")];
    /// redis.geoadd("geosearch:g", cities)?;
    /// let near = GeoSearch::from_lonlat(15.0, 37.0).by_radius(200.0, Kilometers).nearest_first();
    /// assert_eq!(redis.geosearch("geosearch:g", near.clone())?, ["Catania", "Palermo"]);
    ///
    /// for (city, distance) in redis.geosearch("geosearch:g", near.with_dist())? {
    ///     println!("{city} is {distance} km away");
    /// }
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "georadius")]
    #[doc(alias = "georadiusbymember")]
    fn geosearch<Q: GeoQuery>(
        &self,
        key: impl ToArg,
        search: Q,
    ) -> Response<'_, Self, Vec<Q::Found>> {
        self.execute_command(
            Command::new(&table::GEOSEARCH).key(&key).args(&search).shape(Q::SHAPE),
        )
    }

    /// Stores the members that a search finds, with their positions; what `destination` held is replaced.
    ///
    /// # Reply
    ///
    /// How many they are; if there are none, `destination` does not exist.
    ///
    /// # Errors
    ///
    /// As for [`geosearch`](Self::geosearch).
    ///
    /// [`GEOSEARCHSTORE`](https://redis.io/docs/latest/commands/geosearchstore/) · since 6.2.0 · O(N+log(M))
    /// where N is the number of elements in the grid-aligned bounding box area around the shape provided as
    /// the filter and M is the number of items inside the shape
    ///
    /// # Example: keep what is near
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{GeoSearch, GeoUnit::Kilometers};
    ///
    /// let cities = [(13.361389, 38.115556, "Palermo"), (2.352222, 48.856613, "Paris")];
    /// redis.geoadd("{geosearchstore}:all", cities)?;
    /// let near = GeoSearch::from_member("Palermo").by_box(400.0, 400.0, Kilometers);
    /// assert_eq!(redis.geosearchstore("{geosearchstore}:near", "{geosearchstore}:all", near)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geosearchstore(
        &self,
        destination: impl ToArg,
        source: impl ToArg,
        search: GeoSearch,
    ) -> Response<'_, Self, u64> {
        self.geosearchstore_with(destination, source, search, GeoSearchStoreOptions::new())
    }

    /// [`geosearchstore`](Self::geosearchstore), with distances in the place of positions.
    ///
    /// # Reply
    ///
    /// How many they are; if there are none, `destination` does not exist.
    ///
    /// # Errors
    ///
    /// As for [`geosearch`](Self::geosearch).
    ///
    /// [`GEOSEARCHSTORE`](https://redis.io/docs/latest/commands/geosearchstore/) · since 6.2.0 · O(N+log(M))
    /// where N is the number of elements in the grid-aligned bounding box area around the shape provided as
    /// the filter and M is the number of items inside the shape
    ///
    /// # Example: a sorted set of distances
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{GeoSearch, GeoSearchStoreOptions, GeoUnit::Kilometers};
    ///
    /// let (all, near) = ("{geosearchstore_with}:all", "{geosearchstore_with}:near");
    /// redis.geoadd(all, [(13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")])?;
    /// let search = GeoSearch::from_member("Palermo").by_radius(200.0, Kilometers);
    /// let distances = GeoSearchStoreOptions::new().store_dist();
    /// assert_eq!(redis.geosearchstore_with(near, all, search, distances)?, 2);
    /// assert_eq!(redis.zscore(near, "Catania")?.map(f64::round), Some(166.0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn geosearchstore_with(
        &self,
        destination: impl ToArg,
        source: impl ToArg,
        search: GeoSearch,
        options: GeoSearchStoreOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::GEOSEARCHSTORE)
                .key(&destination)
                .key(&source)
                .args(&search)
                .args(&options),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> GeoCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.geoadd("g", (13.5, 38.0, "a"))), "GEOADD [g] 13.5 38 a");
        assert_eq!(wire(|r| r.geodist("g", "a", "b")), "GEODIST [g] a b");
        let unit = GeoUnit::Kilometers;
        assert_eq!(wire(|r| r.geodist_with("g", "a", "b", unit)), "GEODIST [g] a b km");
        assert_eq!(wire(|r| r.geohash("g", ["a", "b"])), "GEOHASH [g] a b");
        assert_eq!(wire(|r| r.geopos("g", ["a", "b"])), "GEOPOS [g] a b");
    }

    #[test]
    fn a_member_that_is_not_there_has_neither_position_nor_hash_nor_distance() {
        let positions =
            read("*2 *2 $4 13.5 $2 38 *-1 ", "*2 *2 ,13.5 ,38 _ ", |r| r.geopos("g", ["a", "b"]));
        assert_eq!(positions, [Some(GeoPosition::new(13.5, 38.0)), None]);
        let hashes = read("*2 $1 x $-1 ", "*2 $1 x _ ", |r| r.geohash("g", ["a", "b"]));
        assert_eq!(hashes, [Some("x".into()), None]);
        assert_eq!(read("$-1 ", "_ ", |r| r.geodist("g", "a", "b")), None);
        assert_eq!(read("$5 166.2 ", "$5 166.2 ", |r| r.geodist("g", "a", "b")), Some(166.2));
    }
}
