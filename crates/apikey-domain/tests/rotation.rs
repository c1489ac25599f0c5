//! The rotation of keys against a model.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    key::{
        api_key::ApiKey,
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, CredentialState, GracePeriod, NewCredential},
        rotation::{KEPT_RETIRED, Step},
    },
    testing::fixture,
    timestamp::Timestamp,
};
use proptest::prelude::*;

/// What somebody does, and how many seconds later.
#[derive(Clone, Debug)]
enum Deed {
    Rotate(Activation, i64),
    Activate(i64),
    End(i64),
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let activation = prop_oneof![Just(Activation::Now), Just(Activation::FirstUse)];
    prop_oneof![
        3 => (activation, prop_oneof![Just(0), 1..100_i64]).prop_map(|(now, grace)| Deed::Rotate(now, grace)),
        2 => (0..12_i64).prop_map(Deed::Activate),
        1 => (0..12_i64).prop_map(Deed::End),
        2 => (1..60_i64).prop_map(Deed::Wait),
    ]
}

/// For each number given, until when in seconds its secret is accepted: `None` without an
/// end. It says nothing of states.
#[derive(Default)]
struct Model {
    ends: Vec<Option<i64>>,
    active: usize,
    pending: Option<(usize, i64)>,
}

impl Model {
    fn new() -> Self {
        Self {
            ends: vec![None],
            ..Self::default()
        }
    }

    /// Ends all but these now, and the active one after the grace period.
    fn replace(&mut self, by: usize, grace: i64, now: i64) {
        let before = std::mem::replace(&mut self.active, by);
        for (index, end) in self.ends.iter_mut().enumerate() {
            let most = match index {
                _ if index == by => continue,
                _ if index == before => now + grace,
                _ => now,
            };
            *end = Some(end.map_or(most, |end| end.min(most)));
        }
        self.pending = None;
    }

    fn rotate(&mut self, activation: Activation, grace: i64, now: i64) {
        let new = self.ends.len();
        self.ends.push(None);
        match activation {
            Activation::Now => self.replace(new, grace, now),
            Activation::FirstUse => {
                for (index, end) in self.ends.iter_mut().enumerate() {
                    if index != new && index != self.active {
                        *end = Some(end.map_or(now, |end| end.min(now)));
                    }
                }
                self.pending = Some((new, grace));
            }
        }
    }

    fn activate(&mut self, index: usize, now: i64) {
        if let Some((pending, grace)) = self.pending
            && pending == index
        {
            self.replace(index, grace, now);
        }
    }

    fn end(&mut self, index: usize, now: i64) {
        if index == self.active {
            return;
        }
        if let Some(end) = self.ends.get_mut(index) {
            *end = Some(end.map_or(now, |end| end.min(now)));
            self.pending = self.pending.filter(|(pending, _)| *pending != index);
        }
    }
}

fn at(seconds: i64) -> Timestamp {
    fixture::instant().plus_seconds(seconds).unwrap()
}

fn step_of(deed: &Deed, count: usize) -> Option<Step> {
    Some(match deed {
        Deed::Rotate(activation, grace) => Step::Rotate(NewCredential {
            activation: *activation,
            grace: GracePeriod::parse(*grace).unwrap(),
            ..fixture::new_credential(&format!("b{count:015x}"))
        }),
        Deed::Activate(number) => Step::Activate(CredentialNumber(*number)),
        Deed::End(number) => Step::End(CredentialNumber(*number)),
        Deed::Wait(_) => return None,
    })
}

fn check(key: &ApiKey, model: &Model, now: i64) {
    let credentials = key.credentials();
    let active = credentials
        .iter()
        .filter(|one| one.state == CredentialState::Active);
    assert_eq!(active.count(), 1);
    let pending = credentials
        .iter()
        .filter(|one| matches!(one.state, CredentialState::Pending { .. }));
    assert!(pending.count() <= 1);
    let retiring = credentials
        .iter()
        .filter(|one| one.state.name(at(now)) == "retiring");
    assert!(retiring.count() <= 1);
    let ended = |one: &&_| !model_accepts(model, one, now);
    let numbers = 1..=model.ends.len() as i64;
    let forgotten = numbers
        .clone()
        .filter(|number| !credentials.iter().any(|one| one.number.0 == *number));
    for number in forgotten {
        assert!(ended(&&number), "a usable credential was forgotten");
    }
    for one in &credentials {
        let accepted = model_accepts(model, &one.number.0, now);
        assert_eq!(one.state.is_usable(at(now)), accepted, "{one:?}");
    }
    let number = CredentialNumber(model.active as i64 + 1);
    let active = credentials.iter().find(|one| one.number == number).unwrap();
    assert_eq!(key.access_key, active.access_key);
    let retired = credentials
        .iter()
        .filter(|one| matches!(one.state, CredentialState::Retired { .. }));
    assert!(retired.count() <= KEPT_RETIRED);
}

fn model_accepts(model: &Model, number: &i64, now: i64) -> bool {
    model.ends[*number as usize - 1].is_none_or(|end| now < end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_secret_is_accepted_as_the_model_says(deeds in prop::collection::vec(deed(), 1..40)) {
        let reach = fixture::reach(None, None);
        let (mut key, mut model, mut now) = (fixture::api_key(7, "ci"), Model::new(), 0);
        for deed in &deeds {
            let changes = ApiKeyChanges {
                step: step_of(deed, model.ends.len()),
                ..ApiKeyChanges::default()
            };
            let taken = reach.changed(&key, &changes, at(now));
            match deed {
                Deed::Rotate(activation, grace) => model.rotate(*activation, *grace, now),
                Deed::Activate(number) => model.activate((*number - 1).max(-1) as usize, now),
                Deed::End(number) => model.end((*number - 1).max(-1) as usize, now),
                Deed::Wait(seconds) => now += seconds,
            }
            if let Ok(Some(after)) = taken {
                key = after;
            }
            check(&key, &model, now);
        }
    }
}

#[test]
fn what_ended_with_its_grace_period_is_forgotten_in_time() {
    let reach = fixture::reach(None, None);
    let mut key = fixture::api_key(7, "ci");
    for count in 1..100 {
        let deed = Deed::Rotate(Activation::Now, 1);
        let changes = ApiKeyChanges {
            step: step_of(&deed, count),
            ..ApiKeyChanges::default()
        };
        let now = at(2 * count as i64);
        key = reach.changed(&key, &changes, now).unwrap().unwrap();
        // One is active, and one is in its grace period.
        assert!(key.rotated.len() <= KEPT_RETIRED + 2, "{count}");
    }
}

/// Whoever ends it is not to depend on the clock of the node that is asked next.
#[test]
fn what_ended_with_its_grace_period_is_ended_for_every_clock() {
    let reach = fixture::reach(None, None);
    let taken = |key: &ApiKey, deed: &Deed, seconds| {
        let changes = ApiKeyChanges {
            step: step_of(deed, 1),
            ..ApiKeyChanges::default()
        };
        reach.changed(key, &changes, at(seconds)).unwrap().unwrap()
    };
    let key = fixture::api_key(7, "ci");
    let key = taken(&key, &Deed::Rotate(Activation::Now, 10), 0);
    let key = taken(&key, &Deed::End(1), 10);
    assert!(!key.rotated[0].state.is_usable(at(9)));
}
