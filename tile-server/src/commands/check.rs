//! `obzor check`: looks for everything that is wrong with an instance before it is served, and with what it holds.

mod health;

use clap::Args;
use layers::{Audience, LayerSet, Store};
use serde_json::json;
use styles::Style;

use self::health::Health;
use super::{InPart, InstanceArgs, print};
use crate::attachments::examine;
use crate::instance::Instance;

/// What may be typed after `obzor check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Checks configuration, layer definitions, styles and store, and every stored feature; fails with all problems at once.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let mut problems = Vec::new();
    problems.extend(instance.config().err().map(|error| format!("{error:#}")));
    match instance.layers() {
        Ok(layers) => problems.extend(style_problems(&layers)),
        Err(error) => problems.push(format!("{error:#}")),
    }
    let mut health = Health::default();
    match instance.open_store() {
        Ok(store) => {
            problems.extend(attached_problems(&*store));
            problems.extend(attachment_problems(&instance, &*store));
            match Health::of(&store) {
                Ok(found) => health = found,
                Err(error) => problems.push(error.to_string()),
            }
        }
        Err(error) => {
            // The configuration says where the store is, so what is wrong there comes here again.
            let problem = format!("{error:#}");
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if args.json {
        let report = json!({ "problems": problems, "layers": health.as_json() });
        print(&format!("{report:#}"))?;
    } else if health.flawed() > 0 {
        print(&health.as_text())?;
    } else if problems.is_empty() {
        print("No problem found.")?;
    }
    if !problems.is_empty() {
        anyhow::bail!("{}", problems.join("\n"));
    }
    match health.flawed() {
        0 => Ok(()),
        flawed => Err(InPart(format!(
            "features that break a rule of their layer: {flawed}"
        ))
        .into()),
    }
}

/// Looks at each attached table and says which cannot be watched.
fn attached_problems(store: &dyn Store) -> Vec<String> {
    let layers = store.layers().attached();
    let looks = layers.map(|layer| (&layer.id, store.look(&layer.id)));
    let failed = looks.filter_map(|(id, look)| Some((id, look.err()?)));
    failed
        .map(|(id, error)| format!("layer {id}: {error}"))
        .collect()
}

/// Reads every file that hangs on a feature, and says which are not there or not as they came.
fn attachment_problems(instance: &Instance, store: &dyn Store) -> Vec<String> {
    // What is wrong with the configuration is told elsewhere.
    let Ok(files) = instance.attachment_files() else {
        return Vec::new();
    };
    match examine(store, &files) {
        Ok(found) => {
            if !found.nameless.is_empty() {
                let number = found.nameless.len();
                tracing::info!("files of attachments that no feature has any more: {number}");
            }
            found.problems()
        }
        Err(error) => vec![error.to_string()],
    }
}

fn style_problems(layers: &LayerSet) -> Vec<String> {
    let styles = Style::shipped_ids().filter_map(|id| Style::shipped(&id));
    styles
        .flat_map(|style| match style {
            Ok(style) => style
                .clone()
                .with_all(layers, &Audience::PUBLIC)
                .check(layers)
                .iter()
                .map(|problem| format!("style {}: {problem}", style.id()))
                .collect(),
            Err(error) => vec![error.to_string()],
        })
        .collect()
}
