use proptest::prelude::*;

use super::*;
use crate::search::Record;
use crate::search::index::SearchOptions;

fn record(id: &str, name: &str, ingredients: &[&str], form: &str, rx_otc: &str) -> Record {
    Record {
        id: id.into(),
        name: name.into(),
        company: "(주)가나제약".into(),
        ingredients_ko: ingredients.iter().map(|&name| name.to_owned()).collect(),
        form: form.into(),
        rx_otc: rx_otc.into(),
        ..Record::default()
    }
}

fn index() -> Index {
    let (otc, rx) = ("일반의약품", "전문의약품");
    Index::without_vectors(vec![
        record("tylenol", "타이레놀정500밀리그람", &["아세트아미노펜"], "정제", otc),
        record("ibu", "부루펜시럽", &["이부프로펜"], "시럽", ""),
        record("dex", "맥시부펜시럽", &["덱시부프로펜"], "시럽", otc),
        record("lora", "클라리틴정", &["로라타딘"], "정제", otc),
        record("des", "에리우스정", &["데스로라타딘"], "정제", rx),
        record(
            "cold",
            "판콜에이내복액",
            &["아세트아미노펜", "카페인무수물", "클로르페니라민말레산염"],
            "액제",
            otc,
        ),
        record("vol", "볼타렌주사", &["디클로페낙나트륨"], "주사제", rx),
        record("patch", "케토톱플라스타", &["케토프로펜"], "플라스타", otc),
        record("gel", "볼타렌겔", &["디클로페낙디에틸아민"], "겔", otc),
        record("odd", "모르는약", &["알수없는성분"], "", ""),
        record("pre", "소론도정", &["프레드니솔론"], "정제", rx),
        record("warf", "쿠마딘정", &["와파린나트륨"], "정제", rx),
        record("cream", "더마톱연고", &["프레드니카르베이트"], "연고", otc),
    ])
}

/// The ids that a question leaves in, sorted.
fn left(index: &Index, question: &str) -> Vec<String> {
    let wanted = index.understand(question).wanted;
    let mut ids: Vec<String> = (0..index.len())
        .filter(|&number| wanted.verdict(index, number) != Verdict::No)
        .map(|number| index.records()[number].id.clone())
        .collect();
    ids.sort_unstable();
    ids
}

#[test]
fn what_is_not_wanted_is_left_out_and_not_ranked() {
    let index = index();
    for (question, text, out) in [
        ("이부프로펜 말고 해열제", "해열제", &["ibu"][..]),
        ("이부프로펜말고 해열제", "해열제", &["ibu"]),
        ("부루펜 말고 다른 거 있어요?", "다른 거 있어요?", &["ibu"]),
        ("타이레놀 빼고 두통약", "두통약", &["tylenol"]),
        ("아세트아미노펜이 안 들어간 감기약", "감기약", &["cold", "tylenol"]),
        ("아세트아미노펜 성분이 들어있지 않은 약", "약", &["cold", "tylenol"]),
        ("파라세타몰 없는 진통제", "진통제", &["cold", "tylenol"]),
        ("카페인 없는 두통약", "두통약", &["cold"]),
        ("카페인 안 든 종합감기약", "종합감기약", &["cold"]),
        ("로라타딘 아닌 알레르기약", "알레르기약", &["lora"]),
        ("데스로라타딘 제외하고 알레르기약", "알레르기약", &["des"]),
        (
            "이부프로펜이나 덱시부프로펜 말고 열 내리는 약",
            "열 내리는 약",
            &["dex", "ibu"],
        ),
        ("NSAID 말고 진통제", "진통제", &["dex", "gel", "ibu", "patch", "vol"]),
        ("주사가 아닌 진통제", "진통제", &["vol"]),
        ("파스 말고 무릎 통증", "무릎 통증", &["patch"]),
        ("ibuprofen 없는 약", "약", &["ibu"]),
        ("항히스타민 성분이 안 든 감기약", "감기약", &["cold", "des", "lora"]),
        ("스테로이드 없는 가려움 약", "가려움 약", &["cream", "pre"]),
    ] {
        let understood = index.understand(question);
        assert_eq!(understood.text, text, "{question}");
        let missing: Vec<String> = index.records().iter().map(|record| record.id.clone()).collect();
        let kept = left(&index, question);
        let mut missing: Vec<String> = missing.into_iter().filter(|id| !kept.contains(id)).collect();
        missing.sort_unstable();
        assert_eq!(missing, out, "{question}: {:?}", understood.notes);
        assert!(
            understood
                .notes
                .iter()
                .all(|note| matches!(note, Note::Excluded { .. })),
            "{question}: {:?}",
            understood.notes
        );
    }
}

