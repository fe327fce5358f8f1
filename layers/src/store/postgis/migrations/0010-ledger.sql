-- What became of the operations that were sent, each as it was sent. Documents hold values under the names of their time.
CREATE TABLE obzor_store.operations (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL UNIQUE, device text NOT NULL,
  layer text COLLATE "C" NOT NULL, feature uuid NOT NULL, sender text NOT NULL, at timestamptz NOT NULL,
  is_blind boolean NOT NULL,
  change_set bigint, operation json NOT NULL, outcome json NOT NULL
);
CREATE INDEX operations_device ON obzor_store.operations (device, seq);
CREATE INDEX operations_feature ON obzor_store.operations (layer, feature, seq);
CREATE INDEX operations_change_set ON obzor_store.operations (change_set, seq) WHERE change_set IS NOT NULL;

-- What two people made of one part of a feature, and what was decided; none while it is open.
CREATE TABLE obzor_store.conflicts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, operation uuid NOT NULL, part text COLLATE "C" NOT NULL,
  layer text COLLATE "C" NOT NULL, feature uuid NOT NULL, municipality bigint, opened timestamptz NOT NULL,
  conflict json NOT NULL, decision json, UNIQUE (operation, part)
);
CREATE INDEX conflicts_open ON obzor_store.conflicts (layer, municipality, seq) WHERE decision IS NULL;
CREATE INDEX conflicts_feature ON obzor_store.conflicts (layer, feature, seq);

-- Which state of a layer was shown to whom: what those had seen who write without saying so.
CREATE TABLE obzor_store.served (
  reader text COLLATE "C" NOT NULL, layer text COLLATE "C" NOT NULL, revision bigint NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (reader, layer, revision)
);
CREATE INDEX served_at ON obzor_store.served (at);

-- Features that are gone are found by their identity.
CREATE INDEX history_removed ON obzor_store.history (layer, id) WHERE operation = 'delete';
