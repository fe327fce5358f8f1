-- Which columns of layers' tables got other names: programs with older definitions find them by it, and history keeps
-- values under the names of their time.
CREATE TABLE obzor_store.renames (
  layer text NOT NULL, former text NOT NULL, name text NOT NULL, PRIMARY KEY (layer, former)
);
