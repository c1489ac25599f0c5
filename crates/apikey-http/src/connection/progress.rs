//! How far a connection is with its request and its answer.

use super::{clocks::Clocks, registry::Membership};
use std::{
    cell::Cell,
    task::{Context, Poll},
};
use tokio::time::Instant;

/// How many bytes of an answer that does not fit into the socket must be accepted in
/// the time for a write. Otherwise a client could keep its part of the memory for
/// large answers with a byte now and then.
const LEAST_SENT: usize = 16 * 1_024;

/// What a connection waits for, shared by its gate, its task and the service that
/// answers.
pub(super) struct Progress {
    clocks: Clocks,
    membership: Membership,
    request: Cell<Request>,
    buffers: Cell<Buffers>,
    /// Since when the socket has not accepted enough of an answer.
    unsent_since: Cell<Option<Instant>>,
    /// How many bytes it has accepted since then.
    sent: Cell<usize>,
    is_answered: Cell<bool>,
    is_last: Cell<bool>,
    is_over: Cell<bool>,
    refusal: Cell<Option<Refusal>>,
    has_client_closed: Cell<bool>,
}

/// How far the request has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// Nothing of it has arrived since then.
    Awaited(Instant),
    /// Its head has been arriving since then.
    Head(Instant),
    /// The last part of its body arrived then.
    Body(Instant),
    /// It is answered, and nothing more of it is wanted.
    Whole,
}

/// What is in the buffers of the dispatcher of actix-http, and in those of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Buffers {
    /// Nothing yet.
    New,
    /// Something that is needed, or may be.
    Used,
    /// Only what is over.
    Over,
}

/// What a client was too slow with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    /// Beginning another request, so that the buffers of the last are to be given up.
    Resting,
    /// Beginning another request.
    Idle,
    /// The head of its request.
    Head,
    /// Taking the answer.
    Answer,
}

/// Why a request is refused before actix-http sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its head is malformed.
    Malformed,
    /// Its head has too many bytes or headers.
    TooLarge,
    /// Its head did not arrive in time.
    TooSlow,
}

// === impl Progress ===

impl Progress {
    /// Begins a connection. Its first head has been arriving since now.
    pub(super) fn new(membership: Membership, clocks: Clocks) -> Self {
        Self {
            clocks,
            membership,
            request: Cell::new(Request::Head(Instant::now())),
            buffers: Cell::new(Buffers::New),
            unsent_since: Cell::new(None),
            sent: Cell::new(0),
            is_answered: Cell::new(false),
            is_last: Cell::new(false),
            is_over: Cell::new(false),
            refusal: Cell::new(None),
            has_client_closed: Cell::new(false),
        }
    }

    /// Notes that what the client had sent already has been read. A connection whose
    /// request lies in its socket does not wait for its client.
    pub(super) fn is_read(&self) {
        if let Request::Head(since) = self.request.get() {
            self.membership.waits(since);
        }
    }

    /// Notes that a part of a head has arrived.
    pub(super) fn head_began(&self) {
        if let Request::Awaited(_) = self.request.get() {
            // The connection has waited for its client since the last answer.
            self.request.set(Request::Head(Instant::now()));
        }
    }

    /// Notes that a request is handed over.
    pub(super) fn request_began(&self) {
        self.buffers.set(Buffers::Used);
    }

    /// Notes that nothing is held of what comes after a request and its answer.
    pub(super) fn nothing_is_held(&self) {
        if self.buffers.get() == Buffers::Used {
            self.buffers.set(Buffers::Over);
        }
    }

    /// Notes that the dispatcher was replaced, and its buffers with it.
    pub(super) fn renewed(&self) {
        self.buffers.set(Buffers::New);
    }

    /// Notes that a part of a body has arrived, or only the head before it.
    pub(super) fn body_began(&self) {
        let now = Instant::now();
        self.request.set(Request::Body(now));
        self.membership.waits(now);
    }

    /// Notes that the whole request has arrived, or that nothing more of it is
    /// wanted.
    pub(super) fn request_is_whole(&self) {
        self.request.set(Request::Whole);
        if self.unsent_since.get().is_none() {
            self.membership.is_at_work();
        }
    }

