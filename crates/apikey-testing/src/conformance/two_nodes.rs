//! What must hold between two nodes of one store: rights that end through one of them
//! end writes through the other.

use super::{
    TestStore,
    authority::refuses_every_write,
    authority_races::{the_first_of_two_revokers_wins, writes_race_with_losses},
    authority_setup::Loss,
    endings_notices::one_gives_each,
    idempotency::one_makes_a_key,
    key_digests::{one_renews, renewals_race_with_changes},
    names::{one_change_wins, one_creation_wins},
    peppers::{a_new_pepper_waits, one_first_pepper_is_registered},
    session_authority::{sign_ins_race_with_a_new_password, writes_race_with_a_sign_out},
    totals::totals_are_exact,
};

/// Two nodes of a fresh, empty store.
pub struct TwoNodes {
    /// One of them.
    pub one: TestStore,
    /// The other one.
    pub other: TestStore,
}

// === impl TwoNodes ===

impl TwoNodes {
    /// Loses each right through one node and then writes through the other.
    ///
    /// # Panics
    ///
    /// If a write is not refused.
    pub async fn no_right_outlives_its_loss(&self) {
        for loss in Loss::ALL {
            refuses_every_write(&self.one, &self.other, loss).await;
        }
    }

    /// Loses rights through one node while both write.
    ///
    /// # Panics
    ///
    /// If a write takes place after the loss of its right.
    pub async fn no_write_follows_the_loss_of_its_right(&self) {
        writes_race_with_losses(&self.one, &self.other).await;
    }

    /// Gives names that look alike at once through both nodes.
    ///
    /// # Panics
    ///
    /// If not exactly one is given.
    pub async fn one_of_many_like_usernames_is_given(&self) {
        let nodes = [&self.one, &self.other];
        one_creation_wins(&nodes).await;
    }

    /// Creates and deletes keys of the same users at once through both nodes.
    ///
    /// # Panics
    ///
    /// If the totals of lists differ from the keys there are.
    pub async fn totals_are_exact_after_concurrent_writes(&self) {
        totals_are_exact(&[&*self.one, &*self.other]).await;
    }

    /// Sends requests at once through both nodes that may be sent again.
    ///
    /// # Panics
    ///
    /// If one of them does not make exactly one key.
    pub async fn of_many_that_are_sent_at_once_one_makes_a_key(&self) {
        one_makes_a_key(&[&self.one, &self.other]).await;
    }

    /// Renews digests of other services at once through both nodes, and through one while
    /// their keys are deleted, changed and rotated through the other.
    ///
    /// # Panics
    ///
    /// If not exactly one renews each, or if either undoes what the other did.
    pub async fn of_many_that_renew_a_digest_one_is_told_so(&self) {
        let (alice, nodes) = (self.one.user("alice").await, [&*self.one, &*self.other]);
        one_renews(&nodes, &alice).await;
        renewals_race_with_changes(&nodes, &alice).await;
    }

    /// Proposes the first peppers at once through both nodes, and they differ.
    ///
    /// # Panics
    ///
    /// If not exactly one is registered, and the other refused.
    pub async fn of_two_first_peppers_one_is_registered(&self) {
        one_first_pepper_is_registered(&self.one, &self.other).await;
    }

    /// Proposes another pepper through one node before the other one knows it.
    ///
    /// # Panics
    ///
    /// If it becomes the newest before.
    pub async fn a_new_pepper_waits_until_all_nodes_know_it(&self) {
        a_new_pepper_waits(&self.one, &self.other).await;
    }

    /// Gives notices of keys that expire at once through both nodes.
    ///
    /// # Panics
    ///
    /// If one of them is not given once.
    pub async fn of_many_that_look_at_once_one_gives_a_notice(&self) {
        let alice = self.one.user("alice").await;
        one_gives_each(&[&self.one, &self.other], &alice).await;
    }

    /// Changes names to such that look alike at once through both nodes.
    ///
    /// # Panics
    ///
    /// If not exactly one is changed.
    pub async fn one_of_many_changes_to_like_usernames_is_made(&self) {
        one_change_wins(&[&self.one, &self.other]).await;
    }

    /// Ends a session through one node while both write with it.
    ///
    /// # Panics
    ///
    /// If a write takes place after the end of its session.
    pub async fn no_write_follows_the_end_of_its_session(&self) {
        writes_race_with_a_sign_out(&self.one, &self.other).await;
    }

    /// Gives a user another password through one node while they sign in through both.
    ///
    /// # Panics
    ///
    /// If a session outlives the password that it was begun with.
    pub async fn no_session_outlives_a_new_password(&self) {
        sign_ins_race_with_a_new_password(&self.one, &self.other).await;
    }

    /// Lets two who end each other's rights write at once, each through one node.
    ///
    /// # Panics
    ///
    /// If both take place, or none.
    pub async fn two_who_end_each_others_rights_take_turns(&self) {
        the_first_of_two_revokers_wins(&self.one, &self.other).await;
    }
}
