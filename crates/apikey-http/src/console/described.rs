//! The description of these operations.

use super::{UpdateView, UsageBody, people::PersonView};
use crate::openapi::{
    operation::Operation,
    parameters::{self, query},
};
use serde_json::json;

/// The lists of what there is none of here.
const EMPTY: [(&str, &str); 4] = [
    ("GET /v2/my-models", "listModels"),
    ("GET /v2/clusters", "listClusters"),
    ("GET /v2/workers", "listWorkers"),
    ("GET /v2/usage/resource-events", "listResourceEvents"),
];

/// Returns the operations that GPUStack's console asks for beside keys and users.
pub(crate) fn operations() -> Vec<Operation> {
    let scope = json!({"type": "string", "enum": ["", "current_org"]});
    let scope = query(
        "scope",
        scope,
        "`current_org`: only of the current organization.",
    );
    let summary = "Lists the people among whom the caller may choose.";
    let people = Operation::new("GET /v2/user-directory", "listPeople", summary)
        .in_tenant()
        .parameters(parameters::paging_or_all())
        .parameters([scope])
        .answers_page::<PersonView<'_>>("PersonPage");
    let summary = "Shows the newest release that this server knows: its own.";
    let update = Operation::new("GET /update/", "getLatestRelease", summary)
        .signed_in()
        .answers::<UpdateView>("The release.");
    let mut usage = Operation::new("POST /v2/usage/breakdown", "getUsage", "An empty page.")
        .in_tenant()
        .takes::<UsageBody>();
    let mut question = usage.own_schema("UsageQuestion");
    for (field, parameter) in ["page", "perPage"].iter().zip(parameters::paging_or_all()) {
        question["properties"][field] = parameter["schema"].clone();
    }
    question["properties"]["perPage"]["default"] = json!(20);
    usage.named_schema("UsageQuestion", question);
    let mut operations = vec![people, update, nothing("GET /v2/config", "getConfig")];
    operations.push(nothing("GET /v2/dashboard", "getDashboard"));
    for (route, id) in EMPTY {
        let list = Operation::new(route, id, "An empty page.").in_tenant();
        let list = list.parameters(parameters::paging_or_all());
        operations.push(without_items(
            list.answers_page::<PersonView<'_>>("EmptyPage"),
        ));
    }
    // Its page is asked for in the body, so there are no links.
    let page = usage.page::<PersonView<'_>>("EmptyPage");
    operations.push(without_items(usage.answers_schema("A page.", page)));
    operations
}

fn nothing(route: &'static str, id: &'static str) -> Operation {
    let empty = json!({"type": "object", "additionalProperties": false});
    Operation::new(route, id, "An empty object.")
        .signed_in()
        .answers_schema("Nothing.", empty)
}

/// Says of an operation that its page has no items.
fn without_items(mut operation: Operation) -> Operation {
    let mut page = operation.own_schema("EmptyPage");
    page["properties"]["items"] = json!({"type": "array", "items": {}, "maxItems": 0});
    operation.named_schema("EmptyPage", page);
    operation
}
