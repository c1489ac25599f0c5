//! Reporting which keys need somebody to look at them.

mod finding;
mod scan;

use crate::{
    access::{
        policy::{ApiKeyFilter, KeySelection},
        tenant::TenantContext,
    },
    error::Error,
    identifier::{ApiKeyId, UserId},
    invalid::Invalid,
    key::{
        api_key::ApiKey,
        expiry::Expiry,
        place::{Place, SortValue},
        status::Status,
    },
    listing::Order,
    port::clock::judging_now,
    timestamp::Timestamp,
    use_case::ports::KeyPorts,
};
pub use finding::{Finding, ReportedKey};
use scan::{Scan, Step};
use std::collections::BTreeMap;

const DAY_SECONDS: i64 = 86_400;

/// What counts as soon and as long in a report.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::report_hygiene::HygieneLimits;
///
/// assert_eq!(HygieneLimits::parse(None, None).unwrap().expiring_days, 30);
/// assert!(HygieneLimits::parse(Some(0), None).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HygieneLimits {
    /// A key that expires within so many days expires soon.
    pub expiring_days: u16,
    /// A key that was not used, or is disabled, for so many days was so for long.
    pub unused_days: u16,
}

/// Which keys need somebody to look at them, by why. A key may be among several.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::report_hygiene::HygieneReport;
///
/// fn is_in_use(report: &HygieneReport) -> bool {
///     report.unused.count == 0 && report.never_used.count == 0
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HygieneReport {
    /// When it was made.
    pub as_of: Timestamp,
    /// Active keys that expire soon, the next ones first.
    pub expiring: Finding,
    /// Active keys that were used, but not for long, the least recently used first.
    pub unused: Finding,
    /// Active keys that were made long ago and never used, the oldest first.
    pub never_used: Finding,
    /// Keys that have been disabled for long.
    pub disabled: Finding,
    /// Active keys whose text somebody chose: the service does not know how hard it is to
    /// guess. The oldest first.
    pub imported: Finding,
    /// Active keys of users who are not. The oldest first.
    pub of_inactive_owners: Finding,
}

/// Reports on the selected keys, as far as the caller is shown them in lists.
///
/// Whatever there is, it examines at most [`Finding::EXAMINED`] keys for each finding, in an
/// order in which those it looks for come first or next to each other, and for the last two
/// the oldest ones. A finding for which that was not enough says so.
///
/// # Errors
///
/// Those of [`ApiKeyFilter::of`] and of the repository, and
/// [`crate::error::PortError::Unavailable`] while the clock is certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection,
///     use_case::keys::report_hygiene::{HygieneLimits, report_hygiene},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let (context, limits) = (in_own_principal(&alice), HygieneLimits::default());
/// app.clock.advance_seconds(91 * 86_400);
/// let report = report_hygiene(&context, &app.keys, &KeySelection::OWN, limits).await.unwrap();
/// assert_eq!((report.never_used.count, report.unused.count), (1, 0));
/// assert!(report.never_used.is_complete);
/// # });
/// ```
pub async fn report_hygiene(
    context: &TenantContext,
    ports: &KeyPorts,
    selection: &KeySelection,
    limits: HygieneLimits,
) -> Result<HygieneReport, Error> {
    let filter = ApiKeyFilter::of(context, &ports.policies, selection)?;
    let now = judging_now(&*ports.verify.clock)?;
    let within = |days: i64| now.plus_seconds(days * DAY_SECONDS);
    let soon = within(limits.expiring_days.into()).unwrap_or(Timestamp::MAX);
    let long_ago = within(-i64::from(limits.unused_days)).unwrap_or(Timestamp::MIN);
    let scan = Scan {
        keys: &*ports.api_keys,
        filter: &filter,
        now,
    };
    let is_active = |key: &ApiKey| key.status(now) == Status::Active;
    let by_expiry = Order::parse("expires_at")?;
    let by_use = Order::parse("last_used_at")?;
    let by_creation = Order::parse("created_at")?;

    let after_now = place(SortValue::Expiry(Expiry::at(now)), i64::MAX);
    let expiring = scan.find(&by_expiry, Some(after_now), |key| {
        match key.expires_at.instant() {
            Some(at) if at <= soon => Step::take_if(is_active(key)),
            _ => Step::End,
        }
    });
    let expiring = expiring.await?;
    let disabled = scan.find(&by_expiry, None, |key| match key.disabled_at {
        _ if !key.withdrawal().is_in_force() => Step::End,
        Some(at) => Step::take_if(key.revocation.is_none() && at <= long_ago),
        None => Step::Pass,
    });
    let disabled = disabled.await?;
    let never_used = scan.find(&by_use, None, |key| match key.last_used_at {
        None => Step::take_if(is_active(key) && key.created_at <= long_ago),
        Some(_) => Step::End,
    });
    let never_used = never_used.await?;
    let after_never = place(SortValue::LastUse(Some(Timestamp::MIN)), i64::MIN);
    let unused = scan.find(&by_use, Some(after_never), |key| match key.last_used_at {
        Some(at) if at <= long_ago => Step::take_if(is_active(key)),
        _ => Step::End,
    });
    let unused = unused.await?;
    let mut owners = BTreeMap::new();
    let imported = scan.find(&by_creation, None, |key| {
        let is_active = is_active(key);
        if is_active {
            let theirs: &mut Vec<ReportedKey> = owners.entry(key.user_id).or_default();
            theirs.push(ReportedKey::of(key, now));
        }
        Step::take_if(is_active && key.origin.is_custom())
    });
    let imported = imported.await?;
    let of_inactive_owners = of_inactive(ports, owners, imported.is_complete).await?;
    Ok(HygieneReport {
        as_of: now,
        expiring,
        unused,
        never_used,
        disabled,
        imported,
        of_inactive_owners,
    })
}

