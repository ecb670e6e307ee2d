//! Positions on the globe, units of distance, and the options of adding members with their positions.
//!
//! Decides which positions can be stored at all: what Redis refuses is refused before any I/O.

use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{Error, FromReply, Reply, Result};
use std::collections::{BTreeMap, HashMap};

/// The greatest latitude of the projection (EPSG:3857) by which Redis stores positions.
const GREATEST_LATITUDE: f64 = 85.05112878;

/// A position on the globe, in degrees.
///
/// Redis takes longitudes from −180 to 180 and latitudes from −85.05112878 to 85.05112878; others are
/// refused before any I/O. What it stores, and gives back, is off by less than a metre.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the two numbers are what a position is")]
pub struct GeoPosition {
    /// Degrees east of Greenwich, west negative.
    pub longitude: f64,
    /// Degrees north of the equator, south negative.
    pub latitude: f64,
}

impl GeoPosition {
    /// A position; longitude first, as Redis has it.
    #[must_use]
    #[inline]
    pub const fn new(longitude: f64, latitude: f64) -> Self {
        Self { longitude, latitude }
    }
}

impl ToArgs for GeoPosition {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        write_position(&self.longitude, &self.latitude, command);
    }
}

/// From an array of longitude and latitude.
impl FromReply for GeoPosition {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let (longitude, latitude) = FromReply::from_reply(reply)?;
        Ok(Self { longitude, latitude })
    }
}

/// Members and their positions: `(13.361389, 38.115556, "Palermo")`, longitude first,
/// `(position, "Palermo")`, a list of such tuples, or a map from members to positions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which members are added, and where",
    label = "`(longitude, latitude, member)`, `(GeoPosition, member)`, a list of these or a map is wanted here"
)]
pub trait GeoMembers {
    /// Writes each position and its member.
    fn add_members<'a>(&'a self, command: &mut Command<'a>);
}

impl<M: ToArg> GeoMembers for (f64, f64, M) {
    fn add_members<'a>(&'a self, command: &mut Command<'a>) {
        write_position(&self.0, &self.1, command);
        self.2.to_arg(command);
    }
}

impl<M: ToArg> GeoMembers for (GeoPosition, M) {
    fn add_members<'a>(&'a self, command: &mut Command<'a>) {
        self.0.to_args(command);
        self.1.to_arg(command);
    }
}

macro_rules! lists {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<T: GeoMembers, $($generic)*> GeoMembers for $type {
            #[inline]
            fn add_members<'a>(&'a self, command: &mut Command<'a>) {
                for member in self {
                    member.add_members(command);
                }
            }
        }
    )* };
}

lists! { [] [T], [] Vec<T>, [const N: usize] [T; N] }

macro_rules! maps {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<M: ToArg, $($generic)*> GeoMembers for $type {
            #[inline]
            fn add_members<'a>(&'a self, command: &mut Command<'a>) {
                for (member, position) in self {
                    position.to_args(command);
                    member.to_arg(command);
                }
            }
        }
    )* };
}

maps! { [] BTreeMap<M, GeoPosition>, [S] HashMap<M, GeoPosition, S> }

impl<T: GeoMembers + ?Sized> GeoMembers for &T {
    fn add_members<'a>(&'a self, command: &mut Command<'a>) {
        (**self).add_members(command);
    }
}

#[inline]
fn write_position<'a>(longitude: &'a f64, latitude: &'a f64, command: &mut Command<'a>) {
    // a NaN lies within no bounds
    if !(-180.0..=180.0).contains(longitude) {
        command.reject(Error::argument("`longitude` must lie between -180 and 180"));
    }
    if !(-GREATEST_LATITUDE..=GREATEST_LATITUDE).contains(latitude) {
        command.reject(Error::argument(format!(
            "`latitude` must lie between -{GREATEST_LATITUDE} and {GREATEST_LATITUDE}"
        )));
    }
    longitude.to_arg(command);
    latitude.to_arg(command);
}

/// A unit of distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "these are all that Redis has had since 2016")]
pub enum GeoUnit {
    /// Metres.
    #[default]
    Meters,
    /// Kilometres.
    Kilometers,
    /// Feet, of 0.3048 metres.
    Feet,
    /// Miles, of 1609.34 metres.
    Miles,
}

