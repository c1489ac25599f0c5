//! The page of keys: create, see once, copy, sort, search, page, edit, delete.

use crate::{drawer, spot::Spot, table, visitor::Visitor};
use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use xtask_harness::request::Credentials;

/// How many keys a page of the table shows.
const PAGE: usize = 10;

/// Does with keys what the page offers.
pub(crate) fn try_out(visitor: &mut Visitor<'_>) -> Result<()> {
    visitor.choose("API Keys")?;
    visitor.page.see(&Spot::saying("*", "No API Keys"))?;
    visitor.page.picture("no-keys")?;
    let id = create(visitor, "build")?;
    create_own(visitor)?;
    sort_search_and_page(visitor)?;
    edit(visitor, id)?;
    delete(visitor, id)?;
    delete_many(visitor)
}

/// Creates a key, sees and copies its value once, and never again.
pub(crate) fn create(visitor: &mut Visitor<'_>, name: &str) -> Result<i64> {
    drawer::open(visitor, "Add API Key")?;
    visitor.page.fill(&Spot::of("#addAPIKey_name"), name)?;
    visitor
        .page
        .fill(&Spot::of("#addAPIKey_description"), "for builds")?;
    drawer::select(visitor, "addAPIKey_expires_in", "7 days")?;
    visitor.page.picture("new-key")?;
    drawer::click(visitor, "Save")?;
    let value = Spot::of(".ant-drawer input[type=text]:not([id])");
    let value = visitor.page.read(&value)?;
    ensure!(value.starts_with("gpustack_"), "no key: {value}");
    visitor.page.click(&Spot::saying("button", "Copy"))?;
    visitor.quiet()?;
    let copied = visitor.page.evaluate("navigator.clipboard.readText()")?;
    ensure!(copied == value, "{copied} was copied");
    visitor.page.picture("key-shown-once")?;
    drawer::click(visitor, "Done")?;
    drawer::closes(visitor)?;

    let key = held(visitor, name)?;
    let id = key["id"].as_i64().context("no id")?;
    ensure!(key["description"] == "for builds", "{key}");
    ensure!(key["scope"] == json!(["inference"]), "{key}");
    ensure!(lives_days(visitor, &key)? == 7, "{key}");
    ensure!(key["value"].is_null(), "{key}");
    verifies(visitor, &value, name)?;
    let secret = value.rsplit('_').next().unwrap_or_default();
    for _ in 0..2 {
        table::row_shows(
            visitor,
            id,
            key["masked_value"].as_str().unwrap_or_default(),
        )?;
        let html = visitor
            .page
            .evaluate("document.documentElement.outerHTML")?;
        let is_there = html.as_str().is_none_or(|html| html.contains(secret));
        ensure!(!is_there, "the page still has the key");
        visitor.page.reload()?;
    }
    Ok(id)
}

/// Creates a key from a text of the visitor's own.
fn create_own(visitor: &mut Visitor<'_>) -> Result<()> {
    let value = format!("sk-{}-0123456789abcdef", visitor.name);
    drawer::open(visitor, "Add API Key")?;
    visitor.page.fill(&Spot::of("#addAPIKey_name"), "own")?;
    drawer::select(visitor, "addAPIKey_expires_in", "No expiration")?;
    drawer::select(visitor, "addAPIKey_key_type", "Custom")?;
    visitor.page.fill(&Spot::of("#addAPIKey_custom"), &value)?;
    drawer::check(visitor, "Platform Management")?;
    drawer::click(visitor, "Save")?;
    drawer::closes(visitor)?;
    table::shows(visitor, &["own", "build"])?;
    let key = held(visitor, "own")?;
    ensure!(
        key["expires_at"].is_null() && key["is_custom"] == true,
        "{key}"
    );
    ensure!(key["scope"] == json!(["management", "inference"]), "{key}");
    verifies(visitor, &value, "own")
}

