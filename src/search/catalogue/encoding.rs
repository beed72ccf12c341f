//! Bytes of a file to text: UTF-8, UTF-16, or CP949, which Korean spreadsheets write.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EUC_KR, Encoding};

use super::lines::Lines;
use crate::error::{Error, Result};

/// Decodes by the byte order mark; without one it is UTF-8, and CP949 where it cannot be UTF-8.
///
/// # Errors
/// [`Error::Row`] with the line of the first bytes that are no text.
pub fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    let wrong = |line: u64, reason: String| Error::Row {
        file: file.to_owned(),
        line,
        reason,
    };
    let marked = Encoding::for_bom(bytes);
    let body = &bytes[marked.map_or(0, |(_, length)| length)..];
    if let Some((encoding, _)) = marked.filter(|(encoding, _)| *encoding != encoding_rs::UTF_8) {
        return strict(encoding, body).map(Cow::Owned).map_err(|read| {
            let reason = format!(
                "not {}, as the file's first bytes promise; save it as UTF-8",
                encoding.name()
            );
            wrong(last_line(&read), reason)
        });
    }
    let error = match std::str::from_utf8(body) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    let read = std::str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default();
    // Two bytes a syllable do not spell syllables of three: this is UTF-8 with a flaw, and CP949 would read nonsense.
    if marked.is_some() || read.contains(|c| ('가'..='힣').contains(&c)) {
        return Err(wrong(last_line(read), "not UTF-8; save the file as UTF-8".to_owned()));
    }
    strict(EUC_KR, body).map(Cow::Owned).map_err(|read| {
        wrong(
            last_line(&read),
            "neither UTF-8 nor CP949; save the file as UTF-8".to_owned(),
        )
    })
}

/// The text, or what of it stands before the first malformed bytes.
fn strict(encoding: &'static Encoding, bytes: &[u8]) -> std::result::Result<String, String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let Some(size) = decoder.max_utf8_buffer_length_without_replacement(bytes.len()) else {
        return Err(String::new());
    };
    let mut text = String::with_capacity(size);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        _ => Err(text),
    }
}

fn last_line(text: &str) -> u64 {
    Lines::new(text).of(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(unit)
            .collect()
    }

    fn error(bytes: &[u8]) -> String {
        decode("a.csv", bytes).unwrap_err().to_string()
    }

    #[test]
    fn each_encoding_gives_the_same_text() {
        // 뷁 and 똠 are in CP949 and not in the EUC-KR of before.
        let text = "id,name\n1,똠양 뷁약\n";
        assert_eq!(decode("a", text.as_bytes()).unwrap(), text);
        assert_eq!(decode("a", format!("\u{feff}{text}").as_bytes()).unwrap(), text);
        assert_eq!(decode("a", &utf16(text, false)).unwrap(), text);
        assert_eq!(decode("a", &utf16(text, true)).unwrap(), text);
        let (cp949, _, unmapped) = EUC_KR.encode(text);
        assert!(!unmapped);
        assert_eq!(decode("a", &cp949).unwrap(), text);
    }

    #[test]
    fn bytes_of_no_encoding() {
        let expected = "a.csv, line 2: neither UTF-8 nor CP949; save the file as UTF-8";
        assert_eq!(error(b"id,name\n1,\xbe\xe0\xff\xff\n"), expected);
        assert_eq!(error(b"id,name\n1,\xbe"), expected);
    }

    #[test]
    fn damaged_utf8_is_not_read_as_cp949() {
        let bytes = [" 약\n".as_bytes(), b"\xbe\xe0\n"].concat();
        assert_eq!(error(&bytes), "a.csv, line 2: not UTF-8; save the file as UTF-8");
        assert_eq!(
            error(b"\xef\xbb\xbf\xbe\xe0"),
            "a.csv, line 1: not UTF-8; save the file as UTF-8"
        );
    }

    #[test]
    fn damaged_utf16() {
        let mut bytes = utf16("a\nb", false);
        bytes.push(b'x');
        assert_eq!(
            error(&bytes),
            "a.csv, line 2: not UTF-16LE, as the file's first bytes promise; save it as UTF-8"
        );
        // Half of a surrogate pair.
        assert!(error(b"\xfe\xff\xd8\x00\x00a").starts_with("a.csv, line 1: not UTF-16BE"));
    }
}
