//! What is said of how a question was understood.

use serde::{Serialize, Serializer};

use super::{Fact, Mix, Route, Sale};

/// One thing that is said of how a question was understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Note {
    /// Products that hold, or are, this were left out.
    Excluded {
        /// As the question has it.
        name: String,
    },
    /// The question excludes something that is no name the index knows; nothing was left out for it.
    NotKnown {
        /// As the question has it.
        name: String,
    },
    /// Products that are known not to fulfil this were left out.
    Fact {
        /// What the question asks for.
        fact: Fact,
    },
    /// Products that are given in another way were left out.
    Routes {
        /// The ways that the question asks for.
        routes: Vec<Route>,
    },
    /// Products of other companies were left out.
    Companies {
        /// Those that the question names.
        names: Vec<String>,
    },
    /// Products that are sold otherwise were left out.
    Sale {
        /// What the question asks for.
        sale: Sale,
    },
    /// Products of more, or of fewer, active ingredients were left out.
    Mix {
        /// What the question asks for.
        mix: Mix,
    },
}

impl Note {
    /// The note as a Korean sentence.
    pub fn korean(&self) -> String {
        match self {
            Self::Excluded { name } => format!("{name}: 뺐습니다."),
            Self::NotKnown { name } => format!("{name}: 목록에서 알아볼 수 없는 이름이라 빼지 못했습니다."),
            Self::Fact { fact: Fact::NotDrowsy } => {
                "졸음을 일으킨다고 알려진 성분이 든 약을 뺐습니다. 자료가 없는 약은 남아 있습니다.".to_owned()
            }
            Self::Fact { fact: Fact::NoCaffeine } => "카페인이 든 약을 뺐습니다.".to_owned(),
            Self::Fact { fact: Fact::Children } => {
                "어린이에게 쓰지 않는다고 알려진 성분이 든 약을 뺐습니다. 나이와 용량은 약사에게 확인하세요.".to_owned()
            }
            Self::Fact { fact: Fact::Pregnancy } => {
                "임부금기로 알려진 성분이 든 약을 뺐습니다. 남은 약이 안전하다는 뜻은 아니니 \
                 의사나 약사와 상의하세요."
                    .to_owned()
            }
            Self::Routes { routes } => {
                let names: Vec<&str> = routes.iter().map(|route| route.korean()).collect();
                format!("{}만 찾았습니다.", names.join(", "))
            }
            Self::Companies { names } => format!("{} 제품만 찾았습니다.", names.join(", ")),
            Self::Sale { sale: Sale::Otc } => "전문의약품을 뺐습니다. 구분을 모르는 약은 남아 있습니다.".to_owned(),
            Self::Sale {
                sale: Sale::Prescription,
            } => "일반의약품을 뺐습니다. 구분을 모르는 약은 남아 있습니다.".to_owned(),
            Self::Mix { mix: Mix::Single } => "성분이 하나인 약만 찾았습니다.".to_owned(),
            Self::Mix { mix: Mix::Combination } => "성분이 둘 이상인 약만 찾았습니다.".to_owned(),
        }
    }

    /// The note as an English sentence.
    pub fn english(&self) -> String {
        match self {
            Self::Excluded { name } => format!("Left out: {name}."),
            Self::NotKnown { name } => format!("{name} is no name in this list, so nothing was left out for it."),
            Self::Fact { fact: Fact::NotDrowsy } => {
                "Products with ingredients known to cause drowsiness were left out. Those without data are still here."
                    .to_owned()
            }
            Self::Fact { fact: Fact::NoCaffeine } => "Products with caffeine were left out.".to_owned(),
            Self::Fact { fact: Fact::Children } => {
                "Products with ingredients known not to be given to children were left \
                 out. Ask a pharmacist about age and dose."
                    .to_owned()
            }
            Self::Fact { fact: Fact::Pregnancy } => {
                "Products with ingredients listed as contraindicated in pregnancy were \
                 left out. That does not make the others safe: ask a doctor or pharmacist."
                    .to_owned()
            }
            Self::Routes { routes } => {
                let names: Vec<&str> = routes.iter().map(|route| route.english()).collect();
                format!("Only: {}.", names.join(", "))
            }
            Self::Companies { names } => format!("Only products of {}.", names.join(", ")),
            Self::Sale { sale: Sale::Otc } => {
                "Prescription products were left out. Those of unknown status are still here.".to_owned()
            }
            Self::Sale {
                sale: Sale::Prescription,
            } => "Over-the-counter products were left out. Those of unknown status are still here.".to_owned(),
            Self::Mix { mix: Mix::Single } => "Only products with one active ingredient.".to_owned(),
            Self::Mix { mix: Mix::Combination } => "Only products with several active ingredients.".to_owned(),
        }
    }
}

/// Notes as objects with their sentences in both languages beside their fields.
pub fn with_sentences<S: Serializer>(notes: &[Note], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Spoken<'n> {
        #[serde(flatten)]
        note: &'n Note,
        korean: String,
        english: String,
    }
    serializer.collect_seq(notes.iter().map(|note| Spoken {
        note,
        korean: note.korean(),
        english: note.english(),
    }))
}

impl Route {
    /// What products of this route are called in Korean.
    pub fn korean(self) -> &'static str {
        match self {
            Self::Oral => "먹는 약",
            Self::Injection => "주사",
            Self::Skin => "바르는 약",
            Self::Patch => "붙이는 약",
            Self::Eye => "눈에 쓰는 약",
            Self::Nose => "코에 쓰는 약",
            Self::Ear => "귀에 쓰는 약",
            Self::Inhaled => "들이마시는 약",
            Self::Suppository => "좌약·질정",
            Self::Rinse => "씻거나 헹구는 약",
        }
    }

    /// What products of this route are called in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Oral => "taken by mouth",
            Self::Injection => "injections",
            Self::Skin => "for the skin",
            Self::Patch => "plasters and patches",
            Self::Eye => "for the eye",
            Self::Nose => "for the nose",
            Self::Ear => "for the ear",
            Self::Inhaled => "inhaled",
            Self::Suppository => "suppositories",
            Self::Rinse => "rinses",
        }
    }
}
