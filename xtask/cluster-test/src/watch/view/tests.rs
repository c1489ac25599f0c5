use super::*;
use serde_json::json;

fn key(id: i64, scope: &str) -> (i64, Value) {
    let (name, models) = (format!("k{id}"), Value::Null);
    let key = json!({"id": id, "name": name, "scope": [scope], "allowed_model_names": models});
    (id, key)
}

/// Takes an event and returns what is wrong with it.
fn take(view: &mut View, place: &str, event: &str, id: i64, scopes: [&str; 2]) -> String {
    let [from, to] = scopes;
    let changed = match event {
        "updated" => json!({"scope": [[[from]], [[to]]]}),
        _ => json!({}),
    };
    let data = json!({"data": key(id, to).1, "changed_fields": changed});
    let taken = view.take(Frame {
        event: Some(event.to_owned()),
        id: (!place.is_empty()).then(|| place.to_owned()),
        data: Some(data.to_string()),
    });
    taken.map_or_else(|error| format!("{error:#}"), |()| String::new())
}

const ANY: [&str; 2] = ["*", "*"];

fn view_of_one() -> View {
    let mut view = View::default();
    assert_eq!(view.reopen(), None);
    assert_eq!(take(&mut view, "", "created", 1, ANY), "");
    let end_of_snapshot = Frame {
        id: Some("1-1".to_owned()),
        ..Frame::default()
    };
    view.take(end_of_snapshot).unwrap();
    view
}

#[test]
fn events_in_order_are_accepted() {
    let mut view = view_of_one();
    assert_eq!(take(&mut view, "2-1", "created", 2, ANY), "");
    let scopes = ["*", "inference"];
    assert_eq!(take(&mut view, "2-2", "updated", 2, scopes), "");
    assert_eq!(take(&mut view, "3-1", "deleted", 1, ANY), "");
    let listed = Listed::from([key(2, "inference")]);
    assert_eq!(view.difference_to(&listed), None);
    assert_eq!(view.reopen(), Some("3-1".to_owned()));
    assert_eq!(view.segments.last().unwrap().len(), 3);
}

#[test]
fn a_repeated_or_missing_event_is_reported() {
    let mut view = view_of_one();
    assert_eq!(take(&mut view, "2-1", "created", 2, ANY), "");
    let table = [
        ("2-1", "created", 2, ANY, "received before"),
        ("2-2", "created", 2, ANY, "there already"),
        ("3-1", "deleted", 9, ANY, "never there"),
        ("3-2", "updated", 9, ANY, "never there"),
        ("3-3", "updated", 1, ["x", "y"], "is said to have been"),
    ];
    for (place, event, id, scopes, expected) in table {
        let wrong = take(&mut view, place, event, id, scopes);
        assert!(wrong.contains(expected), "{wrong}");
    }
    let listed = Listed::from([key(1, "y"), key(2, "*"), key(3, "*"), key(9, "*")]);
    let difference = view.difference_to(&listed).unwrap();
    assert!(difference.contains("k3"), "{difference}");
}

#[test]
fn a_key_that_came_and_went_without_events_is_reported() {
    let view = view_of_one();
    let there = Some("*".to_owned());
    let expected = BTreeMap::from([("key k9".to_owned(), vec![there.clone(), None])]);
    assert_eq!(view.differences(&expected).len(), 1);
    let expected = BTreeMap::from([("key k1".to_owned(), vec![there])]);
    assert_eq!(view.differences(&expected), Vec::<String>::new());
}

#[test]
fn everything_is_forgotten_when_it_is_sent_again() {
    let mut view = View::default();
    for _ in 0..2 {
        // No place was sent, so the next stream starts from nothing.
        assert_eq!(view.reopen(), None);
        assert_eq!(take(&mut view, "", "created", 1, ANY), "");
    }
    let resync = Frame {
        event: Some("resync".to_owned()),
        ..Frame::default()
    };
    view.take(resync).unwrap();
    assert_eq!(view.difference_to(&Listed::new()), None);
    assert_eq!(view.beginnings, 3);
}
