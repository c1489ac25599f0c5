use serde_json::json;

use super::*;

fn key(id: i64, scope: &str) -> Value {
    json!({"id": id, "name": format!("k{id}"), "description": null, "scope": [scope],
        "allowed_model_names": null})
}

fn frame(event: &str, id: Option<&str>, key: &Value, changed: &Value) -> Frame {
    let data = json!({"data": key, "changed_fields": changed, "id": key["id"]});
    Frame {
        event: Some(event.to_owned()),
        id: id.map(str::to_owned),
        data: Some(data.to_string()),
    }
}

fn created(id: Option<&str>, number: i64) -> Frame {
    frame("created", id, &key(number, "*"), &json!({}))
}

fn updated(id: &str, number: i64, from: &str, to: &str) -> Frame {
    let changed = json!({"scope": [[[from]], [[to]]]});
    frame("updated", Some(id), &key(number, to), &changed)
}

fn deleted(id: &str, number: i64) -> Frame {
    frame("deleted", Some(id), &key(number, "*"), &json!({}))
}

fn end_of_snapshot(id: &str) -> Frame {
    Frame {
        id: Some(id.to_owned()),
        ..Frame::default()
    }
}

fn view_of_one() -> View {
    let mut view = View::default();
    assert_eq!(view.reopen(), None);
    view.take(created(None, 1)).unwrap();
    view.take(end_of_snapshot("1-1")).unwrap();
    view
}

fn listed(keys: &[Value]) -> Listed {
    let keys = keys.iter();
    keys.map(|key| (key["id"].as_i64().unwrap(), key.clone()))
        .collect()
}

fn complaint(view: &mut View, frame: Frame) -> String {
    format!("{:#}", view.take(frame).unwrap_err())
}

#[test]
fn what_is_told_in_order_is_believed() {
    let mut view = view_of_one();
    view.take(created(Some("2-1"), 2)).unwrap();
    view.take(updated("2-2", 2, "*", "inference")).unwrap();
    view.take(deleted("3-1", 1)).unwrap();
    assert_eq!(view.difference_to(&listed(&[key(2, "inference")])), None);
    assert_eq!(view.reopen(), Some("3-1".to_owned()));
    assert_eq!(view.counts(), (3, 0));
}

#[test]
fn a_repeated_event_is_reported() {
    let mut view = view_of_one();
    view.take(created(Some("2-1"), 2)).unwrap();
    let received = complaint(&mut view, created(Some("2-1"), 2));
    assert!(received.contains("received before"), "{received}");
    let received = complaint(&mut view, created(Some("2-2"), 2));
    assert!(received.contains("there already"), "{received}");
    view.take(deleted("3-1", 2)).unwrap();
    let received = complaint(&mut view, deleted("3-2", 2));
    assert!(received.contains("never there"), "{received}");
}

#[test]
fn a_missing_event_is_reported() {
    let mut view = view_of_one();
    let received = complaint(&mut view, updated("2-2", 1, "management", "inference"));
    assert!(received.contains("is said to have been"), "{received}");
    let received = complaint(&mut view, updated("2-3", 2, "*", "inference"));
    assert!(received.contains("never there"), "{received}");
    let two = listed(&[key(1, "inference"), key(2, "inference"), key(3, "*")]);
    let difference = view.difference_to(&two).unwrap();
    assert!(difference.contains("k3"), "{difference}");
}

#[test]
fn a_key_that_came_and_went_untold_is_reported() {
    let view = view_of_one();
    let happened = [Some("*".to_owned()), None];
    let expected = BTreeMap::from([("key k9".to_owned(), happened.to_vec())]);
    assert_eq!(view.differences(&expected).len(), 1);
    let expected = BTreeMap::from([("key k1".to_owned(), vec![Some("*".to_owned())])]);
    assert_eq!(view.differences(&expected), Vec::<String>::new());
}

#[test]
fn a_stream_that_breaks_before_any_place_was_told_begins_anew() {
    let mut view = View::default();
    view.reopen();
    view.take(created(None, 1)).unwrap();
    assert_eq!(view.reopen(), None);
    view.take(created(None, 1)).unwrap();
    assert_eq!(view.counts(), (0, 1));
}

#[test]
fn everything_is_forgotten_when_it_is_told_anew() {
    let mut view = view_of_one();
    let resync = Frame {
        event: Some("resync".to_owned()),
        ..Frame::default()
    };
    view.take(resync).unwrap();
    assert!(view.keys().is_empty());
    assert_eq!(view.reopen(), None);
}
