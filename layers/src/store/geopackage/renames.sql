-- Which columns of layers' tables got other names: programs with older definitions find them by it, and history keeps
-- values under the names of their time.
CREATE TABLE obzor_renames (
  layer TEXT NOT NULL, former TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (layer, former)
);
INSERT INTO gpkg_extensions VALUES
  ('obzor_renames', NULL, 'obzor_store', 'Columns of layers that got other names', 'read-write');
