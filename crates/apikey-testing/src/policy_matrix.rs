//! Policies as tables, to be read, and to be kept and compared by a test.
//!
//! The tables are computed from the policies alone. The people in them are always the
//! same, so that a change of a table is a change of a policy.

mod administration;
mod keys;
mod principals;
mod rights;
mod table;

use apikey_domain::access::policy::KeyPolicies;
use principals::Principals;

const LEGEND: &str = "\
alice and carol belong to acme, alice as a user and carol as an admin. bob
belongs to umbrella, as its admin. root is a platform admin, robot a system
user; both belong to nothing. Everyone owns their own principal.

`for` names the principal a caller acts for: the owner of the key they came
with, else the one they asked for, else their own; root asks for none and acts
for `everything`.
";

/// Returns who may see, change and delete which keys, and what callers who came with a key
/// may make, as Markdown.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::KeyPolicies;
/// use apikey_testing::policy_matrix;
///
/// let contract = policy_matrix::of_keys(&KeyPolicies::contract());
/// let policies = KeyPolicies::parse("organization-admins-manage").unwrap();
/// assert_ne!(policy_matrix::of_keys(&policies), contract);
/// println!("{contract}");
/// ```
pub fn of_keys(policies: &KeyPolicies) -> String {
    let principals = Principals::new();
    let [keys, rights] = [
        keys::table(&principals, policies),
        rights::table(&principals, policies),
    ];
    format!(
        "# Who may do what: {policies}\n\n{LEGEND}{}\n{keys}{}\n{rights}",
        keys::LEGEND,
        rights::LEGEND
    )
}

/// Returns who may administer the platform and its organizations, as Markdown. This is
/// the same under all policies about keys.
pub fn of_administration() -> String {
    let table = administration::table(&Principals::new());
    format!(
        "# Who may administer\n\n{LEGEND}{}\n{table}",
        administration::LEGEND
    )
}
