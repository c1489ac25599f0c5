//! What the fuzz targets call: the readers of this crate, as functions from text to
//! values that can be compared.
//!
//! It belongs to the feature `fuzzing`, and no release has it.

pub(crate) mod headers;

pub use crate::{
    api_keys::fuzzing as api_keys, authentication::fuzzing as authentication,
    connection::fuzzing as connection, events::fuzzing as events, query::fuzzing as query,
    users::fuzzing as users, verification::fuzzing as verification,
};
