-- Obzor's own tables.

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
  ('obzor_revisions', NULL, 'obzor_store', 'Revisions: who committed what, when and why', 'read-write'),
  ('obzor_history', NULL, 'obzor_store', 'Every version of every row, written by triggers', 'read-write'),
  ('obzor_records', NULL, 'obzor_store', 'Datasets and other records of the office', 'read-write'),
  ('obzor_state', NULL, 'obzor_store', 'Who writes at the moment', 'read-write');
