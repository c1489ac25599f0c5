//! Row 14: searches for names whose case is not a matter of lower case.

use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::{Context, Result};
use serde_json::json;
use xtask_harness::server::ADMIN;

/// A name, and what must find it.
const FOUND: [(&str, &[&str]); 6] = [
    ("οδος 1", &["ΟΔΟΣ", "οδος", "οδοσ"]),
    ("ΟΔΟΣ 2", &["ΟΔΟΣ 2", "οδος 2", "οδοσ 2"]),
    ("Straße 3", &["STRASSE", "straße", "STRAẞE"]),
    ("STRASSE 4", &["straße 4", "Strasse 4"]),
    ("ﬁne 5", &["FINE", "ﬁne"]),
    ("İzmir 6", &["i\u{307}zmir", "İZMIR"]),
];

/// What must find nothing.
const NOT_FOUND: [&str; 4] = ["ΟΔ%Σ", "_", "ı", "οδο\u{301}ς"];

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    for (name, _) in FOUND {
        target.make_key(ADMIN, None, &json!({"name": name})).await?;
    }
    let (mut wrong, mut all) = (Vec::new(), 0);
    for (name, searches) in FOUND {
        for search in searches {
            all += 1;
            if !names(&target, search).await?.contains(&name.to_owned()) {
                wrong.push(format!("{search} does not find {name}"));
            }
        }
    }
    for search in NOT_FOUND {
        all += 1;
        if let Some(name) = names(&target, search).await?.first() {
            wrong.push(format!("{search} finds {name}"));
        }
    }
    let mut checks = Checks::default();
    checks.none_of("searches that miss a name or find a wrong one", &wrong, all);
    Ok(checks)
}

/// Returns the names of the keys that a search finds.
async fn names(target: &Target, search: &str) -> Result<Vec<String>> {
    let encoded: String = search.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let page = target
        .read(format!("/v2/api-keys?search={encoded}"))
        .await?;
    let items = page["items"].as_array().context("no items")?;
    let name = |item: &serde_json::Value| item["name"].as_str().map(str::to_owned);
    Ok(items.iter().filter_map(name).collect())
}
