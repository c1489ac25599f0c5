//! The whole description.

use super::{
    answers, derived, described,
    operation::{CREDENTIALS, Operation},
    schemas::Schemas,
};
use crate::{
    api_keys, auth, console, events, members, organizations, probes, removals, reports, sessions,
    users, verification,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What is said before all operations.
const INTRODUCTION: &str = "\
Issues API keys and verifies them. docs/api.md says more of each operation.

Every answer has `Cache-Control: no-store`, but for this description. A method that a path does \
not have is 405, and a path that is not here 404, both with the body `Error`, or `Problem` for who \
asks for `application/problem+json`. A request that is no HTTP, or whose head is too \
large or too slow, is refused with 400, 431 or 408 and an empty body.";

/// The whole description, in the order in which people write one.
#[derive(Serialize)]
pub(super) struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    tags: Vec<Value>,
    paths: Map<String, Value>,
    components: Value,
}

/// A group of operations: its name, what it is about, and the operations.
type Group = (&'static str, &'static str, Vec<Operation>);

/// Returns the description of the interface.
pub(super) fn document() -> Document {
    let mut schemas = Schemas::default();
    let responses = answers::refusals(&mut schemas);
    let mut schemas = schemas.into_map();
    let (mut tags, mut paths) = (Vec::new(), Map::new());
    for (name, description, operations) in groups() {
        tags.push(json!({"name": name, "description": description}));
        for mut operation in operations {
            operation.tag = name;
            let method = operation.method.to_ascii_lowercase();
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            path[method] = operation.to_json();
            derived::add(path, &operation);
            schemas.extend(operation.schemas.into_map());
        }
    }
    Document {
        openapi: "3.1.0",
        info: json!({
            "title": "apikey",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        }),
        servers: json!([{"url": ".", "description": "The server that this comes from."}]),
        tags,
        paths,
        components: json!({
            "schemas": schemas,
            "responses": responses,
            "headers": answers::shared_headers(),
            "securitySchemes": credentials(),
        }),
    }
}

fn groups() -> [Group; 11] {
    [
        (
            "API keys",
            "Keys: made, listed, changed and ended.",
            api_keys::described::operations(),
        ),
        (
            "Verification",
            "Whether a key is good.",
            verification::described::operations(),
        ),
        (
            "Users",
            "For platform admins.",
            users::described::operations(),
        ),
        (
            "Own account",
            "The caller's own account.",
            users::described::own_operations(),
        ),
        ("Sessions", "For people with a browser.", auth_operations()),
        (
            "Organizations",
            "For platform admins.",
            organizations::described::operations(),
        ),
        (
            "Members",
            "For admins of an organization.",
            members::described::operations(),
        ),
        ("Events", "The record of changes.", record_operations()),
        (
            "Reports",
            "What needs somebody to look at it.",
            reports::described::operations(),
        ),
        (
            "Console",
            "What GPUStack's console asks for.",
            console::described::operations(),
        ),
        (
            "Operation",
            "For whoever runs the service.",
            operator_operations(),
        ),
    ]
}

fn auth_operations() -> Vec<Operation> {
    let own = sessions::described::operations();
    auth::described::operations()
        .into_iter()
        .chain(own)
        .collect()
}

fn record_operations() -> Vec<Operation> {
    let removals = removals::described::operations();
    events::described::operations()
        .into_iter()
        .chain(removals)
        .collect()
}

fn operator_operations() -> Vec<Operation> {
    let own = described::operations();
    probes::described::operations()
        .into_iter()
        .chain(own)
        .collect()
}

fn credentials() -> Value {
    let [basic, session, bearer, key] = CREDENTIALS;
    json!({
        basic: {
            "type": "http", "scheme": "basic",
            "description": "The username and the password of a user.",
        },
        session: {
            "type": "apiKey", "in": "cookie", "name": "gpustack_session",
            "description": "The cookie of a session, from POST /auth/login.",
        },
        bearer: {"type": "http", "scheme": "bearer", "description": "A key."},
        key: {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key."},
    })
}
