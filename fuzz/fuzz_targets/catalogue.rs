//! Lists of products: whatever the bytes, they are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yaksearch::{Catalogue, OnBadRow, ReadOptions};

fuzz_target!(|bytes: &[u8]| {
    for on_bad_row in [OnBadRow::Fail, OnBadRow::Skip] {
        if let Ok(reading) = Catalogue::read("fuzz", bytes, &ReadOptions { on_bad_row }) {
            for record in &reading.catalogue.records {
                assert!(!record.id.is_empty() && !record.name.is_empty());
                assert!(record.passage("", &[]).starts_with(&record.name));
            }
        }
    }
});
