//! Phrases into which any name of their kind can be put: `{}` stands for the name, `{A/B}` for the name and the particle A
//! where it ends in a consonant, B where it ends in a vowel.

/// What people ask about a product by its name.
pub const BRAND: [&str; 12] = [
    "{}",
    "{}",
    "{} 뭐예요",
    "{은/는} 어떤 약인가요?",
    "{} 효능",
    "{} 있어요?",
    "{을/를} 찾고 있어요",
    "{} 성분이 뭐예요",
    "{이/가} 뭐 하는 약이죠",
    "{} 정보 알려줘",
    "{으로/로} 주세요",
    "{에/에} 대해 알려 주세요",
];

/// What people ask about products by an ingredient's name.
pub const INGREDIENT: [&str; 10] = [
    "{}",
    "{} 성분 약",
    "{이/가} 들어 있는 약",
    "{} 들어간 제품 알려 주세요",
    "{} 제제 뭐 있나요",
    "{} 함유 의약품",
    "{을/를} 주성분으로 하는 제품",
    "{} 성분으로 된 거 찾아요",
    "{} 제품 목록",
    "성분이 {} 하나인 약",
];
/// The last of [`INGREDIENT`] holds for products of one ingredient only.
pub const ALONE: usize = INGREDIENT.len() - 1;

/// Without an ingredient, of a kind: the first `{}` is the ingredient, the second the kind.
pub const WITHOUT: [&str; 8] = [
    "{} 말고 {}",
    "{} 없는 {}",
    "{} 빼고 {} 추천해 주세요",
    "{이/가} 안 들어간 {}",
    "{} 아닌 {} 뭐 있어요?",
    "{에/에} 알레르기가 있는데 먹을 수 있는 다른 {}",
    "{을/를} 못 쓰는데 대신할 {}",
    "{} 제외한 {}",
];

/// Not making drowsy, of a kind.
pub const AWAKE: [&str; 5] = [
    "졸리지 않은 {}",
    "안 졸린 {} 있나요",
    "졸음 없는 {}",
    "먹어도 잠이 안 오는 {}",
    "낮에 먹어도 졸리지 않는 {}",
];

/// Without caffeine, of a kind.
pub const NO_CAFFEINE: [&str; 4] = [
    "카페인 없는 {}",
    "무카페인 {}",
    "카페인이 안 들어간 {}",
    "카페인 빼고 {}",
];

/// For children, of a kind.
pub const CHILDREN: [&str; 4] = [
    "어린이 {}",
    "아이가 먹을 수 있는 {}",
    "애들 {} 뭐가 좋아요",
    "소아용 {}",
];

/// Puts names into a phrase, in their order.
pub fn fill(phrase: &str, names: &[&str]) -> String {
    let mut text = String::with_capacity(phrase.len() + 32);
    let mut names = names.iter();
    let mut rest = phrase;
    while let Some((before, (slot, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let name = names.next().expect("a phrase has as many slots as names");
        text.push_str(before);
        text.push_str(name);
        if let Some((consonant, vowel)) = slot.split_once('/') {
            text.push_str(match ending(name) {
                // ㄹ takes 로 like a vowel.
                Ending::Consonant => consonant,
                Ending::Rieul if consonant == "으로" => vowel,
                Ending::Rieul => consonant,
                Ending::Vowel => vowel,
            });
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

enum Ending {
    Vowel,
    Rieul,
    Consonant,
}

/// What a name ends with when it is read aloud. Latin letters and digits are taken to end in a vowel.
fn ending(name: &str) -> Ending {
    match name.chars().last() {
        Some(last @ '가'..='힣') => match (last as u32 - 0xac00) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        },
        _ => Ending::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_fit_the_name() {
        assert_eq!(fill("{은/는} 약", &["타이레놀"]), "타이레놀은 약");
        assert_eq!(fill("{은/는} 약", &["판피린티"]), "판피린티는 약");
        assert_eq!(fill("{으로/로} 주세요", &["타이레놀"]), "타이레놀로 주세요");
        assert_eq!(fill("{으로/로} 주세요", &["부루펜"]), "부루펜으로 주세요");
        assert_eq!(
            fill("{이/가} 안 들어간 {}", &["아스피린", "감기약"]),
            "아스피린이 안 들어간 감기약"
        );
        assert_eq!(fill("그대로", &[]), "그대로");
    }

    #[test]
    fn every_phrase_has_its_slots() {
        let slots = |phrase: &str| phrase.matches('{').count();
        let one = BRAND
            .iter()
            .chain(&INGREDIENT)
            .chain(&AWAKE)
            .chain(&NO_CAFFEINE)
            .chain(&CHILDREN);
        assert!(one.map(|phrase| slots(phrase)).all(|slots| slots == 1));
        assert!(WITHOUT.iter().all(|phrase| slots(phrase) == 2));
    }
}
