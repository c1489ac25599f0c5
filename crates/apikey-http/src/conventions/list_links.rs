//! Where the other pages of a list are, and how many entries it has (RFC 8288).

use actix_web::{
    dev::ServiceResponse,
    http::header::{self, HeaderName, HeaderValue},
};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode, utf8_percent_encode};

/// The header with the number of entries of a list.
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// The maximum length of `Link` in bytes: a proxy refuses an answer whose headers do not fit
/// its buffer, which is often one of 4 KiB.
const MAX_BYTES: usize = 2_048;

/// What of a query must be encoded in a link: what no reference has (RFC 3986), and what some
/// clients split a header at without looking for `>`.
const OUTSIDE_LINKS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b',')
    .add(b';');

/// What of a cursor must be encoded in a query.
const OUTSIDE_VALUES: &AsciiSet = &OUTSIDE_LINKS
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'=');

/// The place of an answer in its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PlaceInList {
    /// A page with a number.
    Page {
        page: i64,
        per_page: i64,
        total: u64,
    },
    /// What follows a cursor, and the cursor for the rest if there is one.
    Walk { next: Option<String>, total: u64 },
}

/// Returns an answer with the headers of its place in a list, if the handler noted that.
pub(super) fn added(mut response: ServiceResponse) -> ServiceResponse {
    let place = response
        .response_mut()
        .extensions_mut()
        .remove::<PlaceInList>();
    let Some(place) = place else {
        return response;
    };
    let link = place.link(response.request().query_string());
    let headers = response.headers_mut();
    headers.insert(TOTAL_COUNT, place.total().into());
    if let Ok(link) = HeaderValue::try_from(link)
        && !link.is_empty()
    {
        headers.insert(header::LINK, link);
    }
    response
}

// === impl PlaceInList ===

impl PlaceInList {
    fn total(&self) -> u64 {
        match self {
            Self::Page { total, .. } | Self::Walk { total, .. } => *total,
        }
    }

    /// Returns the value of `Link`, with references relative to the request whose query this
    /// is: what a proxy did to its address is not known here. Those that do not fit are left
    /// out, the next page last.
    fn link(&self, query: &str) -> String {
        let mut link = String::new();
        for (relation, name, value) in self.relations() {
            let reference = with_parameter(query, name, &value);
            let one = format!("<{reference}>; rel=\"{relation}\"");
            if link.len() + ", ".len() + one.len() > MAX_BYTES {
                break;
            }
            if !link.is_empty() {
                link.push_str(", ");
            }
            link.push_str(&one);
        }
        link
    }

    /// Returns the relations, the most useful first, each with its parameter of the query.
    fn relations(&self) -> Vec<(&'static str, &'static str, String)> {
        match self {
            Self::Walk { next, .. } => {
                let next = next.iter().map(|next| {
                    let value = utf8_percent_encode(next, OUTSIDE_VALUES).to_string();
                    ("next", "cursor", value)
                });
                next.collect()
            }
            Self::Page {
                page,
                per_page,
                total,
            } => {
                let pages = total.div_ceil(per_page.unsigned_abs().max(1));
                let last = i64::try_from(pages).unwrap_or(i64::MAX).max(1);
                let next = (*page < last).then(|| ("next", page.saturating_add(1)));
                let previous = (*page > 1).then(|| ("prev", last.min(page.saturating_sub(1))));
                let ends = [("first", 1), ("last", last)];
                let all = next.into_iter().chain(previous).chain(ends);
                all.map(|(relation, page)| (relation, "page", page.to_string()))
                    .collect()
            }
        }
    }
}

/// Returns a reference to the same path with another value of one parameter of the query.
fn with_parameter(query: &str, name: &str, value: &str) -> String {
    let others = query.split('&').filter(|parameter| {
        let given = parameter.split('=').next().unwrap_or_default();
        !given.is_empty() && given != name
    });
    let others =
        others.map(|other| format!("{}&", percent_encode(other.as_bytes(), OUTSIDE_LINKS)));
    format!("?{}{name}={value}", others.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: i64, total: u64) -> PlaceInList {
        PlaceInList::Page {
            page,
            per_page: 10,
            total,
        }
    }

    #[test]
    fn pages_lead_to_their_neighbors_and_the_ends() {
        let link = |place: PlaceInList| place.link("perPage=10&page=2");
        let all = "<?perPage=10&page=3>; rel=\"next\", <?perPage=10&page=1>; rel=\"prev\", \
                   <?perPage=10&page=1>; rel=\"first\", <?perPage=10&page=3>; rel=\"last\"";
        assert_eq!(link(page(2, 21)), all);
        let ends = "<?perPage=10&page=1>; rel=\"first\", <?perPage=10&page=1>; rel=\"last\"";
        assert_eq!(link(page(1, 10)), ends);
        assert_eq!(link(page(1, 0)), ends);
        let back = "<?perPage=10&page=1>; rel=\"prev\", ";
        assert_eq!(link(page(i64::MAX, 3)), format!("{back}{ends}"));
    }

    #[test]
    fn a_walk_leads_to_what_follows() {
        let walk = |next: Option<&str>| PlaceInList::Walk {
            next: next.map(ToOwned::to_owned),
            total: 5,
        };
        let next = walk(Some("a+/=")).link("cursor=&search=%C3%A4");
        assert_eq!(next, "<?search=%C3%A4&cursor=a%2B/%3D>; rel=\"next\"");
        assert_eq!(walk(None).link("cursor=x"), "");
    }

    #[test]
    fn what_a_stranger_asks_for_cannot_break_out_of_a_link() {
        let link = page(1, 100).link("a=\"> rel=x<\u{e4}&&b&=c");
        let expected = "<?a=%22%3E%20rel=x%3C%C3%A4&b&page=2>; rel=\"next\", ";
        assert!(
            page(1, 100)
                .link("a=b;c,d")
                .starts_with("<?a=b%3Bc%2Cd&page=2>;")
        );
        assert!(link.starts_with(expected), "{link}");
    }

    #[test]
    fn a_long_query_has_the_next_page_only_or_none() {
        let link = |length: usize| page(2, 100).link(&"a".repeat(length));
        assert_eq!(link(100).matches("rel=").count(), 4);
        let only_next = link(1_500);
        assert!(only_next.ends_with("rel=\"next\""), "{only_next}");
        assert_eq!(only_next.matches("rel=").count(), 1);
        assert_eq!(link(2_100), "");
    }
}
