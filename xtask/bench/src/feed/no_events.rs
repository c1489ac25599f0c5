//! A table of events that keeps none.
//!
//! The server sends its `INSERT INTO events … RETURNING transaction_id` as ever,
//! and needs an answer to it. A rule cannot give one without writing a row
//! somewhere, so `events` becomes a view with a trigger instead of the insertion.
//! The trigger hands each row back with transaction 0. By `APIKEY_FEED=poll`,
//! LISTEN and NOTIFY are gone, too.

/// What the baseline still does, for readers of the figures.
pub(super) const WHAT_IS_LEFT: &str = "\
Without the feed, events are still made, sent as JSON and handed to a trigger that drops them,
and an empty view is read; no rows, indexes and WAL of events, no reading them, no NOTIFY.
A server that made no events at all would be faster: the ratio is an upper bound, and an aim
that is met here need not be met against such a server.";

/// Makes a migrated database keep no events.
pub(super) const STATEMENTS: [&str; 4] = [
    "ALTER TABLE events RENAME TO unused_events",
    "CREATE VIEW events AS SELECT * FROM unused_events WHERE false",
    "CREATE FUNCTION drop_event() RETURNS trigger LANGUAGE plpgsql AS \
     'BEGIN NEW.transaction_id := 0; RETURN NEW; END'",
    "CREATE TRIGGER drop_event INSTEAD OF INSERT ON events \
     FOR EACH ROW EXECUTE FUNCTION drop_event()",
];

/// The settings of a server on such a database.
pub(super) const SETTINGS: [(&str, &str); 1] = [("APIKEY_FEED", "poll")];

/// Fails when an event was written.
pub(super) const CHECK_NONE: &str = "DO 'BEGIN \
     ASSERT NOT EXISTS (SELECT FROM unused_events), ''an event was written''; \
     ASSERT EXISTS (SELECT FROM api_keys WHERE id > 1), ''no key was created''; \
     END'";

/// Fails when a key that was created has no event.
pub(super) const CHECK_ALL: &str = "DO 'BEGIN \
     ASSERT (SELECT count(DISTINCT api_key_id) FROM events) \
         >= (SELECT count(*) FROM api_keys WHERE id > 1), ''a key has no event''; \
     END'";
