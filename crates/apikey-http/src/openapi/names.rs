//! The names that a field may have for a value, taken from where they are decided.

use apikey_domain::{
    change::event::EventKind,
    gpustack::Scope,
    identity::organization::Role,
    key::{credential::Activation, revocation::RevocationReason, status::Status},
    verification::{Check, Reason},
};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Makes a type that stands for one of some names in a description.
macro_rules! names {
    ($($(#[$documentation:meta])* $name:ident as $shown:literal: $all:expr;)*) => {$(
        $(#[$documentation])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of($all)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                $shown.into()
            }
        }
    )*};
}

names! {
    /// What a key may be used for.
    ScopeName as "Scope": [Scope::All, Scope::Management, Scope::Inference].map(Scope::as_str);
    /// What becomes of a key that is used now.
    StatusName as "Status": Status::ALL.map(Status::as_str);
    /// Why a key was revoked.
    RevocationReasonName as "RevocationReason": RevocationReason::ALL.map(RevocationReason::as_str);
    /// What becomes of a credential that is used now.
    CredentialStateName as "CredentialState": ["active", "pending", "retiring", "retired"];
    /// When a new secret takes the place of the old one.
    ActivationName as "Activation": [Activation::Now, Activation::FirstUse].map(Activation::as_str);
    /// What a member of an organization may do there.
    RoleName as "Role": [Role::Admin, Role::User].map(Role::as_str);
    /// What was decided about a key.
    CodeName as "Code": codes();
    /// What is checked of a key.
    CheckName as "CheckKind": Check::ALL.map(Check::as_str);
    /// What happened.
    EventKindName as "EventKind": EventKind::ALL.map(EventKind::as_str);
}

/// Returns the codes of decisions that clients see.
fn codes() -> Vec<&'static str> {
    let shown = |reason: &Reason| reason.public().as_str() == reason.as_str();
    let refusals = Reason::ALL.into_iter().filter(shown).map(Reason::as_str);
    [crate::metrics::VALID]
        .into_iter()
        .chain(refusals)
        .collect()
}

fn one_of(names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names.into_iter().map(Value::from)))
        .into()
}