    /// Returns whether a part of the body is missing and still wanted.
    pub(super) fn awaits_body(&self) -> bool {
        matches!(self.request.get(), Request::Body(_))
    }

    /// Notes that the connection ends with the answer to this request.
    pub(super) fn ends_with_answer(&self) {
        self.is_last.set(true);
    }

    /// Returns whether the connection ends with the answer to this request.
    pub(super) fn is_last(&self) -> bool {
        self.is_last.get()
    }

    /// Notes that the answer is complete; it may not have been written yet.
    pub(super) fn answered(&self) {
        self.is_answered.set(true);
    }

    /// Notes that the socket has accepted everything that was to be written.
    /// Returns whether the next request may be handed over.
    pub(super) fn flushed(&self) -> bool {
        self.write_is_free();
        if !self.is_answered.get() {
            return false;
        }
        if self.is_last.get() {
            self.is_over.set(true);
            return false;
        }
        self.is_answered.set(false);
        let now = Instant::now();
        self.request.set(Request::Awaited(now));
        self.membership.waits(now);
        true
    }

    /// Returns whether the last answer has been written.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Notes that the request is refused.
    pub(super) fn refuse(&self, refusal: Refusal) {
        self.refusal.set(Some(refusal));
    }

    /// Returns why the request is refused, if it is.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal.get()
    }

    /// Returns for how long the head of a request has been arriving.
    pub(super) fn awaited_for(&self) -> std::time::Duration {
        match self.request.get() {
            Request::Head(since) => since.elapsed(),
            Request::Awaited(_) | Request::Body(_) | Request::Whole => std::time::Duration::ZERO,
        }
    }

    /// Notes that the socket does not accept any byte.
    pub(super) fn write_is_blocked(&self) {
        if self.unsent_since.get().is_none() {
            let now = Instant::now();
            self.unsent_since.set(Some(now));
            self.sent.set(0);
            self.membership.waits(now);
        }
    }

    /// Notes that the socket has accepted some bytes.
    pub(super) fn write_went_on(&self, bytes: usize) {
        self.sent.set(self.sent.get().saturating_add(bytes));
        if self.sent.get() >= LEAST_SENT {
            self.write_is_free();
        }
    }

    /// Notes that the socket has accepted enough, or everything there is.
    fn write_is_free(&self) {
        if self.unsent_since.take().is_some() && self.request.get() == Request::Whole {
            self.membership.is_at_work();
        }
    }

    /// Notes that the client sends nothing more.
    pub(super) fn client_closed(&self) {
        self.has_client_closed.set(true);
    }

    /// Returns whether the client sends nothing more.
    pub(super) fn has_client_closed(&self) -> bool {
        self.has_client_closed.get()
    }

    /// Returns until when the client must do what; `None` if nothing is awaited
    /// of it, or something else bounds it: a body is bounded by who reads it.
    pub(super) fn deadline(&self) -> Option<(Instant, Slow)> {
        let request = match self.request.get() {
            Request::Awaited(since) => Some(match self.buffers.get() {
                Buffers::Over => (since + self.clocks.rest, Slow::Resting),
                Buffers::New | Buffers::Used => (since + self.clocks.idle, Slow::Idle),
            }),
            Request::Head(since) => Some((since + self.clocks.head, Slow::Head)),
            Request::Body(_) | Request::Whole => None,
        };
        let unsent = self.unsent_since.get();
        let answer = unsent.map(|since| (since + self.clocks.write, Slow::Answer));
        match (request, answer) {
            (Some(request), Some(answer)) if request.0 < answer.0 => Some(request),
            (request, answer) => answer.or(request),
        }
    }

    /// Returns how long an ended connection may linger.
    pub(super) fn linger(&self) -> std::time::Duration {
        self.clocks.linger
    }

    /// Notes that everything has been said, and only the client's end is awaited.
    pub(super) fn lingers(&self) {
        self.membership.waits(Instant::now());
    }

    /// Waits until the connection is ended for another one.
    pub(super) fn poll_ended(&self, context: &mut Context<'_>) -> Poll<()> {
        self.membership.poll_ended(context)
    }

    /// Counts that the client was too slow.
    pub(super) fn count_timed_out(&self) {
        self.membership.count_timed_out();
    }
}
