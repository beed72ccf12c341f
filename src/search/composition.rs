//! What the products of a catalogue are made of: every product's active ingredients by one number each, whatever
//! their salt and spelling, and the names that lead to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::catalogue::Record;
use super::fold::fold;
use super::ingredients::{Ingredient, Ingredients};
use super::jamo;
use super::keys::{Keys, best_beginning};
use super::salts;
use super::tables::Tables;

/// An active ingredient of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name, without salt: the table's, or what the catalogue says.
    pub name: String,
    /// Its row in the table of ingredients, if it has one.
    pub entry: Option<u32>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Substance {
    /// The component of this number.
    One(u32),
    /// A group of ingredients, as NSAID; see [`Composition::group`].
    Group(u32),
}

/// The composition of every record of a catalogue.
#[derive(Debug, Clone, Default)]
pub struct Composition {
    components: Vec<Component>,
    /// For every group, what it is called.
    groups: Vec<String>,
    /// For every record, where its components end in `members`.
    ends: Vec<u32>,
    members: Vec<u32>,
    /// For every component, where its records end in `holders`.
    holder_ends: Vec<u32>,
    holders: Vec<u32>,
    /// For every record, the first with the same components.
    first_alike: Vec<u32>,
    /// For every component, its groups.
    groups_of: Vec<Vec<u32>>,
    names: Keys,
    initials: Keys,
    /// What each key of `names` and `initials` stands for.
    substances: Vec<Substance>,
}

/// An ingredient's name that was met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubstanceMatch {
    /// What was met.
    pub substance: Substance,
    /// Whether the whole name was met, not only its beginning.
    pub whole: bool,
    /// Typing errors.
    pub errors: u32,
    /// The part of the name that was typed, 0 to 1.
    pub coverage: f32,
}

/// What has been looked up: catalogues repeat their ingredients.
#[derive(Default)]
struct Known {
    /// Components by an ingredient as it is written; none where that names nothing.
    parts: HashMap<String, Option<u32>>,
    /// Components by name.
    names: HashMap<String, u32>,
}

impl Composition {
    /// Looks up the ingredients of all records.
    pub fn new(records: &[Record], tables: &Tables) -> Self {
        let mut all = Self::default();
        // Sorted, so that the keys do not depend on a hash's order.
        let mut spellings: BTreeMap<String, Substance> = BTreeMap::new();
        let mut known = Known::default();
        let mut by_list: HashMap<&[String], (Vec<u32>, Option<u32>)> = HashMap::new();
        let mut first_of: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut english: HashSet<(&str, u32)> = HashSet::new();
        for (number, record) in (0..).zip(records) {
            // Products share their ingredients: each list is looked up once.
            let (components, first) = by_list.entry(&record.ingredients_ko).or_insert_with(|| {
                let components = all.look_up(&record.ingredients_ko, &tables.ingredients, &mut known, &mut spellings);
                let mut sorted = components.clone();
                sorted.sort_unstable();
                // Of what nobody knows, no two are alike.
                let first = (!sorted.is_empty()).then(|| *first_of.entry(sorted).or_insert(number));
                (components, first)
            });
            all.first_alike.push(first.unwrap_or(number));
            all.members.extend_from_slice(components);
            all.ends.push(all.members.len() as u32);
            // English names belong to Korean ones only where the catalogue lists as many.
            if record.ingredients_en.len() == components.len() {
                for (name, &component) in record.ingredients_en.iter().zip(&*components) {
                    if !english.insert((name, component)) {
                        continue;
                    }
                    let bare = salts::bare(name);
                    if bare.chars().count() >= 3 {
                        spellings.entry(bare).or_insert(Substance::One(component));
                    }
                }
            }
        }
        all.find_holders();
        all.name_components(&tables.ingredients, &mut spellings);
        all.name_groups(tables, &mut spellings);
        for (spelling, substance) in spellings {
            let chars: Vec<char> = spelling.chars().collect();
            if chars.is_empty() {
                continue;
            }
            all.names.push(&jamo::codes(&chars));
            let initials: Vec<u8> = chars.iter().map(|&char| jamo::initial(char)).collect();
            all.initials.push(&initials);
            all.substances.push(substance);
        }
        all.names.finish();
        all.initials.finish();
        all
    }

