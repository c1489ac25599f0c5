//! Lists of any length, page by page, in bounded memory.

use super::{
    api_answer::{self, Page},
    call::Call,
    client::Client,
    failure::Failure,
    output::{Column, Output},
    progress::Progress,
};
use serde_json::value::RawValue;

/// How many entries are asked for at once.
const AT_ONCE: usize = 500;

/// How one gets from page to page.
#[derive(Clone, Copy)]
pub(super) enum Walk {
    /// By a cursor: as for keys.
    Cursor,
    /// By the number of the page.
    Number,
}

/// What is done with the entries of a page, of so many in all. Returns whether more is wanted.
type Then<'a> = dyn FnMut(&[Box<RawValue>], Option<u64>) -> Result<bool, Failure> + 'a;

/// Prints a list.
///
/// # Errors
///
/// Those of the calls and of the output.
pub(super) fn print(
    client: &Client,
    output: &mut Output,
    call: &Call,
    walk: Walk,
    columns: &[Column],
) -> Result<(), Failure> {
    let mut progress = Progress::new();
    let mut done = 0;
    each_page(client, call, walk, &mut |items, total| {
        done += items.len() as u64;
        progress.done(done, total);
        output.rows(items, columns)?;
        Ok(true)
    })
}

/// Goes through a list, until it ends or `then` wants no more.
///
/// # Errors
///
/// Those of the calls, and of `then`.
pub(super) fn each_page(
    client: &Client,
    call: &Call,
    walk: Walk,
    then: &mut Then<'_>,
) -> Result<(), Failure> {
    let (mut number, mut cursor) = (1_u64, String::new());
    loop {
        let call = call.clone().with("perPage", AT_ONCE);
        let call = match walk {
            Walk::Cursor => call.with("cursor", &cursor),
            Walk::Number => call.with("page", number),
        };
        let text = client.call(&call)?;
        let page: Page = api_answer::read(&text)?;
        let total = page.pagination.map(|pagination| pagination.total);
        if !then(&page.items, total)? {
            return Ok(());
        }
        match (walk, page.next_cursor) {
            (Walk::Cursor, Some(next)) if next == cursor => {
                return Err(Failure::unreadable("the list does not go on"));
            }
            (Walk::Cursor, Some(next)) => cursor = next,
            (Walk::Number, _) if page.items.len() == AT_ONCE => number += 1,
            _ => return Ok(()),
        }
    }
}
