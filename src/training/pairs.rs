//! Training pairs, read from CSV.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::random::Generator;
use super::recipe::Loss;
use crate::checkpoint::Role;
use crate::error::{Error, Result};

/// A question, a text, and how well they fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The question.
    pub query: String,
    /// The text.
    pub passage: String,
    /// What the text and the negatives are, which decides their prompt.
    pub role: Role,
    /// 1 where the text answers the question, 0 where it does not.
    pub label: f32,
    /// Texts that look right and are wrong.
    pub negatives: Vec<String>,
}

/// Groups by number, in order.
type Groups = BTreeSet<u32>;

/// The pairs of one stage.
///
/// A CSV file of pairs has a header with `query` and `passage` (or `context`), and may have `label` (from 0 to 1; 1 where
/// there is no such column), `group` and `negatives` (both lists with `|` between). Columns `kind`, `source` and `note`
/// are for people.
///
/// Two pairs that share a group (a class of drugs, an ingredient, a brand) mean the same: neither's passage counts as a
/// wrong answer to the other's question. Pairs of one question, or of one passage, share a group in any case.
#[derive(Debug, Default)]
pub struct Pairs {
    /// In the order of their files.
    pub rows: Vec<Pair>,
    names: HashMap<String, u32>,
    /// The groups of every question, from all its rows.
    queries: HashMap<String, Groups>,
    /// The groups of every text that answers something.
    passages: HashMap<String, Groups>,
}

/// Batches that are filled side by side. With more, the pairs of a common group would gather in batches of their own, where
/// each is the other's answer and nothing is learnt.
const OPEN: usize = 8;

/// The columns, and whether each must be there.
const COLUMNS: [&str; 9] = [
    "query",
    "passage",
    "context",
    "label",
    "group",
    "negatives",
    "kind",
    "source",
    "note",
];

