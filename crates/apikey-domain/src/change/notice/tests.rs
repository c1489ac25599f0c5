use super::*;
use crate::{
    key::revocation::{NewRevocation, RevocationReason},
    testing::fixture,
};
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    fixture::instant().plus_seconds(seconds).unwrap()
}

fn key(created: i64, expires: i64) -> ApiKey {
    ApiKey {
        created_at: at(created),
        expires_at: Expiry::at(at(expires)),
        ..fixture::api_key(7, "ci")
    }
}

#[test]
fn days_are_parsed_within_their_bounds() {
    for (text, written) in [
        ("30,7,1", "30,7,1"),
        (" 1 , 365 ", "365,1"),
        ("none", "none"),
        ("1,2,3,4,5,6,7,8,9,10", "10,9,8,7,6,5,4,3,2,1"),
    ] {
        let notices = ExpiryNotices::parse(text).unwrap();
        assert_eq!(notices.to_string(), written);
        assert_eq!(ExpiryNotices::parse(written).unwrap(), notices);
    }
    for text in [
        "",
        " ",
        "none,7",
        "0",
        "366",
        "-1",
        "+1",
        "1.5",
        "7d",
        ",",
        "7,",
        "7,7",
        "7,07",
        "99999999",
        "1,2,3,4,5,6,7,8,9,10,11",
    ] {
        assert!(ExpiryNotices::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn the_nearest_notice_is_due_and_those_from_before_the_key_are_not() {
    const DAY: i64 = DAY_SECONDS;
    let held = ExpiryNotices::HELD_BACK_SECONDS;
    let notices = ExpiryNotices::default();
    let due = |created_days: i64, left: i64| {
        let key = key(-created_days * DAY, left);
        notices.due(&key, None, at(0)).map(Notice::days)
    };
    for (created_days, left, expected) in [
        (90, 40 * DAY, None),
        (90, 30 * DAY - held + 1, None),
        (90, 30 * DAY - held, Some(30)),
        (90, 7 * DAY, Some(30)),
        (90, 7 * DAY - held, Some(7)),
        (90, 3_600, Some(1)),
        (90, -held + 1, Some(1)),
        (90, -held, Some(0)),
        (90, -50 * DAY, Some(0)),
        // Made with less than 30 days to live, and with less than one.
        (1, 10 * DAY, None),
        (2, 6 * DAY, Some(7)),
        (1, 6 * DAY, None),
        (0, 7 * DAY, None),
        (0, 3_600, None),
    ] {
        assert_eq!(due(created_days, left), expected, "{created_days} {left}");
    }
    let (reason, comment) = (RevocationReason::Other, None);
    let revocation = NewRevocation { reason, comment };
    let revoked = ApiKey {
        revocation: Some(revocation.at(at(0))),
        ..key(-90 * DAY, -DAY)
    };
    assert_eq!(notices.due(&revoked, None, at(0)), None);
    let disabled = ApiKey {
        disabled_at: Some(at(-DAY)),
        ..key(-90 * DAY, -DAY)
    };
    assert_eq!(notices.due(&disabled, None, at(0)), Some(Notice::EXPIRED));
    let never = ApiKey {
        expires_at: Expiry::NEVER,
        ..key(-90 * DAY, 0)
    };
    assert_eq!(notices.due(&never, None, at(0)), None);
}

#[test]
fn a_store_begins_at_the_end_of_a_window_and_a_clock_that_was_ahead_does_so_again() {
    let window = ExpiryNotices::default().windows(at(0))[1];
    let place = |expires_at, id| {
        let id = ApiKeyId(id);
        ExpiryPlace { expires_at, id }
    };
    assert_eq!(window.start(None), None);
    assert_eq!(window.start(Some(place(at(86_400), 0))), None);
    assert_eq!(window.start(Some(window.end())), Some(window.end()));
    let within = place(at(3_600), 5);
    assert_eq!(window.start(Some(within)), Some(within));
    let long_ago = place(at(-9_000), 5);
    let start = window.start(Some(long_ago)).unwrap();
    assert_eq!(start, place(window.after, i64::MAX));
}

proptest! {
    /// However rarely it is looked, each notice comes once at most, later ones are nearer,
    /// and the last one is that the key has expired.
    #[test]
    fn notices_come_once_each_in_their_order(
        lifetime in 1_i64..100 * 86_400,
        pauses in prop::collection::vec(1_i64..40 * 86_400, 1..30),
    ) {
        let notices = ExpiryNotices::default();
        let key = key(0, lifetime);
        let mut reached: Vec<_> = notices.windows(at(-1)).iter().map(|one| Some(one.end())).collect();
        let mut given = Vec::new();
        let mut now = 0;
        let end = lifetime + ExpiryNotices::HELD_BACK_SECONDS;
        for pause in pauses.into_iter().chain([1, end]) {
            now += pause;
            for (window, reached) in notices.windows(at(now)).iter().zip(&mut reached) {
                let place = ExpiryPlace::of(&key).unwrap();
                let is_found = window.start(*reached).is_some_and(|start| start < place)
                    && place <= window.end();
                if is_found && notices.due(&key, None, at(now)) == Some(window.notice) {
                    given.push(window.notice.days());
                }
                *reached = Some(window.end());
            }
        }
        prop_assert!(given.is_sorted_by(|one, next| one > next), "{:?}", given);
        prop_assert_eq!(given.last(), Some(&0));
        for days in given {
            prop_assert!(lifetime > i64::from(days) * DAY_SECONDS);
        }
    }
}
