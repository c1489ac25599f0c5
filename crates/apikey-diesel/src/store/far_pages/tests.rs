//! Pages that are found from remembered places are those that are found without.

use super::{
    super::{fresh, ports::Store},
    *,
};
use crate::{Supervisor, testing::TestDatabase};
use apikey_domain::{
    access::policy::KeyReach,
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        expiry::Expiry,
        key_name::Description,
    },
    port::{api_key_repository::ApiKeyRepository, directory::Directory},
    testing::fixture,
    timestamp::Timestamp,
};
use futures_util::future::join_all;

const FIELDS: [&str; 5] = [
    "name",
    "expires_at",
    "created_at",
    "updated_at",
    "last_used_at",
];

const KEYS: i64 = 300;

struct Fixture {
    _database: TestDatabase,
    store: Store,
    user: User,
}

impl Fixture {
    async fn new() -> Self {
        let (database, store) = fresh::store(&Supervisor::default()).await;
        let by = fixture::by_service();
        let user = store.create_user(by, fixture::new_user("alice")).await;
        let fixture = Self {
            _database: database,
            store,
            user: user.unwrap(),
        };
        let created = join_all((0..KEYS).map(|number| fixture.create(number))).await;
        let used: Vec<_> = created.iter().step_by(3).map(|key| key.id).collect();
        fixture.store.record_uses(&used, after(7)).await.unwrap();
        fixture
    }

    async fn create(&self, number: i64) -> ApiKey {
        self.create_at(number, after(number % 11)).await
    }

    async fn create_at(&self, number: i64, created_at: Timestamp) -> ApiKey {
        let name = format!("{:05}", number * 7_919 % 100_000);
        let new = NewApiKey {
            user_id: self.user.id,
            owner_principal_id: self.user.principal_id,
            created_at,
            expires_at: match number % 3 {
                0 => Expiry::NEVER,
                seconds => Expiry::at(after(seconds)),
            },
            ..fixture::new_api_key(&name, &format!("a{number:015x}"))
        };
        let by = fixture::by_service();
        self.store.create(by, new).await.unwrap()
    }

    fn filter(&self) -> ApiKeyFilter {
        fixture::filter(Some(self.user.id), Some(self.user.principal_id), None)
    }

    /// Reads all ids in an order, without any place.
    async fn whole(&self, order: &Order) -> Vec<i64> {
        let window = Window::page(1, 1_000).unwrap();
        let page = self
            .store
            .list(&self.filter(), order, window)
            .await
            .unwrap();
        let ids = page.items.iter().map(|key| key.id).chain(page.rest);
        ids.map(|id| id.0).collect()
    }

    /// Checks pages at many offsets, each of which remembers places for the next ones.
    async fn check(&self, texts: &[&str]) {
        for text in texts {
            let order = Order::parse(text).unwrap();
            let whole = self.whole(&order).await;
            for offset in [
                150, 6, 10, 145, 160, 296, 299, 300, 100, 99, 101, 200, 33, 151, 250,
            ] {
                let window = Window { offset, limit: 10 };
                let page = self.store.list(&self.filter(), &order, window).await;
                let page = page.unwrap();
                let shown: Vec<_> = page.items.iter().map(|key| key.id.0).collect();
                let expected = whole.iter().skip(offset as usize).take(10).copied();
                assert_eq!(shown, expected.collect::<Vec<_>>(), "{text} {offset}");
                assert_eq!(page.total, whole.len() as u64);
            }
        }
    }

    /// Returns how many places are remembered for an order.
    async fn remembered(&self, text: &str) -> usize {
        let order = Order::parse(text).unwrap();
        let name = ListName::of(&self.filter(), &order).unwrap();
        let mut connection = fresh::connection(&self._database).await;
        let counted = list_state::counted(&mut connection, &self.filter()).await;
        let revision = counted.unwrap().revision(name.field());
        let anchors = &self.store.anchors;
        let ranks = (0..KEYS).filter(|rank| {
            let [_, found] = anchors.around(name, &revision, *rank, *rank);
            found.is_some_and(|(found, _)| found == *rank)
        });
        ranks.count()
    }

