//! The stream that actix-http reads from and writes to.

use super::{
    framing::Framing,
    head::{self, Head},
    held::Held,
    progress::{Progress, Refusal},
};
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The maximum size of a head in bytes.
const MAX_HEAD: usize = 128 * 1_024;

/// The maximum number of bytes that are read at once. So much of later requests
/// may be held.
const MAX_READ: usize = 16 * 1_024;

/// The maximum of a body that is handed over, in bytes as they are sent. Whoever
/// reads a body answers long before; one that nobody reads waits for the answer.
const MAX_BODY: usize = 1_024 * 1_024;

/// A stream that hands over one request, and nothing of the next one until the
/// answer has been written.
///
/// It holds at most a head that is incomplete, and what came with the end of a
/// request.
pub(super) struct Gate<T> {
    io: Rc<RefCell<T>>,
    progress: Rc<Progress>,
    held: Held,
    /// How much of what is held may be handed over.
    ready: usize,
    /// How much of the body has been handed over.
    body_length: usize,
    place: Place,
}

/// What is handed over next.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// A head.
    Head,
    /// A body.
    Body(Framing),
    /// Nothing, until the request is answered.
    Answer,
    /// The end of the stream: the body breaks off.
    Broken,
    /// Nothing any more.
    Refused,
}

// === impl Gate ===

impl<T: AsyncRead + AsyncWrite + Unpin> Gate<T> {
    pub(super) fn new(io: Rc<RefCell<T>>, progress: Rc<Progress>) -> Self {
        Self {
            io,
            progress,
            held: Held::default(),
            ready: 0,
            body_length: 0,
            place: Place::Head,
        }
    }

