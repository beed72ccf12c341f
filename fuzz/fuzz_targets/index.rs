//! Index files: whatever the bytes, they are opened or refused.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use yaksearch::{Checkpoint, Embedder, Index, Options};

static EMBEDDER: LazyLock<Embedder> = LazyLock::new(|| {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny"));
    let checkpoint = Checkpoint::from_folder(folder).expect("the tiny model is part of the repository");
    Embedder::load(checkpoint, &Options::default()).expect("the tiny model is sound")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(index) = Index::from_bytes("fuzz", bytes, &EMBEDDER) {
        assert!(index.search(&EMBEDDER, "두통", 3).is_ok());
    }
});
