//! The second stage: questions to the texts that stand for products in an index.

use super::exclusive::{is_term, others};
use super::groups::Groups;
use super::invented::Spelling;
use super::letters::related;
use super::phrases::{ALONE, AWAKE, BRAND, CHILDREN, INGREDIENT, NO_CAFFEINE, WITHOUT, fill};
use super::typing::mistype;
use super::{Generated, Sources};
use crate::search::Kind;
use crate::search::brand::brand_and_stem;
use crate::search::{Ingredient, Record};
use crate::training::random::{Generator, derive};

/// A mixture of more ingredients is for what its class is for, not for what each of them does.
const MIXTURE: usize = 4;
/// Of the places that ways of asking have in turn, that of questions by name.
const BY_NAME: usize = 0;
/// Longest name of a kind of drugs that sounds natural in a phrase, in characters.
const LONGEST_NOUN: usize = 12;

/// Questions with the products' texts, and those by name with the names alone: a stage that holds no product would
/// unlearn to read names, letter by letter.
pub fn pairs(sources: &Sources, groups: &Groups, per_product: usize, seed: u64) -> [Vec<Generated>; 2] {
    let products: Vec<Product> = sources
        .catalogue
        .records
        .iter()
        .map(|record| Product::new(sources, record))
        .collect();
    let spelling = Spelling::of(products.iter().map(|product| brand_and_stem(&product.record.name).0));
    let (mut pairs, mut names) = (Vec::new(), Vec::new());
    for (number, product) in products.iter().enumerate() {
        let mut asker = Asker {
            sources,
            groups,
            products: &products,
            product,
            generator: Generator::new(derive(seed, &[number as u64])),
        };
        let mut found: Vec<Generated> = Vec::new();
        for turn in 0..per_product {
            // Products start at different places, so that few questions a product ask for everything too.
            let place = (number + turn) % 6;
            let question = match place {
                BY_NAME => {
                    if let Some([whole, name]) = asker.invented(&spelling) {
                        found.push(whole);
                        names.push(name);
                    }
                    asker.brand()
                }
                1 | 3 => asker.use_of_ingredient().or_else(|| asker.class()),
                2 => asker.class().or_else(|| asker.group()),
                4 => asker.ingredient(),
                _ => asker.restricted().or_else(|| asker.group()),
            };
            if let Some(question) = question
                && !found.iter().any(|other| other.query == question.query)
            {
                if place == BY_NAME {
                    names.extend(product.name(&question));
                }
                found.push(question);
            }
        }
        pairs.extend(found);
    }
    [pairs, names]
}

/// A record and what the tables say of it.
struct Product<'a> {
    record: &'a Record,
    passage: String,
    ingredients: Vec<&'a Ingredient>,
    /// Whether the table has all its ingredients, so that what it lacks is known.
    complete: bool,
}

impl<'a> Product<'a> {
    fn new(sources: &'a Sources, record: &'a Record) -> Self {
        let ingredients = sources.tables.ingredients_of(record);
        Self {
            record,
            passage: sources.tables.passage(record),
            complete: !ingredients.is_empty() && ingredients.len() == record.ingredients_ko.len(),
            ingredients,
        }
    }

    /// A question by its name, with the whole name for an answer.
    fn name(&self, question: &Generated) -> Option<Generated> {
        let name = &self.record.name;
        (question.query != *name).then(|| Generated {
            passage: name.clone(),
            negatives: Vec::new(),
            kind: "name",
            ..question.clone()
        })
    }

    fn holds(&self, ingredient: &Ingredient) -> bool {
        self.ingredients.iter().any(|own| own.name_ko == ingredient.name_ko)
    }

    /// Whether it may hold an ingredient, under this name or a like one.
    fn may_hold(&self, ingredient: &Ingredient) -> bool {
        self.ingredients.iter().any(|own| related(own, ingredient))
    }

    /// Whether both hold something that is the same, by the table or as it is written.
    fn shares_ingredient(&self, other: &Self) -> bool {
        let written = &self.record.ingredients_ko;
        other.ingredients.iter().any(|ingredient| self.holds(ingredient))
            || other.record.ingredients_ko.iter().any(|name| written.contains(name))
    }

    /// Its brand without what tells its forms apart.
    fn stem(&self) -> String {
        brand_and_stem(&self.record.name).1
    }

    /// Whether every ingredient is known to have, or not to have, a property.
    fn all(&self, value: bool, property: impl Fn(&Ingredient) -> Option<bool>) -> bool {
        self.complete && self.ingredients.iter().all(|own| property(own) == Some(value))
    }

    fn any(&self, property: impl Fn(&Ingredient) -> Option<bool>) -> bool {
        self.ingredients.iter().any(|own| property(own) == Some(true))
    }
}

