//! Every command is listed with what leaves by it.

use clap::{Command, CommandFactory};
use tile_server::commands::Cli;

/// Returns the full names of the commands below one, those without further ones.
fn leaves(command: &Command, name: &str) -> Vec<String> {
    if !command.has_subcommands() {
        return vec![name.to_owned()];
    }
    let below = command.get_subcommands();
    below
        .flat_map(|one| leaves(one, &format!("{name} {}", one.get_name())))
        .collect()
}

#[test]
fn every_command_stands_in_the_rights_matrix_once() {
    let page = include_str!("../../docs/rights-matrix.md").lines();
    let listed = page.filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let listed = listed.map(|(name, _)| name);
    let listed: Vec<_> = listed.filter(|name| name.starts_with("obzor ")).collect();
    let commands = leaves(&Cli::command(), "obzor");
    // A command stands for those below it.
    let is_below = |command: &str, name: &str| {
        let rest = command.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    for command in &commands {
        let above: Vec<_> = listed
            .iter()
            .filter(|name| is_below(command, name))
            .collect();
        assert_eq!(above.len(), 1, "{command} stands in {above:?}");
    }
    for name in listed {
        let known = commands.iter().any(|command| is_below(command, name));
        assert!(known, "{name} is no command");
    }
}
