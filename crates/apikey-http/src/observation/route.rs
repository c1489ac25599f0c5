//! The routes by which requests are counted: as many as there are, whatever is asked for.

/// The paths of the routes, as `routes.rs` has them: those first with which keys are
/// verified, and others before what would match them, too. The last two are no paths.
const TEMPLATES: [&str; 47] = [
    "/auth/verify",
    "/v2/api-keys/verify",
    "/token-auth",
    "/healthz",
    "/livez",
    "/readyz",
    "/metrics",
    "/version",
    "/auth/config",
    "/auth/login",
    "/auth/logout",
    "/auth/update-password",
    "/v2/api-keys",
    "/v2/api-keys/{id}",
    "/v2/api-keys/{id}/rotate",
    "/v2/api-keys/{id}/credentials/{credential_id}",
    "/v2/api-keys/{id}/revoke",
    "/v2/api-keys/{id}/explain",
    "/v2/reports/hygiene",
    "/v2/users",
    "/v2/users/me",
    "/v2/users/me/organizations",
    "/v2/users/me/sessions",
    "/v2/users/me/sessions/{id}",
    "/v2/users/{id}",
    "/v2/users/{id}/activation",
    "/v2/users/{id}/api-keys",
    "/v2/organizations",
    "/v2/organizations/{id}",
    "/v2/organizations/{id}/members",
    "/v2/organizations/{id}/members/{user_id}",
    "/v2/events",
    "/v2/removals",
    "/v2/user-directory",
    "/update/",
    "/v2/config",
    "/v2/dashboard",
    "/v2/my-models",
    "/v2/clusters",
    "/v2/workers",
    "/v2/usage/resource-events",
    "/v2/usage/breakdown",
    "/openapi.json",
    "/docs",
    "/docs/{file}",
    "other",
    "unread",
];

/// How many of them verify keys.
const VERIFICATIONS: usize = 3;

/// A route by which requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RouteTemplate(usize);

// === impl RouteTemplate ===

impl RouteTemplate {
    /// How many there are.
    pub(crate) const COUNT: usize = TEMPLATES.len();

    /// That of each path that no route has.
    pub(crate) const OTHER: Self = Self(TEMPLATES.len() - 2);

    /// That of requests of which not even the head could be read.
    pub(crate) const UNREAD: Self = Self(TEMPLATES.len() - 1);

    /// Returns the route of a path.
    pub(crate) fn of(path: &str) -> Self {
        // Most requests are for this one, which takes every path below it.
        if let Some(rest) = path.strip_prefix(TEMPLATES[0])
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Self(0);
        }
        let mut paths = TEMPLATES[..Self::OTHER.0].iter();
        let index = paths.position(|template| matches(template, path));
        Self(index.unwrap_or(Self::OTHER.0))
    }

    /// Returns the number of its text.
    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// Returns its text.
    pub(crate) fn as_str(self) -> &'static str {
        Self::text_at(self.0)
    }

    /// Returns the text of a number.
    pub(crate) fn text_at(index: usize) -> &'static str {
        TEMPLATES.get(index).copied().unwrap_or_default()
    }

    /// Returns whether it verifies keys.
    pub(crate) fn is_verification(self) -> bool {
        self.0 < VERIFICATIONS
    }

    /// Returns whether programs ask for it again and again.
    pub(crate) fn is_frequent(self) -> bool {
        let probes = ["/livez", "/healthz", "/readyz", "/metrics"];
        self.is_verification() || probes.contains(&self.as_str())
    }
}

/// Returns whether a path has the parts of a template, of which those in braces stand for
/// any.
fn matches(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let all = template.split('/').all(|expected| {
        let part = parts.next();
        part.is_some_and(|part| expected == part || (expected.starts_with('{') && !part.is_empty()))
    });
    all && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_templates_are_the_paths_of_the_routes() {
        let source = include_str!("../routes.rs");
        let paths = source
            .lines()
            .flat_map(|line| line.split('"').skip(1).step_by(2));
        let paths: BTreeSet<_> = paths.filter(|text| text.starts_with('/')).collect();
        let templates = TEMPLATES.into_iter().take(RouteTemplate::OTHER.0);
        assert_eq!(paths, templates.collect());
    }

    #[test]
    fn a_path_is_counted_by_its_route_and_an_unknown_one_as_other() {
        for template in TEMPLATES.into_iter().take(RouteTemplate::OTHER.0) {
            let path = template.replace("{id}", "7").replace("{user_id}", "8");
            let path = path
                .replace("{credential_id}", "9")
                .replace("{file}", "a.js");
            assert_eq!(RouteTemplate::of(&path).as_str(), template, "{path}");
        }
        for (path, template) in [
            ("/auth/verify/any/path", "/auth/verify"),
            ("/auth/verifying", "other"),
            ("/v2/api-keys/", "other"),
            ("/v2/api-keys/7/", "other"),
            ("/v2/api-keys/7/secret", "other"),
            ("/unread", "other"),
            ("unread", "other"),
            ("other", "other"),
            ("*", "other"),
            ("", "other"),
            ("/", "other"),
        ] {
            assert_eq!(RouteTemplate::of(path).as_str(), template, "{path}");
        }
    }
}
