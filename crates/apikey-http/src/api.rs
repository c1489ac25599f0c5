//! The state that all handlers share.

use crate::{
    client_address::header::ClientAddressHeader,
    connection::TrustedProxies,
    cors::CorsOrigins,
    error::HttpError,
    key_headers::KeyHeaders,
    large_answers::LargeAnswers,
    list_places::ListPlaces,
    metrics::{Metrics, access::MetricsAccess},
    probes::ReadinessCheck,
};
use actix_web::{HttpRequest, web};
use apikey_domain::use_case::ports::{IdentityPorts, KeyPorts};
use serde::Serialize;
use std::sync::{Arc, atomic::AtomicBool};
use utoipa::ToSchema;

/// The state that all handlers share, wired once by the binary.
///
/// # Example
///
/// ```
/// use apikey_http::{Api, ReadinessCheck, Version};
///
/// let app = apikey_testing::TestApp::new();
/// let api = Api {
///     keys: app.keys,
///     identity: app.identity,
///     version: Version { version: "0.1.0", git_commit: "unknown" },
///     readiness: ReadinessCheck::new(app.memory),
///     is_draining: Default::default(),
///     metrics: None,
///     metrics_access: Default::default(),
///     large_answers: Default::default(),
///     list_places: Default::default(),
///     key_headers: Default::default(),
///     trusted_proxies: Default::default(),
///     client_address_header: None,
///     cors_origins: Default::default(),
/// };
/// let _configure = apikey_http::configure(api);
/// ```
#[derive(Clone)]
pub struct Api {
    /// The ports of the use cases for keys.
    pub keys: KeyPorts,
    /// The ports of the use cases for users and organizations.
    pub identity: IdentityPorts,
    /// The response of `GET /version`.
    pub version: Version,
    /// What `GET /readyz` checks.
    pub readiness: ReadinessCheck,
    /// Whether the server is shutting down; `GET /readyz` then responds with 503.
    pub is_draining: Arc<AtomicBool>,
    /// The metrics that `GET /metrics` shows; `None` if they are disabled.
    pub metrics: Option<Arc<Metrics>>,
    /// Who may read the metrics where this is served.
    pub metrics_access: MetricsAccess,
    /// The memory that large answers may take.
    pub large_answers: LargeAnswers,
    /// The places in which lists of one user are read.
    pub list_places: ListPlaces,
    /// The headers in which `/auth/verify` reads the key.
    pub key_headers: KeyHeaders,
    /// The proxies that are believed what they say of their clients.
    pub trusted_proxies: TrustedProxies,
    /// Where these proxies say which address asked them; `None` to count what they pass on
    /// for their own address.
    pub client_address_header: Option<ClientAddressHeader>,
    /// The origins whose pages may call this from a browser.
    pub cors_origins: CorsOrigins,
}

/// The build that is running.
///
/// # Example
///
/// ```
/// let version = apikey_http::Version { version: "0.1.0", git_commit: "304ff17" };
/// assert_eq!(version.version, "0.1.0");
/// ```
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub struct Version {
    /// The version of the release.
    pub version: &'static str,
    /// The commit that it was built from.
    pub git_commit: &'static str,
}

impl Api {
    /// Returns the state that [`crate::configure`] added to the app.
    ///
    /// # Errors
    ///
    /// 500 if it did not.
    pub(crate) fn of(request: &HttpRequest) -> Result<web::Data<Self>, HttpError> {
        let api = request.app_data::<web::Data<Self>>();
        api.cloned()
            .ok_or_else(|| HttpError::internal("the app was not configured".into()))
    }
}
