//! Imports that were tried by a dry run before.

use crate::made::Made;
use apikey_commands::{
    import::{Destination, Run, run},
    report::{Counts, Format},
};
use apikey_diesel::{DatabaseUrl, GpustackSource, Store};
use apikey_domain::{
    identifier::PrincipalId,
    identity::{
        organization::{NewOrganization, Organization, OrganizationName, Role, Slug},
        user::User,
    },
    import::{facts::ImportOptions, source::SourceName},
    key::api_key::NewApiKey,
    listing::Window,
    testing::fixture,
};
use serde_json::Value;

/// The name of a user there, and that of the user here who they are.
type Person = (String, String);

/// Imports what there is, after a dry run that must say the same.
pub(crate) async fn import(url: &DatabaseUrl, store: &Store, options: &ImportOptions) -> Counts {
    let view = &*store.import_view;
    let dry = Destination::Nowhere(Some(view));
    let (foreseen, said_before) = report(url, dry, options).await;
    let into = Destination::Store(&*store.imports, view);
    let (done, said) = report(url, into, options).await;
    for (before, after) in said_before.iter().zip(&said) {
        assert_eq!(before, after);
    }
    assert_eq!(said_before.len(), said.len());
    assert_eq!(foreseen, done);
    done
}

async fn report(
    url: &DatabaseUrl,
    destination: Destination<'_>,
    options: &ImportOptions,
) -> (Counts, Vec<String>) {
    let mut source = GpustackSource::open(url).await.unwrap();
    let how = Run {
        source: SourceName::parse("gpustack").unwrap(),
        options: options.clone(),
        destination,
        format: Format::Json,
        progress: None,
    };
    let mut printed = Vec::new();
    let counts = run(how, &mut source, &mut printed).await.unwrap();
    let report: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(report["complete"], true);
    let findings = report["findings"].as_array().unwrap().iter();
    (counts, findings.map(foreseeable).collect())
}

/// Returns a finding without the ids that nobody knows before they are given.
fn foreseeable(finding: &Value) -> String {
    let mut text = finding.to_string();
    for (kind, unknown) in [
        ("the user ", "another user of the source"),
        ("the key ", "another key of the source"),
        ("it has the id ", "it gets a new one"),
    ] {
        if let Some((before, after)) = text.split_once(kind)
            && after.starts_with(|first: char| first.is_ascii_digit())
        {
            let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
            text = format!("{before}{unknown}{after}");
        }
    }
    text
}

/// Makes some of the users there administrators.
pub(crate) fn rights() -> Vec<String> {
    vec!["UPDATE principals SET is_admin = TRUE WHERE kind = 'USER' AND id % 3 = 0".to_owned()]
}

/// What changes there, some after others: keys end and are renamed to what they leave, then
/// many lose rights, of whom the last must keep them.
pub(crate) fn changes() -> [Vec<String>; 3] {
    [
        vec![
            "DELETE FROM api_keys WHERE id % 5 = 1",
            "UPDATE api_keys SET name = name || ' renamed' WHERE id % 5 = 2",
            "UPDATE api_keys SET name = 'key' || (id % 4) WHERE owner_principal_id IS NULL",
            "UPDATE api_keys SET expires_at = '2020-01-01' WHERE id % 7 = 3",
            "UPDATE principals SET name = 'renamed' || id WHERE kind = 'USER' AND id % 4 = 1",
            "UPDATE principals SET name = 'n\u{430}me' || id WHERE kind = 'ORG' AND id % 2 = 1",
        ],
        vec![
            "UPDATE principals SET is_admin = FALSE",
            "UPDATE principal_memberships SET role = 'MEMBER' WHERE id % 2 = 0",
            "UPDATE principals SET is_active = FALSE WHERE kind = 'USER' AND id % 2 = 1",
            "DELETE FROM principal_memberships WHERE id % 5 = 3",
        ],
        vec![
            "DELETE FROM api_keys WHERE id % 2 = 0",
            "DELETE FROM principal_memberships WHERE id % 2 = 0",
            "DELETE FROM principals WHERE kind IN ('USER', 'ORG') AND id % 3 = 1",
            "UPDATE principals SET is_admin = TRUE WHERE kind = 'USER' AND id % 3 = 2",
        ],
    ]
    .map(|statements| statements.into_iter().map(str::to_owned).collect())
}

