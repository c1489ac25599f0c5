//! The tables of the console: of keys, and of users.

use crate::{spot::Spot, visitor::Visitor};
use anyhow::Result;

/// Returns the row of the key or user with an id.
pub(crate) fn row(id: i64) -> Spot {
    Spot::of(&format!("tr.ant-table-row[data-row-key=\"{id}\"]"))
}

/// Waits until the table shows these names, in this order, and nobody complains.
pub(crate) fn shows(visitor: &mut Visitor<'_>, names: &[&str]) -> Result<()> {
    let shown = Spot::of("tr.ant-table-row td:nth-child(2) .text-primary");
    visitor.page.see_all(&shown, names)?;
    visitor.quiet()
}

/// Waits until the table begins with a name, and nobody complains.
pub(crate) fn begins_with(visitor: &mut Visitor<'_>, name: &str) -> Result<()> {
    let first = Spot::of("tr.ant-table-row:nth-child(1 of .ant-table-row)");
    visitor
        .page
        .see(&first.then_saying(".text-primary", name))?;
    visitor.quiet()
}

/// Waits until a row shows a text somewhere.
pub(crate) fn row_shows(visitor: &mut Visitor<'_>, id: i64, text: &str) -> Result<()> {
    visitor.page.see(&row(id).then_saying("td *", text))?;
    visitor.quiet()
}

/// Sorts by a column, once more with each call: up, down, not at all.
pub(crate) fn sort(visitor: &mut Visitor<'_>, column: &str) -> Result<()> {
    let heading = Spot::of(&format!("th[aria-label=\"{column}\"]"));
    visitor.page.click(&heading)
}

/// Shows only what has a text in its name; everything for an empty one.
pub(crate) fn search(visitor: &mut Visitor<'_>, text: &str) -> Result<()> {
    let field = Spot::saying("input", "Filter by name");
    visitor.page.fill(&field, text)
}

/// Goes to a page of the table.
pub(crate) fn turn_to(visitor: &mut Visitor<'_>, page: u32) -> Result<()> {
    let number = Spot::of(&format!("li.ant-pagination-item[title=\"{page}\"]"));
    visitor.page.click(&number)
}

/// Chooses what to do with the key or user of a row, from the menu that pointing at its
/// last button opens.
pub(crate) fn choose(visitor: &mut Visitor<'_>, id: i64, act: &str) -> Result<()> {
    visitor
        .page
        .point_at(&row(id).then_saying("button", "More"))?;
    visitor
        .page
        .click(&Spot::saying("li.ant-dropdown-menu-item", act))
}

/// Deletes the key or user of a row, and confirms it.
pub(crate) fn delete(visitor: &mut Visitor<'_>, id: i64) -> Result<()> {
    choose(visitor, id, "Delete")?;
    visitor.page.settle()?;
    visitor.page.picture("delete")?;
    confirm_deletion(visitor)?;
    visitor.page.miss(&row(id))?;
    visitor.quiet()
}

/// Says that it is to be deleted indeed.
pub(crate) fn confirm_deletion(visitor: &mut Visitor<'_>) -> Result<()> {
    let dialog = Spot::of(".ant-modal");
    visitor.page.click(&dialog.then_saying("button", "Delete"))
}
