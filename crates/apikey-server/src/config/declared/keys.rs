//! What keys look like, who may do what with them, and when they end.

use super::group::settings;
use crate::config::{
    keep_ended::KeepEnded,
    setting::{flag, shown_as},
    values::{self, parsed},
};
use apikey_domain::{
    access::policy::KeyPolicies, change::notice::ExpiryNotices, key::token::KeyPrefix,
};
use apikey_http::KeyHeaders;

settings! {
    /// What keys look like, who may do what with them, and when they end.
    pub struct Keys {
        /// The prefix of generated keys: 1 to 32 letters and digits
        key_prefix: KeyPrefix = shown_as("PREFIX", values::key_prefix, |prefix| prefix.as_str().to_owned())
            .default("gpustack")
            .rule("1 to 32 letters and digits");

        /// Who may do what with keys: contract, organization-admins-manage, attenuated
        policy: KeyPolicies = flag("NAMES", values::policies)
            .default("contract")
            .rule(
                "names of [policies](api.md#policies) separated by commas: `contract`, which \
                 always applies, `organization-admins-manage`, `attenuated`",
            );

        /// The headers in which /auth/verify reads the key
        key_headers: KeyHeaders = flag("LIST", parsed)
            .or_default("authorization: bearer, x-api-key")
            .rule(
                "names of 1 to 16 headers separated by commas, such as \
                 `authorization,x-api-key,api-key,x-goog-api-key,sec-websocket-protocol`: where \
                 [`/auth/verify`](verification.md#where-the-key-is) reads the key",
            );

        /// How many days before its expiry it is said that a key expires: up to 10 numbers from
        /// 1 to 365, separated by commas, or none
        expiry_notices: ExpiryNotices = flag("DAYS", values::expiry_notices)
            .default("30,7,1")
            .rule(
                "up to 10 different numbers of days from 1 to 365, separated by commas, or \
                 `none`: how long before its expiry an event says that a key expires; see \
                 [below](#keys-that-end)",
            );

        /// How many days an API key is kept after it was revoked or expired, from 1 to 36500,
        /// or off
        keep_ended: KeepEnded = flag("DAYS", parsed)
            .default("off")
            .rule(
                "a number from 1 to 36500: how many days an API key is kept after it was revoked \
                 or expired, or `off`: until somebody deletes it; see [below](#keys-that-end)",
            );
    }
}
