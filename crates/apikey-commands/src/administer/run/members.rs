//! `member`

use super::parts::{Body, cell};
use crate::administer::{
    api_answer::{self, Page},
    arguments::{MemberAction, MemberOne},
    call::Call,
    client::Client,
    confirm::confirm,
    failure::Failure,
    fields::Fields,
    lists::{self, Walk},
    names::{self, Kind},
    output::{Column, Output},
};
use ureq::http::Method;

const COLUMNS: [Column; 5] = [
    ("USER", |member| cell(member, "user_id")),
    ("USERNAME", |member| cell(member, "username")),
    ("ROLE", |member| cell(member, "role")),
    ("SINCE", |member| cell(member, "created_at")),
    ("FULL NAME", |member| cell(member, "full_name")),
];

/// How many members a page of the search has.
const AT_ONCE: u64 = 100;

pub(super) fn run(
    action: &MemberAction,
    client: &Client,
    output: &mut Output,
) -> Result<(), Failure> {
    match action {
        MemberAction::Create(with) => {
            let (members, user_id) = ids(client, &with.rest.one)?;
            let body = Body::default()
                .with("user_id", Some(user_id))
                .with("role", Some(with.rest.role.as_str()));
            let call = Call::new(Method::POST, members).body(body.json());
            output.object(&client.call(&call)?)
        }
        MemberAction::List(with) => {
            let call = Call::get(members(client, &with.rest.organization)?);
            lists::print(client, output, &call, Walk::Number, &COLUMNS)
        }
        MemberAction::Show(with) => {
            let (members, user_id) = ids(client, &with.rest)?;
            output.object(&find(client, &members, user_id)?)
        }
        MemberAction::Change(with) => {
            let (members, user_id) = ids(client, &with.rest.one)?;
            let body = Body::default().with("role", Some(with.rest.role.as_str()));
            let call = Call::new(Method::PUT, format!("{members}/{user_id}")).body(body.json());
            output.object(&client.call(&call)?)
        }
        MemberAction::Delete(with) => {
            let MemberOne { organization, user } = &with.rest.one;
            let (members, user_id) = ids(client, &with.rest.one)?;
            let question =
                format!("Remove the user {user:?} from the organization {organization:?}");
            confirm(with.rest.yes, &question)?;
            let answer = client.call(&Call::new(Method::DELETE, format!("{members}/{user_id}")))?;
            let done = format!("removed the user {user:?} from the organization {organization:?}");
            output.done(&done, &answer)
        }
    }
}

/// Returns the path of the members, and the id of the user.
fn ids(client: &Client, one: &MemberOne) -> Result<(String, i64), Failure> {
    let members = members(client, &one.organization)?;
    Ok((members, names::id_of(client, Kind::User, &one.user)?))
}

fn members(client: &Client, organization: &str) -> Result<String, Failure> {
    let id = names::id_of(client, Kind::Organization, organization)?;
    Ok(format!("/v2/organizations/{id}/members"))
}

/// Finds a member among many: they are ordered by the id, so that half of the pages that are
/// left can be left out at each step.
fn find(client: &Client, members: &str, user_id: i64) -> Result<String, Failure> {
    let (mut first, mut last) = (1, u64::MAX);
    while first <= last {
        // How many pages there are is known with the first one.
        let number = if last == u64::MAX {
            1
        } else {
            first + (last - first) / 2
        };
        let call = Call::get(members)
            .with("perPage", AT_ONCE)
            .with("page", number);
        let text = client.call(&call)?;
        let page: Page = api_answer::read(&text)?;
        if last == u64::MAX {
            last = page
                .pagination
                .map_or(1, |known| known.total.div_ceil(AT_ONCE));
        }
        let mut is_before = page.items.is_empty();
        let mut is_after = false;
        for item in &page.items {
            let id = Fields::read(item.get())?.integer("user_id")?;
            if id == user_id {
                return Ok(item.get().to_owned());
            }
            is_before |= id > user_id;
            is_after |= id < user_id;
        }
        match (is_before, is_after) {
            (true, false) => last = number - 1,
            (false, true) => first = number + 1,
            _ => break,
        }
    }
    Err(Failure::NotFound("Member not found".to_owned()))
}
