//! The shipped policy is sound, and a bad one is told whole.

use super::*;
use crate::LayerSet;

fn problems(text: &str) -> Vec<String> {
    Policy::parse(text).expect_err("a bad policy")
}

#[test]
fn the_shipped_policy_is_sound_and_every_layer_has_one_of_its_classes() {
    let policy = Policy::parse(include_str!("../../policy.toml")).expect("a sound policy");
    for layer in LayerSet::shipped().expect("sound definitions").iter() {
        let known = policy.classes.iter().any(|class| class.id == layer.class);
        assert!(known, "{}: {}", layer.id, layer.class);
    }
}

#[test]
fn every_problem_of_a_policy_is_reported() {
    let text = r#"
        classes = [{ id = "a", title = { cs = "a", en = "a" } }]
        [[roles]]
        id = "x"
        title = { cs = "x", en = "x" }
        description = { cs = "x", en = "x" }
        municipal = true
        internal = ["a", "b"]
        update = ["c"]
        may = ["audit"]
        [[roles]]
        id = "x"
        title = { cs = "x", en = "x" }
        description = { cs = "x", en = "x" }
    "#;
    let found = problems(text);
    assert_eq!(found.len(), 4, "{found:#?}");
    assert_eq!(problems("classes = []\nroles = []\nrules = []").len(), 1);
}

#[test]
fn an_unknown_role_and_no_role_grant_nothing() {
    let policy = Policy::in_force();
    let ghost = Assignment {
        role: "ghost".into(),
        municipalities: Municipalities::All,
    };
    assert_eq!(policy.audience(&[ghost]), Audience::PUBLIC);
    assert_eq!(policy.audience(&[]), Audience::PUBLIC);
    assert!(!policy.has(&[], Duty::Administer));
}

#[test]
fn a_role_that_is_narrowed_to_municipalities_brings_no_duty() {
    let policy = Policy::in_force();
    let role = policy.roles.iter().find(|role| role.has(Duty::Administer));
    let held = |municipalities| Assignment {
        role: role.expect("somebody administers").id.clone(),
        municipalities,
    };
    assert!(policy.has(&[held(Municipalities::All)], Duty::Administer));
    let some = Municipalities::Listed([562_971].into());
    assert!(!policy.has(&[held(some)], Duty::Administer));
}
