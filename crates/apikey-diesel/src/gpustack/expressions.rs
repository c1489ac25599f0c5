//! Expressions of SQL.

/// Returns the beginning of a name, so that a row of any size is read in pieces.
pub(super) fn short(text: &str) -> String {
    format!("left({text}::text, 600)")
}

/// Returns the beginning of a description.
pub(super) fn long(text: &str) -> String {
    format!("left({text}::text, 5000)")
}

/// Returns a list as its JSON, or what is none in the place of one that is too long.
pub(super) fn list(json: &str) -> String {
    format!(
        "CASE WHEN octet_length({json}::text) > 65536 THEN '\"too long\"' ELSE {json}::text END"
    )
}

/// Returns an instant in microseconds since 1970; what is infinite is as far away as a
/// number can be.
pub(super) fn instant(instant: &str) -> String {
    // Beyond the year 9999 nothing is told apart, and the last years of PostgreSQL have more
    // microseconds than the number.
    format!(
        "CASE WHEN {instant} IS NULL THEN NULL \
         WHEN isfinite({instant}) AND {instant} < '10000-01-02' \
         THEN round(extract(epoch FROM {instant}) * 1000000)::bigint \
         WHEN {instant} > '2000-01-01' THEN 9223372036854775807 \
         ELSE -9223372036854775808 END"
    )
}

pub(super) fn not(condition: &str) -> String {
    format!("NOT ({condition})")
}
