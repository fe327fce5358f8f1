//! `obzor check`: looks for everything that is wrong with an instance before it is served.

use clap::Args;
use layers::LayerSet;
use styles::Style;

use super::{InstanceArgs, print};
use crate::instance::Instance;

/// What may be typed after `obzor check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    instance: InstanceArgs,
}

/// Checks configuration, layer definitions, styles and store; fails with all problems at once.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let mut problems = Vec::new();
    problems.extend(instance.config().err().map(|error| format!("{error:#}")));
    match instance.layers() {
        Ok(layers) => problems.extend(style_problems(&layers)),
        Err(error) => problems.push(format!("{error:#}")),
    }
    match instance.open_store().map(|store| store.head()) {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => problems.push(error.to_string()),
        Err(error) => {
            // The configuration says where the store is, so what is wrong there comes here again.
            let problem = format!("{error:#}");
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() {
        return print("No problem found.");
    }
    anyhow::bail!("{}", problems.join("\n"))
}

fn style_problems(layers: &LayerSet) -> Vec<String> {
    let styles = Style::shipped_ids().filter_map(|id| Style::shipped(&id));
    styles
        .flat_map(|style| match style {
            Ok(style) => style
                .check(layers)
                .iter()
                .map(|problem| format!("style {}: {problem}", style.id()))
                .collect(),
            Err(error) => vec![error.to_string()],
        })
        .collect()
}
