use super::*;
use apikey_domain::identifier::UserId;
use std::{
    future::{Future, poll_fn},
    net::IpAddr,
    pin::Pin,
    task::Poll,
};
use tokio::{
    task::unconstrained,
    time::{Instant, advance, sleep},
};

type Entering<'a> = Pin<Box<dyn Future<Output = Result<Permit, PortError>> + 'a>>;

fn network(number: u32) -> Party {
    Party::Stranger(Network::of(Some(IpAddr::V4(number.into()))))
}

fn key(network: u32, user: i64) -> KeyParty {
    KeyParty {
        network: Network::of(Some(IpAddr::V4(network.into()))),
        user_id: UserId(user),
    }
}

/// Takes the permits that are free.
async fn take_all(queue: &Arc<HashQueue>) -> Vec<Permit> {
    let mut permits = Vec::new();
    for _ in 0..MAX_CONCURRENT_HASHES {
        permits.push(queue.enter(network(0)).await.unwrap());
    }
    permits
}

/// Returns what has come of one who enters, if anything has.
async fn now(entering: &mut Entering<'_>) -> Option<Result<Permit, PortError>> {
    // Many are looked at without a pause.
    let now = poll_fn(|context| Poll::Ready(entering.as_mut().poll(context)));
    match unconstrained(now).await {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

/// Returns whether one who enters was let in, if that is decided.
async fn is_over(entering: &mut Entering<'_>) -> Option<bool> {
    now(entering).await.map(|result| result.is_ok())
}

/// Lets parties wait in this order, and returns the order in which they are let in.
async fn order(parties: &[Party]) -> Vec<usize> {
    let queue = HashQueue::new();
    let permits = take_all(&queue).await;
    let mut waiting = Vec::new();
    for (number, party) in parties.iter().enumerate() {
        let mut entering: Entering<'_> = Box::pin(queue.enter(*party));
        assert_eq!(is_over(&mut entering).await, None);
        waiting.push((number, entering));
    }
    let mut order = Vec::new();
    let mut permits = permits.into_iter();
    // One is handed on from each to the next; the other stays.
    drop(permits.next());
    while !waiting.is_empty() {
        let mut let_in = None;
        for (place, (_, entering)) in waiting.iter_mut().enumerate() {
            if let Some(permit) = now(entering).await {
                let_in = Some((place, permit.unwrap()));
                break;
            }
        }
        let (place, permit) = let_in.expect("nobody is let in");
        order.push(waiting.remove(place).0);
        drop(permit);
    }
    assert_eq!(queue.len(), 0);
    order
}

#[tokio::test(start_paused = true)]
async fn who_is_known_goes_first_but_strangers_get_every_fourth_turn() {
    let known = |name| Party::Known(name);
    let parties = [
        network(1),
        network(1),
        network(2),
        known(1),
        known(1),
        known(1),
        known(2),
        known(1),
        known(1),
        known(1),
    ];
    // Known: 3, 6, 4, then a stranger, and so on.
    assert_eq!(order(&parties).await, [3, 6, 4, 0, 5, 7, 8, 2, 9, 1]);
}

#[tokio::test(start_paused = true)]
async fn one_of_a_network_of_few_waits_for_one_of_each_other_network() {
    let mut parties = Vec::new();
    for number in 1..=5 {
        parties.extend([network(number); 40]);
    }
    parties.push(network(6));
    let order = order(&parties).await;
    assert_eq!(order.iter().position(|place| *place == 200), Some(5));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_limit() {
    let queue = HashQueue::new();
    let permits = take_all(&queue).await;
    let began = Instant::now();
    assert!(queue.enter(Party::SERVICE).await.is_err());
    assert_eq!(began.elapsed(), PERMIT_TIMEOUT);
    assert_eq!(queue.len(), 0);
    drop(permits);
    assert_eq!(take_all(&queue).await.len(), MAX_CONCURRENT_HASHES);
}

#[tokio::test(start_paused = true)]
async fn who_comes_when_all_is_full_is_refused_at_once_or_replaces_another() {
    let queue = HashQueue::new();
    let _permits = take_all(&queue).await;
    let mut waiting = Vec::new();
    for number in 1..=4 {
        for _ in 0..STRANGERS.total / 4 {
            let mut entering: Entering<'_> = Box::pin(queue.enter(network(number)));
            assert_eq!(is_over(&mut entering).await, None);
            waiting.push(entering);
        }
    }
    assert_eq!(queue.len(), STRANGERS.total);
    assert!(queue.enter(network(1)).await.is_err());
    let mut small: Entering<'_> = Box::pin(queue.enter(network(9)));
    assert_eq!(is_over(&mut small).await, None);
    let mut refused = 0;
    for entering in &mut waiting {
        refused += usize::from(is_over(entering).await == Some(false));
    }
    assert_eq!((refused, queue.len()), (1, STRANGERS.total));
    // Those who are known have places of their own.
    let mut known: Entering<'_> = Box::pin(queue.enter(Party::Known(1)));
    assert_eq!(is_over(&mut known).await, None);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_loses_neither_a_place_nor_a_permit() {
    let queue = HashQueue::new();
    let permits = take_all(&queue).await;
    for _ in 0..1_000 {
        let mut entering: Entering<'_> = Box::pin(queue.enter(network(1)));
        assert_eq!(is_over(&mut entering).await, None);
    }
    assert_eq!(queue.len(), 0);
    // The permit is on its way to one who leaves.
    let mut leaving: Entering<'_> = Box::pin(queue.enter(network(1)));
    assert_eq!(is_over(&mut leaving).await, None);
    let mut staying: Entering<'_> = Box::pin(queue.enter(network(1)));
    assert_eq!(is_over(&mut staying).await, None);
    drop(permits.into_iter().next());
    drop(leaving);
    assert_eq!(is_over(&mut staying).await, Some(true));
    advance(PERMIT_TIMEOUT).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(queue.len(), 0);
    assert_eq!(take_all(&queue).await.len(), MAX_CONCURRENT_HASHES);
}

#[tokio::test(start_paused = true)]
async fn keys_have_one_permit_and_passwords_the_others() {
    let queue = HashQueue::new();
    let first = queue.enter_key(key(1, 1)).await.unwrap();
    let mut keys: Vec<Entering<'_>> = Vec::new();
    for _ in 0..3 {
        let mut entering: Entering<'_> = Box::pin(queue.enter_key(key(1, 1)));
        // However much is free.
        assert_eq!(is_over(&mut entering).await, None);
        keys.push(entering);
    }
    assert_eq!((queue.keys(), queue.len()), (3, 0));
    let mut password = queue.enter(network(0)).await.unwrap();
    for _ in 0..5 {
        let mut next: Entering<'_> = Box::pin(queue.enter(network(1)));
        assert_eq!(is_over(&mut next).await, None);
        drop(password);
        password = now(&mut next).await.unwrap().unwrap();
    }
    let mut waiting: Entering<'_> = Box::pin(queue.enter(network(1)));
    assert_eq!(is_over(&mut waiting).await, None);
    // What a key had goes to the next key, also if one has given up.
    drop(keys.remove(0));
    drop(first);
    let second = now(&mut keys[0]).await.unwrap().unwrap();
    assert_eq!(is_over(&mut waiting).await, None);
    drop(keys);
    drop(second);
    let waited = now(&mut waiting).await.unwrap().unwrap();
    drop((password, waited));
    assert_eq!((queue.keys(), queue.len()), (0, 0));
    assert_eq!(take_all(&queue).await.len(), MAX_CONCURRENT_HASHES);
}

#[tokio::test(start_paused = true)]
async fn a_key_gets_its_permit_though_passwords_keep_coming() {
    let queue = HashQueue::new();
    let permits = take_all(&queue).await;
    let mut password: Entering<'_> = Box::pin(queue.enter(Party::Known(1)));
    assert_eq!(is_over(&mut password).await, None);
    let mut of_key: Entering<'_> = Box::pin(queue.enter_key(key(1, 1)));
    assert_eq!(is_over(&mut of_key).await, None);
    let mut permits = permits.into_iter();
    drop(permits.next());
    let of_key = now(&mut of_key).await.unwrap().unwrap();
    assert_eq!(is_over(&mut password).await, None);
    drop(of_key);
    assert_eq!(is_over(&mut password).await, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_key_waits_no_longer_than_the_limit_and_few_do() {
    let queue = HashQueue::new();
    let permit = queue.enter_key(key(1, 1)).await.unwrap();
    let mut waiting: Vec<Entering<'_>> = Vec::new();
    for user in 0..3 {
        for _ in 0..KEYS.party {
            let mut entering: Entering<'_> = Box::pin(queue.enter_key(key(1, user)));
            let is_over = is_over(&mut entering).await;
            assert_eq!(is_over, None, "the others give way");
            waiting.push(entering);
            if queue.keys() == KEYS.total && user == 2 {
                break;
            }
        }
    }
    assert_eq!(queue.keys(), KEYS.total);
    let one_more = queue.enter_key(key(1, 0));
    let began = Instant::now();
    assert!(one_more.await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO);
    drop(waiting);
    let one_more = queue.enter_key(key(1, 0));
    assert!(one_more.await.is_err());
    assert_eq!(began.elapsed(), PERMIT_TIMEOUT);
    drop(permit);
    assert!(queue.enter_key(key(1, 0)).await.is_ok());
}
