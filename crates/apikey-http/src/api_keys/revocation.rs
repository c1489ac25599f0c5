//! The body that revokes a key.

use crate::body::{OtherFields, RequestBody};
use crate::openapi::names::RevocationReasonName;
use apikey_domain::{
    Invalid,
    key::revocation::{Comment, NewRevocation, RevocationReason},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Why a key is revoked.
#[derive(Deserialize, ToSchema)]
#[schema(as = RevokeApiKey)]
pub(super) struct RevokeBody {
    #[schema(value_type = RevocationReasonName)]
    reason: String,
    #[serde(default)]
    #[schema(max_length = 1_024)]
    comment: Option<String>,
}

impl RequestBody for RevokeBody {
    const OTHER_FIELDS: OtherFields = OtherFields::Refused;
}

impl TryFrom<RevokeBody> for NewRevocation {
    type Error = Invalid;

    fn try_from(body: RevokeBody) -> Result<Self, Invalid> {
        Ok(Self {
            reason: RevocationReason::parse(&body.reason)?,
            comment: body.comment.map(Comment::parse).transpose()?,
        })
    }
}
