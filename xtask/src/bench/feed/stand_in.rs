//! A table of events that keeps none.
//!
//! The server sends its `INSERT INTO events … RETURNING transaction_id` as ever,
//! and needs an answer to it. A rule cannot give one without writing a row
//! somewhere, so `events` becomes a view with a trigger instead of the insertion.
//! The trigger hands each row back with transaction 0.
//!
//! Left in the baseline: the events are made and written as JSON by the server,
//! the statement is sent, parsed and planned, and the trigger is called for each
//! row. The feed goes its rounds and reads an empty view, at most 100 times a
//! second. All this makes the baseline slower than a server without a feed. So the
//! ratio is an upper bound: one that misses the aim proves that it is missed, and
//! one that meets it does not prove that it is met.
//!
//! Gone: the rows, their indexes, the sequence and their part of the WAL; reading
//! events back and telling subscribers of them; and, by `APIKEY_FEED=poll`, LISTEN
//! and NOTIFY.

/// What the baseline still does, for readers of the figures.
pub(super) const WHAT_IS_LEFT: &str = "  \
  without it: events are still made, sent as JSON and handed to a trigger that drops them, and
  an empty view is read; no rows, indexes and WAL of events, no reading them, no NOTIFY.
  a server that made no events at all would be faster: the ratio is an upper bound, and an
  aim that is met here need not be met against such a server";

/// Takes the events of a migrated database away.
pub(super) const TAKE_AWAY: [&str; 4] = [
    "ALTER TABLE events RENAME TO events_that_were",
    "CREATE VIEW events AS SELECT * FROM events_that_were WHERE false",
    "CREATE FUNCTION drop_event() RETURNS trigger LANGUAGE plpgsql AS \
     'BEGIN NEW.transaction_id := 0; RETURN NEW; END'",
    "CREATE TRIGGER drop_event INSTEAD OF INSERT ON events \
     FOR EACH ROW EXECUTE FUNCTION drop_event()",
];

/// The settings of a server on such a database.
pub(super) const SETTINGS: [(&str, &str); 1] = [("APIKEY_FEED", "poll")];

/// Fails when an event was written.
pub(super) const CHECK_NONE: &str = "DO 'BEGIN \
     ASSERT NOT EXISTS (SELECT FROM events_that_were), ''an event was written''; \
     ASSERT EXISTS (SELECT FROM api_keys), ''no key was created''; \
     END'";

/// Fails when a key has no event.
pub(super) const CHECK_ALL: &str = "DO 'BEGIN \
     ASSERT (SELECT count(DISTINCT api_key_id) FROM events) >= (SELECT count(*) FROM api_keys), \
     ''a key has no event''; \
     END'";
