//! Tests of cursors.

use super::*;
use crate::{
    identifier::PrincipalId,
    key::{
        api_key::ApiKey,
        conditions::{KeyConditions, Noted},
        status::Status,
    },
    listing::SearchTerm,
    testing::fixture,
};

fn peppers() -> Peppers {
    Peppers::from_hex(&"0b".repeat(32)).unwrap()
}

fn walk(order: &str, search: &str) -> Walk {
    Walk {
        reader: UserId(1),
        filter: ApiKeyFilter {
            user_id: Some(UserId(1)),
            owner_principal_id: Some(PrincipalId(11)),
            search: SearchTerm::parse(search).unwrap(),
            conditions: KeyConditions::NONE,
        },
        order: Order::parse(order).unwrap(),
    }
}

fn keys() -> [ApiKey; 2] {
    let longest = "\u{1f980}".repeat(KeyName::LONGEST);
    [
        ApiKey {
            expires_at: Expiry::at(Timestamp::MAX),
            created_at: Timestamp::MIN,
            updated_at: Timestamp::MAX,
            last_used_at: Some(Timestamp::MIN),
            ..fixture::api_key(i64::MAX, &longest)
        },
        ApiKey {
            expires_at: Expiry::NEVER,
            last_used_at: None,
            ..fixture::api_key(1, "ci")
        },
    ]
}

#[test]
fn a_cursor_holds_its_place_in_every_order() {
    for order in [
        "name",
        "-expires_at",
        "created_at",
        "-updated_at",
        "last_used_at",
        "expires_at,-name",
        "name,expires_at,created_at,updated_at,last_used_at",
    ] {
        let walk = walk(order, "");
        for key in keys() {
            let place = Place::of(&key, &walk.order);
            let cursor = walk.cursor(&place, &peppers());
            assert!(cursor.len() <= Walk::LONGEST_CURSOR, "{}", cursor.len());
            assert_eq!(walk.place(&cursor, &peppers()).unwrap(), Some(place));
        }
    }
}

#[test]
fn a_cursor_is_good_for_its_own_list_alone() {
    let own = walk("name", "ci");
    let place = Place::of(&fixture::api_key(1, "ci"), &own.order);
    let cursor = own.cursor(&place, &peppers());
    let filter = |change: fn(&mut ApiKeyFilter)| {
        let mut walk = own.clone();
        change(&mut walk.filter);
        walk
    };
    let other_reader = Walk {
        reader: UserId(2),
        ..own.clone()
    };
    let others = [
        walk("-name", "ci"),
        walk("name,-name", "ci"),
        walk("name,created_at", "ci"),
        walk("", "ci"),
        walk("name", ""),
        walk("name", "c"),
        other_reader,
        filter(|filter| filter.user_id = None),
        filter(|filter| filter.user_id = Some(UserId(2))),
        filter(|filter| filter.owner_principal_id = None),
        filter(|filter| filter.owner_principal_id = Some(PrincipalId(1))),
    ];
    for other in others {
        assert!(other.place(&cursor, &peppers()).is_err(), "{other:?}");
    }
    assert!(walk("name", "CI").place(&cursor, &peppers()).is_ok());
}

#[test]
fn a_cursor_is_good_for_its_conditions_at_any_time() {
    let own = |conditions: KeyConditions| {
        let mut walk = walk("name", "");
        walk.filter.conditions = conditions;
        walk
    };
    let now = fixture::instant();
    let with_status = |status, seconds| KeyConditions {
        status: Some((status, now.plus_seconds(seconds).unwrap())),
        ..KeyConditions::NONE
    };
    let noted = |text: &str| KeyConditions {
        noted: Some(Noted::parse([("team".to_owned(), text.to_owned())]).unwrap()),
        ..KeyConditions::NONE
    };
    let lists = [
        KeyConditions::NONE,
        with_status(Status::Active, 0),
        with_status(Status::Expired, 0),
        noted("a"),
        noted("b"),
    ];
    let place = Place::of(&fixture::api_key(1, "ci"), &own(KeyConditions::NONE).order);
    for conditions in &lists {
        let cursor = own(conditions.clone()).cursor(&place, &peppers());
        for other in &lists {
            let is_good = own(other.clone()).place(&cursor, &peppers()).is_ok();
            assert_eq!(is_good, conditions == other, "{conditions:?} {other:?}");
        }
    }
    let cursor = own(with_status(Status::Active, 0)).cursor(&place, &peppers());
    let later = own(with_status(Status::Active, 60));
    assert!(later.place(&cursor, &peppers()).is_ok());
}

#[test]
fn no_changed_cursor_is_accepted() {
    let walk = walk("name", "");
    let place = Place::of(&fixture::api_key(1, "ci"), &walk.order);
    let cursor = walk.cursor(&place, &peppers());
    let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = URL_SAFE_NO_PAD.encode(changed);
        assert!(walk.place(&changed, &peppers()).is_err(), "bit {bit}");
    }
    for length in 1..cursor.len() {
        assert!(walk.place(&cursor[..length], &peppers()).is_err());
    }
    for text in [
        "=",
        "A",
        "AAAA",
        &format!("{cursor}A"),
        &format!("{cursor}="),
    ] {
        assert!(walk.place(text, &peppers()).is_err(), "{text}");
    }
}

#[test]
fn a_cursor_outlives_its_pepper_while_that_is_known() {
    let walk = walk("", "");
    let place = Place::of(&fixture::api_key(1, "ci"), &walk.order);
    let cursor = walk.cursor(&place, &peppers());
    let new = "0c".repeat(32);
    let rotated = Peppers::from_hex(&format!("{new},{}", "0b".repeat(32))).unwrap();
    assert_eq!(walk.place(&cursor, &rotated).unwrap(), Some(place));
    let replaced = Peppers::from_hex(&new).unwrap();
    assert!(walk.place(&cursor, &replaced).is_err());
}
