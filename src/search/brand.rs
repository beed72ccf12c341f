//! Product names, taken apart into brand, form and strength.

use super::fold::fold_name;

/// Ends of product names that name a dosage form. The longest that fits is taken off.
const FORMS: [&str; 70] = [
    "정",
    "주",
    "액",
    "산",
    "환",
    "겔",
    "껌",
    "캡슐",
    "캅셀",
    "시럽",
    "주사",
    "크림",
    "연고",
    "로션",
    "패취",
    "패치",
    "과립",
    "세립",
    "좌제",
    "좌약",
    "질정",
    "나정",
    "츄정",
    "가글",
    "젤리",
    "주사액",
    "점안액",
    "점이액",
    "점비액",
    "내복액",
    "외용액",
    "흡입액",
    "현탁액",
    "안연고",
    "서방정",
    "장용정",
    "발포정",
    "설하정",
    "구강정",
    "확산정",
    "저작정",
    "첩부제",
    "분무제",
    "스프레이",
    "트로키",
    "엘릭서",
    "에어로솔",
    "플라스타",
    "츄어블정",
    "건조시럽",
    "연질캡슐",
    "경질캡슐",
    "서방캡슐",
    "장용캡슐",
    "네일라카",
    "주사용",
    "필름코팅정",
    "구강붕해정",
    "구강용해필름",
    "나잘스프레이",
    "카타플라스마",
    "점안현탁액",
    "내복현탁액",
    "흡입용캡슐",
    "프리필드주",
    "프리필드시린지",
    "프리필드시린지주",
    "프리필드펜",
    "오토인젝터주",
    "드롭스",
];
/// Units that a strength ends with, as [`fold`] writes them, and packs.
const UNITS: [&str; 13] = [
    "mg", "ug", "kg", "g", "ml", "l", "%", "iu", "meq", "mci", "회용", "시간", "호",
];

/// Where a folded product name's parts end, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The brand: 타이레놀 of 타이레놀정500mg.
    pub brand: usize,
    /// Brand and form: 타이레놀정.
    pub stem: usize,
}

/// Takes a folded name apart. Neither part is empty unless the name is.
pub fn parts(name: &[char]) -> Parts {
    // Where the longest of `endings` that fits begins. From behind: most fail at their last character.
    let without = |end: usize, endings: &[&str]| {
        let starts = endings.iter().filter_map(|ending| {
            let mut before = name[..end].iter().rev();
            let fits = ending.chars().rev().all(|char| before.next() == Some(&char));
            fits.then_some(before.len())
        });
        starts.min()
    };
    let without_strength = |end: usize| {
        let number = without(end, &UNITS).unwrap_or(end);
        let start = name[..number]
            .iter()
            .rposition(|char| !(char.is_ascii_digit() || *char == '.'))
            .map_or(0, |at| at + 1);
        // A brand has two characters at least; 비타500 keeps its number as a stem of its own.
        (start < number && start >= 2).then_some(start)
    };
    let without_form = |end: usize| without(end, &FORMS).filter(|&rest| rest >= 2);
    let mut stem = name.len();
    while let Some(shorter) = without_strength(stem) {
        stem = shorter;
    }
    let mut brand = without_form(stem).unwrap_or(stem);
    while let Some(shorter) = without_strength(brand) {
        brand = shorter;
    }
    Parts { brand, stem }
}

/// The brand of a product's name, and brand and form, as [`fold_name`] writes them: 타이레놀 and 타이레놀정 of
/// 타이레놀정500밀리그람(아세트아미노펜).
pub fn brand_and_stem(name: &str) -> (String, String) {
    let chars: Vec<char> = fold_name(name).compact().chars().collect();
    let parts = parts(&chars);
    let text = |end: usize| chars[..end].iter().collect();
    (text(parts.brand), text(parts.stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_and_form_are_no_brand() {
        for (name, brand, stem) in [
            ("타이레놀정500밀리그람(아세트아미노펜)", "타이레놀", "타이레놀정"),
            ("판콜에이내복액", "판콜에이", "판콜에이내복액"),
            ("리피토정20mg(아토르바스타틴칼슘삼수화물)", "리피토", "리피토정"),
            ("비타500", "비타", "비타"),
            ("아토젯정10/20밀리그램", "아토젯", "아토젯정"),
            (
                "타이레놀8시간이알서방정",
                "타이레놀8시간이알",
                "타이레놀8시간이알서방정",
            ),
            ("아티반0.5밀리그람정", "아티반", "아티반0.5mg정"),
            ("웰정", "웰정", "웰정"),
            ("정", "정", "정"),
            ("", "", ""),
        ] {
            assert_eq!(brand_and_stem(name), (brand.to_owned(), stem.to_owned()), "{name}");
        }
    }
}
