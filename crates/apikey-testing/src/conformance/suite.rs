//! The list of clauses, and the macro that generates tests for them.

/// Generates a test for each clause. `$run` is the path of a function that takes a
/// [`Clause`](crate::conformance::Clause), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// ```
/// use apikey_testing::{Memory, conformance::{Clause, TestStore}};
/// use std::sync::Arc;
///
/// fn run(clause: Clause) {
///     let store = Arc::new(Memory::new());
///     futures_executor::block_on(clause(TestStore {
///         api_keys: store.clone(),
///         key_facts: store.clone(),
///         directory: store.clone(),
///         event_log: store.clone(),
///         change_feed: store,
///     }));
/// }
///
/// apikey_testing::conformance_suite!(run);
/// ```
#[macro_export]
macro_rules! conformance_suite {
    ($run:path) => {
        $crate::conformance_suite! { @tests $run;
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
                a_refused_creation_stores_and_delivers_nothing;
            keys_credential:
                a_key_is_found_with_its_digest_and_user,
                an_access_key_is_looked_up_bytewise,
                a_credential_has_the_current_user,
                a_credential_has_the_current_key,
                the_key_of_a_system_user_is_found;
            key_facts:
                the_facts_are_those_of_the_key_and_its_owner,
                facts_with_a_known_owner_are_those_of_the_key,
                an_unknown_access_key_has_no_facts,
                the_facts_follow_every_change_of_the_key,
                the_facts_follow_every_change_of_the_user,
                the_facts_follow_the_membership,
                a_platform_admin_needs_no_membership;
            usage:
                a_use_is_recorded_and_changes_nothing_else,
                a_recorded_use_never_moves_back,
                a_use_that_a_wrong_clock_recorded_is_replaced,
                a_use_of_a_deleted_key_is_skipped,
                many_uses_are_recorded_at_once,
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
            keys_snapshot:
                snapshots_list_keys_by_creation_in_batches,
                a_snapshot_has_what_the_filter_admits,
                a_snapshot_starts_after_any_creation,
                an_empty_snapshot_knows_which_commits_it_includes,
                a_snapshot_knows_which_commits_it_includes,
                each_write_has_a_position_of_its_own,
                a_snapshot_does_not_move_the_feed;
            keys_change:
                an_update_changes_what_it_names_only,
                an_update_stays_within_its_reach,
                a_deletion_stays_within_its_reach,
                an_update_that_changes_nothing_leaves_no_trace,
                updated_at_never_moves_back,
                the_key_of_a_system_user_can_be_updated_and_deleted,
                a_key_is_deleted_once,
                an_unknown_key_is_neither_updated_nor_deleted;
            key_races:
                of_many_creations_of_one_name_one_wins,
                of_many_creations_of_one_access_key_one_wins,
                of_creations_at_one_time_each_is_refused_for_itself,
                concurrent_creations_are_all_stored,
                of_many_deletions_one_returns_the_key,
                an_update_never_revives_a_key_that_is_being_deleted,
                concurrent_updates_are_delivered_in_the_order_of_commits,
                a_snapshot_during_writes_has_the_commits_it_includes;
            names:
                a_username_that_looks_like_another_is_taken,
                plain_letters_that_look_alike_are_told_apart,
                a_user_of_before_keeps_their_name_and_its_look,
                a_username_is_found_composed_and_as_it_is_stored,
                a_search_folds_case,
                of_many_creations_of_like_usernames_one_wins,
                of_many_changes_to_like_usernames_one_wins;
            feed:
                changes_are_delivered_in_the_order_of_commits,
                a_watcher_receives_what_the_filter_admits_and_nothing_else,
                another_tenant_receives_no_update_and_no_deletion,
                changes_of_keys_of_system_users_are_never_delivered,
                each_watcher_receives_each_change_once,
                a_dropped_subscription_does_not_affect_others,
                a_failed_change_is_not_delivered;
            feed_end:
                a_watcher_that_falls_behind_is_ended_without_gaps,
                losing_a_right_ends_the_users_subscriptions,
                a_harmless_change_ends_nothing,
                deleting_a_user_ends_their_subscriptions,
                removing_a_member_ends_their_subscriptions_for_the_organization,
                deleting_an_organization_ends_the_subscriptions_for_it,
                a_key_that_loses_management_ends_the_subscriptions_with_it;
            events:
                changes_of_users_are_recorded,
                changes_of_organizations_are_recorded,
                changes_of_members_are_recorded,
                changes_of_keys_are_recorded,
                an_event_keeps_every_value;
            event_commits:
                a_failed_change_is_not_recorded,
                a_write_that_changes_nothing_is_not_recorded,
                everything_deleted_with_a_user_is_recorded,
                everything_deleted_with_an_organization_is_recorded;
            event_lists:
                events_are_listed_in_order_in_pages,
                a_reader_that_follows_misses_none_and_sees_none_twice,
                the_events_of_one_key_are_consistent,
                events_are_listed_as_the_filter_says;
            event_feed:
                the_events_of_keys_are_those_the_filter_admits,
                a_watcher_receives_what_is_recorded,
                a_subscription_continues_from_its_start_position,
                a_position_beyond_the_end_misses_some,
                a_position_that_no_event_has_misses_some;
            event_pruning:
                pruning_deletes_older_events,
                pruning_deletes_at_most_the_limit,
                pruning_leaves_no_gap_for_a_clock_that_was_behind,
                pruning_passes_over_dates_that_are_ahead,
                one_late_date_among_old_ones_keeps_only_itself,
                only_dates_that_are_ahead_may_be_left,
                new_events_come_after_pruned_ones,
                the_state_of_the_record_is_known;
            users:
                a_created_user_is_returned_as_they_are_found,
                every_user_and_organization_has_its_own_principal,
                ids_of_deleted_users_and_organizations_are_not_reused,
                usernames_are_looked_up_bytewise,
                the_first_user_is_stored_only_if_there_is_none,
                a_first_user_after_an_ordinary_one_is_not_stored,
                users_are_listed_by_id_in_pages,
                a_search_of_users_ignores_case_and_has_no_wildcards,
                an_update_of_a_user_changes_what_it_names_only,
                a_username_cannot_be_changed_to_a_taken_one,
                an_unknown_user_is_neither_updated_nor_deleted;
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
                a_large_page_of_keys_is_read_in_pieces,
                many_small_keys_are_read_in_pieces,
                a_page_of_any_size_shows_whole_keys,
                what_is_deleted_meanwhile_is_left_out_of_a_piece,
                a_piece_is_cut_by_the_present_sizes,
                a_snapshot_is_read_in_pieces,
                a_large_page_of_users_is_read_in_pieces,
                a_large_page_of_organizations_is_read_in_pieces,
                a_large_page_of_events_ends_early_and_says_so;
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
                texts_round_trip_unchanged,
                texts_of_organizations_round_trip_unchanged,
                empty_and_absent_are_kept_apart,
                scopes_models_and_origins_round_trip_unchanged,
                instants_keep_their_microseconds_over_the_whole_calendar,
                unknown_ids_find_nothing,
                a_username_with_a_nul_finds_nothing;
        }
    };
    (@tests $run:path; $($topic:ident: $($clause:ident),+;)+) => {
        $($(
            #[test]
            fn $clause() {
                $run(|store| {
                    Box::pin($crate::conformance::with_timeout(async move {
                        $crate::conformance::$topic::$clause(&store).await;
                    }))
                });
            }
        )+)+
    };
}
