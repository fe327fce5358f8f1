//! `obzor redact`: erases a personal value from everything that the instance holds.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{ArgGroup, Args};
use layers::audit::AuditEvent;
use layers::store::{RedactionPlace, RedactionTarget, Redactor};
use layers::{FeatureId, Layer, LayerSet, Store};
use serde_json::json;

use super::{InPart, InstanceArgs, Refused, print};
use crate::attachments::ContentHash;
use crate::instance::Instance;
use crate::redaction::{Erasure, Evidence, Order, Report, apply_again, erase_attachments, hashes};

/// Shorter values stand everywhere.
const SHORTEST: usize = 4;

/// What may be typed after `obzor redact`.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[command(group = ArgGroup::new("what").required(true).args(["value_file", "field", "attachment", "attachments", "again"]))]
pub struct RedactArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// A file with the value to erase wherever it stands; `-` reads it from standard input, so that no list of processes
    /// shows it. A birth number is found with and without its slash.
    #[arg(long, value_name = "FILE")]
    value_file: Option<PathBuf>,
    /// Everything that this field of one feature holds or ever held.
    #[arg(long, requires = "layer", requires = "id")]
    field: Option<String>,
    /// The layer of that feature.
    #[arg(long, requires = "id")]
    layer: Option<String>,
    /// Its id.
    #[arg(long, value_name = "UUID", requires = "layer")]
    id: Option<String>,
    /// The photo or document with this SHA-256, wherever it hangs.
    #[arg(long, value_name = "SHA256")]
    attachment: Option<ContentHash>,
    /// All photos and documents of one feature, wherever else they hang.
    #[arg(long, requires = "layer", requires = "id")]
    attachments: bool,
    /// Erase again everything that ever was, as after a database was restored.
    #[arg(long)]
    again: bool,
    /// Only list where it stands, and change nothing.
    #[arg(long, conflicts_with = "again")]
    dry_run: bool,
    /// Why; stands in the history.
    #[arg(long, default_value = "výmaz osobního údaje")]
    reason: String,
    /// Who answers for it; stands in the history.
    #[arg(long, env = "USER")]
    author: String,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Erases, or lists what would be erased.
pub fn run(args: &RedactArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let store = instance.open_store()?;
    let folder = instance.evidence()?;
    if args.again {
        let count = apply_again(&instance, &*store, &folder, &args.author)?;
        return print(&format!("výmazů provedeno znovu: {count}"));
    }
    let evidence = Evidence::at(&folder);
    if args.attachment.is_some() || args.attachments {
        return erase_files(args, &instance, &*store, &evidence);
    }
    let key = evidence.key()?;
    let (target, redactor) = match &args.value_file {
        Some(file) => {
            let value = read_value(file)?;
            (
                RedactionTarget::Value,
                Redactor::of_values(&key, [value.as_str()]),
            )
        }
        None => (
            field(args, store.layers())?,
            Redactor::new(&key, Vec::new()),
        ),
    };
    if redactor.is_in_marks() {
        let why = "tato hodnota stojí ve značce, která se píše místo vymazaného; smazat ji nelze";
        return Err(Refused(why.to_owned()).into());
    }
    let order = Order {
        target: &target,
        redactor: &redactor,
        author: &args.author,
        reason: &args.reason,
    };
    let report = if args.dry_run {
        order.look(&instance, &*store)?
    } else {
        // The list first: what was begun is finished by `--again`.
        evidence.add(&erasure(args, &redactor))?;
        order.carry_out(&instance, &*store)?
    };
    tell(args, &report)
}

/// Erases whole files that hang on features.
fn erase_files(
    args: &RedactArgs,
    instance: &Instance,
    store: &dyn Store,
    evidence: &Evidence,
) -> anyhow::Result<()> {
    let attachments = if let Some(sha256) = &args.attachment {
        vec![sha256.clone()]
    } else {
        let (layer, id) = feature(args, store.layers())?;
        hashes(store, &layer.id, id)?
    };
    if args.dry_run || attachments.is_empty() {
        let report = Report {
            attachments,
            ..Report::default()
        };
        return tell(args, &report);
    }
    let mut erasure = erasure(args, &Redactor::new(&[], Vec::new()));
    erasure.attachments.clone_from(&attachments);
    // The list first: what was begun is finished by `--again`.
    evidence.add(&erasure)?;
    tell(
        args,
        &erase_attachments(instance, store, &attachments, &args.author)?,
    )
}

