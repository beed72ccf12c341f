//! The records of an index file: every different string once.

use std::collections::HashMap;

use super::catalogue::Record;

/// Number of a record's fields.
pub const FIELDS: usize = 10;

/// Stands between the items of a list (U+001F, "unit separator").
const SEPARATOR: char = '\u{1f}';

/// Records, packed: every different string once, and for every record the numbers of its strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// The strings, one behind the other.
    pub text: String,
    /// Where each string ends in `text`, in bytes.
    pub ends: Vec<u32>,
    /// For every record, the strings of its fields.
    pub fields: Vec<[u32; FIELDS]>,
}

impl Packed {
    /// Packs `records`; equal records give equal bytes.
    pub fn new(records: &[Record]) -> Self {
        let mut all = Self::default();
        let mut known: HashMap<String, u32> = HashMap::new();
        for record in records {
            // Taken apart by name, so that a new field cannot be forgotten here.
            let Record {
                id,
                name,
                company,
                ingredients_ko,
                ingredients_en,
                class_code,
                class_name_ko,
                form,
                rx_otc,
                efficacy,
            } = record;
            let text = String::clone;
            let list = |items: &[String]| {
                // An item that holds the separator would come back as two.
                let items: Vec<String> = items.iter().map(|item| item.replace(SEPARATOR, " ")).collect();
                items.join(&SEPARATOR.to_string())
            };
            let fields: [String; FIELDS] = [
                text(id),
                text(name),
                text(company),
                list(ingredients_ko),
                list(ingredients_en),
                text(class_code),
                text(class_name_ko),
                text(form),
                text(rx_otc),
                text(efficacy),
            ];
            all.fields.push(fields.map(|string| {
                let next = all.ends.len() as u32;
                *known.entry(string).or_insert_with_key(|string| {
                    all.text.push_str(string);
                    all.ends.push(all.text.len() as u32);
                    next
                })
            }));
        }
        all
    }

    /// The records as they were.
    ///
    /// # Errors
    /// What does not fit.
    pub fn unpack(&self) -> Result<Vec<Record>, &'static str> {
        let mut strings: Vec<&str> = Vec::with_capacity(self.ends.len());
        let mut start = 0;
        for &end in &self.ends {
            let end = end as usize;
            let string = self.text.get(start..end);
            strings.push(string.ok_or("a string of its records does not end where it should")?);
            start = end;
        }
        if start != self.text.len() {
            return Err("the strings of its records do not fill their tensor");
        }
        let all = self.fields.iter().map(|fields| {
            let string = |number: u32| strings.get(number as usize).copied();
            let mut numbers = fields.iter();
            let mut text = || string(*numbers.next()?).map(str::to_owned);
            let list = |text: String| -> Vec<String> {
                let items = text.split(SEPARATOR).filter(|item| !item.is_empty());
                items.map(str::to_owned).collect()
            };
            // In the order of `new`: fields of a literal are evaluated as they stand.
            Some(Record {
                id: text()?,
                name: text()?,
                company: text()?,
                ingredients_ko: list(text()?),
                ingredients_en: list(text()?),
                class_code: text()?,
                class_name_ko: text()?,
                form: text()?,
                rx_otc: text()?,
                efficacy: text()?,
            })
        });
        all.collect::<Option<Vec<Record>>>()
            .ok_or("a record names a string that is not there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_back(rows in prop::collection::vec(prop::collection::vec("[가-다]{0,2}|\\PC{0,6}", 10..14), 0..9)) {
            let records: Vec<Record> = rows
                .into_iter()
                .map(|mut texts| {
                    let mut text = || texts.pop().unwrap();
                    Record {
                        id: text(),
                        name: text(),
                        company: text(),
                        class_code: text(),
                        class_name_ko: text(),
                        form: text(),
                        rx_otc: text(),
                        efficacy: text(),
                        ingredients_en: vec![text() + "a", "b".into()],
                        ingredients_ko: texts.into_iter().filter(|item| !item.is_empty()).collect(),
                    }
                })
                .collect();
            let packed = Packed::new(&records);
            prop_assert_eq!(packed.unpack(), Ok(records));
        }

        #[test]
        fn any_parts_are_unpacked_or_refused(
            text in "[a약]{0,6}",
            ends in prop::collection::vec(0_u32..20, 0..6),
            field in 0_u32..6,
        ) {
            let packed = Packed { text, ends, fields: vec![[field; FIELDS]] };
            if let Ok(records) = packed.unpack() {
                prop_assert_eq!(records.len(), 1);
            }
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let bad = |text: &str, ends: &[u32], field| {
            let (text, ends) = (text.to_owned(), ends.to_vec());
            let fields = vec![[field; FIELDS]];
            Packed { text, ends, fields }.unpack().is_err()
        };
        assert!(!bad("약a", &[3, 4], 1));
        assert!(bad("약a", &[1, 4], 1), "inside a character");
        assert!(bad("약a", &[4, 3], 1), "backwards");
        assert!(bad("약a", &[3], 0), "not filled");
        assert!(bad("약a", &[3, 4], 2), "no such string");
    }
}
