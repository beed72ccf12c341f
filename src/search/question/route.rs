//! How a medicine is given.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::search::Record;
use crate::search::brand::brand_and_stem;
use crate::search::fold::ends_with;
use crate::search::terms::stems;

/// How a medicine is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Swallowed or chewed, or taken up in the mouth.
    Oral,
    /// By needle.
    Injection,
    /// Spread on the skin: cream, ointment, lotion, solution.
    Skin,
    /// Stuck on the skin: plaster, patch.
    Patch,
    /// Into the eye.
    Eye,
    /// Into the nose.
    Nose,
    /// Into the ear.
    Ear,
    /// Breathed in.
    Inhaled,
    /// Suppositories and tablets for rectum or vagina.
    Suppository,
    /// To rinse or wash with.
    Rinse,
}

/// What the form in a record, or the end of its name, says. The first that fits counts: 점안액 before 액.
const SIGNS: [(&str, Route); 42] = [
    ("점안", Route::Eye),
    ("안연고", Route::Eye),
    ("점이", Route::Ear),
    ("점비", Route::Nose),
    ("비강", Route::Nose),
    ("나잘", Route::Nose),
    ("질정", Route::Suppository),
    ("좌제", Route::Suppository),
    ("좌약", Route::Suppository),
    ("흡입", Route::Inhaled),
    ("내복", Route::Oral),
    ("외용", Route::Skin),
    ("관류액", Route::Rinse),
    ("세정액", Route::Rinse),
    ("가글", Route::Rinse),
    ("이식제", Route::Injection),
    ("주사", Route::Injection),
    ("프리필드", Route::Injection),
    ("카타플라스마", Route::Patch),
    ("플라스타", Route::Patch),
    ("패취", Route::Patch),
    ("패치", Route::Patch),
    ("첩부제", Route::Patch),
    ("크림", Route::Skin),
    ("연고", Route::Skin),
    ("로션", Route::Skin),
    ("겔", Route::Skin),
    ("네일라카", Route::Skin),
    ("정제", Route::Oral),
    ("캡슐", Route::Oral),
    ("시럽", Route::Oral),
    ("과립", Route::Oral),
    ("산제", Route::Oral),
    ("환제", Route::Oral),
    ("젤리", Route::Oral),
    ("엘릭서", Route::Oral),
    ("트로키", Route::Oral),
    ("현탁액", Route::Oral),
    ("껌", Route::Oral),
    ("구강", Route::Oral),
    ("정", Route::Oral),
    ("주", Route::Injection),
];

/// How people name a route in a question. Words of which another meaning is as common (주사 맞고) stand only behind
/// 말고 and the like: see [`Route::named`].
const NAMES: [(&str, Route); 33] = [
    ("먹는", Route::Oral),
    ("먹지", Route::Oral),
    ("먹는것", Route::Oral),
    ("먹는거", Route::Oral),
    ("먹는약", Route::Oral),
    ("경구", Route::Oral),
    ("경구약", Route::Oral),
    ("경구제", Route::Oral),
    ("주사", Route::Injection),
    ("주사약", Route::Injection),
    ("주사제", Route::Injection),
    ("바르는", Route::Skin),
    ("바르는것", Route::Skin),
    ("바르는거", Route::Skin),
    ("바르는약", Route::Skin),
    ("연고", Route::Skin),
    ("크림", Route::Skin),
    ("붙이는", Route::Patch),
    ("붙이는것", Route::Patch),
    ("붙이는거", Route::Patch),
    ("붙이는약", Route::Patch),
    ("파스", Route::Patch),
    ("패치", Route::Patch),
    ("패취", Route::Patch),
    ("안약", Route::Eye),
    ("눈에넣는것", Route::Eye),
    ("눈에넣는약", Route::Eye),
    ("코에뿌리는것", Route::Nose),
    ("코에뿌리는거", Route::Nose),
    ("코에뿌리는약", Route::Nose),
    ("코스프레이", Route::Nose),
    ("좌약", Route::Suppository),
    ("흡입기", Route::Inhaled),
];

