//! Index files: whatever the bytes, they are opened or refused, and what was opened can be searched.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yaksearch::{Index, RankOptions, SearchOptions};

/// A header may claim any width where there is no vector.
const WIDEST: usize = 1024;

fuzz_target!(|bytes: &[u8]| {
    let Ok(index) = Index::from_bytes_alone("fuzz", bytes) else {
        return;
    };
    for question in ["두통", "ㅌㅇㄹㄴ", "이부프로펜 말고 먹는 감기약", "한미약품 타이래놀"] {
        for group in [false, true] {
            let options = SearchOptions { group, ..SearchOptions::default() };
            let hits = index.search_words(question, &options).hits.len();
            assert!(hits <= options.top_k);
        }
    }
    if index.dimensions() <= WIDEST {
        let options = RankOptions { top_k: usize::MAX, filter: None, group: false };
        let vector = vec![0.05; index.dimensions()];
        let hits = index.rank("두통", Some(&vector), &options).expect("the vector fits");
        assert_eq!(hits.len(), index.len());
    }
    assert!(Index::from_bytes_alone("again", &index.to_bytes()).is_ok());
});
