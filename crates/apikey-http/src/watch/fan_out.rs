//! One change for many streams: written once in each thread, and sent by a few streams
//! at a time.

use super::framing::Framing;
use crate::error::HttpError;
use apikey_domain::change::{Committed, Position};
use bytes::Bytes;
use std::{any::Any, cell::RefCell, collections::VecDeque, sync::Arc};
use tokio::sync::Semaphore;

/// How many streams of a thread send a change before others of the thread have a turn.
/// A change may concern thousands of streams, and to send it takes each some 20 µs.
const AT_ONCE: usize = 16;

/// How many frames a thread keeps, for streams that send the same ones.
const KEPT: usize = 8;

thread_local! {
    static SENDING: Arc<Semaphore> = Arc::new(Semaphore::new(AT_ONCE));
    static FRAMES: RefCell<VecDeque<Frame>> = const { RefCell::new(VecDeque::new()) };
}

/// A change as it is sent to those who can resume from this position, or cannot.
struct Frame {
    change: Arc<dyn Any>,
    framing: Framing,
    position: Option<Position>,
    bytes: Bytes,
}

/// Waits until it is the turn of this stream to send a change: requests that have
/// arrived meanwhile go first.
pub(super) async fn turn() {
    let sending = SENDING.with(Arc::clone);
    let permit = sending.acquire_owned().await;
    // All that are woken are asked at once; only those with a permit go on after the
    // thread has looked for requests.
    tokio::task::yield_now().await;
    drop(permit);
}

/// Returns the frame of a change, which `write` appends.
pub(super) fn frame<T: 'static>(
    change: &Arc<Committed<T>>,
    framing: Framing,
    position: Option<Position>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), HttpError>,
) -> Result<Bytes, HttpError> {
    let change = Arc::<Committed<T>>::clone(change) as Arc<dyn Any>;
    FRAMES.with_borrow_mut(|frames| {
        let kept = frames.iter().find(|frame| {
            std::ptr::addr_eq(Arc::as_ptr(&frame.change), Arc::as_ptr(&change))
                && frame.framing == framing
                && frame.position == position
        });
        if let Some(frame) = kept {
            return Ok(frame.bytes.clone());
        }
        let mut buffer = Vec::new();
        write(&mut buffer)?;
        let bytes = Bytes::from(buffer);
        // One that nobody else holds is sent to nobody else.
        frames.retain(|frame| Arc::strong_count(&frame.change) > 1);
        if frames.len() == KEPT {
            frames.pop_front();
        }
        frames.push_back(Frame {
            change,
            framing,
            position,
            bytes: bytes.clone(),
        });
        Ok(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        change::{Change, KeyChange, KeyEvent},
        testing::fixture,
    };

    fn created(id: i64) -> Arc<KeyChange> {
        let created = Change::Key(KeyEvent::Created(fixture::api_key(id, "ci")));
        Arc::new(fixture::event(id, created).into_key_change().unwrap())
    }

    fn frame_of(change: &Arc<KeyChange>, framing: Framing) -> Bytes {
        let write = |buffer: &mut Vec<u8>| {
            buffer.extend_from_slice(format!("{framing:?}").as_bytes());
            Ok(())
        };
        frame(change, framing, Some(change.position), write).unwrap()
    }

    #[test]
    fn streams_of_a_thread_share_the_bytes_of_a_change() {
        let change = created(7);
        let held = Arc::clone(&change);
        let first = frame_of(&change, Framing::EventStream);
        let second = frame_of(&held, Framing::EventStream);
        assert_eq!(first.as_ptr(), second.as_ptr());
        let bare = frame_of(&held, Framing::Bare);
        assert_ne!(bare, first);
        // An equal change is another one.
        assert_ne!(frame_of(&created(7), Framing::Bare).as_ptr(), bare.as_ptr());
    }

    #[test]
    fn a_thread_keeps_few_changes() {
        let changes: Vec<_> = (0..100).map(created).collect();
        for change in &changes {
            frame_of(change, Framing::Bare);
        }
        assert_eq!(FRAMES.with_borrow(VecDeque::len), KEPT);
        drop(changes);
        let _last = frame_of(&created(100), Framing::Bare);
        assert_eq!(FRAMES.with_borrow(VecDeque::len), 1);
    }

    #[actix_web::test]
    async fn a_request_does_not_wait_for_all_streams_of_a_change() {
        let sent = std::rc::Rc::new(std::cell::Cell::new(0));
        for _ in 0..1_000 {
            let sent = sent.clone();
            actix_web::rt::spawn(async move {
                turn().await;
                sent.set(sent.get() + 1);
            });
        }
        let mut before = 0;
        while sent.get() < 1_000 {
            tokio::task::yield_now().await;
            assert!(sent.get() <= before + 2 * AT_ONCE, "{}", sent.get());
            before = sent.get();
        }
    }
}