#[test]
fn what_only_looks_like_a_wish_changes_nothing() {
    let index = index();
    for question in [
        "열이 없는데 머리가 아파요",
        "부작용 없는 진통제",
        "물 없이 먹을 수 있나요",
        "처방전 없이도 되나요?",
        "통증이 없고 붓기만 해요",
        "끊임없이 기침이 나요",
        "열을 내리는 약은?",
        "주사 맞고 열이 나요",
        "안 아프게 하는 약",
        "임신이 잘 되게 하는 약",
        "임신을 막는 약",
        "임부금기 약이 뭐예요",
        "기운이 없고 피곤해요",
        "",
        "  ",
    ] {
        let understood = index.understand(question);
        assert_eq!(understood.text, question);
        let harmless = |note: &Note| matches!(note, Note::Sale { .. });
        assert!(
            understood.notes.iter().all(harmless),
            "{question}: {:?}",
            understood.notes
        );
    }
}

#[test]
fn a_name_that_the_list_lacks_is_said() {
    let understood = index().understand("가나다라 말고 두통약");
    assert_eq!(
        understood.notes,
        [Note::NotKnown {
            name: "가나다라".into()
        }]
    );
    assert_eq!(understood.text, "가나다라 말고 두통약");
}

#[test]
fn facts_rule_out_what_is_known_and_say_what_is_not() {
    let index = index();
    for (question, text, out) in [
        ("졸리지 않은 알레르기약", "알레르기약", &["cold"][..]),
        ("안 졸린 콧물약", "콧물약", &["cold"]),
        ("졸음이 없는 비염약", "비염약", &["cold"]),
        ("무카페인 감기약", "감기약", &["cold"]),
    ] {
        let kept = left(&index, question);
        for id in out {
            assert!(!kept.iter().any(|kept| kept == id), "{question}: {id}");
        }
        assert!(kept.iter().any(|id| id == "odd"), "{question}");
        assert_eq!(index.understand(question).text, text);
    }
    let answer = index.search_words("모르는약 졸리지 않은", &SearchOptions::default());
    let odd = answer.hits.iter().find(|hit| hit.id == "odd").unwrap();
    assert_eq!(odd.unknown, [Fact::NotDrowsy]);

    let pregnant = index.understand("임신 중에 먹어도 되는 두통약");
    assert_eq!(
        pregnant.text, "임신 중에 먹어도 되는 두통약",
        "who asks is part of the meaning"
    );
    assert_eq!(pregnant.notes, [Note::Fact { fact: Fact::Pregnancy }]);
    assert!(!left(&index, "임산부 두통약").iter().any(|id| id == "warf"));
}

#[test]
fn routes_and_who_may_buy_are_understood() {
    let index = index();
    assert_eq!(left(&index, "붙이는 진통제"), ["odd", "patch"]);
    assert_eq!(left(&index, "바르거나 붙이는 진통제"), ["cream", "gel", "odd", "patch"]);
    assert_eq!(left(&index, "먹지 않고 바르는 진통제"), ["cream", "gel", "odd"]);
    let oral = left(&index, "먹는 진통제");
    for id in ["gel", "patch", "vol"] {
        assert!(!oral.iter().any(|kept| kept == id), "{id}");
    }
    let otc = left(&index, "처방전 없이 살 수 있는 알레르기약");
    assert!(
        !otc.iter().any(|id| id == "des") && otc.iter().any(|id| id == "ibu"),
        "{otc:?}"
    );
    let rx = left(&index, "전문의약품 알레르기약");
    assert!(
        !rx.iter().any(|id| id == "lora") && rx.iter().any(|id| id == "ibu"),
        "{rx:?}"
    );
}

fn by_companies() -> Index {
    let of = [
        ("aml", "노바핀정", "암로디핀베실산염", "한미약품(주)"),
        ("amlo", "암로정", "암로디핀베실산염", "(주)종근당"),
        ("vita", "비타종정", "피리독신염산염", "(주)종근당"),
        ("bio", "종근당비오정", "피리독신염산염", "종근당바이오(주)"),
        ("ursa", "우루사정", "우르소데옥시콜산", "(주)대웅제약"),
        ("samil", "부루펜정", "이부프로펜", "삼일제약(주)"),
        ("kowa", "반테린코와겔", "인도메타신", "한국코와(주)"),
        ("norv", "노바스크정", "암로디핀베실산염", "한국화이자제약(주)"),
    ];
    Index::without_vectors(
        of.map(|(id, name, ingredient, company)| Record {
            company: company.into(),
            ..record(id, name, &[ingredient], "정제", "")
        })
        .into(),
    )
}