    async fn remembered_in_each(&self) -> Vec<bool> {
        let mut each = Vec::new();
        for text in FIELDS {
            each.push(self.remembered(text).await > 0);
        }
        each
    }
}

fn after(seconds: i64) -> Timestamp {
    fixture::instant().plus_seconds(seconds).unwrap()
}

const ANYWHERE: KeyReach = fixture::reach(None, None);

#[tokio::test(flavor = "multi_thread")]
async fn a_far_page_is_the_same_from_wherever_it_is_found() {
    let fixture = Fixture::new().await;
    fixture.check(&FIELDS).await;
    fixture
        .check(
            &FIELDS
                .map(|field| format!("-{field}"))
                .each_ref()
                .map(String::as_str),
        )
        .await;
    fixture
        .check(&["expires_at,-name", "-created_at,last_used_at"])
        .await;
    for text in FIELDS {
        let remembered = fixture.remembered(text).await;
        assert!((10..=80).contains(&remembered), "{text}: {remembered}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_added_at_the_end_leave_places_where_they_are() {
    let fixture = Fixture::new().await;
    fixture.check(&FIELDS).await;
    for number in 0..60 {
        let created_at = after(100 + number);
        fixture.create_at(2_000 + number, created_at).await;
        assert_eq!(fixture.remembered_in_each().await, [false; 5]);
        if number % 20 == 0 {
            // Near the end, from which the places of before are looked at.
            let order = Order::parse("-created_at").unwrap();
            let window = Window {
                offset: 100,
                limit: 1,
            };
            let filter = fixture.filter();
            let page = fixture.store.list(&filter, &order, window).await.unwrap();
            let whole = fixture.whole(&order).await;
            assert_eq!(page.items[0].id.0, whole[100]);
            assert!(fixture.remembered("created_at").await >= 10, "{number}");
            assert_eq!(fixture.remembered("name").await, 0);
        }
        if number % 13 == 0 {
            fixture.check(&FIELDS).await;
        }
    }
    // One between the others: the ranks of those after it are new.
    fixture.create_at(3_000, after(5)).await;
    fixture.check(&FIELDS).await;
    fixture.check(&["-created_at", "-updated_at"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_forgotten_when_its_list_changes() {
    let fixture = Fixture::new().await;
    let [mut key, used] = [fixture.create(1_000).await, fixture.create(1_001).await];
    fixture.check(&FIELDS).await;
    assert_eq!(fixture.remembered_in_each().await, [true; 5]);

    fixture
        .store
        .record_uses(&[used.id], after(900))
        .await
        .unwrap();
    assert_eq!(
        fixture.remembered_in_each().await,
        [true, true, true, true, false]
    );
    fixture.check(&FIELDS).await;

    let changes = ApiKeyChanges {
        description: Some(Some(Description::parse("new").unwrap())),
        ..ApiKeyChanges::default()
    };
    let by = fixture::by_service_at(after(900));
    let updated = fixture.store.update(by, key.id, ANYWHERE, changes).await;
    key = updated.unwrap().unwrap();
    assert_eq!(
        fixture.remembered_in_each().await,
        [true, true, true, false, true]
    );
    fixture.check(&FIELDS).await;

    let by = fixture::by_service();
    fixture.store.delete(by, key.id, ANYWHERE).await.unwrap();
    assert_eq!(fixture.remembered_in_each().await, [false; 5]);
    fixture.check(&FIELDS).await;
    fixture.create(1_002).await;
    assert_eq!(fixture.remembered_in_each().await, [false; 5]);
    fixture.check(&FIELDS).await;

    // By hand, as the service never does.
    let mut connection = fresh::connection(&fixture._database).await;
    let rename = format!("UPDATE api_keys SET name = 'zzz' WHERE id = {}", used.id.0);
    connection.batch_execute(&rename).await.unwrap();
    assert_eq!(
        fixture.remembered_in_each().await,
        [false, false, false, false, false]
    );
    fixture.check(&FIELDS).await;
}
