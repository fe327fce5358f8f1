-- The tables that every GeoPackage has (OGC 12-128r17), and Obzor's own.

CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);

-- One row per committed change set; `first_seq` is the number of its first row of history.
CREATE TABLE obzor_revisions (
  revision INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL, first_seq INTEGER NOT NULL
);
-- Every version of every row, in commit order; with the boxes before and after it is the change log too.
CREATE TABLE obzor_history (
  seq INTEGER PRIMARY KEY, revision INTEGER NOT NULL, layer TEXT NOT NULL, fid INTEGER NOT NULL, id TEXT NOT NULL,
  rev INTEGER NOT NULL, operation TEXT NOT NULL,
  before_min_x REAL, before_min_y REAL, before_max_x REAL, before_max_y REAL,
  after_min_x REAL, after_min_y REAL, after_max_x REAL, after_max_y REAL,
  "values" TEXT, geom BLOB
);
CREATE INDEX obzor_history_feature ON obzor_history (layer, fid);
-- What the office keeps beside features, as JSON documents.
CREATE TABLE obzor_records (
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
);
-- `writer` says to the triggers who writes: 'outside' another program, 'store' the store, 'fill' a trigger.
CREATE TABLE obzor_state (
  one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, writer TEXT NOT NULL
);

INSERT INTO obzor_state VALUES (1, 1, 'outside');
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec/#extension_schema', 'read-write'),
  (NULL, NULL, 'gdal_aspatial', 'http://gdal.org/geopackage_aspatial.html', 'read-write'),
  ('obzor_revisions', NULL, 'obzor_store', 'Revisions: who committed what, when and why', 'read-write'),
  ('obzor_history', NULL, 'obzor_store', 'Every version of every row, written by triggers', 'read-write'),
  ('obzor_records', NULL, 'obzor_store', 'Datasets and other records of the office', 'read-write'),
  ('obzor_state', NULL, 'obzor_store', 'Who writes at the moment', 'read-write');