#[test]
fn a_company_that_is_named_makes_all_hits() {
    let index = by_companies();
    for (question, text, kept) in [
        ("한미약품 혈압약", "혈압약", &["aml"][..]),
        ("한미 약품 혈압약", "혈압약", &["aml"]),
        ("한미약품에서 나온 혈압약", "나온 혈압약", &["aml"]),
        ("한미 혈압약", "혈압약", &["aml"]),
        ("종근당 비타민", "비타민", &["amlo", "bio", "vita"]),
        ("화이자의 암로디핀", "암로디핀", &["norv"]),
        ("한국 화이자 제약 혈압약", "혈압약", &["norv"]),
        ("한미약품", "한미약품", &["aml"]),
        // Its own brand, and what brand there is beside it.
        ("대웅 우루사", "우루사", &["ursa"]),
    ] {
        let understood = index.understand(question);
        assert_eq!(understood.text, text, "{question}");
        assert_eq!(left(&index, question), kept, "{question}: {:?}", understood.notes);
        assert!(
            matches!(&understood.notes[..], [Note::Companies { .. }]),
            "{question}: {:?}",
            understood.notes
        );
    }
    let kept = left(&index, "한미약품 말고 암로디핀");
    assert!(!kept.contains(&"aml".to_owned()) && kept.contains(&"norv".to_owned()));
}

#[test]
fn what_is_called_like_a_company_but_means_something_else_is_left_alone() {
    let index = by_companies();
    for question in [
        "삼일 동안 열이 나요",
        "코와 목이 아파요",
        // A brand of another company wins.
        "한미약품 우루사",
        "노바스크 같은 약",
        "한국에서 파는 혈압약",
    ] {
        let understood = index.understand(question);
        assert_eq!(understood.text, question);
        assert_eq!(understood.notes, [], "{question}");
    }
    let answer = index.search_words("한미약품 우루사", &SearchOptions::default());
    assert_eq!(answer.hits[0].id, "ursa");
}

