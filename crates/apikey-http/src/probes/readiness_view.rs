//! What `GET /readyz?verbose` shows.

use apikey_domain::{
    port::health::{Fault, Part, PartReport},
    use_case::operation::check_readiness::Readiness,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use utoipa::ToSchema;

/// The message of a server that is shutting down.
pub(super) const DRAINING: &str = "The server is about to stop";

/// Whether requests may be sent here, and each part with what is wrong with it. Anybody
/// may ask, so the reasons are fixed texts; the causes are in the log.
#[derive(Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(super) struct ReadinessView {
    status: &'static str,
    #[schema(value_type = BTreeMap<String, PartView>)]
    parts: Parts,
}

/// The name of each part, and why it fails, in order.
struct Parts(Vec<(String, Option<&'static str>)>);

#[derive(Serialize, ToSchema)]
#[schema(as = ReadinessPart)]
struct PartView {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

// === impl ReadinessView ===

impl ReadinessView {
    /// Returns the view of these reports, by a server that is not shutting down.
    pub(super) fn new(readiness: Readiness, reports: &[PartReport]) -> Self {
        let reports = reports.iter();
        let parts = reports.map(|report| (report.part.to_string(), reason(report)));
        let draining = ("draining".to_owned(), None);
        Self {
            status: match readiness {
                Readiness::Ready => "ok",
                Readiness::Stale => "stale",
                Readiness::Unavailable => "unavailable",
            },
            parts: Parts(parts.chain([draining]).collect()),
        }
    }

    /// Returns the view of a server that is shutting down.
    pub(super) fn draining() -> Self {
        Self {
            status: "unavailable",
            parts: Parts(vec![("draining".to_owned(), Some(DRAINING))]),
        }
    }
}

// === impl Parts ===

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, reason) in &self.0 {
            let status = if reason.is_some() { "failed" } else { "ok" };
            let reason = *reason;
            map.serialize_entry(name, &PartView { status, reason })?;
        }
        map.end()
    }
}

fn reason(report: &PartReport) -> Option<&'static str> {
    let (fault, _) = report.failure.as_ref()?;
    Some(match (report.part, fault) {
        (Part::Read, Fault::Failed) => "The database cannot be read",
        (Part::Read, Fault::NoAnswer) => "The database did not answer a read within 1 s",
        (Part::Write, Fault::Failed) => "The database takes no writes",
        (Part::Write, Fault::NoAnswer) => "No write was committed within 1 s",
        (Part::Migrations, Fault::Failed) => {
            "The schema lacks migrations of this release, or cannot be read"
        }
        (Part::Migrations, Fault::NoAnswer) => "The migrations could not be read within 1 s",
        (Part::Feed, _) => "The changes of other servers have not been read for 5 s",
        (Part::Lease, _) => "The lease has been lost for 5 s",
        (Part::Clock, _) => "The clock of the server is wrong",
    })
}
