//! A page of events, written as it is read.

use super::view::{EventPageEndView, EventView};
use crate::{
    authentication::Authenticated, error::HttpError, list_answer::Entries, response::write_json,
};
use apikey_domain::{
    Error,
    access::tenant::Caller,
    change::{
        Position,
        event::{Event, EventFilter},
    },
    use_case::{operation::list_events::list_events, ports::KeyPorts},
};

/// A page of events, of which some have been read.
pub(super) struct EventEntries {
    caller: Caller,
    ports: KeyPorts,
    filter: EventFilter,
    /// The position up to which events have been read.
    next: Position,
    /// How many more the page may have.
    left: u32,
    has_more: bool,
    oldest: Position,
    is_complete: bool,
}

// === impl EventEntries ===

impl EventEntries {
    /// Returns a page of at most `limit` of the events after `after`.
    pub(super) fn new(
        signed_in: &Authenticated,
        filter: EventFilter,
        after: Position,
        limit: u32,
    ) -> Self {
        Self {
            caller: signed_in.caller.clone(),
            ports: signed_in.keys().clone(),
            filter,
            next: after,
            left: limit,
            has_more: true,
            oldest: Position::START,
            is_complete: true,
        }
    }
}

impl Entries for EventEntries {
    type Entry = Event;

    async fn next(&mut self) -> Result<Vec<Event>, Error> {
        // A piece may hold nothing but events that cannot be read.
        while !self.is_last() {
            let (caller, ports) = (&self.caller, &self.ports);
            let page = list_events(caller, ports, &self.filter, self.next, self.left).await?;
            self.is_complete &= !page.misses_some(self.next);
            self.next = page.next;
            self.left = self.left.saturating_sub(page.examined);
            self.has_more = page.has_more;
            self.oldest = page.floor;
            if !page.events.is_empty() {
                return Ok(page.events);
            }
        }
        Ok(Vec::new())
    }

    fn is_last(&self) -> bool {
        !self.has_more || self.left == 0
    }

    fn write(&self, buffer: &mut Vec<u8>, event: &Event) -> Result<(), HttpError> {
        write_json(buffer, &EventView::of(event, &self.ports.verify.key_prefix))
    }

    fn write_end(&self, buffer: &mut Vec<u8>, _: u64) -> Result<(), HttpError> {
        let end = EventPageEndView {
            next: self.next.to_string(),
            has_more: self.has_more,
            oldest: self.oldest.to_string(),
            is_complete: self.is_complete,
        };
        let mut fields = Vec::new();
        write_json(&mut fields, &end)?;
        // Its fields, without the braces, after those that are there already.
        let inner = fields.get(1..fields.len().saturating_sub(1));
        buffer.push(b',');
        buffer.extend_from_slice(inner.unwrap_or_default());
        Ok(())
    }
}
