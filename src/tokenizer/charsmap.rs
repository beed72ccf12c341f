//! Checks a `Precompiled` normalizer before the tokenizers crate walks it.
//!
//! `precompiled_charsmap` is SentencePiece's double-array trie followed by the replacement strings. The crate indexes
//! both without bounds checks of its own, so that a damaged map panics on the first text that reaches the damage, and a
//! panic ends a WebAssembly instance. Here every unit that any text can reach is visited once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Looks for `Precompiled` normalizers anywhere in a `tokenizer.json`'s normalizer and checks each.
pub fn check(normalizer: &Value) -> Result<(), String> {
    match normalizer["type"].as_str() {
        Some("Sequence") => normalizer["normalizers"]
            .as_array()
            .into_iter()
            .flatten()
            .try_for_each(check),
        Some("Precompiled") => {
            let map = normalizer["precompiled_charsmap"]
                .as_str()
                .ok_or("normalizer: precompiled_charsmap is missing")?;
            let bytes = STANDARD
                .decode(map)
                .map_err(|error| format!("normalizer: precompiled_charsmap is not base64: {error}"))?;
            check_map(&bytes).map_err(|reason| format!("normalizer: precompiled_charsmap is damaged: {reason}"))
        }
        _ => Ok(()),
    }
}

fn check_map(bytes: &[u8]) -> Result<(), &'static str> {
    let (size, rest) = bytes.split_first_chunk::<4>().ok_or("it has no length")?;
    let size = u32::from_le_bytes(*size) as usize;
    if size > rest.len() || !size.is_multiple_of(4) || size == 0 {
        return Err("its trie does not fit");
    }
    let (trie, replacements) = rest.split_at(size);
    let replacements = std::str::from_utf8(replacements).map_err(|_| "its replacements are not UTF-8")?;
    let trie: Vec<u32> = trie
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| u32::from_le_bytes(*bytes))
        .collect();

    // The unit layout of Darts-clone, which SentencePiece uses: bits 10.. (shifted by 8 more where bit 9 is set) are
    // the offset to the children, bit 8 says that a leaf is among them, bits 0..8 and 31 are the label.
    let children = |unit: u32| ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize;
    let mut visited = vec![false; trie.len()];
    let mut pending = vec![children(trie[0])];
    while let Some(base) = pending.pop() {
        // Every byte is tried before its label is compared, so the whole block of 256 must exist.
        if base | 0xff >= trie.len() {
            return Err("its trie points beyond its end");
        }
        if std::mem::replace(&mut visited[base], true) {
            continue;
        }
        for byte in 1..=0xff_usize {
            let node = base ^ byte;
            let unit = trie[node];
            if unit & (1 << 31 | 0xff) != byte as u32 {
                continue;
            }
            let base = node ^ children(unit);
            if unit & (1 << 8) != 0 {
                let leaf = *trie.get(base).ok_or("its trie points beyond its end")?;
                if !replacements.is_char_boundary((leaf & !(1 << 31)) as usize) {
                    return Err("a replacement starts outside its text");
                }
            }
            pending.push(base);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trie in which `a` (0x61) leads to a leaf of value `value`.
    fn map(value: u32, replacements: &[u8]) -> Vec<u8> {
        let mut trie = vec![0_u32; 1024];
        trie[0] = 256 << 10; // children of the root at 256
        let node = 256 ^ 0x61;
        trie[node] = 0x61 | 1 << 8 | ((node as u32) ^ 512) << 10; // its children at 512
        trie[512] = value | 1 << 31;
        let mut bytes = (trie.len() as u32 * 4).to_le_bytes().to_vec();
        bytes.extend(trie.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes.extend(replacements);
        bytes
    }

    #[test]
    fn a_sound_map_passes() {
        assert_eq!(check_map(&map(0, b"b\0")), Ok(()));
    }

    #[test]
    fn damage_is_named() {
        assert!(check_map(&[]).is_err());
        assert!(check_map(&[255; 8]).is_err(), "a trie longer than the file");
        assert!(check_map(&map(3, b"b\0")).is_err(), "a leaf beyond the replacements");
        assert!(
            check_map(&map(1, "약\0".as_bytes())).is_err(),
            "a leaf inside a character"
        );
        let mut far = map(0, b"b\0");
        far[4..8].copy_from_slice(&(4096_u32 << 10).to_le_bytes());
        assert!(check_map(&far).is_err(), "children beyond the trie");
    }
}
