//! Those who do not get in at once: with a wrong password, deactivated, or with a password
//! that they must change.

use crate::{
    spot::Spot,
    stage::{Programs, Stage},
    visitor::Visitor,
};
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;
use std::path::Path;
use xtask_harness::request::Credentials;

const PASSWORD: &str = "Passw0rd_1";
const NEW_PASSWORD: &str = "Passw0rd_2";

/// Gives a wrong password.
pub(crate) fn with_wrong_password(visitor: &mut Visitor<'_>) -> Result<()> {
    let right = std::mem::replace(&mut visitor.password, "Wrong_123".to_owned());
    visitor.give_password()?;
    let shown = "shown: Incorrect username or password";
    visitor.complains(&["POST /auth/login: 401", shown])?;
    visitor.page.picture("wrong-password")?;
    visitor.password = right;
    Ok(())
}

/// Tries it as a deactivated user, whom `admin` makes.
pub(crate) fn deactivated(
    stage: &Stage,
    programs: &Programs,
    folder: &Path,
    admin: Credentials<'_>,
) -> Result<()> {
    let user = json!({"username": "dora", "password": PASSWORD, "is_active": false});
    stage.tell(Method::POST, "/v2/users", &user, admin)?;
    let mut dora = Visitor::arrive(stage, programs, folder, ("dora", PASSWORD))?;
    dora.give_password()?;
    let shown = "shown: User account is deactivated";
    dora.complains(&["POST /auth/login: 401", shown])?;
    dora.page.picture("deactivated")
}

/// Signs in as a user, whom `admin` makes, who must change the password first.
pub(crate) fn with_old_password(
    stage: &Stage,
    programs: &Programs,
    folder: &Path,
    admin: Credentials<'_>,
) -> Result<()> {
    let user = json!({
        "username": "erin", "password": PASSWORD, "require_password_change": true,
    });
    stage.tell(Method::POST, "/v2/users", &user, admin)?;
    let mut erin = Visitor::arrive(stage, programs, folder, ("erin", PASSWORD))?;
    erin.give_password()?;
    erin.page.see(&Spot::of("#new_password"))?;
    erin.quiet()?;
    erin.page.picture("must-change-password")?;
    for field in ["#new_password", "#confirm_password"] {
        erin.page.fill(&Spot::of(field), NEW_PASSWORD)?;
    }
    erin.page.click(&Spot::of("button[type=submit]"))?;
    erin.page.miss(&Spot::of("#new_password"))?;
    erin.quiet()?;
    erin.page.picture("password-changed")?;
    let by = Credentials::Password("erin", NEW_PASSWORD);
    let user = stage.get("/v2/users/me", by)?;
    ensure!(user["require_password_change"] == false, "{user}");
    erin.sign_out()
}