impl Pairs {
    /// Reads files for `loss`, each with what its second texts are. `labelled` says that labels must be there.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that is missing; [`Error::Row`] with the line of what is malformed.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a Path, Role)>, loss: &Loss, labelled: bool) -> Result<Self> {
        let mut pairs = Self::default();
        for (path, role) in files {
            let bytes = std::fs::read(path).map_err(Error::io(path))?;
            pairs.add_csv((path, role), &bytes, loss, labelled)?;
        }
        Ok(pairs)
    }

    fn add_csv(&mut self, (path, role): (&Path, Role), bytes: &[u8], loss: &Loss, labelled: bool) -> Result<()> {
        let file = path.display().to_string();
        let wrong = |line: u64, reason: String| Error::Row {
            file: file.clone(),
            line,
            reason,
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::Reader::from_reader(bytes);
        let read_error = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            wrong(line, crate::search::csv_reason(&error))
        };
        let header = reader.headers().map_err(read_error)?.clone();
        if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(&name.trim())) {
            return Err(wrong(
                1,
                format!("column {unknown:?} is unknown; known are {}", COLUMNS.join(", ")),
            ));
        }
        let column = |name: &str| header.iter().position(|column| column.trim() == name);
        let lacks = |name: &str| wrong(1, format!("the header lacks the column {name:?}"));
        let query_column = column("query").ok_or_else(|| lacks("query"))?;
        let passage_column = column("passage")
            .or(column("context"))
            .ok_or_else(|| lacks("passage"))?;
        let label_column = column("label");
        if labelled && label_column.is_none() {
            return Err(lacks("label"));
        }
        let (group_column, negatives_column) = (column("group"), column("negatives"));

        let contrastive = matches!(loss, Loss::Contrastive { .. });
        let before = self.rows.len();
        for row in reader.records() {
            let row = row.map_err(read_error)?;
            let line = row.position().map_or(0, csv::Position::line);
            let cell = |column: usize| row.get(column).unwrap_or("").trim();
            let list = |column: Option<usize>| {
                let cell = column.map_or("", cell);
                cell.split('|').map(str::trim).filter(|item| !item.is_empty())
            };
            let label = match label_column.map(cell) {
                None => 1.0,
                Some(text) => text
                    .parse::<f32>()
                    .ok()
                    .filter(|label| (0.0..=1.0).contains(label))
                    .filter(|label| !contrastive || *label == 0.0 || *label == 1.0)
                    .ok_or_else(|| {
                        let allowed = if contrastive { "0 or 1" } else { "a number from 0 to 1" };
                        wrong(line, format!("label {text:?} is unknown; it must be {allowed}"))
                    })?,
            };
            let (query, passage) = (cell(query_column), cell(passage_column));
            // A question that nothing answers may stand alone: every passage is wrong for it.
            if query.is_empty() || (passage.is_empty() && label != 0.0) {
                return Err(wrong(line, "query and passage must not be empty".to_owned()));
            }
            if passage.is_empty() && !contrastive {
                // A loss of single pairs has nothing to hold it against.
                continue;
            }
            let groups: Vec<&str> = list(group_column).collect();
            self.add_groups(query, passage, label, &groups);
            self.rows.push(Pair {
                query: query.to_owned(),
                passage: passage.to_owned(),
                role,
                label,
                negatives: list(negatives_column).map(str::to_owned).collect(),
            });
        }
        if self.rows.len() == before {
            return Err(Error::file(file, "has a header but no pair"));
        }
        Ok(())
    }

    fn add_groups(&mut self, query: &str, passage: &str, label: f32, named: &[&str]) {
        let mut groups = Groups::new();
        // Prefixes keep texts and names of groups apart.
        let mut add = |name: String| {
            let next = self.names.len() as u32;
            groups.insert(*self.names.entry(name).or_insert(next));
        };
        for name in named {
            add(format!("g{name}"));
        }
        add(format!("q{query}"));
        if label > 0.0 {
            add(format!("p{passage}"));
            self.passages
                .entry(passage.to_owned())
                .or_default()
                .extend(groups.iter().copied());
        }
        self.queries.entry(query.to_owned()).or_default().extend(groups);
    }

    /// Whether a text may answer a question, judging by their groups.
    pub fn alike(&self, query: &str, text: &str) -> bool {
        match (self.queries.get(query), self.passages.get(text)) {
            (Some(query), Some(text)) => !query.is_disjoint(text),
            _ => false,
        }
    }

    /// Whether a text is some pair's answer, so that its groups are known.
    pub fn knows(&self, text: &str) -> bool {
        self.passages.contains_key(text)
    }

    /// Adds, for each pair of label 1, `count` pairs of its question and a passage of another group, with label 0.
    ///
    /// # Errors
    /// [`Error::Input`] where all passages are of a question's groups.
    pub fn add_random_negatives(&mut self, count: usize, generator: &mut Generator) -> Result<()> {
        let passages: Vec<String> = self
            .passages
            .keys()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .cloned()
            .collect();
        let mut negatives = Vec::new();
        for pair in self.rows.iter().filter(|pair| pair.label == 1.0) {
            for _ in 0..count {
                // Draws first; where nearly all passages are alike, looks at all from a random one on.
                let start = generator.below(passages.len());
                let other = (0..passages.len())
                    .map(|step| &passages[(start + step) % passages.len()])
                    .find(|passage| !self.alike(&pair.query, passage))
                    .ok_or_else(|| {
                        Error::Input(format!(
                            "random negatives: every passage is of the groups of {:?}; give pairs of more than one group",
                            pair.query
                        ))
                    })?;
                negatives.push(Pair {
                    query: pair.query.clone(),
                    passage: other.clone(),
                    role: pair.role,
                    label: 0.0,
                    negatives: Vec::new(),
                });
            }
        }
        self.rows.extend(negatives);
        Ok(())
    }

    /// Keeps at most `count` pairs, in their order.
    pub fn sample(&mut self, count: usize, generator: &mut Generator) {
        if self.rows.len() > count {
            let mut chosen: Vec<usize> = (0..self.rows.len()).collect();
            generator.shuffle(&mut chosen);
            chosen.truncate(count);
            let chosen: BTreeSet<usize> = chosen.into_iter().collect();
            let rows = std::mem::take(&mut self.rows);
            self.rows = rows
                .into_iter()
                .enumerate()
                .filter_map(|(place, row)| chosen.contains(&place).then_some(row))
                .collect();
        }
    }

    /// Every text.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flat_map(|pair| {
            [pair.query.as_str(), pair.passage.as_str()]
                .into_iter()
                .chain(pair.negatives.iter().map(String::as_str))
        })
    }

    /// All pairs once, in random order, in batches of `size`; the last may be smaller.
    ///
    /// With `distinct`, no two pairs of a batch share a group, as far as that goes: a pair of a group that stands in each
    /// of [`OPEN`] batches already goes into the oldest, and pairs that are left over at the end, in batches that are not half
    /// full, go where there is room.
    pub fn batches(&self, size: usize, distinct: bool, generator: &mut Generator) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        generator.shuffle(&mut order);
        if !distinct {
            return order.chunks(size).map(<[usize]>::to_vec).collect();
        }
        let mut full = Vec::new();
        // By number, so that the oldest is filled first.
        let mut open: BTreeMap<usize, (Vec<usize>, Groups)> = BTreeMap::new();
        let mut next = 0;
        for row in order {
            let groups = &self.queries[&self.rows[row].query];
            let fitting = open.iter().find(|(_, (_, taken))| taken.is_disjoint(groups));
            let oldest = open.first_key_value().filter(|_| open.len() == OPEN);
            let number = fitting.or(oldest).map_or(next, |(number, _)| *number);
            next = next.max(number + 1);
            let (rows, taken) = open.entry(number).or_default();
            rows.push(row);
            taken.extend(groups);
            if rows.len() == size {
                full.extend(open.remove(&number).map(|(rows, _)| rows));
            }
        }
        let (mut nearly, rest): (Vec<_>, Vec<_>) = open
            .into_values()
            .map(|(rows, _)| rows)
            .partition(|rows| 2 * rows.len() >= size);
        let mut rest = rest.concat();
        for batch in &mut nearly {
            let room = (size - batch.len()).min(rest.len());
            batch.extend(rest.drain(..room));
        }
        full.extend(nearly);
        full.extend(rest.chunks(size).map(<[usize]>::to_vec));
        full
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONTRASTIVE: Loss = Loss::Contrastive {
        temperature: 0.1,
        symmetric: false,
        order: 0.0,
    };

    fn pairs(csv: &str, loss: &Loss, labelled: bool) -> Result<Pairs> {
        let mut pairs = Pairs::default();
        pairs.add_csv(("a.csv".as_ref(), Role::Passage), csv.as_bytes(), loss, labelled)?;
        Ok(pairs)
    }

    fn error(csv: &str, loss: &Loss, labelled: bool) -> String {
        pairs(csv, loss, labelled).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_line() {
        let mse = &Loss::CosineMse;
        assert_eq!(
            error("query,context\na,b\n", mse, true),
            "a.csv, line 1: the header lacks the column \"label\""
        );
        assert_eq!(
            error("query,passage,lable\na,b,1\n", mse, false),
            "a.csv, line 1: column \"lable\" is unknown; known are query, passage, context, label, group, negatives, \
             kind, source, note"
        );
        assert_eq!(
            error("query,passage,label\na,b,1\na,b,maybe\n", mse, true),
            "a.csv, line 3: label \"maybe\" is unknown; it must be a number from 0 to 1"
        );
        assert_eq!(
            error("query,passage,label\n\"a\nb\",b,1\na,b,0.5\n", &CONTRASTIVE, false),
            "a.csv, line 4: label \"0.5\" is unknown; it must be 0 or 1"
        );
        assert_eq!(
            error("query,passage\na,b\n,b\n", mse, false),
            "a.csv, line 3: query and passage must not be empty"
        );
        assert!(error("query,passage\na,b,c\n", mse, false).starts_with("a.csv, line 2: has 3 fields"));
        let alone = pairs("query,passage,label\na,b,1\nc,,0\n", mse, true).unwrap();
        assert_eq!(alone.rows.len(), 1, "what nothing answers is for contrastive losses");
        assert_eq!(error("query,passage\n", mse, false), "a.csv: has a header but no pair");
        let missing = Pairs::read([("no/such.csv".as_ref(), Role::Passage)], mse, false)
            .unwrap_err()
            .to_string();
        assert!(missing.starts_with("no/such.csv: "), "{missing}");
    }

    #[test]
    fn groups_make_texts_alike() {
        let csv = "query,passage,group,negatives,label\n\
                   열을 내리는 약,해열제,114,,1\n\
                   fever,타이레놀,114|acetaminophen,혈압약| ,1\n\
                   두통,타이레놀,head,,1\n\
                   날씨가 어때,,,,0\n\
                   혈압,혈압약,217,,1\n";
        let pairs = pairs(csv, &CONTRASTIVE, false).unwrap();
        assert_eq!(pairs.rows[1].negatives, ["혈압약"]);
        for (query, text, alike) in [
            ("열을 내리는 약", "타이레놀", true),
            ("두통", "타이레놀", true),
            ("fever", "타이레놀", true),
            ("두통", "해열제", false),
            ("fever", "혈압약", false),
            ("날씨가 어때", "해열제", false),
        ] {
            assert_eq!(pairs.alike(query, text), alike, "{query}, {text}");
        }
        assert!(pairs.knows("혈압약") && !pairs.knows(""));
    }

    #[test]
    fn random_negatives_are_of_other_groups() {
        let csv = "query,passage,group\na,A,1\nb,B,1\nc,C,2\nd,D,3\n";
        let mut pairs = pairs(csv, &Loss::CosineMse, false).unwrap();
        pairs.add_random_negatives(5, &mut Generator::new(1)).unwrap();
        assert_eq!(pairs.rows.len(), 24);
        for pair in &pairs.rows[4..] {
            assert_eq!(pair.label, 0.0);
            assert!(!pairs.alike(&pair.query, &pair.passage), "{pair:?}");
        }
        let chosen: BTreeSet<&str> = pairs.rows[4..9].iter().map(|pair| pair.passage.as_str()).collect();
        assert_eq!(chosen, BTreeSet::from(["C", "D"]));
        pairs.sample(10, &mut Generator::new(2));
        assert_eq!(pairs.rows.len(), 10);
    }

    proptest! {
        #[test]
        fn batches_hold_every_pair_once(groups in prop::collection::vec(0..6_u8, 1..60), size in 2..9_usize) {
            let mut csv = "query,passage,group\n".to_owned();
            for (row, group) in groups.iter().enumerate() {
                csv += &format!("q{row},p{row},{group}\n");
            }
            let pairs = pairs(&csv, &CONTRASTIVE, false).unwrap();
            for distinct in [false, true] {
                let batches = pairs.batches(size, distinct, &mut Generator::new(3));
                prop_assert!(batches.iter().all(|batch| !batch.is_empty() && batch.len() <= size));
                let mut all = batches.concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..groups.len()).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn distinct_batches_repeat_no_group() {
        let mut csv = "query,passage,group\n".to_owned();
        for row in 0..40 {
            csv += &format!("q{row},p{row},{}\n", row % 10);
        }
        let pairs = pairs(&csv, &CONTRASTIVE, false).unwrap();
        let batches = pairs.batches(8, true, &mut Generator::new(3));
        let clean = batches
            .iter()
            .filter(|batch| batch.iter().map(|row| row % 10).collect::<BTreeSet<_>>().len() == batch.len());
        assert!(clean.map(Vec::len).sum::<usize>() >= 32, "{batches:?}");
    }

    #[test]
    fn a_common_group_is_spread_over_the_batches() {
        let mut csv = "query,passage,group\n".to_owned();
        for row in 0..200 {
            csv += &format!("q{row},p{row},{}\n", if row % 3 == 0 { 0 } else { row });
        }
        let pairs = pairs(&csv, &CONTRASTIVE, false).unwrap();
        for batch in pairs.batches(8, true, &mut Generator::new(3)) {
            assert!(batch.iter().any(|row| row % 3 != 0), "{batch:?}");
        }
    }
}