/// Returns users of the source who are here already: some under another name, and others
/// under their own, of whom that is said later.
pub(crate) fn people(made: &Made) -> [Vec<Person>; 2] {
    let users = made.principals.iter();
    let users = users.filter(|one| one.kind == "USER" && !one.is_deleted);
    let mut names =
        users.filter_map(|one| one.name.clone().filter(|name| name.starts_with("name")));
    let mut some = |rename: fn(&str) -> String| {
        let names = names.by_ref().take(2);
        names.map(|name| (name.clone(), rename(&name))).collect()
    };
    [some(|name| format!("here {name}")), some(str::to_owned)]
}

/// Lets people be here before the first import, with keys that are called as those there,
/// and an organization that has the slug of one there.
pub(crate) async fn settle(store: &Store, made: &Made, some: &[Person]) {
    let by = fixture::by_service;
    let others = made.principals.iter().filter(|one| one.kind != "SYSTEM");
    let others = others.filter_map(|one| one.name.clone());
    let namesakes = others
        .filter(|name| name.starts_with("name"))
        .skip(2)
        .take(4);
    let names = some.iter().map(|(_, here)| here.clone()).chain(namesakes);
    for (number, name) in names.enumerate() {
        let new = fixture::new_user(&name);
        let user = store.directory.create_user(by(), new).await.unwrap();
        for key in 0..3 {
            let access_key = match key {
                // One there has it.
                0 => format!("{:016x}", (number as i64 + 1) * 3_000 + 7),
                _ => format!("f{:015x}", number * 10 + key),
            };
            create_key(
                store,
                &user,
                user.principal_id,
                (&format!("key{key}"), &access_key),
            )
            .await;
        }
    }
    let organization = made.principals.iter().find(|one| one.kind == "ORG");
    let slug = organization.and_then(|one| Slug::parse(one.name.clone()?).ok());
    let new = NewOrganization {
        name: OrganizationName::parse("here").unwrap(),
        slug: slug.unwrap_or_else(|| Slug::parse("here").unwrap()),
        description: None,
        created_at: fixture::instant(),
    };
    store
        .directory
        .create_organization(by(), new)
        .await
        .unwrap();
}

/// Lets people who are mapped later be members of what was imported, with keys for it.
pub(crate) async fn join(store: &Store, some: &[Person], others: &[Person]) {
    let window = Window {
        offset: 0,
        limit: 100,
    };
    let organizations = store.directory.list_organizations(None, None, window);
    let organizations: Vec<Organization> = organizations.await.unwrap().items;
    let names = some.iter().chain(others).map(|(_, here)| here);
    for (number, name) in names.enumerate() {
        let user = store.directory.user_credential(name).await.unwrap();
        let Some(user) = user.map(|found| found.user) else {
            continue;
        };
        for (place, organization) in organizations.iter().enumerate() {
            let role = match (number + place) % 3 {
                0 => Role::Admin,
                1 => Role::User,
                _ => continue,
            };
            let by = fixture::by_service();
            let added = store
                .directory
                .add_member(by, organization.id, user.id, role);
            // Some are already.
            let _ = added.await;
            let access_key = format!("e{:015x}", number * 100 + place);
            let name = format!("key{}", place % 4);
            create_key(store, &user, organization.id, (&name, &access_key)).await;
        }
    }
}

async fn create_key(
    store: &Store,
    user: &User,
    owner: PrincipalId,
    (name, access_key): (&str, &str),
) {
    let new = NewApiKey {
        user_id: user.id,
        owner_principal_id: owner,
        ..fixture::new_api_key(name, access_key)
    };
    // Some are there already.
    let _ = store.api_keys.create(fixture::by_service(), new).await;
}
