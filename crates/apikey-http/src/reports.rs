//! `/v2/reports`: which keys need somebody to look at them.

pub(crate) mod described;

use crate::openapi::names::StatusName;
use crate::{error::HttpError, list_reader::ListReader, query::Query, response, tenant::Tenant};
use actix_web::HttpResponse;
use apikey_domain::{
    access::policy::{KeySelection, UserSelection},
    timestamp::Timestamp,
    use_case::keys::report_hygiene::{
        Finding, HygieneLimits, HygieneReport, ReportedKey, report_hygiene,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

/// A report as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = HygieneReport)]
struct HygieneView<'a> {
    #[schema(format = DateTime)]
    as_of: String,
    expiring_days: u16,
    unused_days: u16,
    expiring: FindingView<'a>,
    unused: FindingView<'a>,
    never_used: FindingView<'a>,
    disabled: FindingView<'a>,
    imported: FindingView<'a>,
    of_inactive_owners: FindingView<'a>,
}

/// A finding as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingView<'a> {
    count: u32,
    is_complete: bool,
    items: Vec<ReportedKeyView<'a>>,
}

/// What a report says of a key, as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportedKey)]
struct ReportedKeyView<'a> {
    id: i64,
    name: &'a str,
    user_id: i64,
    user_name: &'a str,
    owner_principal_id: i64,
    #[schema(value_type = StatusName)]
    status: &'static str,
    is_custom: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    #[schema(required, format = DateTime)]
    disabled_at: Option<String>,
}

/// `GET /v2/reports/hygiene`: reports on the keys that the caller is shown in lists.
pub(crate) async fn hygiene(tenant: Tenant, query: Query) -> Result<HttpResponse, HttpError> {
    let (context, ports) = (&tenant.context, tenant.ports());
    let limits = HygieneLimits::parse(
        query.integer("expiring_days")?,
        query.integer("unused_days")?,
    )?;
    // For those who are shown their own keys anyway it is ignored, as in lists.
    let user_id = match ports.policies.show_others(context)? {
        true => query.text("user_id")?,
        false => None,
    };
    let selection = KeySelection {
        users: UserSelection::parse(user_id.as_deref())?,
        ..KeySelection::OWN
    };
    let reader = ListReader::in_tenant(&tenant);
    let turn = reader.turn().await?;
    let report = turn.read(report_hygiene(context, ports, &selection, limits));
    let report = report.await?;
    // It took several reads, and a right may have ended meanwhile.
    reader.check().await?;
    response::json(&HygieneView::of(&report, limits))
}

// === impl HygieneView ===

impl<'a> HygieneView<'a> {
    fn of(report: &'a HygieneReport, limits: HygieneLimits) -> Self {
        Self {
            as_of: report.as_of.to_rfc3339(),
            expiring_days: limits.expiring_days,
            unused_days: limits.unused_days,
            expiring: FindingView::of(&report.expiring),
            unused: FindingView::of(&report.unused),
            never_used: FindingView::of(&report.never_used),
            disabled: FindingView::of(&report.disabled),
            imported: FindingView::of(&report.imported),
            of_inactive_owners: FindingView::of(&report.of_inactive_owners),
        }
    }
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            count: finding.count,
            is_complete: finding.is_complete,
            items: finding.keys.iter().map(ReportedKeyView::of).collect(),
        }
    }
}

impl<'a> ReportedKeyView<'a> {
    fn of(key: &'a ReportedKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name.as_str(),
            user_id: key.user_id.0,
            user_name: &key.user_name,
            owner_principal_id: key.owner_principal_id.0,
            status: key.status.as_str(),
            is_custom: key.origin.is_custom(),
            created_at: key.created_at.to_rfc3339(),
            expires_at: key.expires_at.instant().map(Timestamp::to_rfc3339),
            last_used_at: key.last_used_at.map(Timestamp::to_rfc3339),
            disabled_at: key.disabled_at.map(Timestamp::to_rfc3339),
        }
    }
}
