//! Ingredient names without what does not change the ingredient: salts, water, brackets, grades.

use super::fold::fold;

/// Ends of Korean names: acids and metals of salts, esters that stand for salts, water and grades. Sorted by nothing;
/// the longest that fits is taken off first.
const KOREAN_ENDS: [&str; 68] = [
    "염산염",
    "염산",
    "황산염",
    "황산",
    "질산염",
    "인산염",
    "인산",
    "메실산염",
    "메실레이트",
    "베실산염",
    "베실레이트",
    "토실산염",
    "에실산염",
    "에디실산염",
    "캄실산염",
    "말레산염",
    "푸마르산염",
    "타르타르산염",
    "주석산염",
    "시트르산염",
    "구연산염",
    "시트르산",
    "아세트산염",
    "아세테이트",
    "숙신산염",
    "석시네이트",
    "브롬화수소산염",
    "브롬화물",
    "염화물",
    "요오드화물",
    "벤조산염",
    "옥살산염",
    "살리실산염",
    "히벤즈산염",
    "피도산염",
    "니코틴산염",
    "오로트산염",
    "락트산염",
    "젖산염",
    "말산염",
    "말론산염",
    "글루콘산염",
    "판토텐산염",
    "파모산염",
    "프로피온산염",
    "이나트륨",
    "나트륨염",
    "나트륨",
    "칼륨염",
    "칼륨",
    "칼슘염",
    "칼슘",
    "마그네슘",
    "스트론튬",
    "리튬",
    "트로메타민염",
    "트로메타민",
    "아르기닌",
    "콜린염",
    "올라민",
    "l프롤린",
    "메글루민",
    "디메틸설폭시드",
    "포르메이트",
    "프로판디올",
    "과립",
    "분말",
    "제피세립",
];

/// Beginnings of Korean names in the older order of words: 염산메트포르민.
const KOREAN_STARTS: [&str; 18] = [
    "염산",
    "황산",
    "질산",
    "인산",
    "푸마르산",
    "구연산",
    "말레인산",
    "말레산",
    "메실산",
    "베실산",
    "초산",
    "주석산",
    "타르타르산",
    "브롬화수소산",
    "무수",
    "미분화",
    "건조",
    "결정",
];

/// Water, as the end of a Korean name: behind an optional number.
const WATER: [&str; 2] = ["수화물", "무수물"];
const NUMBERS: [&str; 13] = [
    "세스퀴",
    "일",
    "이",
    "삼",
    "사",
    "오",
    "육",
    "칠",
    "팔",
    "반",
    "1",
    "2",
    "3",
];

/// Words of English names that do not name the ingredient.
const ENGLISH: [&str; 64] = [
    "hydrochloride",
    "hcl",
    "dihydrochloride",
    "sulfate",
    "bisulfate",
    "hydrogen",
    "nitrate",
    "phosphate",
    "mesylate",
    "mesilate",
    "besylate",
    "besilate",
    "tosylate",
    "esylate",
    "edisylate",
    "camsylate",
    "maleate",
    "fumarate",
    "hemifumarate",
    "tartrate",
    "bitartrate",
    "citrate",
    "acetate",
    "succinate",
    "hydrobromide",
    "bromide",
    "chloride",
    "benzoate",
    "oxalate",
    "salicylate",
    "hibenzate",
    "nicotinate",
    "orotate",
    "lactate",
    "malate",
    "gluconate",
    "pamoate",
    "propionate",
    "sodium",
    "disodium",
    "potassium",
    "dipotassium",
    "calcium",
    "magnesium",
    "strontium",
    "tromethamine",
    "trometamol",
    "arginine",
    "choline",
    "olamine",
    "proline",
    "meglumine",
    "hydrate",
    "monohydrate",
    "dihydrate",
    "trihydrate",
    "hemihydrate",
    "sesquihydrate",
    "anhydrous",
    "micronized",
    "encapsulated",
    "granule",
    "powder",
    "propanediol",
];

/// The forms of a catalogue's ingredient name, folded, from the fullest to the barest; the last is what remains when
/// everything is taken off, and names the ingredient. None is empty; there is none for a name without letters.
pub fn forms_of(name: &str) -> impl Iterator<Item = String> {
    let bare = without_brackets(name);
    let mut forms: Vec<String> = Vec::new();
    let mut push = |form: String| {
        if !form.is_empty() && forms.last() != Some(&form) {
            forms.push(form);
        }
    };
    let folded = fold(&bare);
    push(folded.compact());
    if folded.chars.iter().any(|char| ('가'..='힣').contains(char)) {
        let mut rest = folded.compact();
        while let Some(shorter) = shorter_korean(&rest) {
            rest = shorter.to_owned();
            push(rest.clone());
        }
    } else {
        let words = folded.words.iter().map(|word| folded.text(word.clone()));
        push(words.filter(|word| !ENGLISH.contains(&word.as_str())).collect());
    }
    forms.into_iter()
}

