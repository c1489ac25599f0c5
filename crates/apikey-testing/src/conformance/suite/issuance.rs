//! What issuing keys needs: creating, listing, changing and deleting them within what the
//! caller reaches, unique names, orders, totals and pieces.

use crate::conformance::{NamedClause, TestKeys};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestKeys>] = crate::issuance_suite!(@clauses);

/// Generates a test for each clause about keys that are issued. `$run` is the path of a
/// function that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestKeys`](crate::conformance::TestKeys), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`verification_suite!`](crate::verification_suite).
#[macro_export]
macro_rules! issuance_suite {
    (@clauses) => {
        $crate::issuance_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            keys_create:
                a_created_key_is_returned_as_it_is_listed,
                key_ids_only_grow,
                the_id_of_a_deleted_key_is_not_reused,
                a_name_is_taken_for_its_user_and_principal_only,
                names_are_compared_bytewise,
                an_access_key_is_taken_on_the_whole_platform,
                access_keys_are_compared_bytewise,
                a_taken_name_is_checked_before_a_taken_access_key,
                a_deleted_key_frees_its_name_and_access_key,
                a_key_of_an_unknown_owner_is_not_stored,
                a_key_of_a_deleted_owner_is_not_stored,
                a_refused_creation_stores_nothing;
            usage:
                a_list_sorts_by_last_use;
            keys_list:
                a_list_shows_what_the_filter_admits,
                a_search_ignores_case_and_has_no_wildcards,
                keys_of_system_users_are_never_listed,
                a_list_for_an_unknown_owner_is_empty,
                a_page_has_its_window_and_the_total,
                the_total_counts_what_the_search_finds,
                a_list_shows_a_renamed_users_new_name;
            totals:
                totals_follow_every_creation_and_deletion,
                totals_are_exact_after_concurrent_writes;
            keys_order:
                every_order_sorts_as_the_table_says,
                names_sort_bytewise,
                batches_add_up_to_the_list_in_every_order,
                a_batch_can_follow_a_deleted_key,
                a_batch_has_what_the_filter_admits;
            keys_walk:
                a_walk_meets_every_lasting_key_once,
                a_walk_ends_with_the_last_key,
                a_far_page_shows_what_a_near_one_does;
            keys_conditions:
                a_list_shows_keys_that_are_as_its_conditions_say,
                conditions_sort_as_every_list_does,
                conditions_follow_every_change,
                a_walk_with_conditions_meets_every_lasting_key_once;
            keys_hints:
                a_search_finds_the_end_of_a_secret,
                a_search_finds_the_ends_of_former_secrets;
            key_digests:
                a_digest_of_each_kind_is_stored,
                only_the_digest_that_is_stored_is_renewed,
                the_digest_of_a_rotated_key_is_renewed,
                of_many_renewals_at_once_one_is_told_so,
                a_renewal_beside_a_change_leaves_both;
            keys_change:
                an_update_changes_what_it_names_only,
                updated_at_never_moves_back,
                the_key_of_a_system_user_can_be_updated_and_deleted,
                a_key_is_deleted_once,
                an_unknown_key_is_neither_updated_nor_deleted,
                an_update_that_changes_nothing_keeps_the_time;
            keys_withdrawal:
                a_disabled_key_is_what_it_was_when_it_is_enabled,
                a_revoked_key_frees_its_name_and_keeps_its_access_key,
                nothing_revives_a_revoked_key,
                a_key_takes_a_name_that_is_free,
                of_many_renames_to_one_name_one_wins,
                a_key_that_is_not_as_expected_is_not_changed,
                metadata_and_hints_round_trip_unchanged,
                withdrawn_keys_have_their_place_in_every_order;
            keys_rotation:
                a_key_keeps_its_id_and_each_secret_its_state,
                a_step_that_changes_nothing_leaves_the_key_alone,
                the_last_retired_credentials_are_kept,
                what_is_forgotten_is_found_no_more,
                an_access_key_is_taken_by_any_credential,
                of_many_first_uses_one_takes_place,
                of_many_rotations_each_takes_the_place_of_one,
                each_credential_has_its_last_use,
                a_credential_that_ended_writes_no_keys;
            keys_replacement:
                an_expired_key_leaves_its_name_to_one_that_replaces_it,
                a_key_that_has_not_expired_is_not_replaced,
                a_replacement_that_is_refused_leaves_the_expired_key_alone,
                of_many_replacements_one_takes_place;
            keys_reach:
                an_update_stays_within_its_reach,
                a_deletion_stays_within_its_reach,
                a_key_is_found_within_its_reach_alone,
                a_reach_of_people_leaves_out_system_users,
                the_key_of_another_is_narrowed_and_never_widened,
                an_update_exceeds_no_bound;
            key_races:
                of_many_creations_of_one_name_one_wins,
                of_many_creations_of_one_access_key_one_wins,
                of_creations_at_one_time_each_is_refused_for_itself,
                concurrent_creations_are_all_stored,
                of_many_who_delete_a_key_one_does,
                a_deletion_beside_an_update_is_final;
            pieces:
                a_large_page_of_keys_is_read_in_pieces,
                many_small_keys_are_read_in_pieces,
                a_page_of_any_size_shows_whole_keys,
                what_is_deleted_meanwhile_is_left_out_of_a_piece,
                a_piece_is_cut_by_the_present_sizes;
            values:
                texts_round_trip_unchanged,
                empty_and_absent_are_kept_apart,
                scopes_models_and_origins_round_trip_unchanged,
                instants_keep_their_microseconds_over_the_whole_calendar;
            key_authority:
                a_write_of_keys_without_its_right_is_refused,
                a_write_of_keys_with_its_right_is_accepted,
                a_key_that_ended_writes_no_keys;
        }
    };
    ($run:path) => {
        $crate::issuance_suite!(@each @tests $run);
    };
}
