//! What administering needs: users, organizations, members, what becomes of their keys,
//! and that no write outlives the right it rests on.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::administration_suite!(@clauses);

/// Generates a test for each clause about users and organizations. `$run` is the path of a
/// function that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! administration_suite {
    (@clauses) => {
        $crate::administration_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            names:
                a_username_that_looks_like_another_is_taken,
                plain_letters_that_look_alike_are_told_apart,
                a_user_of_before_keeps_their_name_and_its_look,
                a_username_is_found_composed_and_as_it_is_stored,
                a_search_folds_case,
                of_many_creations_of_like_usernames_one_wins,
                of_many_changes_to_like_usernames_one_wins;
            users:
                a_created_user_is_returned_as_they_are_found,
                every_user_and_organization_has_its_own_principal,
                ids_of_deleted_users_and_organizations_are_not_reused,
                usernames_are_looked_up_bytewise,
                the_first_user_is_stored_only_if_there_is_none,
                a_first_user_after_an_ordinary_one_is_not_stored,
                users_are_listed_in_pages,
                a_search_of_users_ignores_case_and_has_no_wildcards,
                an_update_of_a_user_changes_what_it_names_only,
                a_username_cannot_be_changed_to_a_taken_one,
                an_unknown_user_is_neither_updated_nor_deleted;
            users_list:
                users_are_listed_in_every_order,
                a_search_of_users_finds_full_names,
                a_walk_meets_every_lasting_user_once,
                a_walk_goes_on_behind_a_user_who_is_gone;
            passwords:
                only_the_hash_that_is_stored_is_renewed,
                a_renewed_hash_is_no_change;
            platform_admins:
                the_last_platform_admin_cannot_be_removed,
                the_last_platform_admin_can_be_updated_otherwise,
                one_of_two_platform_admins_can_be_removed,
                an_inactive_platform_admin_is_not_counted,
                an_admin_promoted_or_activated_later_is_counted,
                without_a_platform_admin_any_user_can_be_deleted;
            user_deletion:
                deleting_a_user_deletes_their_keys_everywhere,
                a_deleted_user_no_longer_exists_and_frees_their_name,
                deleting_a_user_ends_their_memberships,
                the_last_admin_of_an_organization_cannot_be_deleted;
            removals:
                a_user_with_many_keys_is_gone_at_once,
                the_name_of_a_user_with_many_keys_is_free_at_once,
                many_keys_go_in_pieces_and_each_deletion_is_recorded,
                no_right_rests_on_a_membership_that_is_still_to_go,
                an_organization_with_many_members_is_gone_at_once,
                few_keys_with_long_texts_go_with_their_user;
            organizations:
                a_created_organization_is_returned_as_it_is_found,
                a_slug_is_taken_once_and_a_name_is_not,
                organizations_are_listed_by_id_name_and_member,
                an_update_of_an_organization_changes_what_it_names_only,
                a_slug_cannot_be_changed_to_a_taken_one,
                a_deleted_organization_no_longer_exists_nor_do_its_memberships,
                an_organization_that_owns_keys_cannot_be_deleted,
                a_users_own_principal_is_not_an_organization,
                standing_is_what_the_table_says;
            members:
                an_added_member_is_returned_as_they_are_listed,
                a_user_cannot_be_a_member_twice,
                members_are_listed_by_id_in_pages,
                members_are_listed_after_a_place_that_nobody_moves,
                a_member_is_listed_with_the_current_user,
                updating_a_member_changes_only_the_role,
                the_last_admin_of_an_organization_keeps_their_role,
                a_removed_member_can_be_added_again,
                a_user_who_is_not_a_member_is_neither_updated_nor_removed;
            authority:
                a_write_with_a_deleted_key_is_refused,
                a_write_with_a_narrowed_key_is_refused,
                a_write_with_an_expired_key_is_refused,
                a_write_of_a_deactivated_user_is_refused,
                a_write_of_a_demoted_platform_admin_is_refused,
                a_write_with_an_earlier_password_is_refused,
                a_write_of_a_deleted_user_is_refused,
                a_write_of_a_deleted_user_with_many_keys_is_refused,
                a_write_of_a_removed_member_is_refused,
                a_write_of_a_demoted_member_is_refused,
                a_write_for_a_deleted_organization_is_refused,
                a_write_for_a_deleted_organization_with_many_members_is_refused,
                a_platform_admins_write_for_a_deleted_organization_is_refused,
                a_write_with_any_lost_scope_is_refused,
                a_key_gives_no_right_to_another_user,
                a_write_whose_right_still_holds_is_accepted,
                a_right_that_grew_refuses_nothing,
                a_key_outlives_its_users_password,
                current_rights_follow_every_change;
            authority_races:
                no_write_follows_the_loss_of_its_right,
                two_who_end_each_others_rights_take_turns;
            pieces:
                a_large_page_of_users_is_read_in_pieces,
                a_large_page_of_organizations_is_read_in_pieces;
            admin_races:
                of_many_first_users_one_is_stored,
                of_many_creations_of_one_username_one_wins,
                of_many_changes_to_one_username_one_wins,
                two_platform_admins_cannot_remove_each_other,
                two_organization_admins_cannot_remove_each_other;
            organization_races:
                of_many_creations_of_one_slug_one_wins,
                of_many_additions_of_one_member_one_wins,
                an_organization_is_never_deleted_under_a_new_key,
                a_user_is_never_deleted_under_a_new_key,
                an_organization_is_never_deleted_under_a_new_member,
                a_user_is_never_deleted_under_a_new_membership;
            values:
                texts_of_organizations_round_trip_unchanged,
                unknown_ids_find_nothing,
                a_username_with_a_nul_finds_nothing;
        }
    };
    ($run:path) => {
        $crate::administration_suite!(@each @tests $run);
    };
}
