//! A search in a geospatial index: from where, how far, in what order, and what is told of each member.
//!
//! Decides the arguments of `GEOSEARCH` and `GEOSEARCHSTORE`, and what type an answer has. What is asked
//! of each member stands in the search's type, so that the answer's type follows from it.

use crate::geo_options::{GeoPosition, GeoUnit};
use crate::owned_argument::OwnedArgument;
use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{BulkString, Error, FromReply, Shape};

/// What is searched for: members within a radius or a box around a member or position, or within a
/// polygon.
///
/// The parameters say what is asked of each member besides its name, and with it what
/// [`geosearch`](crate::GeoCommands::geosearch) answers; see [`GeoQuery`].
///
/// # Example: the five nearest within 200 km, and how far they are
///
/// ```
/// use redis_sync::{GeoSearch, GeoUnit};
///
/// let search = GeoSearch::from_lonlat(15.0, 37.0)
///     .by_radius(200.0, GeoUnit::Kilometers)
///     .nearest_first()
///     .count(5)
///     .with_dist();
/// ```
///
/// A search without bounds, and a distance asked for twice, do not compile:
///
/// ```compile_fail,E0599
/// redis_sync::GeoSearch::from_lonlat(15.0, 37.0).with_dist();
/// ```
///
/// ```compile_fail,E0599
/// use redis_sync::{GeoSearch, GeoUnit::Feet};
/// GeoSearch::from_lonlat(15.0, 37.0).by_radius(200.0, Feet).with_dist().with_dist();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct GeoSearch<const DIST: bool = false, const HASH: bool = false, const COORD: bool = false>
{
    area: Area,
    order: Option<&'static str>,
    count: Option<u64>,
    any: bool,
}

#[derive(Clone, Debug)]
enum Area {
    Circle { center: Center, radius: f64, unit: GeoUnit },
    Box { center: Center, width: f64, height: f64, unit: GeoUnit },
    Polygon(Vec<GeoPosition>),
}

#[derive(Clone, Debug)]
enum Center {
    Member(OwnedArgument),
    Position(GeoPosition),
}

impl GeoSearch {
    /// Around a member of the index.
    pub fn from_member(member: impl ToArg) -> GeoSearchFrom {
        GeoSearchFrom(Center::Member(OwnedArgument::of(member)))
    }

    /// Around a longitude and a latitude, in degrees.
    #[inline]
    pub fn from_lonlat(longitude: f64, latitude: f64) -> GeoSearchFrom {
        Self::from_position(GeoPosition::new(longitude, latitude))
    }

    /// Around a position.
    #[inline]
    pub fn from_position(position: GeoPosition) -> GeoSearchFrom {
        GeoSearchFrom(Center::Position(position))
    }

    /// Within a polygon of at least three corners, the last of which is joined to the first; distances
    /// are from its centroid, in metres. Valkey 9 and later.
    ///
    /// # Example: a triangle
    ///
    /// ```
    /// use redis_sync::{GeoPosition, GeoSearch};
    ///
    /// let corners = [(12.0, 36.0), (16.0, 36.0), (14.0, 40.0)];
    /// let corners = corners.map(|(longitude, latitude)| GeoPosition::new(longitude, latitude));
    /// let search = GeoSearch::by_polygon(corners);
    /// ```
    pub fn by_polygon(corners: impl IntoIterator<Item = GeoPosition>) -> Self {
        Self::within(Area::Polygon(corners.into_iter().collect()))
    }

    #[inline]
    fn within(area: Area) -> Self {
        Self { area, order: None, count: None, any: false }
    }
}

/// Where a search begins; how far it goes is to be said.
#[derive(Clone, Debug)]
#[must_use]
pub struct GeoSearchFrom(Center);

impl GeoSearchFrom {
    /// Within a distance from there; a negative one is refused.
    #[inline]
    pub fn by_radius(self, radius: f64, unit: GeoUnit) -> GeoSearch {
        GeoSearch::within(Area::Circle { center: self.0, radius, unit })
    }

    /// Within a box around it, its sides along the parallels and meridians; a side that is negative or not
    /// finite is refused.
    #[inline]
    pub fn by_box(self, width: f64, height: f64, unit: GeoUnit) -> GeoSearch {
        GeoSearch::within(Area::Box { center: self.0, width, height, unit })
    }
}

