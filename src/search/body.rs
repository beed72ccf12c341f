//! Substances of the body that medicines act on: in 칼륨 수치를 내리는 약 and in 에스트로겐 수용체 조절제 nobody asks for
//! potassium or oestrogen.

use super::fold::begins_with;

/// What may stand between the substance and the word that says so.
const PARTICLES: [&str; 9] = ["이", "가", "을", "를", "의", "은", "는", "과", "와"];

/// Beginnings of words behind a substance that is acted on, not taken.
const ACTED_ON: [&str; 22] = [
    "수용체",
    "채널",
    "통로",
    "수치",
    "농도",
    "경쟁",
    "보존",
    "배설",
    "길항",
    "차단",
    "억제",
    "저해",
    "작용제",
    "효능제",
    "분해효소",
    "전환효소",
    "재흡수",
    "저항",
    "과다",
    "낮추",
    "내리",
    "높",
];

/// Whether a substance is acted on, not asked for, judging by what follows it in a folded question.
pub fn is_acted_on(behind: &[char]) -> bool {
    let sign = |rest: &[char]| ACTED_ON.iter().any(|text| begins_with(rest, text));
    sign(behind)
        || PARTICLES
            .iter()
            .any(|particle| begins_with(behind, particle) && sign(&behind[particle.chars().count()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_acted_on_is_not_taken() {
        let acted_on = |behind: &str| is_acted_on(&behind.chars().collect::<Vec<char>>());
        for behind in ["수치를내리는약", "이높을때", "수용체조절제", "을낮추는약", "의농도가"]
        {
            assert!(acted_on(behind), "{behind}");
        }
        for behind in ["", "이", "이부족할때", "먹고싶어요", "주사", "을먹으면", "가들어간약"] {
            assert!(!acted_on(behind), "{behind}");
        }
    }
}
