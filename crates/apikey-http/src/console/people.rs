//! `/v2/user-directory`: the people among whom a caller may choose.

use crate::{
    error::HttpError,
    list_answer::{self, Entries},
    list_reader::ListReader,
    listing::{PagedEntries, Paging},
    query::Query,
    response::write_json,
    tenant::Tenant,
};
use actix_web::HttpResponse;
use apikey_domain::{
    Error,
    identity::{person::Person, user::FullName},
    use_case::identity::list_people::{AllPeople, list_people},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A person as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(super) struct PersonView<'a> {
    id: i64,
    username: &'a str,
    #[schema(required)]
    full_name: Option<&'a str>,
}

/// All people in one page, with their number.
struct AllInOnePage {
    people: AllPeople,
    paging: Paging,
}

/// `GET /v2/user-directory`: lists the people whom the caller is shown.
pub(crate) async fn list(tenant: Tenant, query: Query) -> Result<HttpResponse, HttpError> {
    let paging = Paging::read(&query)?;
    let only_current = only_current(&query)?;
    let (context, ports) = (&tenant.context, &tenant.api.identity);
    let reader = ListReader::in_tenant(&tenant);
    let Some(window) = paging.window_or_all()? else {
        let people = AllPeople::new(context, ports, only_current)?;
        let turn = reader.turn().await?;
        return list_answer::respond(AllInOnePage { people, paging }, reader, turn).await;
    };
    let turn = reader.turn().await?;
    let page = turn.read(list_people(context, ports, only_current, window));
    let page = PagedEntries::new(page.await?, paging, write);
    list_answer::respond(page, reader, turn).await
}

/// Returns whether only people of the current organization are asked for.
fn only_current(query: &Query) -> Result<bool, HttpError> {
    match query.text("scope")?.as_deref() {
        None | Some("") => Ok(false),
        Some("current_org") => Ok(true),
        Some(_) => Err(HttpError::invalid_parameter("scope", "must be current_org")),
    }
}

fn write(buffer: &mut Vec<u8>, person: &Person) -> Result<(), HttpError> {
    let view = PersonView {
        id: person.id.0,
        username: person.username.as_str(),
        full_name: person.full_name.as_ref().map(FullName::as_str),
    };
    write_json(buffer, &view)
}

// === impl AllInOnePage ===

impl Entries for AllInOnePage {
    type Entry = Person;

    async fn next(&mut self) -> Result<Vec<Person>, Error> {
        self.people.next().await
    }

    fn is_last(&self) -> bool {
        self.people.is_last()
    }

    fn write(&self, buffer: &mut Vec<u8>, person: &Person) -> Result<(), HttpError> {
        write(buffer, person)
    }

    fn write_end(&self, buffer: &mut Vec<u8>, count: u64) -> Result<(), HttpError> {
        self.paging.write(buffer, count)
    }
}