impl<const DIST: bool, const HASH: bool, const COORD: bool> GeoSearch<DIST, HASH, COORD> {
    /// The nearest come first (`ASC`). Default: in no order, unless there is a [`count`](Self::count).
    pub fn nearest_first(mut self) -> Self {
        self.order = Some("ASC");
        self
    }

    /// The farthest come first (`DESC`). Default: in no order, unless there is a [`count`](Self::count).
    pub fn farthest_first(mut self) -> Self {
        self.order = Some("DESC");
        self
    }

    /// How many are found at most: the nearest, unless the farthest come first; 0 is refused. Default: all.
    pub fn count(mut self, count: u64) -> Self {
        (self.count, self.any) = (Some(count), false);
        self
    }

    /// How many are found at most: whichever come up first, which is quicker (`COUNT … ANY`); 0 is
    /// refused. Default: all.
    pub fn count_any(mut self, count: u64) -> Self {
        (self.count, self.any) = (Some(count), true);
        self
    }

    fn telling<const D: bool, const H: bool, const C: bool>(self) -> GeoSearch<D, H, C> {
        let Self { area, order, count, any } = self;
        GeoSearch { area, order, count, any }
    }
}

impl<const HASH: bool, const COORD: bool> GeoSearch<false, HASH, COORD> {
    /// Tells each member's distance too, in the unit of the search (`WITHDIST`).
    pub fn with_dist(self) -> GeoSearch<true, HASH, COORD> {
        self.telling()
    }
}

impl<const DIST: bool, const COORD: bool> GeoSearch<DIST, false, COORD> {
    /// Tells each member's hash too: the 52 bits that are its score in the sorted set (`WITHHASH`).
    pub fn with_hash(self) -> GeoSearch<DIST, true, COORD> {
        self.telling()
    }
}

impl<const DIST: bool, const HASH: bool> GeoSearch<DIST, HASH, false> {
    /// Tells each member's position too (`WITHCOORD`).
    pub fn with_coord(self) -> GeoSearch<DIST, HASH, true> {
        self.telling()
    }
}

/// A search, and what it answers for each member.
///
/// | asked for | answered |
/// |---|---|
/// | nothing | the member |
/// | [`with_dist`](GeoSearch::with_dist) | `(member, distance)` |
/// | [`with_hash`](GeoSearch::with_hash) | `(member, hash)` |
/// | [`with_coord`](GeoSearch::with_coord) | `(member, position)` |
/// | all three | `(member, distance, hash, position)` |
///
/// and any two accordingly: the order is always this one. The trait cannot be implemented elsewhere.
pub trait GeoQuery: ToArgs + sealed::Sealed {
    /// What is answered for each member.
    type Found: FromReply;

    /// What becomes of the answer on RESP2.
    #[doc(hidden)]
    const SHAPE: Shape;
}

mod sealed {
    pub trait Sealed {}
    impl<const D: bool, const H: bool, const C: bool> Sealed for super::GeoSearch<D, H, C> {}
}

/// Of what is told of a member only the position is an array: its two numbers become doubles.
const POSITIONS: Shape = Shape::ListOf(&Shape::ListOf(&Shape::ListOf(&Shape::Double)));

macro_rules! answers {
    ($(($dist:literal, $hash:literal, $coord:literal) => $found:ty, $shape:expr;)*) => { $(
        impl GeoQuery for GeoSearch<$dist, $hash, $coord> {
            type Found = $found;
            const SHAPE: Shape = $shape;
        }
    )* };
}

answers! {
    (false, false, false) => BulkString, Shape::AsIs;
    (true, false, false) => (BulkString, f64), Shape::AsIs;
    (false, true, false) => (BulkString, u64), Shape::AsIs;
    (false, false, true) => (BulkString, GeoPosition), POSITIONS;
    (true, true, false) => (BulkString, f64, u64), Shape::AsIs;
    (true, false, true) => (BulkString, f64, GeoPosition), POSITIONS;
    (false, true, true) => (BulkString, u64, GeoPosition), POSITIONS;
    (true, true, true) => (BulkString, f64, u64, GeoPosition), POSITIONS;
}

