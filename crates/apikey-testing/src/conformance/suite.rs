//! The list of clauses, and the macro that makes tests of them.

/// Makes a test of each clause. `$run` is the path of a function that takes a
/// [`Clause`](crate::conformance::Clause), makes a fresh store and
/// blocks on the clause with a runtime of its choice.
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
                a_created_key_is_answered_as_it_is_listed,
                key_ids_only_grow,
                the_id_of_a_deleted_key_is_not_given_again,
                a_name_is_taken_for_its_user_and_principal_only,
                names_are_compared_byte_for_byte,
                an_access_key_is_taken_on_the_whole_platform,
                access_keys_are_compared_byte_for_byte,
                a_taken_name_is_decided_before_a_taken_access_key,
                a_deleted_key_frees_its_name_and_access_key,
                a_key_of_nobody_is_not_stored,
                a_key_of_someone_deleted_is_not_stored,
                a_refused_creation_stores_and_tells_nothing;
            keys_credential:
                a_key_is_found_with_its_digest_and_user,
                an_access_key_is_found_byte_for_byte,
                a_credential_shows_the_user_as_they_are_now,
                a_credential_shows_the_key_as_it_is_now,
                the_key_of_a_system_user_is_found;
            key_facts:
                the_facts_are_those_of_the_key_and_its_owner,
                no_facts_are_found_of_what_is_no_key,
                the_facts_follow_every_change_of_the_key,
                the_facts_follow_every_change_of_the_user,
                the_facts_follow_the_membership,
                an_admin_of_the_platform_needs_no_membership;
            usage:
                a_use_is_recorded_and_moves_nothing_else,
                a_recorded_use_never_moves_back,
                a_use_of_a_key_that_is_gone_is_passed_over,
                many_uses_are_recorded_at_once,
                a_list_sorts_by_last_use;
            keys_list:
                a_list_shows_what_the_filter_admits,
                a_search_ignores_case_and_knows_no_wildcards,
                keys_of_system_users_are_never_listed,
                a_list_for_nobody_is_empty,
                a_page_shows_its_part_and_counts_the_whole,
                the_total_counts_what_the_search_finds,
                a_list_shows_a_renamed_users_new_name;
            keys_order:
                every_order_sorts_as_the_table_says,
                names_sort_by_their_bytes,
                a_walk_in_stretches_shows_the_list_in_every_order,
                a_walk_goes_on_after_a_key_that_is_gone,
                a_walk_shows_what_the_filter_admits;
            keys_snapshot:
                a_snapshot_goes_up_through_the_ids_in_stretches,
                a_snapshot_shows_what_the_filter_admits,
                a_snapshot_starts_after_any_number,
                a_snapshot_of_nothing_says_what_it_holds,
                a_snapshot_says_which_commits_it_holds,
                each_write_has_a_position_of_its_own,
                a_snapshot_does_not_move_the_feed;
            keys_change:
                an_update_changes_what_it_names_only,
                an_update_reaches_no_further_than_it_may,
                a_deletion_reaches_no_further_than_it_may,
                an_update_that_changes_nothing_leaves_no_trace,
                the_last_change_never_moves_back,
                the_key_of_a_system_user_can_be_changed_and_deleted,
                a_key_is_deleted_once,
                nobodys_key_is_neither_changed_nor_deleted;
            key_races:
                of_many_creations_of_one_name_one_wins,
                of_many_creations_of_one_access_key_one_wins,
                many_creations_at_once_are_all_kept,
                of_many_deletions_one_answers_the_key,
                an_update_never_revives_a_key_that_is_being_deleted,
                updates_at_once_are_told_in_the_order_of_commits,
                a_snapshot_among_writes_holds_the_commits_it_says;
            feed:
                changes_are_told_in_the_order_of_commits,
                a_watcher_hears_what_the_filter_admits_and_nothing_else,
                another_tenant_hears_of_no_change_and_no_deletion,
                the_keys_of_system_users_are_never_told,
                each_watcher_hears_each_change_once,
                a_watcher_who_left_disturbs_nobody,
                a_change_that_failed_is_not_told;
            feed_end:
                a_watcher_who_falls_behind_is_ended_without_gaps,
                losing_a_right_ends_what_the_user_watches,
                a_harmless_change_ends_nothing,
                deleting_a_user_ends_what_they_watch,
                removing_a_member_ends_what_they_watch_for_the_organization,
                deleting_an_organization_ends_what_is_watched_for_it,
                a_key_that_loses_management_ends_what_is_watched_with_it;
            events:
                changes_of_users_are_recorded,
                changes_of_organizations_are_recorded,
                changes_of_members_are_recorded,
                changes_of_keys_are_recorded,
                an_event_keeps_every_value;
            event_commits:
                a_change_that_failed_is_not_recorded,
                what_changed_nothing_is_not_recorded,
                all_that_goes_with_a_user_is_recorded,
                all_that_goes_with_an_organization_is_recorded;
            event_lists:
                events_are_listed_in_order_in_pages,
                a_reader_who_follows_misses_none_and_sees_none_twice,
                the_events_of_one_key_follow_from_each_other,
                events_are_listed_as_the_filter_says;
            event_feed:
                the_events_of_keys_are_those_the_filter_admits,
                a_watcher_is_told_what_is_recorded,
                a_subscription_goes_on_where_it_says_it_begins,
                a_position_beyond_the_end_misses_some;
            event_pruning:
                pruning_deletes_what_is_older,
                pruning_deletes_no_more_than_it_may,
                pruning_leaves_no_gap,
                events_come_behind_those_that_were_pruned;
            users:
                a_created_user_is_answered_as_they_are_found,
                everyone_has_a_principal_of_their_own,
                numbers_of_the_deleted_are_not_given_again,
                a_username_is_taken_byte_for_byte,
                the_first_user_is_stored_only_where_there_is_none,
                a_first_user_after_an_ordinary_one_is_not_stored,
                users_are_listed_by_id_in_pages,
                a_search_of_users_ignores_case_and_knows_no_wildcards,
                an_update_of_a_user_changes_what_it_names_only,
                a_username_cannot_be_changed_to_a_taken_one,
                nobody_is_neither_changed_nor_deleted;
            platform_admins:
                the_last_platform_admin_cannot_go,
                the_last_platform_admin_can_change_otherwise,
                one_of_two_platform_admins_can_go,
                an_inactive_platform_admin_does_not_count,
                an_admin_made_or_activated_later_counts,
                where_there_is_no_platform_admin_anyone_can_go;
            user_deletion:
                deleting_a_user_deletes_their_keys_everywhere,
                a_deleted_user_is_gone_and_frees_their_name,
                deleting_a_user_ends_their_memberships,
                the_last_admin_of_an_organization_cannot_be_deleted;
            organizations:
                a_created_organization_is_answered_as_it_is_found,
                a_slug_is_taken_once_and_a_name_is_not,
                organizations_are_listed_by_id_name_and_member,
                an_update_of_an_organization_changes_what_it_names_only,
                a_slug_cannot_be_changed_to_a_taken_one,
                a_deleted_organization_is_gone_with_its_memberships,
                an_organization_that_owns_keys_stays,
                a_users_own_principal_is_no_organization,
                standing_is_what_the_table_says;
            members:
                an_added_member_is_answered_as_they_are_listed,
                nobody_is_a_member_twice,
                members_are_listed_by_id_in_pages,
                a_member_is_listed_as_the_user_is_now,
                a_role_changes_and_nothing_else,
                the_last_admin_of_an_organization_keeps_their_role,
                a_removed_member_is_gone_and_can_come_back,
                a_stranger_is_neither_changed_nor_removed;
            admin_races:
                of_many_first_users_one_is_stored,
                of_many_creations_of_one_username_one_wins,
                of_many_changes_to_one_username_one_wins,
                two_platform_admins_cannot_unseat_each_other,
                two_organization_admins_cannot_remove_each_other;
            organization_races:
                of_many_creations_of_one_slug_one_wins,
                of_many_additions_of_one_member_one_wins,
                an_organization_is_never_deleted_under_a_new_key,
                a_user_is_never_deleted_under_a_new_key,
                an_organization_is_never_deleted_under_a_new_member,
                a_user_is_never_deleted_under_a_new_membership;
            values:
                texts_come_back_unchanged,
                texts_of_organizations_come_back_unchanged,
                empty_and_absent_are_kept_apart,
                scopes_models_and_origins_come_back_unchanged,
                instants_keep_their_microseconds_over_the_whole_calendar,
                numbers_of_nobody_answer_nothing,
                a_username_with_a_nul_is_nobodys;
        }
    };
    (@tests $run:path; $($topic:ident: $($clause:ident),+;)+) => {
        $($(
            #[test]
            fn $clause() {
                $run(|subject| {
                    Box::pin($crate::conformance::in_time(async move {
                        $crate::conformance::$topic::$clause(&subject).await;
                    }))
                });
            }
        )+)+
    };
}
