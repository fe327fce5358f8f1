-- From which revision on the history of a layer is kept; all of it where there is no row. Only the owner changes it.
CREATE TABLE obzor_store.history_starts (layer text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL);