    /// Turns records' components round: components' records, in order.
    fn find_holders(&mut self) {
        let mut ends = vec![0_u32; self.components.len()];
        for &component in &self.members {
            ends[component as usize] += 1;
        }
        let mut start = 0;
        for end in &mut ends {
            let count = std::mem::replace(end, start);
            start += count;
        }
        // Starts now, which filling moves to the ends.
        let mut holders = vec![0; self.members.len()];
        for record in 0..self.len() {
            for &component in self.of(record) {
                let place = &mut ends[component as usize];
                holders[*place as usize] = record as u32;
                *place += 1;
            }
        }
        (self.holders, self.holder_ends) = (holders, ends);
    }

    /// The components of a list of ingredients, each once; new ones, and their spellings, are taken up.
    fn look_up(
        &mut self,
        list: &[String],
        table: &Ingredients,
        known: &mut Known,
        spellings: &mut BTreeMap<String, Substance>,
    ) -> Vec<u32> {
        let mut found = Vec::new();
        for part in list.iter().flat_map(|item| salts::split(item)) {
            let component = match known.parts.get(&part) {
                Some(&component) => component,
                None => {
                    let component = self.look_up_part(&part, table, known, spellings);
                    known.parts.insert(part, component);
                    component
                }
            };
            found.extend(component.filter(|component| !found.contains(component)));
        }
        found
    }

    /// The component of one ingredient; none where nothing is left of its name.
    fn look_up_part(
        &mut self,
        part: &str,
        table: &Ingredients,
        known: &mut Known,
        spellings: &mut BTreeMap<String, Substance>,
    ) -> Option<u32> {
        let entry = table.find(part);
        let bare = salts::bare(part);
        let name = match entry.and_then(|entry| table.get(entry)) {
            Some(row) => row.name_ko.clone(),
            None if bare.is_empty() => return None,
            None => bare.clone(),
        };
        let next = self.components.len() as u32;
        let component = *known.names.entry(name.clone()).or_insert_with(|| {
            self.components.push(Component { name, entry });
            next
        });
        for spelling in [bare, fold(part).compact()] {
            spellings.entry(spelling).or_insert(Substance::One(component));
        }
        Some(component)
    }

    /// The table's names of the components.
    fn name_components(&self, table: &Ingredients, spellings: &mut BTreeMap<String, Substance>) {
        for (number, component) in self.components.iter().enumerate() {
            let Some(entry) = component.entry else { continue };
            for name in table.get(entry).into_iter().flat_map(Ingredient::names) {
                let key = fold(name).compact();
                // The table's own names outrank what a catalogue's odd row suggested.
                if table.named(&key) == Some(entry) {
                    spellings.insert(key, Substance::One(number as u32));
                }
            }
        }
    }

