//! Who reads a list, and whether they still may.

use crate::{
    api::Api, authentication::Authenticated, error::HttpError, large_answers::Budget,
    tenant::Tenant,
};
use actix_web::web;
use apikey_domain::{access::tenant::TenantContext, use_case::resolve_tenant::check_still_holds};

/// The caller who reads a list.
///
/// A long list takes as long as its reader likes. So their rights are judged again
/// before each further piece: one whose rights have ended gets no more of it.
pub(crate) struct ListReader {
    api: web::Data<Api>,
    context: TenantContext,
}

// === impl ListReader ===

impl ListReader {
    /// Returns the reader for a caller without a tenant.
    pub(crate) fn of(signed_in: &Authenticated) -> Self {
        let caller = signed_in.caller.clone();
        Self {
            api: signed_in.api.clone(),
            context: TenantContext {
                current_principal_id: caller.key().map(|key| key.owner_principal_id),
                current_role: None,
                caller,
            },
        }
    }

    /// Returns the reader for a caller who acts for a tenant.
    pub(crate) fn in_tenant(tenant: &Tenant) -> Self {
        Self {
            api: tenant.api.clone(),
            context: tenant.context.clone(),
        }
    }

    /// Returns the memory that lists share.
    pub(crate) fn budget(&self) -> &Budget {
        &self.api.large_answers.lists
    }

    /// Checks that the rights with which the list was begun still hold.
    ///
    /// # Errors
    ///
    /// What the caller would be refused with now.
    pub(crate) async fn check(&self) -> Result<(), HttpError> {
        Ok(check_still_holds(&self.context, &self.api.keys).await?)
    }
}