fn sort_search_and_page(visitor: &mut Visitor<'_>) -> Result<()> {
    let names: Vec<_> = (1..=PAGE)
        .map(|number| format!("key-{number:02}"))
        .collect();
    for name in &names {
        let new = json!({"name": name, "scope": ["inference"]});
        let by = visitor.credentials();
        visitor.stage.tell(Method::POST, "/v2/api-keys", &new, by)?;
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let newest_first: Vec<_> = names.iter().rev().copied().collect();
    visitor.page.click(&Spot::saying("button", "Refresh"))?;
    table::shows(visitor, &newest_first)?;
    visitor.page.picture("two-pages")?;
    table::turn_to(visitor, 2)?;
    table::shows(visitor, &["own", "build"])?;
    visitor.page.picture("second-page")?;
    table::turn_to(visitor, 1)?;
    table::shows(visitor, &newest_first)?;

    table::sort(visitor, "Name")?;
    let ascending: Vec<_> = ["build"]
        .iter()
        .chain(&names[..PAGE - 1])
        .copied()
        .collect();
    table::shows(visitor, &ascending)?;
    visitor.page.picture("sorted-by-name")?;
    table::sort(visitor, "Name")?;
    let descending: Vec<_> = ["own"]
        .iter()
        .chain(&newest_first[..PAGE - 1])
        .copied()
        .collect();
    table::shows(visitor, &descending)?;
    table::sort(visitor, "Name")?;
    table::shows(visitor, &newest_first)?;
    table::sort(visitor, "Expiration")?;
    table::begins_with(visitor, "build")?;
    table::sort(visitor, "Expiration")?;
    table::sort(visitor, "Expiration")?;
    table::shows(visitor, &newest_first)?;

    table::search(visitor, "UIL")?;
    table::shows(visitor, &["build"])?;
    visitor.page.picture("found")?;
    table::search(visitor, "nothing like it")?;
    table::shows(visitor, &[])?;
    table::search(visitor, "")?;
    table::shows(visitor, &newest_first)
}

fn edit(visitor: &mut Visitor<'_>, id: i64) -> Result<()> {
    table::search(visitor, "build")?;
    table::shows(visitor, &["build"])?;
    drawer::edit(visitor, id)?;
    visitor.page.picture("edit-key")?;
    visitor
        .page
        .fill(&Spot::of("#addAPIKey_description"), "for releases")?;
    drawer::check(visitor, "Platform Management")?;
    drawer::click(visitor, "Save")?;
    drawer::closes(visitor)?;
    table::row_shows(visitor, id, "for releases")?;
    let key = held(visitor, "build")?;
    ensure!(key["description"] == "for releases", "{key}");
    ensure!(key["scope"] == json!(["management", "inference"]), "{key}");
    ensure!(lives_days(visitor, &key)? == 7, "{key}");
    Ok(())
}

fn delete(visitor: &mut Visitor<'_>, id: i64) -> Result<()> {
    table::delete(visitor, id)?;
    let by = visitor.credentials();
    let status = visitor.stage.status(&format!("/v2/api-keys/{id}"), by)?;
    ensure!(status == 404, "a deleted key is answered {status}");
    table::search(visitor, "")
}

/// Deletes all keys of a page at once.
fn delete_many(visitor: &mut Visitor<'_>) -> Result<()> {
    table::search(visitor, "key-")?;
    let last = Spot::saying("tr.ant-table-row .text-primary", "key-10");
    visitor.page.see(&last)?;
    visitor.quiet()?;
    visitor
        .page
        .click(&Spot::of("th label.ant-checkbox-wrapper"))?;
    visitor.page.click(&Spot::saying("button", "Delete(10)"))?;
    visitor.page.settle()?;
    visitor.page.picture("delete-many")?;
    table::confirm_deletion(visitor)?;
    table::shows(visitor, &[])?;
    table::search(visitor, "")?;
    table::shows(visitor, &["own"])?;
    let own = held(visitor, "own")?["id"].as_i64().context("no id")?;
    table::delete(visitor, own)?;
    visitor.page.see(&Spot::saying("*", "No API Keys"))?;
    let keys = visitor.stage.get("/v2/api-keys", visitor.credentials())?;
    ensure!(keys["pagination"]["total"] == 0, "{keys}");
    Ok(())
}

/// Shows a platform admin the keys of everyone, and those of one user.
pub(crate) fn filter_by_creator(admin: &mut Visitor<'_>, other: Credentials<'_>) -> Result<()> {
    for (name, by) in [("of-other", other), ("of-admin", admin.credentials())] {
        let new = json!({"name": name});
        admin.stage.tell(Method::POST, "/v2/api-keys", &new, by)?;
    }
    admin.page.reload()?;
    table::shows(admin, &["of-admin", "of-other"])?;
    let Credentials::Password(creator, _) = other else {
        bail!("the other has no name");
    };
    let creators = ".ant-select:not(.ant-pagination-options-size-changer)";
    admin.page.click(&Spot::of(creators))?;
    admin.page.settle()?;
    admin.page.picture("creators")?;
    let option = Spot::saying(".ant-select-item-option", creator);
    admin.page.click(&option)?;
    table::shows(admin, &["of-other"])?;
    admin.page.picture("keys-of-one")
}

/// Returns the only key of the visitor whose name contains a text, as the server has it.
fn held(visitor: &Visitor<'_>, name: &str) -> Result<Value> {
    let path = format!("/v2/api-keys?search={name}");
    let mut keys = visitor.stage.get(&path, visitor.credentials())?;
    ensure!(keys["pagination"]["total"] == 1, "{keys}");
    Ok(keys["items"][0].take())
}

/// Demands that the server takes a text for the key with a name.
fn verifies(visitor: &Visitor<'_>, value: &str, name: &str) -> Result<()> {
    let question = json!({"key": value, "scope": "inference"});
    let by = visitor.credentials();
    let path = "/v2/api-keys/verify";
    let answer = visitor.stage.tell(Method::POST, path, &question, by)?;
    ensure!(
        answer["valid"] == true && answer["name"] == name,
        "{answer}"
    );
    Ok(())
}

/// Returns for how many days a key is made, rounded.
fn lives_days(visitor: &mut Visitor<'_>, key: &Value) -> Result<i64> {
    let days = format!(
        "Math.round((new Date({}) - new Date({})) / 86400000)",
        key["expires_at"], key["created_at"]
    );
    visitor.page.evaluate(&days)?.as_i64().context("no days")
}
