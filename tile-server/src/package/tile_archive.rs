//! Writes the tiles of an area as one `PMTiles` 3 archive: clustered, the same bytes for the same tiles.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use layers::{Language, LayerView};
use pmtiles::{Compression, PmTilesStreamWriter, PmTilesWriter, TileCoord, TileType};
use serde_json::{Value as Json, json};

use super::{Area, Order, PackageError};
use crate::tiles::{Effort, Encoding, TileError, TileId, TileService, encoded};
use crate::vector_layer::vector_layer;

/// How many tiles are made before they are written.
const BLOCK: usize = 512;

/// Writes the archive and returns how many tiles it has; empty ones are left out.
pub(super) fn write(
    order: &Order<'_>,
    area: &Area,
    path: &Path,
    progress: &dyn Fn(u64, u64),
) -> Result<u64, PackageError> {
    let mut views = order.views();
    views.retain(|view| view.layer().geometry.is_some());
    let tiles = in_archive_order(area)?;
    let file = File::create(path).map_err(PackageError::at(path))?;
    let mut archive = begin(order, area, &views, file).map_err(PackageError::WriteTiles)?;
    let service = TileService::at(Arc::clone(&order.store), order.revision);
    service.load(&views).map_err(PackageError::MakeTile)?;
    let mut written = 0;
    for (number, block) in tiles.chunks(BLOCK).enumerate() {
        progress((number * BLOCK) as u64, tiles.len() as u64);
        for (coordinates, tile) in encode(&service, &views, block)? {
            archive
                .add_tile(coordinates, &tile)
                .map_err(PackageError::WriteTiles)?;
            written += 1;
        }
    }
    archive.finalize().map_err(PackageError::WriteTiles)?;
    progress(tiles.len() as u64, tiles.len() as u64);
    Ok(written)
}

/// Returns the tiles of the area in the order of their numbers, which is the order of a clustered archive.
fn in_archive_order(area: &Area) -> Result<Vec<(TileCoord, TileId)>, PackageError> {
    let mut tiles = Vec::new();
    for tile in area.zooms.clone().flat_map(|zoom| area.tiles(zoom)) {
        let (z, x, y) = (tile.zoom(), tile.column(), tile.row());
        let coordinates = TileCoord::new(z, x, y).map_err(PackageError::WriteTiles)?;
        tiles.push((coordinates, tile));
    }
    tiles.sort_by_key(|(coordinates, _)| pmtiles::TileId::from(*coordinates));
    Ok(tiles)
}

fn begin(
    order: &Order<'_>,
    area: &Area,
    views: &[LayerView],
    file: File,
) -> pmtiles::PmtResult<PmTilesStreamWriter<File>> {
    let [west, south, east, north] = area.corners();
    let [lon, lat] = area.center();
    let metadata = metadata(order, views);
    PmTilesWriter::new(TileType::Mvt)
        .precompressed(Compression::Gzip)
        .min_zoom(*area.zooms.start())
        .max_zoom(*area.zooms.end())
        .bounds(west, south, east, north)
        .center(lon, lat)
        .center_zoom(area.fitting_zoom() as u8)
        .metadata(metadata.to_string())
        .create(file)
}

fn metadata(order: &Order<'_>, views: &[LayerView]) -> Json {
    let language = Language::Czech;
    let vector_layers: Vec<Json> = views
        .iter()
        .map(|view| vector_layer(view, language))
        .collect();
    json!({
        "name": order.municipality.name,
        "description": order.config.title.in_language(language),
        "attribution": order.config.attribution.join("; "),
        "type": "overlay",
        "version": order.revision.0.to_string(),
        "vector_layers": vector_layers,
    })
}

/// Encodes tiles on all cores and returns those that have something in them, in the same order.
fn encode(
    service: &TileService,
    views: &[LayerView],
    tiles: &[(TileCoord, TileId)],
) -> Result<Vec<(TileCoord, Vec<u8>)>, PackageError> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let one = |&(coordinates, tile): &(TileCoord, TileId)| {
        let made = service.content(views, tile)?;
        let is_there = !made.is_empty();
        Ok(is_there.then(|| (coordinates, encoded(&made, Encoding::Gzip, Effort::More))))
    };
    let parts: Result<Vec<Vec<_>>, TileError> = thread::scope(|scope| {
        let workers: Vec<_> = tiles
            .chunks(tiles.len().div_ceil(cores).max(1))
            .map(|part| scope.spawn(move || part.iter().map(one).collect()))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("the tile engine does not panic"))
            .collect()
    });
    let made = parts.map_err(PackageError::MakeTile)?;
    Ok(made.into_iter().flatten().flatten().collect())
}