impl ToArg for GeoUnit {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Meters => b"m",
            Self::Kilometers => b"km",
            Self::Feet => b"ft",
            Self::Miles => b"mi",
        });
    }
}

/// The options of [`geoadd_with`](crate::GeoCommands::geoadd_with).
///
/// A condition is chosen where the options are made, so that two of them cannot meet:
///
/// ```compile_fail,E0599
/// redis_sync::GeoAddOptions::if_absent().if_present();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct GeoAddOptions {
    condition: Option<&'static str>,
    changed: bool,
}

impl GeoAddOptions {
    /// New members are added, others get the new position.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only new members are added (`NX`).
    #[inline]
    pub fn if_absent() -> Self {
        Self { condition: Some("NX"), changed: false }
    }

    /// Only members that are there get the new position (`XX`).
    #[inline]
    pub fn if_present() -> Self {
        Self { condition: Some("XX"), changed: false }
    }

    /// The reply counts the members that changed, not only those that are new (`CH`). Default: no.
    #[inline]
    pub fn count_changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

impl ToArgs for GeoAddOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.condition.to_args(command);
        if self.changed {
            command.push(b"CH");
        }
    }
}

/// The members as arguments; none at all are refused.
pub(crate) struct Added<'m, M: ?Sized>(pub(crate) &'m M);

impl<M: GeoMembers + ?Sized> ToArgs for Added<'_, M> {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let before = command.len();
        self.0.add_members(command);
        if command.len() == before {
            command.reject(Error::argument("`members` is empty: at least one is needed"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GeoCommands;
    use crate::rehearsal::{refusal, wire};

    #[test]
    fn members_come_with_their_positions_from_tuples_lists_and_maps() {
        let palermo = GeoPosition::new(13.361389, 38.115556);
        let one = "GEOADD [g] 13.361389 38.115556 Palermo";
        assert_eq!(wire(|r| r.geoadd("g", (13.361389, 38.115556, "Palermo"))), one);
        assert_eq!(wire(|r| r.geoadd("g", (palermo, "Palermo"))), one);
        assert_eq!(wire(|r| r.geoadd("g", BTreeMap::from([("Palermo", palermo)]))), one);
        assert_eq!(wire(|r| r.geoadd("g", HashMap::from([("Palermo", palermo)]))), one);
        let two = [(13.0, 38.0, "a"), (-15.5, 0.0, "b")];
        assert_eq!(wire(|r| r.geoadd("g", two)), "GEOADD [g] 13 38 a -15.5 0 b");
        assert_eq!(wire(|r| r.geoadd("g", two.to_vec())), "GEOADD [g] 13 38 a -15.5 0 b");
        assert_eq!(wire(|r| r.geoadd("g", &two[..])), "GEOADD [g] 13 38 a -15.5 0 b");
    }

    #[test]
    fn options_come_before_the_members() {
        let with = |options| wire(|r| r.geoadd_with("g", (1.0, 2.0, "m"), options));
        assert_eq!(with(GeoAddOptions::new()), "GEOADD [g] 1 2 m");
        assert_eq!(with(GeoAddOptions::if_absent()), "GEOADD [g] NX 1 2 m");
        assert_eq!(with(GeoAddOptions::if_present().count_changed()), "GEOADD [g] XX CH 1 2 m");
    }

    #[test]
    fn positions_that_redis_cannot_store_are_refused() {
        let longitude = "GEOADD: `longitude` must lie between -180 and 180";
        for wrong in [180.1, -181.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refusal(|r| r.geoadd("g", (wrong, 0.0, "m"))), longitude);
        }
        let latitude = "GEOADD: `latitude` must lie between -85.05112878 and 85.05112878";
        for wrong in [85.06, -90.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(refusal(|r| r.geoadd("g", (0.0, wrong, "m"))), latitude);
        }
        wire(|r| r.geoadd("g", (-180.0, GREATEST_LATITUDE, "m")));
        let none: [(f64, f64, &str); 0] = [];
        let empty = refusal(|r| r.geoadd("g", none));
        assert_eq!(empty, "GEOADD: `members` is empty: at least one is needed");
    }
}
