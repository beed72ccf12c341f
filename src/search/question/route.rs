//! How a medicine is given.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::search::Record;
use crate::search::brand::brand_and_stem;

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

/// Verbs that want a route wherever they stand: 먹는 두통약, 바르는 진통제.
const WANTED: [(&str, Route); 3] = [("먹는", Route::Oral), ("바르는", Route::Skin), ("붙이는", Route::Patch)];

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
        SIGNS
            .iter()
            .find(|(sign, _)| form.contains(sign))
            .map(|(_, route)| *route)
    }

    /// The route that a word, folded, names.
    pub fn named(word: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == word).map(|(_, route)| *route)
    }

    /// The route that a word, folded, asks for wherever it stands.
    pub fn wanted(word: &str) -> Option<Self> {
        WANTED.iter().find(|(name, _)| *name == word).map(|(_, route)| *route)
    }
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
        assert_eq!(of("가나", ""), None);
    }

    #[test]
    fn every_sign_is_met_before_what_it_contains() {
        for (at, (sign, route)) in SIGNS.iter().enumerate() {
            assert_eq!(Route::sign(sign), Some(*route), "{sign}, number {at}");
        }
    }
}
