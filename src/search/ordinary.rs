//! Words of everyday questions, which are no misspelt or half-typed names.

use std::collections::BTreeSet;

use super::fold::fold;

/// Words of everyday questions, by their first two characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ordinary(BTreeSet<[char; 2]>);

/// Beginnings of words that questions are made of, beyond what the tables' phrases hold.
const QUESTION_WORDS: &str = "먹는 먹을 먹어 먹고 먹여 바르 뿌리 붙이 넣는 씹어 좋은 좋아 좋을 어떤 어떻 무슨 무엇 뭐가 있나 있는 있을 없나 없는 아이 아기 애기 \
    약을 약이 약은 약국 추천 효과 효능 부작 복용 임산 임신 수유 어린 할머 할아 엄마 아빠 남편 아내 부모 노인 어르 졸리 졸음 카페 처방 일반 전문 병원 증상 \
    감기 두통 치통 통증 아플 아파 아픈 아프 지끈 욱신 쑤시 저리 따가 가려 간지 콧물 코가 기침 가래 재채 열이 열나 열날 열을 몸살 으슬 오한 목이 목구 \
    배가 배탈 설사 변비 체했 속이 속쓰 더부 소화 메스 토할 울렁 구토 멀미 어지 피곤 피로 잠이 잠을 불면 불안 우울 눈이 눈에 건조 충혈 피부 여드 무좀 \
    습진 두드 상처 화상 벌레 모기 물렸 다쳤 삐었 허리 무릎 어깨 근육 관절 다리 손목 발목 생리 갱년 혈압 혈당 당뇨 고혈 고지 콜레 심장 간이 신장 방광 \
    소변 오줌 대변 항문 치질 탈모 머리 살이 비만 다이 금연 술을 숙취 과음 영양 비타 철분 칼슘 유산 예방 주사 치료 수술 검사 빨리 바로 자주 계속 갑자 \
    때문 먹으 해도 되나 되는 될까 돼요 인가 가요 같이 함께 동시 전에 후에 아침 저녁 식후 식전 하루 어른 성인 남자 여자 사람 환자 경우 정도 너무 조금 \
    제일 가장 말고 대신 빼고 다른 비슷 같은 쓰는 쓸때 사용 써도 알려 싶어 주세 해줘 찾아 제품 이름 성분 들어";

impl Ordinary {
    /// The words of `phrases`, and those that questions are made of.
    pub fn new<'a>(phrases: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for phrase in phrases.chain([QUESTION_WORDS]) {
            let folded = fold(phrase);
            for word in &folded.words {
                if let [first, second, ..] = folded.chars[word.clone()] {
                    all.0.insert([first, second]);
                }
            }
        }
        all
    }

    /// As [`to_text`](Self::to_text) wrote it; an odd last character is left out.
    pub fn from_text(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        Self(chars.as_chunks::<2>().0.iter().copied().collect())
    }

    /// All beginnings, one behind the other.
    pub fn to_text(&self) -> String {
        self.0.iter().flatten().collect()
    }

    /// Whether `word` begins like one of them.
    pub fn begins(&self, word: &[char]) -> bool {
        matches!(*word, [first, second, ..] if self.0.contains(&[first, second]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_by_their_beginnings() {
        let ordinary = Ordinary::new(["종기를 가라앉힌다"].into_iter());
        let begins = |word: &str| ordinary.begins(&word.chars().collect::<Vec<char>>());
        assert!(begins("종기") && begins("가라앉") && begins("먹는약"));
        assert!(!begins("타이레놀") && !begins("종") && !begins(""));
        assert_eq!(Ordinary::from_text(&ordinary.to_text()), ordinary);
    }
}
