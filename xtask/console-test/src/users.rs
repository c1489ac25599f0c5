//! The page of users: add, see, sort, search, edit, deactivate, activate, delete.

use crate::{drawer, spot::Spot, table, visitor::Visitor};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xtask_harness::request::Credentials;

/// The user whom the test adds.
const NAME: &str = "carol";
const FIRST_PASSWORD: &str = "Passw0rd_1";
const SECOND_PASSWORD: &str = "Passw0rd_2";

/// Does with users what the page offers to a platform admin.
pub(crate) fn try_out(admin: &mut Visitor<'_>) -> Result<()> {
    admin.choose("Users")?;
    table::shows(admin, &["erin", "dora", "alice", "admin"])?;
    let id = add(admin)?;
    sort_and_search(admin)?;
    edit(admin, id)?;
    deactivate_and_activate(admin, id)?;
    give_password(admin, id)?;
    delete(admin, id)
}

fn add(admin: &mut Visitor<'_>) -> Result<i64> {
    drawer::open(admin, "Add User")?;
    admin.page.fill(&Spot::of("#addUserForm_username"), NAME)?;
    admin
        .page
        .fill(&Spot::of("#addUserForm_full_name"), "Carol C.")?;
    admin
        .page
        .fill(&Spot::of("#addUserForm_password"), "Short_1")?;
    drawer::click(admin, "Save")?;
    let refusal = "password must have at least 8 characters, among them a lower-case letter, an \
        upper-case letter, a digit and one of !@#$%^&*_+";
    admin.complains(&["POST /v2/users: 422", &format!("shown: {refusal}")])?;
    admin.page.picture("short-password")?;
    admin
        .page
        .fill(&Spot::of("#addUserForm_password"), FIRST_PASSWORD)?;
    admin.page.picture("new-user")?;
    drawer::click(admin, "Save")?;
    drawer::closes(admin)?;
    table::shows(admin, &[NAME, "erin", "dora", "alice", "admin"])?;
    admin.page.picture("users")?;
    let user = held(admin)?;
    ensure!(
        user["full_name"] == "Carol C." && user["is_admin"] == false,
        "{user}"
    );
    ensure!(
        signs_in(admin, FIRST_PASSWORD)? == 200,
        "a new user does not sign in"
    );
    user["id"].as_i64().context("no id")
}

fn sort_and_search(admin: &mut Visitor<'_>) -> Result<()> {
    let by_name = ["admin", "alice", NAME, "dora", "erin"];
    table::sort(admin, "Name")?;
    table::shows(admin, &by_name)?;
    admin.page.picture("users-by-name")?;
    table::sort(admin, "Name")?;
    table::shows(admin, &["erin", "dora", NAME, "alice", "admin"])?;
    table::sort(admin, "Name")?;
    table::sort(admin, "Role")?;
    table::shows(admin, &["alice", "dora", "erin", NAME, "admin"])?;
    table::sort(admin, "Role")?;
    table::begins_with(admin, "admin")?;
    table::sort(admin, "Role")?;
    for column in ["Source", "Status", "Created"] {
        for _ in 0..3 {
            table::sort(admin, column)?;
            admin.quiet()?;
        }
    }
    table::search(admin, "carol c")?;
    table::shows(admin, &[NAME])?;
    table::search(admin, "")?;
    table::shows(admin, &[NAME, "erin", "dora", "alice", "admin"])
}

fn edit(admin: &mut Visitor<'_>, id: i64) -> Result<()> {
    drawer::edit(admin, id)?;
    admin
        .page
        .fill(&Spot::of("#addUserForm_full_name"), "Carol Carter")?;
    drawer::select(admin, "addUserForm_is_admin", "Admin")?;
    admin.page.picture("edit-user")?;
    drawer::click(admin, "Save")?;
    drawer::closes(admin)?;
    table::row_shows(admin, id, "Carol Carter")?;
    table::row_shows(admin, id, "Admin")?;
    let user = held(admin)?;
    ensure!(
        user["full_name"] == "Carol Carter" && user["is_admin"] == true,
        "{user}"
    );
    ensure!(
        signs_in(admin, FIRST_PASSWORD)? == 200,
        "the password is another one"
    );
    Ok(())
}

fn deactivate_and_activate(admin: &mut Visitor<'_>, id: i64) -> Result<()> {
    table::choose(admin, id, "Deactivate Account")?;
    table::row_shows(admin, id, "Inactive")?;
    admin.page.picture("deactivated")?;
    ensure!(held(admin)?["is_active"] == false, "the user is active");
    ensure!(
        signs_in(admin, FIRST_PASSWORD)? == 401,
        "a deactivated user signs in"
    );
    table::choose(admin, id, "Activate Account")?;
    table::row_shows(admin, id, "Active")?;
    ensure!(
        signs_in(admin, FIRST_PASSWORD)? == 200,
        "an active user does not sign in"
    );
    Ok(())
}

fn give_password(admin: &mut Visitor<'_>, id: i64) -> Result<()> {
    drawer::edit(admin, id)?;
    admin
        .page
        .fill(&Spot::of("#addUserForm_password"), SECOND_PASSWORD)?;
    drawer::click(admin, "Save")?;
    drawer::closes(admin)?;
    ensure!(
        signs_in(admin, FIRST_PASSWORD)? == 401,
        "the first password is left"
    );
    ensure!(
        signs_in(admin, SECOND_PASSWORD)? == 200,
        "the second password is none"
    );
    Ok(())
}

fn delete(admin: &mut Visitor<'_>, id: i64) -> Result<()> {
    table::delete(admin, id)?;
    table::shows(admin, &["erin", "dora", "alice", "admin"])?;
    let by = admin.credentials();
    let status = admin.stage.status(&format!("/v2/users/{id}"), by)?;
    ensure!(status == 404, "a deleted user is answered {status}");
    ensure!(
        signs_in(admin, SECOND_PASSWORD)? == 401,
        "a deleted user signs in"
    );
    Ok(())
}

/// Returns the user whom the test added, as the server has them.
fn held(admin: &Visitor<'_>) -> Result<Value> {
    let path = format!("/v2/users?search={NAME}");
    let mut users = admin.stage.get(&path, admin.credentials())?;
    ensure!(users["pagination"]["total"] == 1, "{users}");
    Ok(users["items"][0].take())
}

/// Returns how the server answers that user with a password.
fn signs_in(admin: &Visitor<'_>, password: &str) -> Result<u16> {
    let credentials = Credentials::Password(NAME, password);
    admin.stage.status("/v2/users/me", credentials)
}