/// What names the ingredient in a catalogue's ingredient name: the barest of [`forms_of`].
pub fn bare(name: &str) -> String {
    forms_of(name).last().unwrap_or_default()
}

/// The ingredients of one field that names several: 피페라실린나트륨·타조박탐나트륨. Brackets are left out.
pub fn split(field: &str) -> impl Iterator<Item = String> {
    let bare = without_brackets(field);
    let parts: Vec<String> = bare
        .split(['·', 'ㆍ', '・', '•'])
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    parts.into_iter()
}

fn shorter_korean(name: &str) -> Option<&str> {
    // At least two characters must remain, or 염화칼슘 would become 염화 and 황산 nothing.
    let enough = |rest: &&str| rest.chars().count() >= 2;
    for water in WATER {
        if let Some(rest) = name.strip_suffix(water) {
            let rest = NUMBERS
                .iter()
                .find_map(|number| rest.strip_suffix(number))
                .unwrap_or(rest);
            return Some(rest).filter(enough);
        }
    }
    let end = KOREAN_ENDS
        .iter()
        .filter_map(|end| name.strip_suffix(end))
        .filter(enough)
        .min_by_key(|rest| rest.len());
    // 탄산칼슘 and 황산마그네슘 are no salts of something else: the acid alone is no ingredient.
    let end = end.filter(|rest| !is_acid(rest));
    end.or_else(|| {
        KOREAN_STARTS
            .iter()
            .filter_map(|start| name.strip_prefix(start))
            .filter(enough)
            .filter(|rest| !KOREAN_ENDS.contains(rest))
            .min_by_key(|rest| rest.len())
    })
}

/// Whether what a metal was taken from is a mineral acid's or a simple acid's name, not a drug's.
fn is_acid(rest: &str) -> bool {
    const ACIDS: [&str; 26] = [
        "탄산",
        "탄산수소",
        "침강탄산",
        "황산",
        "염화",
        "질산",
        "인산",
        "인산수소",
        "인산이수소",
        "수산화",
        "산화",
        "과산화",
        "요오드화",
        "브롬화",
        "글루콘산",
        "젖산",
        "락트산",
        "구연산",
        "시트르산",
        "아세트산",
        "초산",
        "불화",
        "판토텐산",
        "규산",
        "붕산",
        "플루오르화",
    ];
    ACIDS.contains(&rest)
}

/// `name` without (…) and […]; an unclosed bracket, as in "amlodipine besylate (as amlodipine", runs to the end.
fn without_brackets(name: &str) -> String {
    let mut depth = 0_u32;
    let mut bare = String::with_capacity(name.len());
    for char in name.chars() {
        match char {
            '(' | '[' | '（' | '［' => depth += 1,
            ')' | ']' | '）' | '］' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(char),
            _ => {}
        }
    }
    // "(주)…" or a name in brackets altogether.
    if bare.trim().is_empty() {
        name.replace(['(', ')', '[', ']'], " ")
    } else {
        bare
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_remains_names_the_ingredient() {
        for (name, expected) in [
            ("암로디핀베실산염", "암로디핀"),
            ("아토르바스타틴칼슘삼수화물", "아토르바스타틴"),
            ("무수아토르바스타틴칼슘", "아토르바스타틴"),
            ("메실산암로디핀일수화물", "암로디핀"),
            ("덱스트로메토르판브롬화수소산염수화물", "덱스트로메토르판"),
            ("[M082272]디오스민", "디오스민"),
            ("아세트아미노펜(미분화)", "아세트아미노펜"),
            ("amlodipine besylate (as amlodipine", "amlodipine"),
            ("Gentamicin Sulfate", "gentamicin"),
            ("침강탄산칼슘", "침강탄산칼슘"),
            ("황산마그네슘수화물", "황산마그네슘"),
            ("염화나트륨", "염화나트륨"),
            ("산화마그네슘", "산화마그네슘"),
            ("sodium chloride", "sodiumchloride"),
            ("이부프로펜", "이부프로펜"),
            ("덱시부프로펜", "덱시부프로펜"),
        ] {
            assert_eq!(bare(name), expected, "{name}");
        }
        assert_eq!(
            split("피페라실린나트륨·타조박탐나트륨(8:1)").collect::<Vec<String>>(),
            ["피페라실린나트륨", "타조박탐나트륨"]
        );
    }

    proptest! {
        #[test]
        fn any_name_is_taken_apart_and_never_to_nothing(name in "\\PC{0,30}|[가-힣()나트륨염산수화물·]{0,20}") {
            let forms: Vec<String> = forms_of(&name).collect();
            prop_assert!(forms.iter().all(|form| !form.is_empty()));
            prop_assert_eq!(forms.is_empty(), fold(&without_brackets(&name)).chars.is_empty());
            split(&name).for_each(drop);
        }
    }
}
