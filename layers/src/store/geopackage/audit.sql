-- Who did what with data that are not public. A row's hash is of its text and of the hash before it, so rows are only
-- added; the columns by which is searched are read from the text itself.
CREATE TABLE obzor_audit (
  chain TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, hash TEXT NOT NULL,
  at TEXT GENERATED ALWAYS AS (json_extract(event, '$.at')) VIRTUAL,
  actor TEXT GENERATED ALWAYS AS (json_extract(event, '$.actor')) VIRTUAL,
  act TEXT GENERATED ALWAYS AS (json_extract(event, '$.act')) VIRTUAL,
  layer TEXT GENERATED ALWAYS AS (json_extract(event, '$.layer')) VIRTUAL,
  dataset TEXT GENERATED ALWAYS AS (json_extract(event, '$.dataset')) VIRTUAL,
  municipality INTEGER GENERATED ALWAYS AS (json_extract(event, '$.municipality')) VIRTUAL,
  PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
CREATE INDEX obzor_audit_at ON obzor_audit (at);
CREATE INDEX obzor_audit_actor ON obzor_audit (actor, at);
CREATE INDEX obzor_audit_act ON obzor_audit (act, at);
CREATE INDEX obzor_audit_layer ON obzor_audit (layer, at);
CREATE INDEX obzor_audit_dataset ON obzor_audit (dataset, at) WHERE dataset IS NOT NULL;
CREATE INDEX obzor_audit_municipality ON obzor_audit (municipality, at) WHERE municipality IS NOT NULL;
-- The last row of each chain.
CREATE TABLE obzor_audit_ends (chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER obzor_audit_update BEFORE UPDATE ON obzor_audit
  BEGIN SELECT RAISE(ABORT, 'rows of the audit log never change'); END;
CREATE TRIGGER obzor_audit_delete BEFORE DELETE ON obzor_audit
  BEGIN SELECT RAISE(ABORT, 'rows of the audit log never go'); END;
INSERT INTO gpkg_extensions VALUES
  ('obzor_audit', NULL, 'obzor_store', 'Who did what with data that are not public', 'read-write'),
  ('obzor_audit_ends', NULL, 'obzor_store', 'The last row of each chain of it', 'read-write');
