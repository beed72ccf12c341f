//! What JavaScript values may become, and how errors go back.

use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsError, JsValue};

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

/// A plain JavaScript object with the fields of `value`.
pub fn object(value: &impl serde::Serialize) -> Result<JsValue> {
    // Plain objects rather than Map, null rather than undefined: what JSON.parse would give.
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(JsError::from)
}