fn read_value(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        io::stdin()
            .read_to_string(&mut text)
            .context("standardní vstup nelze přečíst")?;
    } else {
        text = fs::read_to_string(file)
            .with_context(|| format!("soubor {} nelze přečíst", file.display()))?;
    }
    let value = text.trim();
    if value.chars().count() < SHORTEST || value.lines().count() > 1 {
        return Err(Refused(format!(
            "hodnota musí být jeden řádek nejméně o {SHORTEST} znacích; kratší by se našla všude, použijte --layer, --id a --field"
        ))
        .into());
    }
    Ok(value.to_owned())
}

fn field(args: &RedactArgs, layers: &LayerSet) -> anyhow::Result<RedactionTarget> {
    let (layer, id) = feature(args, layers)?;
    let name = &layer.id;
    let field = args.field.as_deref().unwrap_or_default();
    if !layer
        .fields
        .iter()
        .any(|one| one.names().any(|name| name == field))
    {
        return Err(Refused(format!("vrstva {name} nemá pole {field}")).into());
    }
    Ok(RedactionTarget::Field {
        layer: layer.id.clone(),
        id,
        field: field.to_owned(),
    })
}

/// Returns the layer and the id of the feature that is named.
fn feature<'a>(
    args: &RedactArgs,
    layers: &'a LayerSet,
) -> anyhow::Result<(&'a Arc<Layer>, FeatureId)> {
    let name = args.layer.as_deref().unwrap_or_default();
    let layer = layers.named(name);
    let layer = layer
        .ok_or_else(|| Refused(format!("vrstva {name} není; seznam vypíše `obzor layers`")))?;
    let typed = args.id.as_deref().unwrap_or_default();
    let id = typed
        .parse()
        .map_err(|_no_uuid| Refused(format!("{typed} není id prvku")))?;
    Ok((layer, id))
}

fn erasure(args: &RedactArgs, redactor: &Redactor) -> Erasure {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let field = args
        .field
        .is_some()
        .then(|| [&args.layer, &args.id, &args.field].map(part));
    Erasure {
        at: AuditEvent::instant(std::time::SystemTime::now().into()),
        author: args.author.clone(),
        needles: redactor.needles().to_vec(),
        field,
        attachments: Vec::new(),
    }
}

fn tell(args: &RedactArgs, report: &Report) -> anyhow::Result<()> {
    let rows = report.erased.rows.iter();
    if args.json {
        let rows: Vec<_> = rows
            .map(|(place, rows)| json!({ "place": name(place), "rows": rows }))
            .collect();
        let told = json!({
            "dry_run": args.dry_run,
            "store": rows,
            "files": report.files,
            "releases": report.releases,
            "by_hand": report.by_hand,
            "attachments": report.attachments,
            "left": report.left,
        });
        print(&format!("{told:#}"))?;
    } else {
        let mut lines: Vec<_> = rows
            .map(|(place, rows)| format!("{}: řádků {rows}", name(place)))
            .collect();
        let groups = [
            ("soubor smazán", &report.files),
            ("vydání staženo, soubory smazány", &report.releases),
            ("upraví jen člověk", &report.by_hand),
            ("dokončí správce databáze", &report.left),
        ];
        for (title, names) in groups {
            lines.extend(names.iter().map(|name| format!("{title}: {name}")));
        }
        let gone = report.attachments.iter();
        lines.extend(gone.map(|sha256| format!("příloha vymazána: {sha256}")));
        lines.push(match (report.is_empty(), args.dry_run) {
            (true, _) => "Hodnota nikde v instanci nestojí.".to_owned(),
            (false, true) => "Zkouška: nic se nezměnilo.".to_owned(),
            (false, false) => {
                "Vymazáno. Zálohy, archivy databáze, balíčky a exporty mimo instanci výmaz nemění; \
                vydané vypíše `obzor audit search --act backup` (package, export, copy)."
                    .to_owned()
            }
        });
        print(&lines.join("\n"))?;
    }
    match report.left.len() {
        0 => Ok(()),
        _ => Err(InPart("zbývá práce pro správce databáze".to_owned()).into()),
    }
}

fn name(place: &RedactionPlace) -> String {
    match place {
        RedactionPlace::Layer(layer) => format!("vrstva {layer}"),
        RedactionPlace::History => "historie".to_owned(),
        RedactionPlace::Revisions => "autoři a důvody změn".to_owned(),
        RedactionPlace::Records => "záznamy úřadu".to_owned(),
        RedactionPlace::Operations => "poslané operace".to_owned(),
        RedactionPlace::Conflicts => "konflikty".to_owned(),
        RedactionPlace::Served => "komu se co ukázalo".to_owned(),
        RedactionPlace::Table(table) => format!("tabulka {table}"),
    }
}
