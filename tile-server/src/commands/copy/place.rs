//! Where a store is, as it is typed: an instance folder, a GeoPackage, or the address of a database.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use layers::store::{GeoPackageStore, PostgisStore};
use layers::{LayerSet, Store};

use super::super::{InstanceArgs, Refused};
use crate::attachments::AttachmentFiles;
use crate::instance::Instance;
use crate::store_address::StoreAddress;

/// Where a store is.
#[derive(Clone, Debug)]
pub(super) enum StorePlace {
    /// In a database.
    Database(StoreAddress),
    /// In a GeoPackage.
    File(PathBuf),
    /// Where the `obzor.toml` of an instance says.
    Instance(PathBuf),
}

impl FromStr for StorePlace {
    type Err = Infallible;

    fn from_str(typed: &str) -> Result<Self, Infallible> {
        let is_file = Path::new(typed)
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("gpkg"));
        if typed.contains("://") {
            return typed.parse().map(Self::Database);
        }
        Ok(if is_file {
            Self::File(typed.into())
        } else {
            Self::Instance(typed.into())
        })
    }
}

impl StorePlace {
    /// Opens a store that is there.
    pub(super) fn open(&self, layers: &Arc<LayerSet>) -> anyhow::Result<Arc<dyn Store>> {
        let layers = Arc::clone(layers);
        Ok(match self {
            Self::Database(address) => Arc::new(PostgisStore::open(url(address)?, layers)?),
            Self::File(path) => Arc::new(GeoPackageStore::open(path, layers)?),
            Self::Instance(folder) => instance(folder).open_store()?,
        })
    }

    /// Opens a store, or makes an empty one where there is nothing.
    pub(super) fn open_or_create(&self, layers: &Arc<LayerSet>) -> anyhow::Result<Arc<dyn Store>> {
        let layers = Arc::clone(layers);
        match self {
            Self::Database(address) => {
                let url = url(address)?;
                if PostgisStore::versions(url)?.0 > 0 {
                    return self.open(&layers);
                }
                Ok(Arc::new(PostgisStore::create(url, layers)?))
            }
            Self::File(path) if path.exists() => self.open(&layers),
            Self::File(path) => Ok(Arc::new(GeoPackageStore::create(path, layers)?)),
            Self::Instance(folder) => instance(folder).open_or_create_store(layers),
        }
    }

    /// Returns the files on features of an instance.
    pub(super) fn attachment_files(&self) -> anyhow::Result<Option<AttachmentFiles>> {
        let folder = self.folder().map(|folder| instance(folder));
        folder
            .map(|instance| instance.attachment_files())
            .transpose()
    }

    fn folder(&self) -> Option<&PathBuf> {
        match self {
            Self::Instance(folder) => Some(folder),
            _ => None,
        }
    }
}

/// Returns the layers of both stores: those of the instances among them, which must be the same.
pub(super) fn layers(
    from: &StorePlace,
    to: &StorePlace,
    named: Option<&PathBuf>,
) -> anyhow::Result<LayerSet> {
    let own = |folder: &PathBuf| instance(folder).own_definitions();
    if let (Some(from), Some(to)) = (from.folder(), to.folder())
        && own(from)? != own(to)?
    {
        return Err(Refused(format!(
            "the layer definitions of {} and {} differ; copy the folder `layers` first",
            from.display(),
            to.display()
        ))
        .into());
    }
    let folder = from.folder().or(to.folder()).or(named);
    Ok(match folder {
        Some(folder) => instance(folder).layers()?,
        None => LayerSet::shipped().expect("sound definitions"),
    })
}

fn instance(folder: &Path) -> Instance {
    Instance::of(&InstanceArgs {
        instance: folder.to_owned(),
        store: None,
    })
}

fn url(address: &StoreAddress) -> anyhow::Result<&str> {
    let refused = || Refused("a database's address must begin with postgres://".to_owned());
    Ok(address.postgres().ok_or_else(refused)?)
}
