//! The packed encoder against the dense one on the same packed weights, natively and in browsers.

mod tiny;

#[cfg(not(target_arch = "wasm32"))]
use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use yaksearch::checkpoint::quantized::Bits;
use yaksearch::checkpoint::{Checkpoint, WEIGHTS, Weights};
use yaksearch::encoder::{Backend, DenseEncoder, Encoder, PackedEncoder};
use yaksearch::kernels::Isa;
use yaksearch::pack::{PackOptions, VocabularyRule, pack};
use yaksearch::{Device, Embedder, Files, Options, Precision, Prompts, Role};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The tiny models, packed: positions counted from 0, and from the padding id on.
fn packed(files: Files, table: Bits) -> Files {
    let options = PackOptions {
        name: "tiny-packed".into(),
        source: "tiny".into(),
        vocabulary: VocabularyRule {
            pieces: 0,
            seen: Vec::new(),
        },
        table,
        prompts: Prompts::default(),
    };
    pack(&Checkpoint::open(files, true).unwrap(), &options).unwrap().0
}

fn models() -> Vec<(&'static str, Files)> {
    vec![
        ("tiny, 4 bits", packed(tiny::files(), Bits::Four)),
        ("tiny, 8 bits", packed(tiny::files(), Bits::Eight)),
        ("tiny-xlmr, 4 bits", packed(tiny::xlmr_files(), Bits::Four)),
    ]
}

/// The texts' token ids under the packed tokenizer.
fn sequences(files: Files) -> Vec<Vec<u32>> {
    let embedder = Embedder::load(Checkpoint::open(files, true).unwrap(), &Options::default()).unwrap();
    let texts = tiny::golden().texts;
    texts
        .iter()
        .map(|text| embedder.tokenize(&text.text, Role::Query).unwrap().ids)
        .collect()
}

fn encoder(files: &Files, isa: Isa) -> PackedEncoder {
    let mut copy = Files::new(files.origin());
    for name in files.names() {
        copy.insert(name, files.require(name).unwrap().to_vec());
    }
    let checkpoint = Checkpoint::open(copy, true).unwrap();
    let bytes = files.require(WEIGHTS).unwrap().to_vec();
    PackedEncoder::load_for(isa, checkpoint.config, checkpoint.sentence.pooling, WEIGHTS, bytes).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn vectors_are_those_of_the_dense_encoder() {
    for (name, files) in models() {
        let packed = encoder(&files, Isa::best());
        let checkpoint = Checkpoint::open(files, true).unwrap();
        let bytes = checkpoint.files.require(WEIGHTS).unwrap();
        let dense = DenseEncoder::load(
            checkpoint.config.clone(),
            checkpoint.sentence.pooling,
            &Weights::open(WEIGHTS, bytes).unwrap(),
            Device::Cpu,
            Precision::F32,
        )
        .unwrap();
        let sequences = sequences(checkpoint.files);
        let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        let wanted = dense.encode(&sequences).unwrap();
        let found = packed.encode(&sequences).unwrap();
        for (row, (wanted, found)) in wanted.chunks(32).zip(found.chunks(32)).enumerate() {
            let cosine = cosine(wanted, found);
            assert!(cosine > 0.999, "{name}, text {row}: cosine {cosine}");
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for (name, files) in models() {
        let sequences = sequences(packed(tiny::files(), Bits::Four));
        let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        let plain = encoder(&files, Isa::available()[0]).encode(&sequences).unwrap();
        for isa in Isa::available() {
            let found = encoder(&files, isa).encode(&sequences).unwrap();
            assert!(
                found.iter().zip(&plain).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{name}: {} differs from plain Rust",
                isa.name()
            );
        }
    }
}

#[test]
fn a_texts_vector_is_the_same_to_the_bit_in_every_batch() {
    for (name, files) in models() {
        let packed = encoder(&files, Isa::best());
        let sequences = sequences(files);
        let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        let together = packed.encode(&sequences).unwrap();
        for (row, (ids, together)) in sequences.iter().zip(together.chunks(32)).enumerate() {
            assert_eq!(packed.encode(&[ids]).unwrap(), together, "{name}, text {row}");
        }
    }
}

#[test]
fn packed_models_are_computed_on_integers_unless_asked_otherwise() {
    let load = |backend| {
        let files = packed(tiny::files(), Bits::Four);
        let options = Options {
            backend,
            ..Options::default()
        };
        Embedder::load(Checkpoint::open(files, true).unwrap(), &options).unwrap()
    };
    let (packed, dense) = (load(Backend::Auto), load(Backend::Dense));
    assert_eq!(packed.facts().backend, Isa::best().name());
    assert_eq!(dense.facts().backend, "dense");
    assert_eq!(packed.facts().identity, dense.facts().identity);
    let embed = |embedder: &Embedder| embedder.embed(&["두통약"], Role::Query).unwrap().vectors;
    assert!(cosine(&embed(&packed), &embed(&dense)) > 0.999);
}

#[test]
fn ids_beyond_the_table_and_empty_sequences_are_refused() {
    let packed = encoder(&packed(tiny::files(), Bits::Four), Isa::best());
    let error = packed.encode(&[&[0, 2], &[0, 60_000, 2]]).unwrap_err().to_string();
    assert!(
        error.starts_with("sequence 1, position 1: token id 60000 is beyond"),
        "{error}"
    );
    assert!(packed.encode(&[&[]]).is_err());
    assert!(packed.encode(&[]).unwrap().is_empty());
}

/// The refusal of a packed model after `damage` to one of its tensors.
fn refusal(tensor: &str, damage: impl Fn(&mut [u8])) -> String {
    let files = packed(tiny::files(), Bits::Four);
    let mut bytes = files.require(WEIGHTS).unwrap().to_vec();
    let place = {
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let data = tensors.tensor(tensor).unwrap().data().as_ptr_range();
        data.start as usize - bytes.as_ptr() as usize..data.end as usize - bytes.as_ptr() as usize
    };
    damage(&mut bytes[place]);
    let checkpoint = Checkpoint::open(files, true).unwrap();
    PackedEncoder::load(checkpoint.config, checkpoint.sentence.pooling, WEIGHTS, bytes)
        .err()
        .expect("the damaged model was accepted")
        .to_string()
}

#[test]
fn damaged_numbers_are_refused_where_they_stand() {
    const QUERY: &str = "encoder.layer.1.attention.self.query.weight";
    let error = refusal(QUERY, |codes| codes[5 * 32..][..32].fill(127));
    assert!(
        error.starts_with(&format!(
            "model.safetensors: tensor {QUERY:?} has integers in row 5, block 0 that add up"
        )),
        "{error}"
    );
    let scales = format!("{QUERY}.scales");
    let error = refusal(&scales, |scales| scales[6..8].copy_from_slice(&[0, 0x7e]));
    assert!(
        error.contains(&scales) && error.contains("no finite number at position 3"),
        "{error}"
    );
    let error = refusal(&scales, |scales| scales[5] |= 0x80);
    assert!(
        error.contains(&scales) && error.contains("a negative scale at position 2"),
        "{error}"
    );
}

#[test]
fn what_is_not_packed_is_refused() {
    let checkpoint = Checkpoint::open(tiny::files(), true).unwrap();
    let bytes = checkpoint.files.require(WEIGHTS).unwrap().to_vec();
    let error = PackedEncoder::load(checkpoint.config, checkpoint.sentence.pooling, WEIGHTS, bytes)
        .err()
        .unwrap();
    assert!(error.to_string().contains("a quantised matrix is I8"), "{error}");
}
