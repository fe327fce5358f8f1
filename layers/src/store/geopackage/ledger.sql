-- What became of the operations that were sent, each as it was sent. Documents hold values under the names of their time.
CREATE TABLE obzor_operations (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, layer TEXT NOT NULL, feature TEXT NOT NULL,
  sender TEXT NOT NULL, at TEXT NOT NULL, is_blind INTEGER NOT NULL, revision INTEGER, operation TEXT NOT NULL, outcome TEXT NOT NULL
);
CREATE INDEX obzor_operations_device ON obzor_operations (device, seq);
CREATE INDEX obzor_operations_feature ON obzor_operations (layer, feature, seq);
CREATE INDEX obzor_operations_revision ON obzor_operations (revision, seq) WHERE revision IS NOT NULL;
-- What two people made of one part of a feature, and what was decided; none while it is open.
CREATE TABLE obzor_conflicts (
  seq INTEGER PRIMARY KEY, operation TEXT NOT NULL, part TEXT NOT NULL, layer TEXT NOT NULL, feature TEXT NOT NULL,
  municipality INTEGER, opened TEXT NOT NULL, conflict TEXT NOT NULL, decision TEXT, UNIQUE (operation, part)
);
CREATE INDEX obzor_conflicts_open ON obzor_conflicts (layer, municipality, seq) WHERE decision IS NULL;
CREATE INDEX obzor_conflicts_feature ON obzor_conflicts (layer, feature, seq);
-- Which state of a layer was shown to whom: what those had seen who write without saying so.
CREATE TABLE obzor_served (
  reader TEXT NOT NULL, layer TEXT NOT NULL, revision INTEGER NOT NULL, at TEXT NOT NULL, UNIQUE (reader, layer, revision)
);
CREATE INDEX obzor_served_at ON obzor_served (at);
-- Features that are gone are found by their identity.
CREATE INDEX obzor_history_removed ON obzor_history (layer, id) WHERE operation = 'delete';
INSERT INTO gpkg_extensions VALUES
  ('obzor_operations', NULL, 'obzor_store', 'Operations that were sent, and what became of them', 'read-write'),
  ('obzor_conflicts', NULL, 'obzor_store', 'What two people made of one thing, until somebody decides', 'read-write'),
  ('obzor_served', NULL, 'obzor_store', 'Which state of a layer was shown to whom', 'read-write');