    /// Returns how far the connection is.
    pub(super) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Reads from the socket behind what is in `buffer`, and returns how much.
    fn receive(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let before = buffer.filled().len();
        let mut io = self.io.borrow_mut();
        let io = Pin::new(&mut *io);
        let read = if buffer.remaining() <= MAX_READ {
            ready!(io.poll_read(context, buffer)).map(|()| buffer.filled().len() - before)
        } else {
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(MAX_READ));
            let read = ready!(io.poll_read(context, &mut part));
            let read = read.map(|()| part.filled().len());
            buffer.advance(*read.as_ref().unwrap_or(&0));
            read
        };
        if matches!(read, Ok(0) | Err(_)) {
            self.progress.client_closed();
        }
        Poll::Ready(read)
    }

    /// Reads from the socket into what is held, and returns how much. `buffer`
    /// remains as it is.
    fn hold(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let before = buffer.filled().len();
        let read = ready!(self.receive(context, buffer))?;
        self.held.take_behind(before, buffer);
        Poll::Ready(Ok(read))
    }

    /// Reads a head. `true` if there is something to return.
    fn poll_head(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<bool>> {
        if let Some(head) = self.held.parse_head() {
            let held = std::mem::take(&mut self.held);
            self.ready = self.begin(head, held.bytes());
            self.held = held;
            return Poll::Ready(Ok(false));
        }
        if !self.held.is_empty() {
            if self.held.len() >= MAX_HEAD {
                self.refuse(Refusal::TooLarge);
                return Poll::Ready(Ok(false));
            }
            self.progress.head_began();
            let read = ready!(self.hold(context, buffer))?;
            return Poll::Ready(Ok(read == 0));
        }
        self.progress.nothing_is_held();
        // Usually a whole request comes at once, and is handed over where it is.
        let before = buffer.filled().len();
        let read = ready!(self.receive(context, buffer))?;
        if read == 0 {
            return Poll::Ready(Ok(true));
        }
        let head = head::parse(&buffer.filled()[before..]);
        if head == Head::Partial {
            self.held.take_behind(before, buffer);
            self.progress.head_began();
            return Poll::Ready(Ok(false));
        }
        let length = self.begin(head, &buffer.filled()[before..]);
        if self.place == Place::Refused {
            buffer.set_filled(before);
            return Poll::Pending;
        }
        self.held.take_behind(before + length, buffer);
        Poll::Ready(Ok(true))
    }

    /// Begins a request with a head at the beginning of `bytes`, and returns how
    /// many of them belong to the request.
    fn begin(&mut self, head: Head, bytes: &[u8]) -> usize {
        let (length, body, is_last) = match head {
            Head::Whole {
                length,
                body,
                is_last,
            } => (length, body, is_last),
            Head::Malformed | Head::Partial => {
                self.refuse(Refusal::Malformed);
                return 0;
            }
            Head::TooLarge => {
                self.refuse(Refusal::TooLarge);
                return 0;
            }
        };
        self.progress.request_began();
        if is_last {
            self.progress.ends_with_answer();
        }
        if body == Framing::End {
            self.progress.request_is_whole();
            self.place = Place::Answer;
            return length;
        }
        self.body_length = 0;
        self.place = Place::Body(body);
        length + self.take_body(&bytes[length..])
    }

    /// Hands over nothing more. The connection's task refuses the request.
    fn refuse(&mut self, refusal: Refusal) {
        self.progress.refuse(refusal);
        self.place = Place::Refused;
    }

    /// Returns how many of these bytes belong to the body.
    fn take_body(&mut self, bytes: &[u8]) -> usize {
        let Place::Body(body) = &mut self.place else {
            return 0;
        };
        let length = body.take(bytes);
        self.body_length = self.body_length.saturating_add(length);
        match body {
            Framing::Length(_) | Framing::Chunked(_) => {
                self.progress.body_began();
                return length;
            }
            Framing::End => self.place = Place::Answer,
            Framing::Broken => {
                self.progress.ends_with_answer();
                self.place = Place::Broken;
            }
        }
        self.progress.request_is_whole();
        length
    }

    /// Reads a part of a body. `true` if there is something to return.
    fn poll_body(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<bool>> {
        if !self.progress.awaits_body() || self.body_length >= MAX_BODY {
            // The request is answered without it; the connection ends with that.
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = ready!(self.receive(context, buffer))?;
        if read == 0 {
            return Poll::Ready(Ok(true));
        }
        let length = self.take_body(&buffer.filled()[before..]);
        self.held.take_behind(before + length, buffer);
        Poll::Ready(Ok(length > 0))
    }

    /// Waits until the request is answered. `true` if the client ends meanwhile.
    fn poll_answer(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<bool>> {
        // The flush that opens the gate wakes the reader if something is held.
        while self.held.is_empty() {
            if ready!(self.hold(context, buffer))? == 0 {
                return Poll::Ready(Ok(true));
            }
        }
        Poll::Pending
    }

    /// Lets the next request through.
    fn open(&mut self, context: &Context<'_>) {
        self.place = Place::Head;
        if self.held.is_empty() {
            self.progress.nothing_is_held();
        } else {
            context.waker().wake_by_ref();
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gate<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            if gate.ready > 0 {
                gate.ready -= gate.held.hand_over(gate.ready, buffer);
                return Poll::Ready(Ok(()));
            }
            let has_something = match gate.place {
                Place::Head => ready!(gate.poll_head(context, buffer))?,
                Place::Body(_) => ready!(gate.poll_body(context, buffer))?,
                Place::Answer => ready!(gate.poll_answer(context, buffer))?,
                Place::Broken => true,
                Place::Refused => return Poll::Pending,
            };
            if has_something {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.io.borrow_mut()).poll_write(context, bytes);
        match &written {
            Poll::Pending => self.progress.write_is_blocked(),
            Poll::Ready(Ok(bytes)) => self.progress.write_went_on(*bytes),
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    /// Is called when everything has been written.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        ready!(Pin::new(&mut *gate.io.borrow_mut()).poll_flush(context))?;
        if gate.progress.flushed() {
            gate.open(context);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io.borrow_mut()).poll_shutdown(context)
    }
}
