//! The parts of a JSON value as slices of its text, so that it is known where each stands.
//!
//! (serde_json's own `RawValue` would do, but switching it on makes every page's module a good part of a percent larger.)

use serde::de::{DeserializeOwned, IgnoredAny};

/// The elements of an array, as text; `None` when it is none.
pub fn elements(json: &str) -> Option<Vec<&str>> {
    let mut rest = json.trim_start().strip_prefix('[')?;
    let mut elements = Vec::new();
    while let Some(after) = next_part(rest, ']')? {
        let element = after.trim_start();
        let (_, after) = value::<IgnoredAny>(element)?;
        elements.push(element[..element.len() - after.len()].trim_end());
        rest = after;
    }
    Some(elements)
}

/// What stands under `key` in an object, as text; `None` when it is no object or has no such key.
pub fn member<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = json.trim_start().strip_prefix('{')?;
    while let Some(after) = next_part(rest, '}')? {
        let (name, after) = value::<String>(after)?;
        let member = after.trim_start().strip_prefix(':')?.trim_start();
        let (_, after) = value::<IgnoredAny>(member)?;
        if name == key {
            return Some(member[..member.len() - after.len()].trim_end());
        }
        rest = after;
    }
    None
}

/// What follows the comma, if there is one; `Some(None)` at the end of the array or object.
fn next_part(rest: &str, end: char) -> Option<Option<&str>> {
    let rest = rest.trim_start();
    if rest.is_empty() {
        return None;
    }
    let after = rest.strip_prefix(',').unwrap_or(rest);
    Some((!rest.starts_with(end)).then_some(after))
}

/// The value that `json` begins with, and what follows it.
fn value<T: DeserializeOwned>(json: &str) -> Option<(T, &str)> {
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, json.get(values.byte_offset()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn parts_are_slices() {
        assert_eq!(
            elements(" [ 1 ,\"a,]\",\n[2, 3] , {\"b\": []},null ]"),
            Some(vec!["1", "\"a,]\"", "[2, 3]", "{\"b\": []}", "null"])
        );
        assert_eq!(elements("[]"), Some(vec![]));
        assert_eq!(elements("{}"), None);
        let object = "{ \"a\" : {\"b\": 1}, \"\\u0062\":2 ,\"c\":\"}\"}";
        assert_eq!(member(object, "a"), Some("{\"b\": 1}"));
        assert_eq!(member(object, "b"), Some("2"));
        assert_eq!(member(object, "c"), Some("\"}\""));
        assert_eq!(member(object, "d"), None);
        assert_eq!(member("[]", "a"), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[\\[\\]{},:\"\\\\ 가a]{0,5}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[\"a}가]{0,2}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn parts_are_those_of_the_parsed_value(json in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
            let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            let found = elements(&text).map(|parts| parts.into_iter().map(parse).collect::<Vec<Value>>());
            prop_assert_eq!(found.as_ref(), json.as_array());
            for (key, value) in json.as_object().into_iter().flatten() {
                prop_assert_eq!(&parse(member(&text, key).unwrap()), value);
            }
        }

        #[test]
        fn broken_json_has_no_parts_or_some(text in "[\\[{][\\[\\]{},:\"\\\\ 가1]{0,20}") {
            let _ = elements(&text);
            let _ = member(&text, "가");
        }
    }
}
