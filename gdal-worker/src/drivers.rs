//! The GDAL drivers that may touch a foreign file. Left out on purpose: whatever follows references to other places
//! (VRT, GML with its schemas, databases, web services).

/// GDAL's short names of the allowed drivers.
pub(crate) const ALLOWED: [&str; 6] = [
    "GPKG",
    "ESRI Shapefile",
    "GeoJSON",
    "FlatGeobuf",
    "CSV",
    "VFK",
];
