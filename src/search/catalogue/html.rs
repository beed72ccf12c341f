//! Plain text of what labels hold as HTML.

/// Tags that end a word; all others (`<sub>`, `<b>`) stand within one.
const BREAKS: [&str; 9] = ["p", "br", "div", "li", "ul", "ol", "table", "tr", "td"];

/// The text without tags and entities, every run of white space one space. A `<` that opens no tag (`체중 < 30 kg`) and
/// an `&` that begins no known entity stay as they are.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(place) = rest.find(['<', '&']) {
        text.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some((name, after)) = tag(rest) {
            if BREAKS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                text.push(' ');
            }
            rest = after;
        } else if let Some((character, after)) = entity(rest) {
            text.push(character);
            rest = after;
        } else {
            text.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// The name of the tag that `text` begins with, and what follows the tag.
fn tag(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('<')?;
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') {
        return None;
    }
    let (inside, after) = inside.split_once('>')?;
    let name = inside.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    Some((name, after))
}

/// The character of the entity that `text` begins with, and what follows the entity.
fn entity(text: &str) -> Option<(char, &str)> {
    // The longest number of a character, `&#x10FFFF;`, has 8 characters inside.
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(9).position(|byte| byte == b';')?;
    let (name, after) = (&inside[..end], &inside[end + 1..]);
    let character = match name {
        "nbsp" => ' ',
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "middot" => '·',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?).filter(|c| !c.is_control() || c.is_whitespace())?
        }
    };
    Some((character, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_and_entities_go() {
        assert_eq!(
            plain_text("<p>이 약은 두통,&nbsp;발열에\n사용합니다.</p><P class=\"a\">둘<br/>셋</P>"),
            "이 약은 두통, 발열에 사용합니다. 둘 셋"
        );
        assert_eq!(
            plain_text("비타민B<sub>1</sub> &#39;가&#x27; &lt;나&gt;"),
            "비타민B1 '가' <나>"
        );
        assert_eq!(plain_text("<!-- 숨은 말 -->가"), "가");
    }

    #[test]
    fn what_is_neither_stays() {
        for text in [
            "체중 < 30 kg",
            "A&B",
            "&unknown;",
            "&#xD800;",
            "&#0;",
            "<p",
            "&",
            "<",
            "&가나;",
        ] {
            assert_eq!(plain_text(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(html in "([<>&;#/!a-zx0-9 가-나]|\\PC){0,40}") {
            let text = plain_text(&html);
            prop_assert_eq!(text.trim(), &text);
            prop_assert!(!text.contains("  "));
        }
    }
}