#[test]
fn a_filter_says_the_same_as_words() {
    let index = index();
    let filter: Filter = serde_json::from_str(
        r#"{"exclude":["이부프로펜","없는이름"],"routes":["oral"],"sale":"otc","company":"가나","facts":["notDrowsy"]}"#,
    )
    .unwrap();
    let options = SearchOptions {
        top_k: 100,
        filter,
        group: false,
    };
    let answer = index.search_words("시럽정액", &options);
    assert_eq!(
        answer.notes,
        [Note::NotKnown {
            name: "없는이름".into()
        }]
    );
    let (resolved, _) = index.resolve(&options.filter);
    let kept = |id: &str| {
        let number = index.records().iter().position(|record| record.id == id).unwrap();
        resolved.verdict(&index, number)
    };
    for id in ["ibu", "cold", "vol", "patch", "gel", "des"] {
        assert_eq!(kept(id), Verdict::No, "{id}");
    }
    assert_eq!(kept("lora"), Verdict::Yes);
    assert_eq!(kept("odd"), Verdict::Unknown(vec![Fact::NotDrowsy]));
    assert!(serde_json::from_str::<Filter>(r#"{"drowsy":true}"#).is_err());
}

#[test]
fn one_ingredient_or_several_is_understood() {
    let index = index();
    let understood = index.understand("해열진통제 단일제");
    assert_eq!(understood.text, "해열진통제");
    assert_eq!(understood.notes, [Note::Mix { mix: Mix::Single }]);
    let single = left(&index, "해열진통제 단일제");
    assert!(single.contains(&"tylenol".to_owned()) && !single.contains(&"cold".to_owned()));
    assert_eq!(left(&index, "감기 복합제"), ["cold"]);
}

#[test]
fn what_a_question_closes_with_says_how_it_is_given() {
    let index = index();
    assert_eq!(left(&index, "진통제 주사 추천해 주세요"), ["odd", "vol"]);
    assert_eq!(left(&index, "허리가 아플 때 파스"), ["cream", "gel", "odd", "patch"]);
    assert_eq!(left(&index, "주사 맞고 열이 나요").len(), index.len());
}

#[test]
fn every_note_is_a_sentence_in_both_languages() {
    let name = "이부프로펜".to_owned();
    let mut notes = vec![Note::Excluded { name: name.clone() }, Note::NotKnown { name }];
    for fact in [Fact::NotDrowsy, Fact::NoCaffeine, Fact::Children, Fact::Pregnancy] {
        notes.push(Note::Fact { fact });
    }
    notes.push(Note::Routes {
        routes: vec![Route::Skin, Route::Patch],
    });
    notes.push(Note::Companies {
        names: vec!["한미약품".to_owned(), "한독".to_owned()],
    });
    for sale in [Sale::Otc, Sale::Prescription] {
        notes.push(Note::Sale { sale });
    }
    for mix in [Mix::Single, Mix::Combination] {
        notes.push(Note::Mix { mix });
    }
    for note in notes {
        for text in [note.korean(), note.english()] {
            assert!(text.ends_with('.') && !text.contains("  "), "{text}");
        }
    }
    let safe = Note::Fact { fact: Fact::Pregnancy }.korean();
    assert!(safe.contains("안전하다는 뜻은 아니니"), "{safe}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_understood(text in "\\PC{0,40}|([가-힣]{1,4} ?(말고|없는|빼고|아닌|안 든|지 않은|이나)? ?){0,6}") {
        let index = index();
        let understood = index.understand(&text);
        prop_assert!(understood.text.len() <= nfc(&text).len());
    }

    /// Judged by the records' own fields.
    #[test]
    fn what_a_filter_rules_out_is_never_a_hit(
        exclude in prop::sample::subsequence(vec!["아세트아미노펜", "이부프로펜", "카페인", "데스로라타딘"], 0..3),
        sale in prop::option::of(prop::sample::select(vec![Sale::Otc, Sale::Prescription])),
        form in prop::option::of(prop::sample::select(vec!["정", "시럽", "주사"])),
        company in prop::option::of(prop::sample::select(vec!["가나", "한미"])),
        group in any::<bool>(),
        question in prop::sample::select(vec!["진통제", "타이레놀 이부프로펜", "로라타딘", "부루펜시럽"]),
        with_vector in any::<bool>(),
    ) {
        let index = index();
        let filter = Filter {
            exclude: exclude.iter().map(|&name| name.to_owned()).collect(),
            sale,
            form: form.map(str::to_owned),
            company: company.map(str::to_owned),
            ..Filter::default()
        };
        let options = SearchOptions { top_k: 100, filter, group };
        let vector = with_vector.then_some(&[0.5_f32][..]);
        let answer = index.answer(index.understand(question), vector, None, &options).unwrap();
        for hit in answer.hits {
            let record = hit.record;
            let holds = |name: &str| record.ingredients_ko.iter().any(|item| item.starts_with(name));
            prop_assert!(!exclude.iter().any(|name| holds(name)), "{}", hit.id);
            let other = match sale {
                Some(Sale::Otc) => "전문의약품",
                Some(Sale::Prescription) => "일반의약품",
                None => "없음",
            };
            prop_assert!(record.rx_otc != other, "{}", hit.id);
            prop_assert!(form.is_none_or(|form| record.form.contains(form)), "{}", hit.id);
            prop_assert!(company.is_none_or(|company| record.company.contains(company)), "{}", hit.id);
        }
    }

    #[test]
    fn what_is_excluded_is_never_a_hit(
        name in prop::sample::select(vec!["아세트아미노펜", "이부프로펜", "로라타딘", "타이레놀", "카페인", "주사"]),
        marker in prop::sample::select(vec![" 말고", "말고", " 없는", " 아닌", " 안 든", " 빼고"]),
        rest in prop::sample::select(vec!["진통제", "타이레놀 이부프로펜", "로라타딘", "약"]),
    ) {
        let index = index();
        let question = format!("{name}{marker} {rest}");
        let understood = index.understand(&question);
        prop_assert_eq!(&understood.text, rest, "{}", question);
        let answer = index.search_words(&question, &SearchOptions { top_k: 100, ..SearchOptions::default() });
        for hit in answer.hits {
            let held = hit.record.ingredients_ko.iter().any(|item| item.starts_with(name));
            let named = hit.record.name.contains(name);
            prop_assert!(!held && !named, "{question}: {}", hit.id);
        }
    }
}