/// Returns which of the keys of these users are of inactive ones.
async fn of_inactive(
    ports: &KeyPorts,
    owners: BTreeMap<UserId, Vec<ReportedKey>>,
    is_complete: bool,
) -> Result<Finding, Error> {
    let mut finding = Finding {
        is_complete: is_complete && owners.len() <= Finding::OWNERS,
        ..Finding::default()
    };
    for (id, keys) in owners.into_iter().take(Finding::OWNERS) {
        let user = ports.principals.user(id).await?;
        // Of those who are deleted the keys go by themselves.
        if user.is_some_and(|user| !user.is_active) {
            finding.count += u32::try_from(keys.len()).unwrap_or(u32::MAX);
            finding.keys.extend(keys);
        }
    }
    finding.keys.sort_by_key(|key| (key.created_at, key.id));
    finding.keys.truncate(Finding::LISTED);
    Ok(finding)
}

fn place(value: SortValue, id: i64) -> Place {
    Place {
        values: vec![value],
        id: ApiKeyId(id),
    }
}

// === impl HygieneLimits ===

impl HygieneLimits {
    /// How many days may be asked for.
    pub const LONGEST_DAYS: u16 = 3_650;

    /// Parses numbers of days; what is not given is as in the default.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `expiring_days` or `unused_days` if it is not from 1 to 3650.
    pub fn parse(expiring_days: Option<i64>, unused_days: Option<i64>) -> Result<Self, Invalid> {
        let default = Self::default();
        let days = |name, days: Option<i64>, default| match days.map(u16::try_from) {
            None => Ok(default),
            Some(Ok(days)) if (1..=Self::LONGEST_DAYS).contains(&days) => Ok(days),
            Some(_) => Err(Invalid::new(name, "must be 1 to 3650")),
        };
        Ok(Self {
            expiring_days: days("expiring_days", expiring_days, default.expiring_days)?,
            unused_days: days("unused_days", unused_days, default.unused_days)?,
        })
    }
}

impl Default for HygieneLimits {
    fn default() -> Self {
        Self {
            expiring_days: 30,
            unused_days: 90,
        }
    }
}
