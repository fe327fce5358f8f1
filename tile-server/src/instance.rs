//! The instance folder: where configuration, store, public and staff files of one city lie.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use layers::store::{GeoPackageStore, LayerPlan, PostgisStore};
use layers::{DefinitionError, LayerId, LayerSet, Store, read_definitions};

use crate::attachments::AttachmentFiles;
use crate::commands::{InstanceArgs, Refused};
use crate::config::{Config, ConfigFile};
use crate::public_files::PublicFiles;
use crate::store_address::StoreAddress;

pub(crate) const CONFIG_FILE: &str = "obzor.toml";
pub(crate) const STORE_FILE: &str = "store/obzor.gpkg";
pub(crate) const DEFINITIONS: &str = "layers";
pub(crate) const ATTACHMENTS: &str = "attachments";
const NO_DATABASE: &str = "cannot use the database";
/// The folders of a new instance; public and staff files never share one.
pub(crate) const FOLDERS: [&str; 6] = [
    "store",
    "public",
    "staff",
    ATTACHMENTS,
    "spool",
    DEFINITIONS,
];

/// An instance folder.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    folder: PathBuf,
    /// The database named on the command line, which `obzor.toml` cannot overrule.
    store: Option<StoreAddress>,
}

impl Instance {
    /// Names an instance without looking at it.
    pub(crate) fn of(args: &InstanceArgs) -> Self {
        Self {
            folder: args.instance.clone(),
            store: args.store.clone(),
        }
    }

