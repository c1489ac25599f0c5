//! The sizes of rows, read instead of the rows to know how many fit a piece.

use apikey_domain::gpustack::AllowedModelNames;
use diesel::prelude::Queryable;

/// The id of a row and the sizes of its texts.
pub(crate) trait SizeRow {
    /// Returns the id.
    fn id(&self) -> i64;

    /// Returns how many bytes its texts count when lists are cut into pieces.
    fn text_bytes(&self) -> usize;
}

/// The sizes of an [`super::ApiKeyRow`].
#[derive(Queryable)]
pub(crate) struct ApiKeySizeRow {
    id: i64,
    name: Option<i32>,
    description: Option<i32>,
    access_key: Option<i32>,
    allowed_model_names: Option<i32>,
    revocation_comment: Option<i32>,
    metadata: Option<i32>,
    credentials: Option<i32>,
    username: Option<i32>,
}

/// The sizes of a [`super::UserRow`] or a [`super::MemberRow`].
#[derive(Queryable)]
pub(crate) struct UserSizeRow {
    id: i64,
    username: Option<i32>,
    full_name: Option<i32>,
}

/// The sizes of an [`super::OrganizationRow`].
#[derive(Queryable)]
pub(crate) struct OrganizationSizeRow {
    id: i64,
    name: Option<i32>,
    slug: Option<i32>,
    description: Option<i32>,
}

/// The sizes of an [`super::EventRow`].
#[derive(Queryable)]
pub(crate) struct EventSizeRow {
    before: Option<i32>,
    after: Option<i32>,
}

// === impl ApiKeySizeRow ===

impl SizeRow for ApiKeySizeRow {
    fn id(&self) -> i64 {
        self.id
    }

    fn text_bytes(&self) -> usize {
        let names = sum([self.allowed_model_names]) * AllowedModelNames::MEMORY_FACTOR;
        names + sum(self.texts())
    }
}

impl ApiKeySizeRow {
    /// Returns whether none of its texts has more than `most` bytes.
    pub(crate) fn fits(&self, most: i32) -> bool {
        let texts = self.texts().into_iter().chain([self.allowed_model_names]);
        texts.flatten().all(|bytes| bytes <= most)
    }

    /// Returns the sizes of the texts that take as much as they have.
    fn texts(&self) -> [Option<i32>; 7] {
        [
            self.name,
            self.description,
            self.access_key,
            self.revocation_comment,
            self.metadata,
            self.credentials,
            self.username,
        ]
    }
}

// === impl UserSizeRow ===

impl SizeRow for UserSizeRow {
    fn id(&self) -> i64 {
        self.id
    }

    fn text_bytes(&self) -> usize {
        sum([self.username, self.full_name])
    }
}

// === impl OrganizationSizeRow ===

impl SizeRow for OrganizationSizeRow {
    fn id(&self) -> i64 {
        self.id
    }

    fn text_bytes(&self) -> usize {
        sum([self.name, self.slug, self.description])
    }
}

// === impl EventSizeRow ===

impl EventSizeRow {
    /// Returns how many bytes its payloads count when lists are cut into pieces:
    /// they are read as text and as the value that this describes.
    pub(crate) fn text_bytes(&self) -> usize {
        2 * sum([self.before, self.after])
    }
}

fn sum<const N: usize>(sizes: [Option<i32>; N]) -> usize {
    let sizes = sizes.into_iter().flatten();
    sizes.filter_map(|size| usize::try_from(size).ok()).sum()
}
