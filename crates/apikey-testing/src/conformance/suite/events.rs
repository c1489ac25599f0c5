//! What following changes needs: the record of events, the feed, and snapshots that fit it.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::events_suite!(@clauses);

/// Generates a test for each clause about events. `$run` is the path of a
/// function that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! events_suite {
    (@clauses) => {
        $crate::events_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            keys_create:
                a_refused_creation_stores_and_delivers_nothing;
            keys_snapshot:
                snapshots_list_keys_by_creation_in_batches,
                a_snapshot_has_what_the_filter_admits,
                a_snapshot_starts_after_any_creation,
                an_empty_snapshot_knows_which_commits_it_includes,
                a_snapshot_knows_which_commits_it_includes,
                each_write_has_a_position_of_its_own,
                a_snapshot_does_not_move_the_feed;
            keys_change:
                an_update_that_changes_nothing_leaves_no_trace;
            key_races:
                of_many_deletions_one_returns_the_key,
                an_update_never_revives_a_key_that_is_being_deleted,
                concurrent_updates_are_delivered_in_the_order_of_commits,
                a_snapshot_during_writes_has_the_commits_it_includes;
            feed:
                changes_are_delivered_in_the_order_of_commits,
                a_watcher_receives_what_the_filter_admits_and_nothing_else,
                another_tenant_receives_no_update_and_no_deletion,
                changes_of_keys_of_system_users_are_never_delivered,
                each_watcher_receives_each_change_once,
                a_dropped_subscription_does_not_affect_others,
                a_failed_change_is_not_delivered;
            keys_withdrawal:
                a_watcher_is_told_that_a_key_has_another_name;
            key_digests:
                a_renewed_digest_is_no_change;
            feed_end:
                a_watcher_that_falls_behind_is_ended_without_gaps,
                losing_a_right_ends_the_users_subscriptions,
                a_harmless_change_ends_nothing,
                deleting_a_user_ends_their_subscriptions,
                removing_a_member_ends_their_subscriptions_for_the_organization,
                deleting_an_organization_ends_the_subscriptions_for_it,
                a_key_that_loses_a_right_ends_the_subscriptions_with_it;
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
            keys_replacement:
                a_replacement_is_watched_as_an_end_and_a_creation;
            event_feed:
                the_events_of_keys_are_those_the_filter_admits,
                a_watcher_receives_what_is_recorded,
                a_subscription_continues_from_its_start_position,
                a_position_beyond_the_end_misses_some,
                a_position_that_no_event_has_misses_some;
            users_watch:
                changes_of_users_are_delivered_in_their_order,
                a_watcher_of_users_receives_what_the_filter_admits,
                losing_the_right_ends_a_watch_of_users,
                the_events_of_users_are_those_the_filter_admits,
                snapshots_list_users_by_id_in_batches,
                a_snapshot_of_users_knows_which_commits_it_includes,
                a_snapshot_of_users_during_writes_has_the_commits_it_includes;
            event_pruning:
                pruning_deletes_older_events,
                pruning_deletes_at_most_the_limit,
                pruning_leaves_no_gap_for_a_clock_that_was_behind,
                pruning_passes_over_dates_that_are_ahead,
                one_late_date_among_old_ones_keeps_only_itself,
                only_dates_that_are_ahead_may_be_left,
                new_events_come_after_pruned_ones,
                the_state_of_the_record_is_known;
            pieces:
                a_snapshot_is_read_in_pieces,
                a_large_page_of_events_ends_early_and_says_so;
        }
    };
    ($run:path) => {
        $crate::events_suite!(@each @tests $run);
    };
}