impl<const DIST: bool, const HASH: bool, const COORD: bool> ToArgs
    for GeoSearch<DIST, HASH, COORD>
{
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.area.write(command);
        self.order.to_args(command);
        if let Some(count) = self.count {
            if count == 0 {
                command.reject(Error::argument("`count` must be at least 1"));
            }
            command.push(b"COUNT");
            command.push_integer(false, count);
            if self.any {
                command.push(b"ANY");
            }
        }
        for (asked, word) in [(COORD, "WITHCOORD"), (DIST, "WITHDIST"), (HASH, "WITHHASH")] {
            if asked {
                command.push(word.as_bytes());
            }
        }
    }
}

impl Area {
    #[inline]
    fn write<'a>(&'a self, command: &mut Command<'a>) {
        match self {
            Self::Circle { center, radius, unit } => {
                center.write(command);
                command.push(b"BYRADIUS");
                refuse_negative("radius", *radius, command);
                // an infinite one finds everything
                radius.to_arg(command);
                unit.to_arg(command);
            }
            Self::Box { center, width, height, unit } => {
                center.write(command);
                command.push(b"BYBOX");
                for (name, side) in [("width", width), ("height", height)] {
                    if !side.is_finite() {
                        let why = format!("`{name}` is {side}: it must be finite");
                        command.reject(Error::argument(why));
                    }
                    refuse_negative(name, *side, command);
                    side.to_arg(command);
                }
                unit.to_arg(command);
            }
            Self::Polygon(corners) => {
                if corners.len() < 3 {
                    command.reject(Error::argument("`corners` must be at least three"));
                }
                command.push(b"BYPOLYGON");
                command.push_integer(false, corners.len() as u64);
                corners.to_args(command);
            }
        }
    }
}

impl Center {
    #[inline]
    fn write<'a>(&'a self, command: &mut Command<'a>) {
        match self {
            Self::Member(member) => {
                command.push(b"FROMMEMBER");
                member.to_arg(command);
            }
            Self::Position(position) => {
                command.push(b"FROMLONLAT");
                position.to_args(command);
            }
        }
    }
}

#[inline]
fn refuse_negative(name: &str, length: f64, command: &mut Command<'_>) {
    if length < 0.0 {
        command.reject(Error::argument(format!("`{name}` must not be negative")));
    }
}

/// The options of [`geosearchstore_with`](crate::GeoCommands::geosearchstore_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct GeoSearchStoreOptions {
    distances: bool,
}

impl GeoSearchStoreOptions {
    /// The members are stored with their positions: the destination is a geospatial index too.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The members are stored with their distances as scores, in the unit of the search (`STOREDIST`): the
    /// destination is a plain sorted set.
    #[inline]
    pub fn store_dist(mut self) -> Self {
        self.distances = true;
        self
    }
}

impl ToArgs for GeoSearchStoreOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.distances {
            command.push(b"STOREDIST");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GeoCommands;
    use crate::rehearsal::{read, refusal, wire};
    use redis_core::{ExecuteCommand as _, Value};

    fn near() -> GeoSearch {
        GeoSearch::from_lonlat(15.0, 37.0).by_radius(200.0, GeoUnit::Kilometers)
    }

    fn searched(search: impl GeoQuery) -> String {
        wire(|r| r.geosearch("g", search)).replace("GEOSEARCH [g] ", "")
    }

