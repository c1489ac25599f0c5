//! The forms of the console, which come in from the side or lie on the page.

use crate::{spot::Spot, table, visitor::Visitor};
use anyhow::Result;

/// Where a form is.
const FORM: &str = ".ant-drawer, .ant-modal";

/// Clicks on the button that opens a form, and waits until it has come in: the console
/// forgets what is done before that.
pub(crate) fn open(visitor: &mut Visitor<'_>, button: &str) -> Result<()> {
    visitor.page.click(&Spot::saying("button", button))?;
    opens(visitor)
}

/// Opens the form of the key or user of a row.
pub(crate) fn edit(visitor: &mut Visitor<'_>, id: i64) -> Result<()> {
    visitor
        .page
        .click(&table::row(id).then_saying("button", "Edit"))?;
    opens(visitor)
}

/// Waits until a form has come in.
fn opens(visitor: &mut Visitor<'_>) -> Result<()> {
    visitor.page.see(&Spot::of(FORM).then("form"))?;
    visitor.quiet()
}

/// Waits until no form is there, and nobody complains.
pub(crate) fn closes(visitor: &mut Visitor<'_>) -> Result<()> {
    visitor.page.miss(&Spot::of(FORM).then("form"))?;
    visitor.quiet()
}

/// Clicks on a button of the form.
pub(crate) fn click(visitor: &mut Visitor<'_>, button: &str) -> Result<()> {
    visitor
        .page
        .click(&Spot::of(FORM).then_saying("button", button))
}

/// Chooses an option of a field.
pub(crate) fn select(visitor: &mut Visitor<'_>, field: &str, option: &str) -> Result<()> {
    let field = Spot::of(&format!(".ant-select:has(#{field})"));
    visitor.page.click(&field)?;
    let option = Spot::saying(".ant-select-item-option", option);
    visitor.page.click(&option)?;
    visitor.page.miss(&option)
}

/// Checks a box, or unchecks it.
pub(crate) fn check(visitor: &mut Visitor<'_>, label: &str) -> Result<()> {
    let field = Spot::of(FORM).then_saying(".ant-checkbox-wrapper", label);
    visitor.page.click(&field)
}