    /// Makes the folders of a new instance; refuses a folder that holds a configuration or a store.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        for file in [CONFIG_FILE, STORE_FILE] {
            if self.folder.join(file).exists() {
                return Err(Refused(format!(
                    "{} already holds an instance, or part of one ({file}); choose an empty folder",
                    self.folder.display()
                ))
                .into());
            }
        }
        self.make_folders()
    }

    fn make_folders(&self) -> anyhow::Result<()> {
        for name in FOLDERS {
            let path = self.folder.join(name);
            fs::create_dir_all(&path)
                .with_context(|| format!("cannot make the folder {}", path.display()))?;
        }
        Ok(())
    }

    /// Returns where something of the instance lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns where working files lie, which nobody needs after a restart.
    pub(crate) fn spool(&self) -> PathBuf {
        self.folder.join("spool")
    }

    /// Returns the folder of what is kept apart from the store and its backups, to compare them with.
    pub(crate) fn evidence(&self) -> anyhow::Result<PathBuf> {
        let named = self.config()?.evidence;
        Ok(named.unwrap_or_else(|| self.folder.join("evidence")))
    }

    /// Returns the files that anybody may download.
    pub(crate) fn public_files(&self) -> PublicFiles {
        PublicFiles::at(&self.folder.join("public"), &self.spool())
    }

    /// Returns the files that hang on features.
    pub(crate) fn attachment_files(&self) -> anyhow::Result<AttachmentFiles> {
        let named = self.config()?.attachments.folder;
        let folder = named.unwrap_or_else(|| self.folder.join(ATTACHMENTS));
        Ok(AttachmentFiles::at(folder))
    }

    /// Makes the store of a new instance; refuses a database that holds one.
    pub(crate) fn create_store(&self, layers: Arc<LayerSet>) -> anyhow::Result<Arc<dyn Store>> {
        let store: Arc<dyn Store> = match self.database()? {
            Some(address) => Arc::new(PostgisStore::create(&address, layers).context(NO_DATABASE)?),
            None => Arc::new(
                GeoPackageStore::create(&self.folder.join(STORE_FILE), layers)
                    .context("cannot make the store")?,
            ),
        };
        Ok(store)
    }

    /// Opens the store with the layers in force.
    pub(crate) fn open_store(&self) -> anyhow::Result<Arc<dyn Store>> {
        if let Some(address) = self.database()? {
            let layers = Arc::new(self.layers()?);
            let store = PostgisStore::open(&address, layers).context(NO_DATABASE)?;
            return Ok(Arc::new(store));
        }
        let path = self.store_file()?;
        let layers = Arc::new(self.layers()?);
        let store = GeoPackageStore::open(&path, layers)
            .with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Arc::new(store))
    }

    /// Returns the file of an instance whose store is one.
    fn store_file(&self) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(STORE_FILE);
        if path.exists() {
            return Ok(path);
        }
        Err(Refused(format!(
            "{} is not an instance: {STORE_FILE} is missing; `obzor sample --instance {0}` makes a sample one",
            self.folder.display()
        ))
        .into())
    }

    /// Returns the version of a database and the one to which this program brings it; none when the store is a file.
    pub(crate) fn store_versions(&self) -> anyhow::Result<Option<(i64, i64)>> {
        let Some(address) = self.database()? else {
            return Ok(None);
        };
        Ok(Some(PostgisStore::versions(&address).context(NO_DATABASE)?))
    }

    /// Says what it takes to bring the store's tables to the layers in force; changes nothing.
    pub(crate) fn plan_evolution(&self) -> anyhow::Result<Vec<LayerPlan>> {
        let layers = self.layers()?;
        match self.database()? {
            Some(address) => PostgisStore::plan_evolution(&address, &layers).context(NO_DATABASE),
            None => GeoPackageStore::plan_evolution(&self.store_file()?, &layers)
                .context("cannot compare the store with the definitions"),
        }
    }

    /// Brings the store's tables to the layers in force and returns what was done.
    pub(crate) fn evolve_store(&self) -> anyhow::Result<Vec<LayerPlan>> {
        const NOT_CHANGED: &str = "the tables of the layers stay as they were";
        let layers = self.layers()?;
        match self.database()? {
            Some(address) => PostgisStore::evolve(&address, &layers).context(NOT_CHANGED),
            None => GeoPackageStore::evolve(&self.store_file()?, &layers).context(NOT_CHANGED),
        }
    }

    /// Opens the standby from which the public reads, if there is one: the one given, else that of `obzor.toml`.
    pub(crate) fn open_standby(
        &self,
        address: Option<&StoreAddress>,
        layers: &Arc<LayerSet>,
    ) -> anyhow::Result<Option<Arc<dyn Store>>> {
        let Some(address) = address.cloned().or(self.config()?.read_from) else {
            return Ok(None);
        };
        if self.database()?.is_none() {
            let why = "read_from is a standby of the store, which must be a database too";
            return Err(Refused(why.to_owned()).into());
        }
        let standby = PostgisStore::open(&url(&address)?, Arc::clone(layers));
        Ok(Some(Arc::new(standby.context("cannot use the standby")?)))
    }

    /// Opens the store as the database that it is; refuses one that is a file.
    pub(crate) fn open_database(&self) -> anyhow::Result<PostgisStore> {
        let address = self.database()?.ok_or_else(|| {
            Refused("úložiště je soubor; databázové role má jen PostGIS".to_owned())
        })?;
        PostgisStore::open(&address, Arc::new(self.layers()?)).context(NO_DATABASE)
    }

    /// Returns the login role of the database if it may do more than a server needs.
    pub(crate) fn mighty_login(&self) -> anyhow::Result<Option<String>> {
        let Some(address) = self.database()? else {
            return Ok(None);
        };
        PostgisStore::mighty_login(&address).context(NO_DATABASE)
    }

    /// Opens the store of an instance, or makes an empty one, with the folders of an instance around it.
    pub(crate) fn open_or_create_store(
        &self,
        layers: Arc<LayerSet>,
    ) -> anyhow::Result<Arc<dyn Store>> {
        let is_there = match self.database()? {
            Some(address) => PostgisStore::versions(&address).context(NO_DATABASE)?.0 > 0,
            None => self.folder.join(STORE_FILE).exists(),
        };
        if is_there {
            return self.open_store();
        }
        self.make_folders()?;
        self.create_store(layers)
    }

    /// Brings a database to this program's version and returns the one before and after; none when the store is a file.
    pub(crate) fn migrate_store(&self) -> anyhow::Result<Option<(i64, i64)>> {
        let Some(address) = self.database()? else {
            return Ok(None);
        };
        Ok(Some(PostgisStore::migrate(&address).context(NO_DATABASE)?))
    }

    /// Writes a first definition of a table of the database.
    pub(crate) fn sketch(&self, table: &str, id: &LayerId) -> anyhow::Result<String> {
        let address = self.database()?.ok_or_else(|| {
            let why = "the store is a file, in which there are no tables of others; name a database by --store";
            Refused(why.to_owned())
        })?;
        PostgisStore::sketch(&address, table, id).context("cannot write a definition")
    }

    /// Returns the address of the database, if the store is one.
    pub(crate) fn database(&self) -> anyhow::Result<Option<String>> {
        let address = match &self.store {
            Some(address) => Some(address.clone()),
            None => self.config()?.store,
        };
        let Some(address) = address else {
            return Ok(None);
        };
        url(&address).map(Some)
    }

    /// Reads the shipped layer definitions and the instance's own; the error lists every problem.
    pub(crate) fn layers(&self) -> anyhow::Result<LayerSet> {
        read_definitions(&self.own_definitions()?).map_err(|problems| {
            anyhow::anyhow!(
                "layer definitions:{}",
                list(&problems, DefinitionError::to_string)
            )
        })
    }

    /// Reads and checks `obzor.toml`; the error lists every problem.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let path = self.folder.join(CONFIG_FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let file = ConfigFile::parse(&text)
            .map_err(|problem| anyhow::anyhow!("{}: {problem}", path.display()))?;
        file.resolve().map_err(|problems| {
            anyhow::anyhow!("{}:{}", path.display(), list(&problems, String::clone))
        })
    }

    /// Writes `obzor.toml`.
    pub(crate) fn write_config(&self, config: &ConfigFile) -> anyhow::Result<()> {
        let path = self.folder.join(CONFIG_FILE);
        let text = toml::to_string(config).context("cannot write the configuration as TOML")?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Returns the names and texts of the instance's own layer definitions, by name.
    pub(crate) fn own_definitions(&self) -> anyhow::Result<Vec<(String, String)>> {
        let folder = self.folder.join(DEFINITIONS);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "toml") {
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                files.push((name, text));
            }
        }
        files.sort();
        Ok(files)
    }
}

fn url(address: &StoreAddress) -> anyhow::Result<String> {
    let url = address.postgres().ok_or_else(|| {
        Refused("the address of the store must begin with postgres://".to_owned())
    })?;
    Ok(url.to_owned())
}

fn list<T>(problems: &[T], say: impl Fn(&T) -> String) -> String {
    let lines: Vec<String> = problems.iter().map(say).collect();
    format!("\n  {}", lines.join("\n  "))
}
