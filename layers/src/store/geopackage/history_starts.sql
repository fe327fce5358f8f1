-- From which revision on the history of a layer is kept; all of it where there is no row.
CREATE TABLE obzor_history_starts (layer TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL);
INSERT INTO gpkg_extensions VALUES
  ('obzor_history_starts', NULL, 'obzor_store', 'From when on history is kept', 'read-write');
