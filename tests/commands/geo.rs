//! Geospatial indexes: members with positions, found by where they are.

use crate::both::both_clients;
use redis_sync::GeoUnit::{Feet, Kilometers, Meters, Miles};
use redis_sync::{GeoAddOptions, GeoPosition, GeoSearch, GeoSearchStoreOptions};
use std::collections::BTreeMap;

const PALERMO: GeoPosition = GeoPosition { longitude: 13.361389, latitude: 38.115556 };
const CATANIA: GeoPosition = GeoPosition { longitude: 15.087269, latitude: 37.502669 };
const CITIES: [(GeoPosition, &str); 2] = [(PALERMO, "Palermo"), (CATANIA, "Catania")];

/// Whether it is the same but for what Redis rounds off.
fn is_near(found: GeoPosition, position: GeoPosition) -> bool {
    (found.longitude - position.longitude).abs() < 1e-5
        && (found.latitude - position.latitude).abs() < 1e-5
}

/// Within 200 km of a place that is nearer to Catania.
fn near() -> GeoSearch {
    GeoSearch::from_lonlat(15.0, 37.0).by_radius(200.0, Kilometers).nearest_first()
}

both_clients! {
    async fn members_are_added_and_moved(test) {
        let (key, redis) = (test.key("g"), &test.client);
        let added = redis.geoadd(&key, CITIES).await?;
        let moved = redis.geoadd(&key, (13.5, 38.5, "Palermo")).await?;
        let mapped = redis.geoadd(&key, BTreeMap::from([("Etna", CATANIA)])).await?;
        assert_eq!((added, moved, mapped), (2, 0, 1));
        let positions = redis.geopos(&key, ["Palermo", "Atlantis"]).await?;
        assert!(positions[0].is_some_and(|found| is_near(found, GeoPosition::new(13.5, 38.5))));
        assert!(positions[1].is_none() && positions.len() == 2);
    }

    async fn members_are_added_under_a_condition(test) {
        let (key, redis) = (test.key("g"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let both = [(1.0, 1.0, "Palermo"), (2.0, 2.0, "new")];
        let only_new = GeoAddOptions::if_absent().count_changed();
        let new = redis.geoadd_with(&key, both, only_new).await?;
        let kept = redis.geopos(&key, "Palermo").await?[0];
        assert!(new == 1 && kept.is_some_and(|kept| is_near(kept, PALERMO)), "{kept:?}");
        let only_old = GeoAddOptions::if_present().count_changed();
        let old = redis.geoadd_with(&key, [(1.0, 1.0, "Palermo"), (2.0, 2.0, "other")], only_old).await?;
        let missing = redis.geopos(&key, "other").await?;
        assert_eq!((old, missing), (1, vec![None]));
    }

    async fn distances_are_told_in_every_unit(test) {
        let (key, redis) = (test.key("g"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let distance = redis.geodist(&key, "Palermo", "Catania").await?;
        assert_eq!(distance, Some(166274.1516));
        for (unit, expected) in
            [(Meters, 166274.1516), (Kilometers, 166.2742), (Miles, 103.3182), (Feet, 545518.8700)]
        {
            let distance = redis.geodist_with(&key, "Palermo", "Catania", unit).await?;
            assert_eq!(distance, Some(expected), "{unit:?}");
        }
        let nobody = redis.geodist(&key, "Palermo", "Atlantis").await?;
        let nowhere = redis.geodist(test.key("none"), "Palermo", "Catania").await?;
        assert_eq!((nobody, nowhere), (None, None));
    }

    async fn members_have_hashes_and_positions_or_none(test) {
        let (key, none, redis) = (test.key("g"), test.key("none"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let hashes = redis.geohash(&key, ["Palermo", "Atlantis", "Catania"]).await?;
        assert_eq!(hashes, [Some("sqc8b49rny0".into()), None, Some("sqdtr74hyu0".into())]);
        let positions = redis.geopos(&key, ["Catania", "Atlantis"]).await?;
        assert!(positions[0].is_some_and(|found| is_near(found, CATANIA)) && positions[1].is_none());
        let (hashes, positions) =
            (redis.geohash(&none, "Palermo").await?, redis.geopos(&none, "Palermo").await?);
        assert_eq!((hashes, positions), (vec![None], vec![None]));
        let nobody: [&str; 0] = [];
        let (hashes, positions) =
            (redis.geohash(&key, nobody).await?, redis.geopos(&key, nobody).await?);
        assert!(hashes.is_empty() && positions.is_empty());
    }

    async fn members_are_found_by_where_they_are(test) {
        let (key, redis) = (test.key("g"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let found = redis.geosearch(&key, near()).await?;
        assert_eq!(found, ["Catania", "Palermo"]);
        let found = redis.geosearch(&key, near().farthest_first()).await?;
        assert_eq!(found, ["Palermo", "Catania"]);
        let found = redis.geosearch(&key, near().count(1)).await?;
        assert_eq!(found, ["Catania"]);
        let found = redis.geosearch(&key, near().count_any(1)).await?;
        assert_eq!(found.len(), 1);
        let around = GeoSearch::from_member("Palermo").by_radius(100.0, Miles);
        let found = redis.geosearch(&key, around).await?;
        assert_eq!(found, ["Palermo"]);
        let boxed = GeoSearch::from_position(PALERMO).by_box(400.0, 400.0, Kilometers);
        let found = redis.geosearch(&key, boxed.nearest_first()).await?;
        assert_eq!(found, ["Palermo", "Catania"]);
        let everywhere = GeoSearch::from_lonlat(0.0, 0.0).by_radius(f64::INFINITY, Feet);
        let found = redis.geosearch(&key, everywhere).await?;
        assert_eq!(found.len(), 2);
        let nothing = redis.geosearch(test.key("none"), near().with_dist()).await?;
        assert!(nothing.is_empty());
        let lost = GeoSearch::from_member("Atlantis").by_radius(1.0, Feet);
        let refused = redis.geosearch(&key, lost).await;
        assert!(refused.is_err_and(|error| error.code() == Some("ERR")));
    }

    async fn a_search_tells_what_it_is_asked_for(test) {
        let (key, redis) = (test.key("g"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let dist = redis.geosearch(&key, near().with_dist()).await?;
        assert_eq!(dist, [("Catania".into(), 56.4413), ("Palermo".into(), 190.4424)]);
        let hash = redis.geosearch(&key, near().with_hash()).await?;
        assert_eq!(hash[1], ("Palermo".into(), 3479099956230698));
        let (_, coord) = &redis.geosearch(&key, near().with_coord()).await?[0];
        assert!(is_near(*coord, CATANIA));
        let two = redis.geosearch(&key, near().with_dist().with_hash()).await?;
        assert_eq!(two[1], ("Palermo".into(), 190.4424, 3479099956230698));
        let (_, dist, coord) = &redis.geosearch(&key, near().with_coord().with_dist()).await?[0];
        assert!(*dist == 56.4413 && is_near(*coord, CATANIA));
        let (_, hash, coord) = &redis.geosearch(&key, near().with_coord().with_hash()).await?[1];
        assert!(*hash == 3479099956230698 && is_near(*coord, PALERMO));
        let all = near().with_hash().with_coord().with_dist();
        let (member, dist, hash, coord) = &redis.geosearch(&key, all).await?[1];
        assert!(member == "Palermo" && *dist == 190.4424 && *hash == 3479099956230698);
        assert!(is_near(*coord, PALERMO));
    }

    async fn members_are_found_within_a_polygon(test) {
        if !test.row.is_valkey() {
            return Ok(());
        }
        let (key, redis) = (test.key("g"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let west = [(12.5, 37.0), (14.0, 37.0), (14.0, 39.0), (12.5, 39.0)];
        let west = GeoSearch::by_polygon(west.map(|(x, y)| GeoPosition::new(x, y)));
        let found = redis.geosearch(&key, west.clone()).await?;
        assert_eq!(found, ["Palermo"]);
        let stored = redis.geosearchstore(test.key("to"), &key, west).await?;
        assert_eq!(stored, 1);
    }

    async fn what_is_found_is_stored(test) {
        let (key, to, redis) = (test.key("g"), test.key("to"), &test.client);
        redis.geoadd(&key, CITIES).await?;
        let stored = redis.geosearchstore(&to, &key, near()).await?;
        let position = redis.geopos(&to, "Palermo").await?[0];
        assert!(stored == 2 && position.is_some_and(|found| is_near(found, PALERMO)));
        let distances = GeoSearchStoreOptions::new().store_dist();
        let stored = redis.geosearchstore_with(&to, &key, near().count(1), distances).await?;
        let (near, far) = (redis.zscore(&to, "Catania").await?, redis.zscore(&to, "Palermo").await?);
        assert!(stored == 1 && near.is_some_and(|near| near.round() == 56.0) && far.is_none());
        let nothing = GeoSearch::from_lonlat(100.0, 0.0).by_radius(1.0, Feet);
        let stored = redis.geosearchstore(&to, &key, nothing).await?;
        let there = redis.exists(&to).await?;
        assert_eq!((stored, there), (0, 0));
    }

    async fn an_index_is_asked_for_where_another_type_is(test) {
        let (key, redis) = (test.key("v"), &test.client);
        redis.set(&key, "v").await?;
        let refused = redis.geoadd(&key, CITIES).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
        let refused = redis.geosearch(&key, near()).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
    }
}
