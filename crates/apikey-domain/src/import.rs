//! What becomes of the users, organizations, memberships and keys of another service.
//!
//! A source gives its rows as they are, [`source::SourceRow`]. [`draft`] makes of each what
//! this service would store, or says why not. What is stored already, [`facts`], decides
//! what is done with a draft, [`decision`]: a row that was imported before is brought up to
//! date, unless it was changed here since. Whatever is left out or changed has a
//! [`finding::Finding`] with the reason.
//!
//! Nothing here reads or writes: a source is behind the port
//! [`ImportSource`](crate::port::import_store::ImportSource), the store behind
//! [`ImportStore`](crate::port::import_store::ImportStore).

pub mod decision;
pub mod draft;
pub mod facts;
pub mod finding;
pub mod groups;
pub mod pretended;
pub mod source;
pub mod state;
