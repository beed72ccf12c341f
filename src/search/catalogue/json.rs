//! Records from JSON: an array, the answer of a data.go.kr service, or one object a line.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::Gathering;
use super::lines::Lines;
use super::schema::{Field, SCHEMAS, Schema, normal};
use super::walk;
use crate::error::{Error, Result};

/// Where services keep their rows: each of these is inside the one before, where it is there at all.
const WRAPPERS: [&str; 4] = ["response", "body", "items", "item"];

/// Whether `text`, which begins with `{`, is one object a line rather than one object.
pub fn is_one_a_line(text: &str) -> bool {
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let mut lines = text.split('\n').map(str::trim).filter(|line| !line.is_empty());
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    // Either of the first two may be the malformed one.
    !second.is_empty() && !is_json(text) && (second.starts_with('{') || is_json(first))
}

/// Reads one object a line into `gathering`; empty lines are none.
pub fn read_lines(text: &str, gathering: &mut Gathering) -> Result<()> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.split('\n')) {
        if !line.trim().is_empty() {
            gathering.add(number, reader.record(line))?;
        }
    }
    Ok(())
}

/// Reads an array, a service's answer or a single record into `gathering`.
pub fn read_document(text: &str, gathering: &mut Gathering) -> Result<()> {
    let malformed = |error: serde_json::Error| {
        let line = u64::try_from(error.line()).unwrap_or(u64::MAX);
        gathering.wrong(line.max(1), json_reason(&error))
    };
    serde_json::from_str::<IgnoredAny>(text).map_err(malformed)?;
    let rows = rows(text).map_err(|reason| Error::file(gathering.file, reason))?;
    let mut reader = Reader::default();
    let mut lines = Lines::new(text);
    for row in rows {
        // Rows are slices of the text, so that addresses tell where they stand.
        let place = (row.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        gathering.add(lines.of(place), reader.record(row))?;
    }
    Ok(())
}

/// The rows of a document that is JSON, out of their wrappers; else what is wrong with it.
fn rows(document: &str) -> std::result::Result<Vec<&str>, String> {
    let mut value = document.trim();
    for wrapper in WRAPPERS {
        refusal(value).map_or(Ok(()), Err)?;
        value = walk::member(value, wrapper).unwrap_or(value);
    }
    match value.as_bytes().first() {
        Some(b'{') => Ok(vec![value]),
        // What services answer when nothing was found.
        _ if matches!(value, "null" | "\"\"") => Ok(Vec::new()),
        _ => walk::elements(value).ok_or_else(|| "holds no list of products".to_owned()),
    }
}

/// What a service says when it refuses.
fn refusal(answer: &str) -> Option<String> {
    let header: HashMap<String, Value> = serde_json::from_str(walk::member(answer, "header")?).ok()?;
    let code = scalar(header.get("resultCode")?)?;
    let message = header.get("resultMsg").and_then(scalar).unwrap_or_default();
    let fine = code.bytes().all(|byte| byte == b'0');
    (!fine).then(|| format!("the service refused with code {code:?}: {message:?}; ask it again"))
}

/// Reads one object after the other.
#[derive(Default)]
struct Reader {
    /// That of the first object that has one.
    schema: Option<&'static Schema>,
}

impl Reader {
    /// The record of an object; else what is wrong with it.
    fn record(&mut self, row: &str) -> std::result::Result<super::Record, String> {
        let object: HashMap<String, Value> = match serde_json::from_str(row) {
            Ok(Value::Object(object)) => match object.get("item") {
                // Some services wrap every row.
                Some(Value::Object(inner)) if object.len() == 1 => inner.clone(),
                _ => object,
            },
            Ok(_) => return Err("is no JSON object".to_owned()),
            Err(error) => return Err(json_reason(&error)),
        }
        .into_iter()
        .map(|(key, value)| (normal(&key), value))
        .collect();
        let schema = match self.schema {
            Some(schema) => schema,
            None => {
                let keys: Vec<String> = object.keys().cloned().collect();
                let known = |schema: &&Schema| schema.has(Field::Id, &keys) || schema.has(Field::Name, &keys);
                let found = SCHEMAS.iter().find(known);
                let reason = "has none of the keys id, name, itemSeq, itemName, 품목일련번호, 제품명";
                *self.schema.insert(found.ok_or(reason)?)
            }
        };
        schema.record(|column| {
            let name = schema.columns[column].0;
            object.get(name).map_or(Ok(String::new()), |value| {
                cell(value).ok_or_else(|| format!("{name} must be text or a list of texts"))
            })
        })
    }
}

/// A value as CSV writes it: `|` between the items of a list.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(scalar).collect();
            items.map(|items| items.join("|"))
        }
        _ => scalar(value),
    }
}

/// Texts, whole numbers (item numbers are written so too), and nothing.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// What is wrong with the JSON of a line.
fn json_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Its own line would be that within the row.
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("malformed JSON, column {}: {what}", error.column())
}
