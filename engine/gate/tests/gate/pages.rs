//! Every rule's page: its bad case fires the rule, its good case does not.

use engine_gate::testing;

use crate::support::{config, config_of, gate, gate_with, implied};

#[test]
fn a_bad_case_fires_its_rule_and_a_good_case_does_not() {
    let cases = testing::pages(gate().rules(), &|tree, trusted| {
        let config = trusted.map_or_else(|| config(tree).unwrap_or_else(implied), config_of);
        Ok(gate_with(config))
    });
    let cases = cases.unwrap();
    let wrong: Vec<_> = cases.iter().filter(|case| !case.wrong.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cases.len() >= 2 * gate().rules().len());
}