    #[test]
    fn a_search_says_from_where_and_how_far() {
        let member = || GeoSearch::from_member("Palermo");
        assert_eq!(searched(near()), "FROMLONLAT 15 37 BYRADIUS 200 km");
        let around = member().by_radius(1.5, GeoUnit::Miles);
        assert_eq!(searched(around), "FROMMEMBER Palermo BYRADIUS 1.5 mi");
        let boxed = member().by_box(400.0, 300.0, GeoUnit::Feet);
        assert_eq!(searched(boxed), "FROMMEMBER Palermo BYBOX 400 300 ft");
        let corners = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)].map(|(x, y)| GeoPosition::new(x, y));
        assert_eq!(searched(GeoSearch::by_polygon(corners)), "BYPOLYGON 3 1 2 3 4 5 6");
    }

    #[test]
    fn order_count_and_what_is_told_follow() {
        let begin = "FROMLONLAT 15 37 BYRADIUS 200 km";
        let nearest = near().nearest_first().count(3);
        assert_eq!(searched(nearest), format!("{begin} ASC COUNT 3"));
        let any = near().farthest_first().count_any(3);
        assert_eq!(searched(any), format!("{begin} DESC COUNT 3 ANY"));
        assert_eq!(searched(near().with_dist()), format!("{begin} WITHDIST"));
        assert_eq!(
            searched(near().with_hash().with_dist().with_coord()),
            format!("{begin} WITHCOORD WITHDIST WITHHASH")
        );
    }

    #[test]
    fn a_search_can_be_stored() {
        assert_eq!(
            wire(|r| r.geosearchstore("d", "g", near().count(2))),
            "GEOSEARCHSTORE [d] [g] FROMLONLAT 15 37 BYRADIUS 200 km COUNT 2"
        );
        let distances = GeoSearchStoreOptions::new().store_dist();
        assert_eq!(
            wire(|r| r.geosearchstore_with("d", "g", near(), distances)),
            "GEOSEARCHSTORE [d] [g] FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST"
        );
    }

    #[test]
    fn what_is_asked_for_decides_what_is_answered() {
        let names = read("*2 $1 a $1 b ", "*2 $1 a $1 b ", |r| r.geosearch("g", near()));
        assert_eq!(names, ["a", "b"]);
        let dist = "*1 *2 $1 a $4 56.4 ";
        let dist = read(dist, dist, |r| r.geosearch("g", near().with_dist()));
        assert_eq!(dist, [("a".into(), 56.4)]);
        let all = read(
            "*1 *4 $1 a $4 56.4 :7 *2 $4 15.5 $2 37 ",
            "*1 *4 $1 a $4 56.4 :7 *2 ,15.5 ,37 ",
            |r| r.geosearch("g", near().with_coord().with_hash().with_dist()),
        );
        assert_eq!(all, [("a".into(), 56.4, 7, GeoPosition::new(15.5, 37.0))]);
    }

    #[test]
    fn positions_are_doubles_on_both_protocols() {
        let found = read("*1 *2 $1 5 *2 $4 15.5 $2 37 ", "*1 *2 $1 5 *2 ,15.5 ,37 ", |r| {
            r.typed::<Value>().geosearch("g", near().with_coord())
        });
        let Value::Array(found) = found else { panic!("{found:?}") };
        let Value::Array(parts) = &found[0] else { panic!("{found:?}") };
        assert!(matches!(parts[0], Value::BulkString(_)), "a member is no number: {parts:?}");
    }

    #[test]
    fn bounds_that_are_none_are_refused() {
        let from = || GeoSearch::from_member("m");
        let refused = |search: GeoSearch| refusal(|r| r.geosearch("g", search));
        let negative = refused(from().by_radius(-1.0, GeoUnit::Feet));
        assert_eq!(negative, "GEOSEARCH: `radius` must not be negative");
        refused(from().by_radius(f64::NAN, GeoUnit::Feet));
        let side = refused(from().by_box(1.0, f64::INFINITY, GeoUnit::Feet));
        assert_eq!(side, "GEOSEARCH: `height` is inf: it must be finite");
        let side = refused(from().by_box(-1.0, 1.0, GeoUnit::Feet));
        assert_eq!(side, "GEOSEARCH: `width` must not be negative");
        let none = refused(near().count(0));
        assert_eq!(none, "GEOSEARCH: `count` must be at least 1");
        let corners = [GeoPosition::new(1.0, 2.0); 2];
        let line = refused(GeoSearch::by_polygon(corners));
        assert_eq!(line, "GEOSEARCH: `corners` must be at least three");
        let nowhere = refused(GeoSearch::from_lonlat(190.0, 0.0).by_radius(1.0, GeoUnit::Feet));
        assert_eq!(nowhere, "GEOSEARCH: `longitude` must lie between -180 and 180");
        refused(GeoSearch::from_member(f64::NAN).by_radius(1.0, GeoUnit::Feet));
    }

    #[test]
    fn a_search_does_not_show_its_member() {
        let search = GeoSearch::from_member("sentinel").by_radius(1.0, GeoUnit::Feet);
        assert!(!format!("{search:?}").contains("sentinel"));
    }
}