/// Words that want a route wherever they stand: 먹는 두통약, 흡입 스테로이드.
const WANTED: [(&str, Route); 9] = [
    ("먹는", Route::Oral),
    ("바르는", Route::Skin),
    ("붙이는", Route::Patch),
    ("비강", Route::Nose),
    ("비강용", Route::Nose),
    ("점안", Route::Eye),
    ("점안용", Route::Eye),
    ("흡입", Route::Inhaled),
    ("흡입용", Route::Inhaled),
];

/// Two neighbouring words that do the same: 눈에 넣는 알레르기약.
const WANTED_TWO: [(&str, &str, Route); 4] = [
    ("눈에", "넣는", Route::Eye),
    ("귀에", "넣는", Route::Ear),
    ("코에", "뿌리는", Route::Nose),
    ("코에", "넣는", Route::Nose),
];

/// Ends of the word that a question closes with, which in Korean says what is asked for: 무좀 연고, of 연고. Longer ones
/// stand before those that they end with.
const HEADS: [(&str, &[Route]); 25] = [
    ("안연고", &[Route::Eye]),
    ("연고", &[Route::Skin]),
    ("크림", &[Route::Skin]),
    ("로션", &[Route::Skin]),
    ("물파스", &[Route::Skin]),
    // On labels and in talk, gels and sprays for sore muscles too.
    ("파스", &[Route::Patch, Route::Skin]),
    ("패치", &[Route::Patch]),
    ("패취", &[Route::Patch]),
    ("점안액", &[Route::Eye]),
    ("점안제", &[Route::Eye]),
    ("안약", &[Route::Eye]),
    ("코스프레이", &[Route::Nose]),
    ("비강스프레이", &[Route::Nose]),
    ("점이액", &[Route::Ear]),
    ("흡입제", &[Route::Inhaled]),
    ("흡입기", &[Route::Inhaled]),
    ("좌약", &[Route::Suppository]),
    ("질정", &[Route::Suppository]),
    ("가글", &[Route::Rinse]),
    ("주사", &[Route::Injection]),
    ("주사제", &[Route::Injection]),
    ("주사약", &[Route::Injection]),
    ("수액", &[Route::Injection]),
    ("알약", &[Route::Oral]),
    ("시럽", &[Route::Oral]),
];

/// Beginnings of words behind what is asked for: 무좀 연고 추천해 주세요.
const REQUESTS: [&str; 14] = [
    "추천", "알려", "있나", "있어", "있을", "뭐", "무엇", "무슨", "주세", "줘", "찾", "종류", "어떤", "이름",
];

impl Route {
    /// The route of each record: what its form says, else its name. `None` where neither says.
    pub fn of_all(records: &[Record]) -> Vec<Option<Self>> {
        // Few different forms, many records.
        let mut known: HashMap<&str, Option<Self>> = HashMap::new();
        let all = records.iter().map(|record| {
            let form = *known.entry(&record.form).or_insert_with_key(|form| Self::sign(form));
            form.or_else(|| Self::of_name(&record.name))
        });
        all.collect()
    }

    fn of_name(name: &str) -> Option<Self> {
        let (_, stem) = brand_and_stem(name);
        // 정 and 주 stand in many a word; at the end they are forms.
        let fits = |sign: &str| stem.ends_with(sign) || (sign.chars().count() > 1 && stem.contains(sign));
        SIGNS.iter().find(|(sign, _)| fits(sign)).map(|(_, route)| *route)
    }

    fn sign(form: &str) -> Option<Self> {
        // The price list calls sprays for the nose and what is breathed in alike: 분무·흡입제.
        if form.contains("분무") && form.contains("흡입") {
            return None;
        }
        SIGNS
            .iter()
            .find(|(sign, _)| form.contains(sign))
            .map(|(_, route)| *route)
    }