/// Asks for one product.
struct Asker<'a> {
    sources: &'a Sources<'a>,
    groups: &'a Groups,
    products: &'a [Product<'a>],
    product: &'a Product<'a>,
    generator: Generator,
}

impl Asker<'_> {
    fn draw<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.generator.below(items.len())])
    }

    fn pair(&self, query: String, groups: Vec<String>, kind: &'static str) -> Generated {
        Generated {
            query,
            passage: self.product.passage.clone(),
            groups,
            negatives: Vec::new(),
            kind,
        }
    }

    /// By its name.
    fn brand(&mut self) -> Option<Generated> {
        let product = self.product;
        let mut pair = self.by_name(&product.record.name)?;
        // Beside products of other classes the class alone would tell the answer, and the name would not be learnt.
        pair.negatives = self.wrong(&|other| !product.shares_ingredient(other) && product.stem() != other.stem());
        Some(pair)
    }

    /// As if it had a brand that nobody has: with the product's text and with the name alone. In the wrong answer the brand
    /// is the product's own, and all else is the same.
    fn invented(&mut self, spelling: &Spelling) -> Option<[Generated; 2]> {
        let product = self.product;
        let own = &product.record.name;
        let rest = own.strip_prefix(&brand_and_stem(own).0)?;
        let record = Record {
            name: spelling.invent(&mut self.generator)? + rest,
            ..product.record.clone()
        };
        let pair = Generated {
            kind: "invented name",
            ..self.by_name(&record.name)?
        };
        let to = |passage: String, wrong: &String| Generated {
            passage,
            negatives: vec![wrong.clone()],
            ..pair.clone()
        };
        Some([
            to(self.sources.tables.passage(&record), &product.passage),
            to(record.name, own),
        ])
    }

    /// By `name`, one in three mistyped.
    fn by_name(&mut self, name: &str) -> Option<Generated> {
        let (brand, stem) = brand_and_stem(name);
        if brand.is_empty() {
            return None;
        }
        let name = if self.generator.below(3) == 0 {
            stem
        } else {
            brand.clone()
        };
        let (name, kind) = match self.generator.below(3) {
            0 => (mistype(&name, &mut self.generator), "brand, mistyped"),
            _ => (name, "brand"),
        };
        let query = fill(self.draw(&BRAND)?, &[&name]);
        let mut groups = vec![format!("b:{brand}")];
        // A product is no wrong answer to another's name where the two hold the same.
        groups.extend(self.product.ingredients.iter().map(|own| format!("i:{}", own.name_ko)));
        Some(self.pair(query, groups, kind))
    }

    /// By the name of one of its ingredients, one in five mistyped.
    fn ingredient(&mut self) -> Option<Generated> {
        let ingredient = *self.draw(&self.product.ingredients)?;
        let names: Vec<&str> = ingredient.names().collect();
        let right = *self.draw(&names)?;
        let mistyped = (self.generator.below(5) == 0).then(|| mistype(right, &mut self.generator));
        // An error may make another ingredient's name.
        let mistyped = mistyped.filter(|name| self.sources.tables.ingredients.find(name).is_none());
        let (name, kind) = match &mistyped {
            Some(name) => (name.as_str(), "ingredient, mistyped"),
            None => (right, "ingredient"),
        };
        let alone = self.product.complete && self.product.ingredients.len() == 1;
        let phrases = if alone { INGREDIENT.len() } else { ALONE };
        let query = fill(INGREDIENT[self.generator.below(phrases)], &[name]);
        let mut pair = self.pair(query, vec![format!("i:{}", ingredient.name_ko)], kind);
        // The class alone would tell the answer here too.
        pair.negatives = self.wrong(&|other| other.complete && !other.may_hold(ingredient));
        Some(pair)
    }

    /// By what one of its ingredients is for.
    fn use_of_ingredient(&mut self) -> Option<Generated> {
        if self.product.ingredients.len() > MIXTURE {
            return None;
        }
        let ingredient = *self.draw(&self.product.ingredients)?;
        let questions = self.sources.tables.questions.of(ingredient);
        let query = if self.generator.below(6) == 0 && !ingredient.purpose_ko.is_empty() {
            ingredient.purpose_ko.clone()
        } else {
            self.draw(questions)?.clone()
        };
        Some(self.pair(query, self.groups.of_ingredient(ingredient), "ingredient's use"))
    }

    /// By what its class is for.
    fn class(&mut self) -> Option<Generated> {
        let group = self.groups.of_class(self.product.record)?;
        let row = self
            .sources
            .tables
            .types
            .get(Kind::Class, &self.product.record.class_code)?;
        let query = self.draw(&row.questions)?.clone();
        Some(self.pair(query, vec![group], "class"))
    }

    /// By the pharmacologic group of one of its ingredients.
    fn group(&mut self) -> Option<Generated> {
        if self.product.ingredients.len() > MIXTURE {
            return None;
        }
        let ingredient = *self.draw(&self.product.ingredients)?;
        let row = self.sources.tables.types.get(Kind::Group, &ingredient.group_en)?;
        let mut queries: Vec<&str> = row.questions.iter().chain(&row.aliases).map(String::as_str).collect();
        queries.push(&row.name);
        let others: Vec<&str> = others(&row.code).collect();
        if !others.is_empty() && self.generator.below(2) == 0 {
            queries.retain(|query| is_term(row, query));
        }
        let query = (*self.draw(&queries)?).to_owned();
        let mut pair = self.pair(query, self.groups.of_ingredient(ingredient), "group");
        if is_term(row, &pair.query) {
            let is_other = |own: &&Ingredient| others.contains(&own.group_en.as_str());
            pair.negatives = self.text_where(&|other| other.complete && other.ingredients.iter().all(is_other));
        }
        Some(pair)
    }

    /// By what it is and what it is not.
    fn restricted(&mut self) -> Option<Generated> {
        let (noun, group) = self.noun()?;
        let product = self.product;
        let mut ways: Vec<Generated> = Vec::new();
        if let Some(pair) = self.other_ingredient(&noun, &group) {
            ways.push(pair);
        }
        let mut way = |phrases: &[&str], kind, wrong: &dyn Fn(&Product) -> bool| {
            let query = fill(phrases[self.generator.below(phrases.len())], &[&noun]);
            let mut pair = self.pair(query, vec![group.clone()], kind);
            pair.negatives = self.wrong(wrong);
            ways.push(pair);
        };
        if product.all(false, |own| own.drowsy) {
            way(&AWAKE, "not drowsy", &|other| other.any(|own| own.drowsy));
        }
        if product.all(false, |own| own.caffeine) {
            way(&NO_CAFFEINE, "without caffeine", &|other| other.any(|own| own.caffeine));
        }
        if product.all(true, |own| own.children) {
            way(&CHILDREN, "for children", &|other| {
                other.any(|own| own.children.map(|yes| !yes))
            });
        }
        // Questions that no other product fails teach nothing.
        ways.retain(|pair| !pair.negatives.is_empty());
        (!ways.is_empty()).then(|| {
            let chosen = self.generator.below(ways.len());
            ways.swap_remove(chosen)
        })
    }

    /// Of its class, without the ingredient of another product of the class.
    fn other_ingredient(&mut self, noun: &str, group: &str) -> Option<Generated> {
        if !self.product.complete {
            return None;
        }
        let class = &self.product.record.class_code;
        let mates: Vec<&Ingredient> = self
            .products
            .iter()
            .filter(|other| other.record.class_code == *class && other.ingredients.len() == 1)
            .map(|other| other.ingredients[0])
            .filter(|ingredient| !self.product.may_hold(ingredient))
            .collect();
        let ingredient = *self.draw(&mates)?;
        let query = fill(self.draw(&WITHOUT)?, &[&ingredient.name_ko, noun]);
        let mut pair = self.pair(query, vec![group.to_owned()], "without an ingredient");
        pair.negatives = self.wrong(&|other| other.holds(ingredient));
        Some(pair)
    }

    /// A product of the same class that is a wrong answer.
    fn wrong(&mut self, wrong: &dyn Fn(&Product) -> bool) -> Vec<String> {
        let class = &self.product.record.class_code;
        self.text_where(&|other| other.record.class_code == *class && wrong(other))
    }

    /// The text of a product for which `fits` holds.
    fn text_where(&mut self, fits: &dyn Fn(&Product) -> bool) -> Vec<String> {
        let products = self.products.iter().filter(|product| fits(product));
        let texts: Vec<&str> = products.map(|product| product.passage.as_str()).collect();
        self.draw(&texts).map(|text| (*text).to_owned()).into_iter().collect()
    }

    /// What its kind of drugs is called in a phrase, and the class's group.
    fn noun(&mut self) -> Option<(String, String)> {
        let record = self.product.record;
        let group = self.groups.of_class(record)?;
        let row = self.sources.tables.types.get(Kind::Class, &record.class_code)?;
        let nouns: Vec<&String> = [&row.name]
            .into_iter()
            .chain(&row.aliases)
            .filter(|name| name.ends_with(['약', '제']) && name.chars().count() <= LONGEST_NOUN)
            .collect();
        let noun = (*self.draw(&nouns)?).clone();
        Some((noun, group))
    }
}
