//! The policies, printed as tables and compared with snapshots.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always`, accepts a change.

use apikey_domain::access::policy::KeyPolicies;
use apikey_testing::policy_matrix;

#[test]
fn the_tables_match_their_snapshots() {
    let of_keys = |names| policy_matrix::of_keys(&KeyPolicies::parse(names).unwrap());
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("contract", of_keys("contract"));
        let managed = of_keys("organization-admins-manage");
        insta::assert_snapshot!("organization_admins_manage", managed);
        insta::assert_snapshot!("attenuated", of_keys("attenuated"));
        let both = of_keys("organization-admins-manage,attenuated");
        insta::assert_snapshot!("both", both);
        insta::assert_snapshot!("administration", policy_matrix::of_administration());
    });
}

#[test]
fn the_order_of_the_shipped_policies_makes_no_difference() {
    let of_keys = |names| {
        let text = policy_matrix::of_keys(&KeyPolicies::parse(names).unwrap());
        text.split_once('\n').unwrap().1.to_owned()
    };
    let one = of_keys("organization-admins-manage, attenuated");
    assert_eq!(
        one,
        of_keys("attenuated,contract,organization-admins-manage")
    );
}
