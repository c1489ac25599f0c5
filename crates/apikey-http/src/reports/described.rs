//! The description of this operation.

use super::HygieneView;
use crate::openapi::{
    operation::Operation,
    parameters::{self, query},
};
use serde_json::json;

/// Returns the operation that reports on keys.
pub(crate) fn operations() -> Vec<Operation> {
    let days = |default: u16| json!({"type": "integer", "minimum": 1, "maximum": 3650, "default": default});
    let summary = "Says which keys need somebody to look at them.";
    let report = Operation::new("GET /v2/reports/hygiene", "getHygieneReport", summary)
        .in_tenant()
        .parameters([
            parameters::user_id(),
            query(
                "expiring_days",
                days(30),
                "Within how many days a key expires soon.",
            ),
            query(
                "unused_days",
                days(90),
                "After how many days a key is unused.",
            ),
        ])
        .answers::<HygieneView<'_>>("The report.");
    vec![report]
}
