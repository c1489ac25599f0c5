use super::*;
use crate::{identity::sign_in::party::Address, testing::fixture};

const NOWHERE: Address = None;

/// Returns a pair of a name that the number stands for.
fn pair(name: u64) -> Pair {
    Pair::new(name, NOWHERE)
}

fn wait(throttle: &Throttle, pair: Pair, now: Timestamp) -> Option<u64> {
    match throttle.check(pair, now) {
        Err(Error::Throttled {
            retry_after_seconds,
        }) => Some(retry_after_seconds),
        _ => None,
    }
}

/// Makes attempts that fail, and returns how many were admitted.
fn fail(throttle: &Throttle, pairs: impl IntoIterator<Item = Pair>, now: Timestamp) -> usize {
    let admitted = pairs
        .into_iter()
        .filter(|pair| throttle.admit(*pair, 1, now).is_ok());
    admitted.count()
}

#[test]
fn the_eleventh_failure_waits_six_seconds() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    assert_eq!(fail(&throttle, [pair(1); 20], now), 10);
    assert_eq!(wait(&throttle, pair(1), now), Some(6));
    assert_eq!(wait(&throttle, pair(2), now), None);
    assert_eq!(wait(&throttle, pair(1), now.plus_seconds(6).unwrap()), None);
}

#[test]
fn one_network_cannot_try_all_usernames() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    assert_eq!(fail(&throttle, (0..200).map(pair), now), 100);
    assert_eq!(wait(&throttle, pair(300), now), Some(1));
    throttle.trust(pair(400), now);
    assert_eq!(wait(&throttle, pair(400), now), None);
    let next_day = now.plus_seconds(86_400).unwrap();
    assert_eq!(fail(&throttle, (0..200).map(pair), next_day), 100);
    assert_eq!(wait(&throttle, pair(400), next_day), Some(1));
}

#[test]
fn an_ipv6_network_is_throttled_as_one_address() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    let address = |last: u16| Some([0x2001, 0xdb8, 0, 1, 0, 0, 0, last].into());
    let pairs = (0..64).map(|last| Pair::new(1, address(last)));
    assert_eq!(fail(&throttle, pairs, now), 10);
    let all = (0..64).map(|last| Pair::new(u64::from(last) + 2, address(last)));
    let all = all.chain((0..64).map(|last| Pair::new(u64::from(last) + 70, address(last))));
    assert_eq!(fail(&throttle, all, now), 90);
}

#[test]
fn what_is_given_back_was_never_charged() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    for _ in 0..1_000 {
        let charge = throttle.admit(pair(1), 2, now).unwrap();
        throttle.give_back(pair(1), charge, now);
    }
    assert_eq!(fail(&throttle, [pair(1); 9], now), 9);
    // Two at once go one beyond the limit, and no further.
    let charge = throttle.admit(pair(1), 2, now).unwrap();
    assert_eq!(wait(&throttle, pair(1), now), Some(6));
    throttle.give_back(pair(1), charge, now);
    assert_eq!(fail(&throttle, [pair(1); 9], now), 1);
}

#[test]
fn a_success_of_a_trusted_pair_pays_for_nobody_else() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    throttle.trust(pair(0), now);
    assert_eq!(fail(&throttle, (1..101).map(pair), now), 100);
    for _ in 0..50 {
        let charges = [0; 3].map(|_| throttle.admit(pair(0), 1, now).unwrap());
        for charge in charges {
            throttle.give_back(pair(0), charge, now);
        }
    }
    assert_eq!(wait(&throttle, pair(300), now), Some(1));
    let later = now.plus_seconds(1).unwrap();
    assert_eq!(fail(&throttle, (300..400).map(pair), later), 1);
}

#[test]
fn only_who_signed_in_within_a_day_is_known() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    assert_eq!(throttle.party(pair(1), now), pair(1).stranger());
    throttle.trust(pair(1), now);
    assert_eq!(throttle.party(pair(1), now), pair(1).known());
    assert_eq!(throttle.party(pair(2), now), pair(2).stranger());
    let elsewhere = Pair::new(1, Some([192, 0, 2, 1].into()));
    assert_eq!(throttle.party(elsewhere, now), elsewhere.stranger());
    let next_day = now.plus_seconds(86_400).unwrap();
    assert_eq!(throttle.party(pair(1), next_day), pair(1).stranger());
}

#[test]
fn a_flood_from_many_networks_frees_nobody_who_owes_more() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    assert_eq!(fail(&throttle, [pair(1); 20], now), 10);
    for number in 0..3 * Instants::<Pair>::CAPACITY {
        let address = ((number as u128) << 64).to_be_bytes();
        let from = Pair::new(1, Some(std::net::IpAddr::from(address)));
        assert_eq!(fail(&throttle, [from], now), 1);
    }
    assert_eq!(wait(&throttle, pair(1), now), Some(6));
}

#[test]
fn a_clock_that_was_set_back_by_days_locks_nobody_out() {
    let (throttle, now) = (Throttle::new(), fixture::instant());
    let ahead = now.plus_seconds(100 * 86_400).unwrap();
    assert_eq!(fail(&throttle, [pair(1); 20], ahead), 10);
    assert!(wait(&throttle, pair(1), ahead).is_some());
    assert_eq!(wait(&throttle, pair(1), now), None);
    assert_eq!(fail(&throttle, [pair(1); 20], now), 10);
    assert!(wait(&throttle, pair(1), now).is_some());
}
