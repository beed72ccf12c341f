//! What JavaScript values may become, and how errors go back.

use js_sys::{Array, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsError, JsValue};

use crate::search::Filter;
use crate::{Error, Role};

/// A result whose error becomes a JavaScript `Error`.
pub type Result<T> = std::result::Result<T, JsError>;

/// A JavaScript `Error` with the message of a Rust error.
pub fn error(error: Error) -> JsError {
    JsError::new(&error.to_string())
}

/// A string; `what` names the argument in the message.
pub fn string(value: &JsValue, what: &str) -> Result<String> {
    let string = value
        .dyn_ref::<JsString>()
        .ok_or_else(|| JsError::new(&format!("{what} must be a string")))?;
    // UTF-16 allows half a character; UTF-8 does not, and a silent replacement character would change the text.
    if !string.is_valid_utf16() {
        return Err(JsError::new(&format!(
            "{what} holds a lone surrogate (half of a UTF-16 pair); repair it, with toWellFormed() for instance"
        )));
    }
    Ok(String::from(string))
}

/// A list of at least one string; `what` names the argument in the message.
pub fn strings(value: &JsValue, what: &str) -> Result<Vec<String>> {
    let list = value
        .dyn_ref::<Array>()
        .ok_or_else(|| JsError::new(&format!("{what} must be an array of strings")))?;
    if list.length() == 0 {
        return Err(JsError::new(&format!("{what} is empty; give at least one string")));
    }
    list.iter()
        .enumerate()
        .map(|(place, item)| string(&item, &format!("{what}[{place}]")))
        .collect()
}

/// "query", "passage" or "raw".
pub fn role(value: &JsValue) -> Result<Role> {
    string(value, "role")?.parse().map_err(error)
}

/// A whole number of results, or `default` for `undefined`.
pub fn top_k(value: &JsValue, default: usize) -> Result<usize> {
    if value.is_undefined() || value.is_null() {
        return Ok(default);
    }
    match value.as_f64() {
        Some(number) if number >= 1.0 && number.fract() == 0.0 => Ok(number.min(f64::from(u32::MAX)) as usize),
        _ => Err(JsError::new("topK must be a whole number of at least 1")),
    }
}

/// A filter, or one that lets everything through for `undefined`.
pub fn filter(value: &JsValue) -> Result<Filter> {
    if value.is_undefined() || value.is_null() {
        return Ok(Filter::default());
    }
    serde_wasm_bindgen::from_value(value.clone()).map_err(|error| JsError::new(&format!("filter: {error}")))
}

/// A plain JavaScript object with the fields of `value`.
pub fn object(value: &impl serde::Serialize) -> Result<JsValue> {
    // Plain objects rather than Map, null rather than undefined: what JSON.parse would give.
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(JsError::from)
}

/// A plain JavaScript object of these fields, for those that serde would copy number by number.
pub fn fields<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let made = Object::new();
    for (key, value) in fields {
        Reflect::set(&made, &key.into(), &value).expect("a new object takes every property");
    }
    made.into()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn message<T>(result: Result<T>) -> String {
        let error = JsValue::from(result.err().expect("accepted"));
        assert!(error.is_instance_of::<js_sys::Error>(), "a real Error");
        js_sys::Error::from(error).message().into()
    }

    #[wasm_bindgen_test]
    fn what_is_no_string_is_refused_by_name() {
        for value in [
            JsValue::UNDEFINED,
            JsValue::NULL,
            JsValue::from(1.5),
            Array::new().into(),
        ] {
            assert_eq!(message(string(&value, "query")), "query must be a string");
        }
        assert_eq!(
            string(&"열을 내리는 약은?".into(), "query").ok().as_deref(),
            Some("열을 내리는 약은?")
        );
    }

    #[wasm_bindgen_test]
    fn half_a_character_is_refused_and_a_whole_one_kept() {
        let half = JsString::from_char_code1(0xd83d);
        assert!(message(string(&half, "query")).starts_with("query holds a lone surrogate"));
        let whole = JsString::from_char_code2(0xd83d, 0xdc8a);
        assert_eq!(string(&whole, "query").ok().as_deref(), Some("💊"));
    }

    #[wasm_bindgen_test]
    fn lists_name_the_item_that_is_wrong() {
        assert_eq!(
            message(strings(&"한 줄".into(), "texts")),
            "texts must be an array of strings"
        );
        assert_eq!(
            message(strings(&Array::new(), "texts")),
            "texts is empty; give at least one string"
        );
        let list = Array::of2(&"a".into(), &JsValue::TRUE);
        assert_eq!(message(strings(&list, "texts")), "texts[1] must be a string");
        assert_eq!(
            strings(&Array::of1(&"".into()), "texts").ok(),
            Some(vec![String::new()])
        );
    }

    #[wasm_bindgen_test]
    fn roles_and_limits() {
        assert!(message(role(&"document".into())).contains("document"));
        assert!(matches!(role(&"passage".into()), Ok(Role::Passage)));
        assert_eq!(top_k(&JsValue::UNDEFINED, 7).ok(), Some(7));
        assert_eq!(top_k(&3.into(), 7).ok(), Some(3));
        for wrong in [
            JsValue::from(0),
            JsValue::from(1.5),
            JsValue::from(f64::NAN),
            "3".into(),
        ] {
            assert_eq!(message(top_k(&wrong, 7)), "topK must be a whole number of at least 1");
        }
    }

    #[wasm_bindgen_test]
    fn objects_are_plain() {
        let value = object(&crate::Ranked { index: 2, score: 0.5 }).ok().unwrap();
        assert_eq!(Reflect::get(&value, &"index".into()).unwrap(), JsValue::from(2));
        assert_eq!(Reflect::get(&value, &"score".into()).unwrap(), JsValue::from(0.5));
    }
}
