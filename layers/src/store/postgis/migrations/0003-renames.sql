-- Which columns of layers' tables got other names: programs with older definitions find them by it, and history keeps
-- values under the names of their time. Whoever writes features reads it first in the same transaction; a change of the
-- tables locks it first, so that it never comes in the middle of a change set.
CREATE TABLE obzor_store.renames (
  layer text NOT NULL, former text NOT NULL, name text NOT NULL, PRIMARY KEY (layer, former)
);
