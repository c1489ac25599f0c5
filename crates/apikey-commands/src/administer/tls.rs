//! TLS by what the system trusts.

use super::failure::Failure;
use std::sync::Arc;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// Returns how TLS is spoken: with the roots of the system, or those of `SSL_CERT_FILE`.
///
/// # Errors
///
/// If there are none.
pub(super) fn config() -> Result<TlsConfig, Failure> {
    let found = rustls_native_certs::load_native_certs();
    let roots: Vec<_> = found
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned())
        .collect();
    if roots.is_empty() {
        return Err(Failure::Failed(
            "this machine has no root certificates: install them, or set SSL_CERT_FILE".to_owned(),
        ));
    }
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}
