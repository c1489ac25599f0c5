//! The statements that read memberships.

use super::{
    expressions::{instant, not},
    tables::Tables,
};

impl Tables {
    /// Returns what reads the memberships whose members are neither users nor groups.
    pub(super) fn other_memberships(&self) -> Option<String> {
        self.has_memberships().then(|| {
            format!(
                "SELECT m.id::bigint, m.parent_principal_id::bigint AS parent, \
                 m.member_principal_id::bigint AS member, {} AS kind \
                 FROM principal_memberships m \
                 LEFT JOIN {} p ON p.id = m.member_principal_id \
                 WHERE COALESCE({} NOT IN ('USER', 'GROUP'), TRUE) AND m.id > $1::bigint \
                 ORDER BY m.id LIMIT $2",
                self.kind("p"),
                self.principals,
                self.kind("p"),
            )
        })
    }

    pub(super) fn is_live_membership(&self) -> String {
        match self.has("principal_memberships", "deleted_at") {
            true => "m.deleted_at IS NULL".to_owned(),
            false => "TRUE".to_owned(),
        }
    }

    /// Returns what reads the memberships of groups in organizations. One without a role
    /// gives nobody anything there, and a group in a group neither.
    pub(super) fn group_memberships(&self) -> String {
        format!(
            "SELECT m.member_principal_id::bigint AS member, m.parent_principal_id::bigint AS \
             parent, upper(m.role::text) AS role, {} AS kind \
             FROM principal_memberships m \
             JOIN {principals} g ON g.id = m.member_principal_id \
             JOIN {principals} p ON p.id = m.parent_principal_id \
             WHERE {} = 'GROUP' AND {} = 'ORG' AND m.role IS NOT NULL AND {} AND {} AND {} \
             LIMIT $1",
            self.kind("p"),
            self.kind("g"),
            self.kind("p"),
            self.is_live("g"),
            self.is_live("p"),
            self.is_live_membership(),
            principals = self.principals,
        )
    }

    /// Returns what reads the memberships of users.
    pub(super) fn memberships_of(&self) -> String {
        format!(
            "SELECT m.member_principal_id::bigint AS member, m.parent_principal_id::bigint AS \
             parent, upper(m.role::text) AS role, {} AS kind, {} AS created_at, \
             {} AS is_deleted \
             FROM principal_memberships m \
             JOIN {principals} u ON u.id = m.member_principal_id \
             LEFT JOIN {principals} p ON p.id = m.parent_principal_id AND {} \
             WHERE m.member_principal_id = ANY($1::bigint[]) AND {} = 'USER' AND {} \
             ORDER BY m.member_principal_id, m.parent_principal_id, m.id",
            self.kind("p"),
            instant(&self.or(
                "m",
                "principal_memberships",
                "created_at",
                "now()::timestamp"
            )),
            not(&self.is_live_membership()),
            self.is_live("p"),
            self.kind("u"),
            self.is_live("u"),
            principals = self.principals,
        )
    }
}
