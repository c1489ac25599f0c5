//! What the handlers work with.

use crate::{error::HttpError, metrics::Metrics};
use actix_web::{HttpRequest, web};
use apikey_domain::use_case::ports::{IdentityPorts, KeyPorts};
use serde::Serialize;
use std::sync::{Arc, atomic::AtomicBool};

/// What the handlers work with, wired once by the binary.
///
/// # Example
///
/// ```
/// use apikey_http::{Api, Version};
///
/// let world = apikey_testing::TestApp::new();
/// let api = Api {
///     keys: world.keys,
///     identity: world.identity,
///     version: Version { version: "0.1.0", git_commit: "unknown" },
///     is_draining: Default::default(),
///     metrics: None,
/// };
/// let _configure = apikey_http::configure(api);
/// ```
#[derive(Clone)]
pub struct Api {
    /// What the use cases of keys need.
    pub keys: KeyPorts,
    /// What the use cases of people and organizations need.
    pub identity: IdentityPorts,
    /// What `GET /version` answers.
    pub version: Version,
    /// Whether the server is about to stop, so that `GET /readyz` says no.
    pub is_draining: Arc<AtomicBool>,
    /// What is counted, and shown at `GET /metrics`.
    pub metrics: Option<Arc<Metrics>>,
}

/// Which build is running.
///
/// # Example
///
/// ```
/// let version = apikey_http::Version { version: "0.1.0", git_commit: "304ff17" };
/// assert_eq!(version.version, "0.1.0");
/// ```
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Version {
    /// The version of the release.
    pub version: &'static str,
    /// The commit it was built from.
    pub git_commit: &'static str,
}

impl Api {
    /// The one [`crate::configure`] gave to the app that serves `request`.
    pub(crate) fn of(request: &HttpRequest) -> Result<web::Data<Self>, HttpError> {
        let api = request.app_data::<web::Data<Self>>();
        api.cloned()
            .ok_or_else(|| HttpError::internal("the app was not configured".into()))
    }
}