    /// Groups of the components, and their names. A component has two at most: the one of the table's English column,
    /// whose names [`Groups`](super::Groups) knows, and the one of its Korean column, which may be narrower.
    fn name_groups(&mut self, tables: &Tables, spellings: &mut BTreeMap<String, Substance>) {
        let mut names: BTreeMap<String, Option<u32>> = BTreeMap::new();
        let name = |name: &str, group: u32, names: &mut BTreeMap<String, Option<u32>>| {
            let key = fold(name).compact();
            // A name of two groups says nothing, and an ingredient's name is not taken over by a group's.
            if key.chars().count() >= 2 && tables.ingredients.find(name).is_none() {
                let known = names.entry(key).or_insert(Some(group));
                *known = known.filter(|&known| known == group);
            }
        };
        let mut by_code: HashMap<&str, u32> = HashMap::new();
        let mut by_korean: HashMap<&str, u32> = HashMap::new();
        let rows: Vec<Option<&Ingredient>> = (self.components.iter())
            .map(|component| component.entry.and_then(|entry| tables.ingredients.get(entry)))
            .collect();
        self.groups_of = vec![Vec::new(); rows.len()];
        for (row, own) in rows.iter().zip(&mut self.groups_of) {
            let Some(row) = row else { continue };
            for (key, numbers) in [(&row.group_en, &mut by_code), (&row.group_ko, &mut by_korean)] {
                if key.is_empty() {
                    continue;
                }
                let next = self.groups.len() as u32;
                let group = *numbers.entry(key).or_insert_with(|| {
                    self.groups.push(key.clone());
                    next
                });
                own.push(group);
            }
        }
        for group in tables.groups.iter() {
            if let Some(&number) = by_code.get(group.code.as_str()) {
                if let Some(first) = group.names.first() {
                    self.groups[number as usize].clone_from(first);
                }
                for spelling in &group.names {
                    name(spelling, number, &mut names);
                }
            }
        }
        let mut korean: Vec<(&str, u32)> = by_korean.into_iter().collect();
        korean.sort_unstable();
        for (group, number) in korean {
            // Where the table of groups has the name, that is what it means.
            if !names.contains_key(&fold(group).compact()) {
                name(group, number, &mut names);
            }
        }
        for (name, group) in names {
            if let Some(group) = group {
                spellings.entry(name).or_insert(Substance::Group(group));
            }
        }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Calls `found` with every record that holds `substance`, and for a group with some of them again.
    pub fn holders(&self, substance: Substance, mut found: impl FnMut(usize)) {
        let mut start = 0;
        for (component, &end) in (0..).zip(&self.holder_ends) {
            if self.is(component, substance) {
                let records = &self.holders[start..end as usize];
                records.iter().for_each(|&record| found(record as usize));
            }
            start = end as usize;
        }
    }

    /// The components of a record, in the catalogue's order.
    pub fn of(&self, record: usize) -> &[u32] {
        let start = if record == 0 { 0 } else { self.ends[record - 1] as usize };
        &self.members[start..self.ends[record] as usize]
    }

    /// What records of the same components, in any order and of any salts, have in common and others have not: the
    /// number of the first of them. A record of unknown composition is alone.
    pub fn first_alike(&self, record: usize) -> u32 {
        self.first_alike[record]
    }

    /// A component.
    pub fn component(&self, number: u32) -> &Component {
        &self.components[number as usize]
    }

    /// The groups that have a word in their name that begins with `beginning`, folded.
    pub fn groups_with_word(&self, beginning: &[char]) -> impl Iterator<Item = Substance> {
        let has = |name: &String| {
            let name = fold(name);
            name.words
                .iter()
                .any(|word| name.chars[word.clone()].starts_with(beginning))
        };
        let groups = (0..).zip(&self.groups).filter(move |(_, name)| has(name));
        groups.map(|(number, _)| Substance::Group(number))
    }

    /// What a group is called.
    pub fn group(&self, number: u32) -> &str {
        &self.groups[number as usize]
    }

    /// The component of a record that is, or belongs to, `substance`.
    pub fn holds(&self, record: usize, substance: Substance) -> Option<u32> {
        self.of(record)
            .iter()
            .copied()
            .find(|&component| self.is(component, substance))
    }

    /// Whether a component is, or belongs to, `substance`.
    pub fn is(&self, component: u32, substance: Substance) -> bool {
        match substance {
            Substance::One(one) => one == component,
            Substance::Group(group) => self.groups_of[component as usize].contains(&group),
        }
    }

    /// What `codes`, all of them, name.
    pub fn named(&self, codes: &[u8]) -> Option<Substance> {
        let key = *self.names.with_prefix(codes).first()?;
        (self.names.codes(key as usize).len() == codes.len()).then(|| self.substances[key as usize])
    }

    /// The substance that a written name, with salt or form perhaps, stands for.
    pub fn find(&self, name: &str) -> Option<Substance> {
        let whole = fold(name).chars;
        self.named(&jamo::codes(&whole)).or_else(|| {
            salts::forms_of(name).find_map(|form| self.named(&jamo::codes(&form.chars().collect::<Vec<char>>())))
        })
    }

    /// The names that begin with `codes`.
    pub fn beginning_with(&self, codes: &[u8], found: impl FnMut(SubstanceMatch)) {
        self.beginning(&self.names, codes, found);
    }

    /// The names whose syllables begin with these consonants.
    pub fn with_initials(&self, initials: &[u8], found: impl FnMut(SubstanceMatch)) {
        self.beginning(&self.initials, initials, found);
    }

    fn beginning(&self, keys: &Keys, codes: &[u8], mut found: impl FnMut(SubstanceMatch)) {
        for &key in keys.with_prefix(codes) {
            let length = keys.codes(key as usize).len();
            found(SubstanceMatch {
                substance: self.substances[key as usize],
                whole: length == codes.len(),
                errors: 0,
                coverage: codes.len() as f32 / length as f32,
            });
        }
    }

    /// The names of which all, or a beginning, is at most `max` typing errors away from `codes`.
    pub fn similar_to(&self, codes: &[u8], max: u32, mut found: impl FnMut(SubstanceMatch)) {
        self.names.approximate(codes, max, |key, errors| {
            let length = self.names.codes(key).len();
            let whole = errors.get(length).map_or(u32::MAX, |&errors| u32::from(errors));
            let (least, _) = best_beginning(errors, 1..errors.len());
            if least.min(whole) <= max {
                found(SubstanceMatch {
                    substance: self.substances[key],
                    whole: whole <= least,
                    errors: least.min(whole),
                    coverage: (codes.len() as f32 / length as f32).min(1.0),
                });
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composition() -> Composition {
        let record = |ko: &[&str], en: &[&str]| Record {
            ingredients_ko: ko.iter().map(|&name| name.to_owned()).collect(),
            ingredients_en: en.iter().map(|&name| name.to_owned()).collect(),
            ..Record::default()
        };
        let records = [
            record(&["아세트아미노펜", "카페인무수물"], &[]),
            record(&["이부프로펜"], &["ibuprofen"]),
            record(&["덱시부프로펜"], &["dexibuprofen"]),
            record(&["카페인무수물", "아세트아미노펜(미분화)"], &[]),
            record(
                &["아토르바스타틴칼슘삼수화물·에제티미브"],
                &["atorvastatin calcium (as atorvastatin"],
            ),
            record(&["없는이름염산염"], &["nosuchname hydrochloride"]),
            record(&[], &[]),
        ];
        Composition::new(&records, &Tables::built_in())
    }

    fn called(all: &Composition, substance: Substance) -> &str {
        match substance {
            Substance::One(component) => &all.component(component).name,
            Substance::Group(group) => all.group(group),
        }
    }

    fn name(composition: &Composition, text: &str) -> Option<String> {
        composition
            .find(text)
            .map(|substance| called(composition, substance).to_owned())
    }

    #[test]
    fn salts_spellings_and_languages_lead_to_one_component() {
        let all = composition();
        for (text, expected) in [
            ("파라세타몰", Some("아세트아미노펜")),
            ("Acetaminophen", Some("아세트아미노펜")),
            ("무수카페인", Some("카페인")),
            ("이부프로펜", Some("이부프로펜")),
            ("덱시부프로펜", Some("덱시부프로펜")),
            ("부프로펜", None),
            ("에제티미브", Some("에제티미브")),
            ("없는이름", Some("없는이름")),
            ("nosuchname", Some("없는이름")),
        ] {
            assert_eq!(name(&all, text).as_deref(), expected, "{text}");
        }
        assert_ne!(all.of(1), all.of(2));
        assert!(all.of(6).is_empty());
    }

    #[test]
    fn products_of_the_same_ingredients_are_alike() {
        let all = composition();
        assert_eq!(
            all.first_alike(3),
            all.first_alike(0),
            "order and brackets do not matter"
        );
        let others: Vec<u32> = [1, 2, 4, 5, 6].map(|record| all.first_alike(record)).to_vec();
        assert_eq!(others, [1, 2, 4, 5, 6]);
    }

    #[test]
    fn a_group_holds_its_ingredients_and_no_others() {
        let all = composition();
        let nsaid = all.find("NSAID").unwrap();
        let mut holders = Vec::new();
        all.holders(nsaid, |record| holders.push(record));
        assert_eq!(holders, [1, 2]);
        assert!((0..7).all(|record| all.holds(record, nsaid).is_some() == holders.contains(&record)));
        let statin = all.find("스타틴").unwrap();
        assert!(all.holds(4, statin).is_some());
        assert_eq!(all.find("PPI"), None, "no product of the catalogue holds one");
    }

    #[test]
    fn half_typed_and_mistyped_ingredients_are_met() {
        let all = composition();
        let codes = |text: &str| jamo::codes(&fold(text).chars);
        let mut found = Vec::new();
        all.beginning_with(&codes("아세트아밍"), |hit| {
            found.push((called(&all, hit.substance), hit.whole))
        });
        assert!(found.is_empty());
        all.beginning_with(&codes("아세트아민"), |hit| {
            found.push((called(&all, hit.substance), hit.whole))
        });
        assert!(found.contains(&("아세트아미노펜", false)), "{found:?}");
        let mut found = Vec::new();
        all.similar_to(&codes("아세트아미노팬"), 1, |hit| {
            found.push((called(&all, hit.substance), hit.errors))
        });
        assert!(found.contains(&("아세트아미노펜", 1)), "{found:?}");
    }
}