    /// The route that a word, folded, names.
    pub fn named(word: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == word).map(|(_, route)| *route)
    }

    /// The route that a word, folded, asks for wherever it stands, with the word before it.
    pub fn wanted(before: &str, word: &str) -> Option<Self> {
        let one = WANTED.iter().find(|(name, _)| *name == word).map(|(_, route)| *route);
        let two = || {
            WANTED_TWO
                .iter()
                .find(|(first, second, _)| (*first, *second) == (before, word))
        };
        one.or_else(|| two().map(|(_, _, route)| *route))
    }

    /// The routes of what a question, in folded words, closes with: none where that says nothing of them.
    pub fn of_head(words: &[String]) -> Vec<Self> {
        let request = |word: &&String| REQUESTS.iter().any(|request| word.starts_with(request));
        let mut rest = words.iter().rev().skip_while(request);
        let mut routes = rest.next().map_or(&[][..], |head| of_noun(head)).to_vec();
        if !routes.is_empty() {
            // 주사나 알약: either.
            let joined = |word: &&String| word.ends_with('나');
            for other in rest.take_while(joined).flat_map(|word| of_noun(word)) {
                if !routes.contains(other) {
                    routes.push(*other);
                }
            }
        }
        routes
    }
}

/// The routes of a noun that ends like one of [`HEADS`], up to what may stand behind it.
fn of_noun(word: &str) -> &'static [Route] {
    let chars: Vec<char> = word.chars().collect();
    stems(&chars)
        .into_iter()
        .find_map(|length| HEADS.iter().find(|(name, _)| ends_with(&chars[..length], name)))
        .map_or(&[], |(_, routes)| routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_then_name_says_how_it_is_given() {
        let of = |name: &str, form: &str| {
            let record = Record {
                name: name.into(),
                form: form.into(),
                ..Record::default()
            };
            Route::of_all(&[record])[0]
        };
        assert_eq!(of("가나점안액", "점안액"), Some(Route::Eye));
        assert_eq!(of("가나", "정제"), Some(Route::Oral));
        assert_eq!(of("판콜에이내복액", "액제"), Some(Route::Oral));
        assert_eq!(of("가나액", "액제"), None, "drunk or spread: nobody says");
        assert_eq!(of("타이레놀정500밀리그람(아세트아미노펜)", ""), Some(Route::Oral));
        assert_eq!(of("리보주사100mg", ""), Some(Route::Injection));
        assert_eq!(of("가나크림", ""), Some(Route::Skin));
        assert_eq!(of("가나나잘스프레이", "분무·흡입제"), Some(Route::Nose));
        assert_eq!(of("가나흡입액", "분무·흡입제"), Some(Route::Inhaled));
        assert_eq!(of("가나디스커스", "분무·흡입제"), None);
        assert_eq!(of("가나", ""), None);
    }

    #[test]
    fn what_a_question_closes_with_says_how_it_is_given() {
        let of = |words: &[&str]| Route::of_head(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["무좀", "연고는"]), [Route::Skin]);
        assert_eq!(of(&["무좀연고", "추천해", "주세요"]), [Route::Skin]);
        assert_eq!(of(&["눈", "안연고"]), [Route::Eye]);
        assert_eq!(of(&["구토에", "주사나", "알약"]), [Route::Oral, Route::Injection]);
        assert_eq!(of(&["허리", "파스"]), [Route::Patch, Route::Skin]);
        for words in [
            &["주사", "맞고", "열이", "나요"][..],
            &["파스", "붙인", "데가", "가려워요"],
            &["추천"],
            &[],
        ] {
            assert!(of(words).is_empty(), "{words:?}");
        }
    }

    #[test]
    fn longer_heads_are_met_before_what_they_end_with() {
        for (at, (name, routes)) in HEADS.iter().enumerate() {
            assert_eq!(Route::of_head(&[(*name).to_owned()]), *routes, "{name}, number {at}");
        }
    }

    #[test]
    fn every_sign_is_met_before_what_it_contains() {
        for (at, (sign, route)) in SIGNS.iter().enumerate() {
            assert_eq!(Route::sign(sign), Some(*route), "{sign}, number {at}");
        }
    }
}
