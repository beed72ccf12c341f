//! Who makes the products of a catalogue, and what people call those companies.

use std::collections::{BTreeMap, HashMap};

use super::catalogue::Record;
use super::names::company_core;

/// The country in front of a foreign house's name, which people leave out: 화이자 of 한국화이자제약.
const COUNTRY: &str = "한국";

/// What a company's name ends with and people leave out where enough remains: 종근당바이오, 휴텍스제약.
const ENDS: [&str; 14] = [
    "약품공업",
    "제약공업",
    "헬스케어",
    "바이오로직스",
    "사이언스",
    "바이오",
    "코리아",
    "제약",
    "약품",
    "양행",
    "파마",
    "신약",
    "판매",
    "팜",
];

/// Ends of names that people use for the place, and not for what is made there.
const PLACES: [&str; 5] = ["병원", "의료원", "의학원", "센터", "재단"];

/// What would be a company's short name, and is another word: 코와 목이 아파요, 신약, 글로벌.
const WORDS: [&str; 10] = [
    "코와",
    "신약",
    "파마",
    "약품",
    "제약",
    "글로벌",
    "프라임",
    "에이스",
    "라이온",
    "유니온",
];

/// Names by which people call companies beside what follows from their own: each with the core that it stands for. Of two
/// syllables, only those that mean nothing else; 삼일, 아주, 하나 and 제일 do.
const CALLED: [(&str, &str); 28] = [
    ("한미", "한미약품"),
    ("대웅", "대웅제약"),
    ("유한", "유한양행"),
    ("동아", "동아제약"),
    ("동아", "동아에스티"),
    ("일동", "일동제약"),
    ("광동", "광동제약"),
    ("부광", "부광약품"),
    ("일양", "일양약품"),
    ("신풍", "신풍제약"),
    ("중외", "제이더블유중외제약"),
    ("중외제약", "제이더블유중외제약"),
    ("jw중외제약", "제이더블유중외제약"),
    ("jw신약", "제이더블유신약"),
    ("gsk", "글락소스미스클라인"),
    ("글락소", "글락소스미스클라인"),
    ("msd", "한국엠에스디"),
    ("bms", "한국비엠에스제약"),
    ("ucb", "한국유씨비제약"),
    ("베링거", "한국베링거인겔하임"),
    ("사노피", "사노피아벤티스코리아"),
    ("다이이찌", "한국다이이찌산쿄"),
    ("존슨앤존슨", "한국존슨앤드존슨판매"),
    ("존슨앤드존슨", "한국존슨앤드존슨판매"),
    ("hk이노엔", "에이치케이이노엔"),
    ("lg화학", "엘지화학"),
    ("sk케미칼", "에스케이케미칼"),
    ("동아st", "동아에스티"),
];

/// The companies of a catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Companies {
    /// Their names, without legal form.
    names: Vec<String>,
    /// For every record, its company.
    of: Vec<u32>,
    /// What they are called, folded.
    called: BTreeMap<String, Vec<u32>>,
}

impl Companies {
    /// Those of `records`.
    pub fn new(records: &[Record]) -> Self {
        let mut all = Self::default();
        let mut by_spelling: HashMap<&str, u32> = HashMap::new();
        let mut by_name: HashMap<String, u32> = HashMap::new();
        for record in records {
            let number = *by_spelling.entry(&record.company).or_insert_with(|| {
                let next = all.names.len() as u32;
                // (주)한미약품 and 한미약품(주) are one.
                *by_name.entry(company_core(&record.company)).or_insert_with_key(|core| {
                    all.names.push(core.clone());
                    next
                })
            });
            all.of.push(number);
        }
        for (number, core) in (0..).zip(&all.names) {
            for name in names_of(core) {
                let companies = all.called.entry(name.to_owned()).or_default();
                if !companies.contains(&number) {
                    companies.push(number);
                }
            }
        }
        all
    }

    /// The companies that are called so (folded); several where they share the name.
    pub fn called(&self, name: &str) -> &[u32] {
        self.called.get(name).map_or(&[], Vec::as_slice)
    }

    /// The company of a record.
    pub fn of(&self, record: usize) -> u32 {
        self.of[record]
    }

    /// What a company is called in full.
    pub fn name(&self, company: u32) -> &str {
        &self.names[company as usize]
    }
}

/// What a company whose name is `core` is called.
fn names_of(core: &str) -> Vec<&str> {
    if PLACES.iter().any(|end| core.ends_with(end)) {
        return Vec::new();
    }
    let foreign = core.strip_prefix(COUNTRY);
    let own = foreign.unwrap_or(core);
    let end = ENDS.iter().find_map(|end| own.strip_suffix(end));
    // 한미 and 삼일 may be other words; 로슈 and 얀센 are not.
    let least = if foreign.is_some() { 2 } else { 3 };
    let short = end.filter(|short| short.chars().count() >= least);
    let called = CALLED.iter().filter(|(_, of)| *of == core).map(|(name, _)| *name);
    let mut names: Vec<&str> = [Some(core), Some(own), short]
        .into_iter()
        .flatten()
        .chain(called)
        .collect();
    names.retain(|name| name.chars().count() >= 2 && !WORDS.contains(name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn companies() -> Companies {
        let of = [
            "한미약품(주)",
            "(주)한미약품",
            "한국화이자제약(주)",
            "(주)종근당",
            "종근당바이오(주)",
            "삼일제약(주)",
            "한국코와(주)",
            "한국신약(주)",
            "(주)한국얀센",
            "서울대학교병원",
            "(주)글락소스미스클라인",
            "",
        ];
        let records = of.map(|company| Record {
            company: company.to_owned(),
            ..Record::default()
        });
        Companies::new(&records)
    }

    #[test]
    fn companies_are_known_by_what_people_call_them() {
        let all = companies();
        assert_eq!(all.of(0), all.of(1), "one company, written in two ways");
        for (name, expected) in [
            ("한미약품", &["한미약품"][..]),
            ("한미", &["한미약품"]),
            ("화이자", &["한국화이자제약"]),
            ("한국화이자제약", &["한국화이자제약"]),
            ("종근당", &["종근당", "종근당바이오"]),
            ("얀센", &["한국얀센"]),
            ("gsk", &["글락소스미스클라인"]),
            ("삼일제약", &["삼일제약"]),
            // Words, though companies begin so.
            ("삼일", &[]),
            ("코와", &[]),
            ("신약", &[]),
            ("한국", &[]),
            ("서울대학교병원", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = all.called(name).iter().map(|&company| all.name(company)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn no_name_is_listed_twice_and_each_is_folded() {
        for (at, (name, core)) in CALLED.iter().enumerate() {
            assert_eq!(crate::search::fold::fold(name).compact(), *name);
            assert!(!CALLED[..at].contains(&(name, core)), "{name}");
        }
    }
}
