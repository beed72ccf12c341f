//! Pharmacologic groups that exclude each other.
//!
//! Who asks for an SSRI by that name does not mean a tricyclic, although both are for depression; who asks what helps against
//! depression may mean either. Most groups are not listed: azoles are antifungals too, and trazodone is named in several ways.

use crate::search::DrugType;

/// No drug of one group of a line is of another, and no name of one is used for another. Written from general pharmacological
/// knowledge, as the tables' groups are.
const LINES: [&[&str]; 14] = [
    &[
        "ssri",
        "snri",
        "tca",
        "nassa-antidepressant",
        "benzodiazepine",
        "anxiolytic-azapirone",
        "atypical-antipsychotic",
        "typical-antipsychotic",
    ],
    &[
        "ace-inhibitor",
        "arb",
        "ccb",
        "beta-blocker",
        "thiazide-diuretic",
        "loop-diuretic",
        "mra",
    ],
    &[
        "biguanide",
        "sulfonylurea",
        "tzd",
        "sglt2-inhibitor",
        "dpp-4-inhibitor",
        "glp-1-agonist",
        "insulin",
        "alpha-glucosidase-inhibitor",
    ],
    &["ppi", "p-cab", "h2-blocker"],
    &["statin", "ezetimibe", "fibrate", "omega-3"],
    &["warfarin", "doac", "low-molecular-weight-heparin", "antiplatelet"],
    &[
        "penicillin",
        "cephalosporin",
        "carbapenem",
        "macrolide",
        "lincosamide",
        "fluoroquinolone",
        "tetracycline",
        "aminoglycoside",
        "glycopeptide-antibiotic",
        "oxazolidinone",
    ],
    &["first-generation-antihistamine", "second-generation-antihistamine"],
    &["nsaid", "opioid-analgesic"],
    &[
        "beta2-agonist",
        "inhaled-anticholinergic",
        "inhaled-corticosteroid",
        "leukotriene-antagonist",
        "xanthine",
    ],
    &[
        "alpha-blocker-bph",
        "5-alpha-reductase-inhibitor",
        "bladder-antimuscarinic",
        "beta3-agonist",
    ],
    &["laxative-bulk", "laxative-stimulant", "laxative-osmotic"],
    &["aromatase-inhibitor", "serm", "antiandrogen", "gnrh-agonist"],
    &[
        "anti-her2",
        "anti-vegf",
        "egfr-tki",
        "immune-checkpoint-inhibitor",
        "immunomodulatory-imid",
        "mtor-inhibitor",
        "proteasome-inhibitor",
    ],
];

/// The groups that a drug of `group` is not of; none where that is not known.
pub fn others(group: &str) -> impl Iterator<Item = &'static str> {
    let line = LINES.iter().find(|line| line.contains(&group));
    line.into_iter()
        .flat_map(|line| line.iter().copied())
        .filter(move |other| *other != group)
}

/// Whether `text` is a name of the group `row`, as professionals use it: its first one, or one with Latin letters. Others,
/// as 우울증약, tell a use that groups share.
pub fn is_term(row: &DrugType, text: &str) -> bool {
    text == row.name
        || row.aliases.iter().any(|alias| alias == text) && text.contains(|char: char| char.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{DrugTypes, Kind};

    #[test]
    fn every_group_is_in_the_table_and_in_one_line() {
        let types = DrugTypes::built_in();
        for group in LINES.concat() {
            assert!(types.get(Kind::Group, group).is_some(), "{group}");
            assert_eq!(LINES.iter().filter(|line| line.contains(&group)).count(), 1, "{group}");
        }
        assert_eq!(others("ppi").collect::<Vec<_>>(), ["p-cab", "h2-blocker"]);
        assert_eq!(others("azole-antifungal").count(), 0);
    }

    #[test]
    fn a_term_names_one_group_only() {
        let types = DrugTypes::built_in();
        let ssri = types.get(Kind::Group, "ssri").unwrap();
        assert!(is_term(ssri, "SSRI") && is_term(ssri, &ssri.name));
        assert!(!is_term(ssri, "우울증약") && !is_term(ssri, "SNRI"));
    }
}
