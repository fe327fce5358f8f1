//! The list of erasures and its key: hashes only, kept apart from the store and its backups.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use layers::LayerId;
use layers::store::{Needle, RedactionTarget};
use serde::{Deserialize, Serialize};

use crate::attachments::ContentHash;
use crate::audit::append_line;

const LIST: &str = "erasures.jsonl";
const KEY: &str = "erasures.key";
const KEY_BYTES: usize = 32;

/// The folder of what is kept apart.
pub(crate) struct Evidence(PathBuf);

/// One erasure, without what was erased.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Erasure {
    pub(crate) at: String,
    pub(crate) author: String,
    /// What is looked for, when a value was erased wherever it stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) needles: Vec<Needle>,
    /// The layer, feature and field, when all that a field held was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<[String; 3]>,
    /// The files, when such were erased that hung on features.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<ContentHash>,
}

impl Erasure {
    /// Returns what was erased.
    pub(crate) fn target(&self) -> anyhow::Result<RedactionTarget> {
        let Some([layer, id, field]) = &self.field else {
            return Ok(RedactionTarget::Value);
        };
        Ok(RedactionTarget::Field {
            layer: LayerId::new(layer).context("v seznamu výmazů je chybná vrstva")?,
            id: id.parse().context("v seznamu výmazů je chybný prvek")?,
            field: field.clone(),
        })
    }
}

impl Evidence {
    /// Names the folder without looking at it.
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Returns the key of all hashes; makes it when there is none yet.
    pub(crate) fn key(&self) -> anyhow::Result<Vec<u8>> {
        let path = self.0.join(KEY);
        match fs::read(&path) {
            Ok(key) if key.len() == KEY_BYTES => return Ok(key),
            Ok(_) => anyhow::bail!("{} není klíč výmazů", path.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} nelze číst", path.display()));
            }
        }
        let mut key = vec![0; KEY_BYTES];
        getrandom::fill(&mut key).context("systém nedává náhodná čísla")?;
        fs::create_dir_all(&self.0)?;
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(&key)?;
        file.sync_all()?;
        Ok(key)
    }

    /// Adds an erasure to the list.
    pub(crate) fn add(&self, erasure: &Erasure) -> anyhow::Result<()> {
        append_line(&self.0.join(LIST), erasure).context("seznam výmazů nelze zapsat")
    }

    /// Reads the list; empty when nothing was ever erased.
    pub(crate) fn erasures(&self) -> anyhow::Result<Vec<Erasure>> {
        let path = self.0.join(LIST);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.with_context(|| format!("{} nelze číst", path.display()))?,
        };
        let lines = text.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .with_context(|| format!("{} nelze číst", path.display()))
    }

    /// Takes the list and its key over from another folder, so that the next restore knows of them too.
    pub(crate) fn take_over(&self, from: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(&self.0)?;
        for name in [LIST, KEY] {
            let (old, new) = (from.join(name), self.0.join(name));
            if old.exists() && !new.exists() {
                fs::copy(&old, &new).with_context(|| format!("{} nelze zapsat", new.display()))?;
            }
        }
        Ok(())
    }
}
