//! Whole files: every format, encoding and schema, and every way in which they can be malformed.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Reading> {
    Catalogue::read("a", text.as_bytes(), &ReadOptions::default())
}

fn records(text: &str) -> Vec<Record> {
    read(text).unwrap().catalogue.records
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

/// What is read and what is skipped.
fn skipping(text: &str) -> (Vec<String>, Vec<String>) {
    let skip = ReadOptions {
        on_bad_row: OnBadRow::Skip,
    };
    let reading = Catalogue::read("a", text.as_bytes(), &skip).unwrap();
    let ids = reading.catalogue.records.into_iter().map(|record| record.id).collect();
    (ids, reading.skipped.iter().map(Error::to_string).collect())
}

fn named(id: &str, name: &str) -> Record {
    Record {
        id: id.into(),
        name: name.into(),
        ..Record::default()
    }
}

mod formats {
    use super::*;

    #[test]
    fn columns_are_found_by_name() {
        let found = records("\u{feff}name,x,id,ingredients_ko\n\"판콜,에이\",1,M1, 카페인무수물 | |구아이페네신\n");
        let expected = Record {
            ingredients_ko: vec!["카페인무수물".into(), "구아이페네신".into()],
            ..named("M1", "판콜,에이")
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn other_separators() {
        assert_eq!(records("id;name\n1;\"가;나\"\n"), [named("1", "가;나")]);
        assert_eq!(records("id\tname\r\n1\t가,나\r\n"), [named("1", "가,나")]);
    }

    #[test]
    fn line_breaks_within_quotes() {
        assert_eq!(
            records("id,name\r\n1,\"가\r\n나\"\r\n2,다\r\n"),
            [named("1", "가\r\n나"), named("2", "다")]
        );
    }

    #[test]
    fn a_json_array_with_lists_texts_numbers_and_nothing() {
        let found = records(
            r#"[{"id": 7, "name": "가", "ingredients_ko": ["나", "다"], "company": null, "further": {"x": 1}},
               {"id": "8", "name": "라", "ingredients_ko": "나|다", "ingredients_en": []}]"#,
        );
        let both = vec!["나".to_owned(), "다".to_owned()];
        assert_eq!((found[0].id.as_str(), &found[0].ingredients_ko), ("7", &both));
        assert_eq!(found[1].ingredients_ko, both);
    }

    #[test]
    fn json_lines_with_empty_lines() {
        assert_eq!(
            records("{\"id\":\"1\",\"name\":\"가\"}\r\n\r\n{\"id\":\"2\",\"name\":\"나\"}\r\n"),
            [named("1", "가"), named("2", "나")]
        );
        assert_eq!(records("{\"id\":\"1\",\"name\":\"가\"}\n"), [named("1", "가")]);
    }

    #[test]
    fn every_shape_of_a_services_answer() {
        let row = r#"{"itemSeq":"1","itemName":"가"}"#;
        let fine = r#""header":{"resultCode":"00","resultMsg":"NORMAL SERVICE."}"#;
        for answer in [
            format!(r#"{{{fine},"body":{{"pageNo":1,"items":[{row}]}}}}"#),
            format!(r#"{{{fine},"body":{{"items":{{"item":[{row}]}}}}}}"#),
            format!(r#"{{{fine},"body":{{"items":{{"item":{row}}}}}}}"#),
            format!(r#"{{{fine},"body":{{"items":[{{"item":{row}}}]}}}}"#),
            format!("{{\n{fine},\n\"body\":\n{{\n\"items\":[\n{row}\n]\n}}\n}}\n"),
            format!("{{\"body\":\n{{\"items\":[{row}]}}}}"),
            format!(r#"{{"response":{{{fine},"body":{{"items":[{row}]}}}}}}"#),
            format!(r#"{{"items":[{row}]}}"#),
            format!("[{row}]"),
        ] {
            assert_eq!(records(&answer), [named("1", "가")], "{answer}");
        }
    }
}

mod schemas {
    use super::*;

    #[test]
    fn the_consumer_labels_of_the_service() {
        let found = records(
            r#"{"header":{"resultCode":"00"},"body":{"items":[{"entpName":"회사","itemName":"가나정","itemSeq":"200000001",
            "efcyQesitm":"<p>이 약은 시험에&nbsp;\n사용합니다.</p>\n","useMethodQesitm":"먹습니다.","atpnWarnQesitm":null}]}}"#,
        );
        let expected = Record {
            company: "회사".into(),
            efficacy: "이 약은 시험에 사용합니다.".into(),
            ..named("200000001", "가나정")
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn the_consumer_labels_to_download() {
        let found = records(
            "품목일련번호,제품명,업체명,주성분,이 약의 효능은 무엇입니까?,이 약은 어떻게 사용합니까?\n\
             1,가나정,회사,알파,\"이 약은\n시험에 사용합니다.\",먹습니다.\n",
        );
        let expected = Record {
            company: "회사".into(),
            ingredients_ko: vec!["알파".into()],
            efficacy: "이 약은 시험에 사용합니다.".into(),
            ..named("1", "가나정")
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn the_permit_list() {
        let csv = "ITEM_SEQ,ITEM_NAME,ENTP_NAME,SPCLTY_PBLC,PRDUCT_TYPE,ITEM_INGR_NAME,ITEM_INGR_CNT\n\
                   1,가나정,회사,전문의약품,[01140]해열.진통.소염제,Alpha/Beta,2\n";
        let json = r#"[{"ITEM_SEQ":"1","ITEM_NAME":"가나정","ENTP_NAME":"회사","SPCLTY_PBLC":"전문의약품","CANCEL_DATE":null,
            "PRDUCT_TYPE":"[01140]해열.진통.소염제","ITEM_INGR_NAME":"Alpha/Beta","ITEM_INGR_CNT":2}]"#;
        let expected = Record {
            company: "회사".into(),
            class_code: "114".into(),
            class_name_ko: "해열.진통.소염제".into(),
            rx_otc: "전문의약품".into(),
            ingredients_en: vec!["Alpha".into(), "Beta".into()],
            ..named("1", "가나정")
        };
        assert_eq!(records(csv), records(json));
        assert_eq!(records(json), [expected]);
    }
}

mod malformed {
    use super::*;

    #[test]
    fn nothing_in_it() {
        assert_eq!(error(" \n"), "a: is empty");
        assert_eq!(error("id,name\n"), "a: holds no product");
        assert_eq!(error("[]"), "a: holds no product");
        assert_eq!(
            error(r#"{"header":{"resultCode":"00"},"body":{"items":""}}"#),
            "a: holds no product"
        );
    }

    #[test]
    fn a_header_without_id_or_name() {
        assert_eq!(
            error("id,company\n1,a\n"),
            "a, line 1: the header lacks the column \"name\""
        );
        assert_eq!(error("x,name\n1,a\n"), "a, line 1: the header lacks the column \"id\"");
        assert!(error("x,y\n1,a\n").starts_with("a, line 1: the header has none of the pairs id and name, "));
    }

    #[test]
    fn an_empty_id_or_name() {
        assert_eq!(error("id,name\n1,\n"), "a, line 2: id and name must not be empty");
        assert_eq!(error("id,name\n \t,a\n"), "a, line 2: id and name must not be empty");
        assert_eq!(error("[\n{\"id\":\"1\"}]"), "a, line 2: id and name must not be empty");
    }

    #[test]
    fn another_number_of_fields() {
        assert!(error("id,name\n1,a,b\n").starts_with("a, line 2: has 3 fields, the header has 2"));
        assert!(error("id,name\r\n1,a\r\n\r\n2\r\n").starts_with("a, line 4: has 1 fields, the header has 2"));
    }

    #[test]
    fn an_open_quote() {
        let text = "id,name\n1,a\n2,\"b\n3,c\n4,d\n";
        let expected = "a, line 3: opens a quote that nothing closes; close it, or double it";
        assert_eq!(error(text), expected);
        let skip = ReadOptions {
            on_bad_row: OnBadRow::Skip,
        };
        let error = Catalogue::read("a", text.as_bytes(), &skip).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_repeated_id_is_never_skipped() {
        assert_eq!(
            error("id,name\n1,\"a\nb\"\n1,c\n"),
            "a, line 4: id \"1\" stands in line 2 already"
        );
        let skip = ReadOptions {
            on_bad_row: OnBadRow::Skip,
        };
        let lines = "{\"id\":1,\"name\":\"a\"}\n{\n{\"id\":\"1\",\"name\":\"a\"}\n";
        let error = Catalogue::read("a", lines.as_bytes(), &skip).unwrap_err();
        assert_eq!(error.to_string(), "a, line 3: id \"1\" stands in line 1 already");
    }

    #[test]
    fn a_line_of_broken_json() {
        assert_eq!(
            error("{\"id\":\"1\",\"name\":\"a\"}\n{\"id\":\"2\",\n"),
            "a, line 2: malformed JSON, column 10: EOF while parsing a value"
        );
        assert!(error("{\"id\":\"1\"\n{\"id\":\"2\",\"name\":\"b\"}\n").starts_with("a, line 1: malformed JSON"));
        assert!(error("{\"id\":\"1\",\"name\":\"a\"}\n7\n").starts_with("a, line 2: is no JSON object"));
    }

    #[test]
    fn a_document_of_broken_json() {
        assert!(error("[{\"id\":\"1\",\"name\":\"a\"},\n{\"id\"]").starts_with("a, line 2: malformed JSON, column 6"));
        assert!(error("{\"body\":{\"items\":[\n").starts_with("a, line "));
        assert_eq!(error("{\"body\":{\"items\":7}}"), "a: holds no list of products");
    }

    #[test]
    fn depth_without_end() {
        let text = "[".repeat(200_000);
        assert!(error(&text).starts_with("a, line 1: malformed JSON"));
        let closed = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        assert!(error(&closed).contains("malformed JSON"), "{}", error(&closed));
        let wrapped = format!("{}7{}", "{\"items\":".repeat(1000), "}".repeat(1000));
        assert!(read(&wrapped).is_err());
    }

    #[test]
    fn values_that_are_no_text() {
        assert_eq!(
            error(r#"[{"id":"1","name":{"ko":"a"}}]"#),
            "a, line 1: name must be text or a list of texts"
        );
        assert_eq!(
            error(r#"[{"id":1.5,"name":"a"}]"#),
            "a, line 1: id must be text or a list of texts"
        );
        assert!(error(r#"[{"x":"1"}]"#).starts_with("a, line 1: has none of the keys id, name, "));
        assert_eq!(error("[\n[]]"), "a, line 2: is no JSON object");
    }

    #[test]
    fn what_a_service_says_instead() {
        assert_eq!(
            error(r#"{"header":{"resultCode":"30","resultMsg":"SERVICE KEY IS NOT REGISTERED ERROR."}}"#),
            "a: the service refused with code \"30\": \"SERVICE KEY IS NOT REGISTERED ERROR.\"; ask it again"
        );
        assert!(error("<OpenAPI_ServiceResponse>").starts_with("a: is XML or HTML; "));
    }

    #[test]
    fn bad_rows_are_skipped_on_demand() {
        assert_eq!(
            skipping("id,name\n1,a\n2\n,b\n3,c\n"),
            (
                vec!["1".into(), "3".into()],
                vec![
                    "a, line 3: has 1 fields, the header has 2; quote fields that hold commas".into(),
                    "a, line 4: id and name must not be empty".into(),
                ]
            )
        );
        let (ids, skipped) = skipping("{\"id\":\n{\"id\":\"1\",\"name\":\"a\"}\n[]\n");
        assert_eq!(ids, ["1"]);
        assert!(skipped[0].starts_with("a, line 1: malformed JSON"));
        assert_eq!(skipped[1], "a, line 3: is no JSON object");
        let (ids, skipped) = skipping("[{\"id\":\"1\",\"name\":\"a\"},\n7]");
        assert_eq!((ids.len(), skipped), (1, vec!["a, line 2: is no JSON object".into()]));
    }

    #[test]
    fn no_sound_row_at_all() {
        let skip = ReadOptions {
            on_bad_row: OnBadRow::Skip,
        };
        let error = Catalogue::read("a", b"id,name\n1\n2\n", &skip).unwrap_err().to_string();
        assert!(error.starts_with("a: none of its 2 rows is sound; the first: a, line 2: has 1 fields"));
    }
}

#[test]
fn fifty_thousand_rows() {
    let mut csv = String::from("id,name,ingredients_ko\n");
    let mut lines = String::new();
    for number in 0..50_000 {
        csv += &format!("M{number},\"가나정 {number}\n새 줄\",알파|베타\n");
        lines += &format!(
            "{{\"id\":\"M{number}\",\"name\":\"가나정 {number}\\n새 줄\",\"ingredients_ko\":[\"알파\",\"베타\"]}}\n"
        );
    }
    let found = records(&csv);
    assert_eq!(found.len(), 50_000);
    assert_eq!(found, records(&lines));
    // The last line is known without counting from the start again for every row.
    csv += "M0,again,\n";
    assert_eq!(error(&csv), "a, line 100002: id \"M0\" stands in line 2 already");
}

#[test]
fn the_products_are_the_same_in_cp949() {
    let utf8 = include_bytes!("../../../data/products.csv");
    let (cp949, _, unmapped) = encoding_rs::EUC_KR.encode(std::str::from_utf8(utf8).unwrap());
    assert!(!unmapped && std::str::from_utf8(&cp949).is_err());
    let expected = Catalogue::from_csv("a", utf8).unwrap();
    assert_eq!(Catalogue::from_csv("a", &cp949).unwrap(), expected);
}

/// A catalogue as CSV.
fn to_csv(records: &[Record]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = "id,name,company,ingredients_ko,ingredients_en,class_code,class_name_ko,form,rx_otc,efficacy";
    writer.write_record(header.split(',')).unwrap();
    for record in records {
        let [ko, en] = [&record.ingredients_ko, &record.ingredients_en].map(|list| list.join("|"));
        let Record {
            id,
            name,
            company,
            class_code,
            class_name_ko,
            form,
            rx_otc,
            efficacy,
            ..
        } = record;
        writer
            .write_record([
                id,
                name,
                company,
                &ko,
                &en,
                class_code,
                class_name_ko,
                form,
                rx_otc,
                efficacy,
            ])
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

prop_compose! {
    /// A record of texts that begin and end with no white space, as all that is read.
    fn any_record()(
        name in "약[가-힣a-z0-9 ,;|'\"<>&{}\\[\\]\r\n]{0,12}",
        company in "[가-힣\"]{0,4}",
        ko in prop::collection::vec("[가-힣,\"]{1,4}", 0..4),
        en in prop::collection::vec("[a-z;]{1,4}", 0..3),
        class in "[1-9][0-9]{2}|",
        efficacy in "([가-힣][가-힣 \n]{0,9}\\.)?",
    ) -> Record {
        Record {
            id: String::new(),
            name: name.trim().to_owned(),
            company,
            ingredients_ko: ko,
            ingredients_en: en,
            class_name_ko: class.clone(),
            class_code: class,
            form: "정제".into(),
            rx_otc: String::new(),
            efficacy,
        }
    }
}

proptest! {
    #[test]
    fn every_format_gives_the_same_records(mut written in prop::collection::vec(any_record(), 1..8)) {
        for (number, record) in written.iter_mut().enumerate() {
            record.id = format!("M{number}");
        }
        let csv = to_csv(&written);
        let lines: Vec<String> = written.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
        prop_assert_eq!(&records(&csv), &written);
        prop_assert_eq!(&records(&serde_json::to_string(&written).unwrap()), &written);
        prop_assert_eq!(&records(&serde_json::to_string_pretty(&written).unwrap()), &written);
        prop_assert_eq!(&records(&lines.join("\n")), &written);

        let (cp949, _, unmapped) = encoding_rs::EUC_KR.encode(&csv);
        prop_assert!(!unmapped);
        prop_assert_eq!(&Catalogue::from_csv("a", &cp949).unwrap().records, &written);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for on_bad_row in [OnBadRow::Fail, OnBadRow::Skip] {
            let _ = Catalogue::read("a", &bytes, &ReadOptions { on_bad_row });
        }
    }

    /// Bytes that look like lists get further than others. Whatever is read has ids and names, each id once.
    #[test]
    fn what_is_read_is_sound(
        head in prop::sample::select(vec!["", "id,name\n", "ITEM_SEQ;ITEM_NAME;PRDUCT_TYPE\n", "[", "{\"body\":{\"items\":", "\u{feff}id\tname\n"]),
        parts in prop::collection::vec(prop::sample::select(vec![
            "{\"id\":\"1\",\"name\":\"가\"}", "{\"itemSeq\":2,\"itemName\":\"나\"", "{\"item\":", "[", "]", "}", "{", ",", ";", "\t", "\n",
            "\r", "\"", "1", "가", "[01140]", "|", "/", "null", ":", "\"id\"", "\"name\"", " ", "\u{0}", "\\",
        ]), 0..40),
        broken in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let mut bytes = format!("{head}{}", parts.concat()).into_bytes();
        if let Some((place, byte)) = broken && !bytes.is_empty() {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        for on_bad_row in [OnBadRow::Fail, OnBadRow::Skip] {
            let Ok(reading) = Catalogue::read("a", &bytes, &ReadOptions { on_bad_row }) else {
                continue;
            };
            let records = &reading.catalogue.records;
            let ids: std::collections::HashSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
            prop_assert!(!records.is_empty() && ids.len() == records.len());
            prop_assert!(records.iter().all(|record| !record.id.is_empty() && !record.name.is_empty()));
            prop_assert!(on_bad_row == OnBadRow::Skip || reading.skipped.is_empty());
        }
    }
}
