//! Answers with a list: at once if it is small, else as it is read.

use crate::{
    conventions::list_links::PlaceInList,
    error::HttpError,
    large_answers::Share,
    list_reader::{ListReader, Turn},
};
use actix_web::{HttpResponse, http::header};
use apikey_domain::Error;
use bytes::Bytes;
use futures_util::stream;
use std::vec;

/// The approximate maximum size of a chunk in bytes: one entry more. It is the size
/// at which actix-web stops asking for more until the client has read.
const CHUNK_BYTES: usize = 32 * 1024;

/// The entries of a list, and how they are written.
pub(crate) trait Entries {
    /// One of them.
    type Entry;

    /// Returns the next entries, as many as fit a piece; none at the end.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    async fn next(&mut self) -> Result<Vec<Self::Entry>, Error>;

    /// Returns whether nothing follows what was returned.
    fn is_last(&self) -> bool;

    /// Appends an entry as JSON.
    fn write(&self, buffer: &mut Vec<u8>, entry: &Self::Entry) -> Result<(), HttpError>;

    /// Returns the place of the answer in the list, if that is known before all has been
    /// written.
    fn place(&self) -> Option<PlaceInList> {
        None
    }

    /// Appends what comes after `"items":[…]` once `count` entries were written:
    /// other fields, each after a comma.
    fn write_end(&self, buffer: &mut Vec<u8>, count: u64) -> Result<(), HttpError>;
}

/// Returns a response with all entries. The first piece is read in `turn`, which ends
/// with it. If they do not fit one piece, each further one is read in a turn of its own
/// once the client has taken the former, if the reader still may.
///
/// # Errors
///
/// The error of reading the first piece, and 503 if there is no memory for another
/// large answer. If a later piece cannot be read, or not by this reader any more, the
/// response is aborted, so that no client takes a part of the list for the whole.
pub(crate) async fn respond<E: Entries + 'static>(
    mut entries: E,
    reader: ListReader,
    turn: Turn,
) -> Result<HttpResponse, HttpError> {
    let first = turn.read(entries.next()).await?;
    drop(turn);
    let place = entries.place();
    let mut response = if entries.is_last() {
        whole(entries, first)?
    } else {
        let share = reader.budget().reserve().await?;
        stream(entries, first, share, Some(reader))
    };
    if let Some(place) = place {
        response.extensions_mut().insert(place);
    }
    Ok(response)
}

/// Returns a response with all entries at once: those of the only piece.
///
/// # Errors
///
/// 500 if one cannot be written.
pub(crate) fn whole<E: Entries>(
    entries: E,
    piece: Vec<E::Entry>,
) -> Result<HttpResponse, HttpError> {
    let mut writer = Writer::new(entries, piece, None);
    let mut buffer = Vec::with_capacity(512);
    writer.open(&mut buffer);
    writer.fill(&mut buffer, usize::MAX)?;
    writer.close(&mut buffer)?;
    Ok(json().body(buffer))
}

/// Returns a response that is written as the client reads it, and holds `share`
/// meanwhile. Further pieces are read only while `reader` may, if one is given.
pub(crate) fn stream<E: Entries + 'static>(
    entries: E,
    first: Vec<E::Entry>,
    share: Share,
    reader: Option<ListReader>,
) -> HttpResponse {
    let state = (Writer::new(entries, first, reader), share);
    let chunks = stream::try_unfold(state, |(mut writer, share)| async {
        match writer.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, (writer, share)))),
            Err(error) => {
                error.log();
                Err(Aborted)
            }
        }
    });
    json().streaming(chunks)
}

/// A response was aborted. The cause has been logged.
#[derive(Debug)]
pub(crate) struct Aborted;

/// Writes a list, one chunk at a time.
struct Writer<E: Entries> {
    entries: E,
    reader: Option<ListReader>,
    /// The rest of the current piece.
    piece: vec::IntoIter<E::Entry>,
    count: u64,
    state: State,
}

/// What has been written.
enum State {
    Nothing,
    Some,
    All,
}

// === impl Writer ===

impl<E: Entries> Writer<E> {
    fn new(entries: E, first: Vec<E::Entry>, reader: Option<ListReader>) -> Self {
        Self {
            entries,
            reader,
            piece: first.into_iter(),
            count: 0,
            state: State::Nothing,
        }
    }

    /// Returns the next chunk of the response; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let mut buffer = Vec::new();
        match std::mem::replace(&mut self.state, State::Some) {
            State::Nothing => self.open(&mut buffer),
            State::Some => {}
            State::All => return Ok(None),
        }
        if self.piece.len() == 0 && !self.entries.is_last() {
            self.piece = self.next_piece().await?.into_iter();
        }
        self.fill(&mut buffer, CHUNK_BYTES)?;
        if self.piece.len() == 0 {
            // Frees the memory of the whole piece.
            self.piece = Vec::new().into_iter();
            if self.entries.is_last() {
                self.close(&mut buffer)?;
                self.state = State::All;
            }
        }
        Ok(Some(buffer.into()))
    }

    async fn next_piece(&mut self) -> Result<Vec<E::Entry>, HttpError> {
        let Some(reader) = &self.reader else {
            return Ok(self.entries.next().await?);
        };
        let turn = reader.turn().await?;
        reader.check().await?;
        turn.read(self.entries.next()).await
    }

    fn open(&self, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(br#"{"items":["#);
    }

    /// Appends entries of the current piece, until `buffer` has `enough` bytes.
    fn fill(&mut self, buffer: &mut Vec<u8>, enough: usize) -> Result<(), HttpError> {
        while buffer.len() < enough
            && let Some(entry) = self.piece.next()
        {
            if self.count > 0 {
                buffer.push(b',');
            }
            self.count += 1;
            self.entries.write(buffer, &entry)?;
        }
        Ok(())
    }

    fn close(&self, buffer: &mut Vec<u8>) -> Result<(), HttpError> {
        buffer.push(b']');
        self.entries.write_end(buffer, self.count)?;
        buffer.push(b'}');
        Ok(())
    }
}

// === impl Aborted ===

impl std::fmt::Display for Aborted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the answer broke off")
    }
}

impl std::error::Error for Aborted {}

fn json() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
