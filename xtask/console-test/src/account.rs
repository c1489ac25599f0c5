//! One's own account: another password.

use crate::{drawer, spot::Spot, visitor::Visitor};
use anyhow::{Result, ensure};

/// Changes the visitor's own password, first with a wrong one.
pub(crate) fn change_password(visitor: &mut Visitor<'_>) -> Result<()> {
    let new = changed(&visitor.password);
    visitor.choose_of_own("li.ant-dropdown-menu-item", "Preferences")?;
    visitor
        .page
        .see(&Spot::saying("[class*=defaultTitle]", "Preferences"))?;
    visitor.quiet()?;
    drawer::open(visitor, "Modify Password")?;
    let field = |name: &str| Spot::of(&format!("#modifyPasswordForm_{name}_password"));
    visitor.page.fill(&field("current"), "Wrong_123")?;
    visitor.page.fill(&field("new"), &new)?;
    visitor.page.fill(&field("confirm"), &new)?;
    drawer::click(visitor, "Save")?;
    // The console does not catch it.
    let (shown, thrown) = ("shown: Incorrect current password", "thrown: l");
    visitor.complains(&["POST /auth/update-password: 422", shown, thrown])?;
    visitor.page.picture("wrong-password")?;
    let old = visitor.password.clone();
    visitor.page.fill(&field("current"), &old)?;
    drawer::click(visitor, "Save")?;
    drawer::closes(visitor)?;
    visitor.page.picture("password-changed")?;
    ensure!(signs_in(visitor)? == 401, "the old password is left");
    visitor.password = new;
    ensure!(signs_in(visitor)? == 200, "the new password is none");
    // Whoever changed it is still signed in.
    visitor.page.reload()?;
    visitor
        .page
        .see(&Spot::saying("[class*=defaultTitle]", "Preferences"))?;
    visitor.quiet()
}

/// Returns the password that takes the place of another one. The dot is what the console
/// takes for a special character, and the server does not mind.
pub(crate) fn changed(password: &str) -> String {
    format!("{password}.1")
}

/// Returns how the server answers the visitor.
fn signs_in(visitor: &Visitor<'_>) -> Result<u16> {
    visitor.stage.status("/v2/users/me", visitor.credentials())
}
