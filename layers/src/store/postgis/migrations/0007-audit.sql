-- Who did what with data that are not public. A row's hash is of its text and of the hash before it, so rows are only
-- added; the columns by which is searched are read from the text itself.
CREATE TABLE obzor_store.audit (
  chain text COLLATE "C" NOT NULL, seq bigint NOT NULL, event text NOT NULL, hash text NOT NULL,
  at text COLLATE "C" GENERATED ALWAYS AS (event::jsonb ->> 'at') STORED,
  actor text COLLATE "C" GENERATED ALWAYS AS (event::jsonb ->> 'actor') STORED,
  act text COLLATE "C" GENERATED ALWAYS AS (event::jsonb ->> 'act') STORED,
  layer text COLLATE "C" GENERATED ALWAYS AS (event::jsonb ->> 'layer') STORED,
  dataset text COLLATE "C" GENERATED ALWAYS AS (event::jsonb ->> 'dataset') STORED,
  municipality bigint GENERATED ALWAYS AS ((event::jsonb ->> 'municipality')::bigint) STORED,
  PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_at ON obzor_store.audit (at);
CREATE INDEX audit_actor ON obzor_store.audit (actor, at);
CREATE INDEX audit_act ON obzor_store.audit (act, at);
CREATE INDEX audit_layer ON obzor_store.audit (layer, at);
CREATE INDEX audit_dataset ON obzor_store.audit (dataset, at) WHERE dataset IS NOT NULL;
CREATE INDEX audit_municipality ON obzor_store.audit (municipality, at) WHERE municipality IS NOT NULL;

-- The last row of each chain.
CREATE TABLE obzor_store.audit_ends (chain text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL);

CREATE FUNCTION obzor_store.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'rows of the audit log never change';
END
$$;
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON obzor_store.audit
  FOR EACH ROW EXECUTE FUNCTION obzor_store.refuse_change();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON obzor_store.audit EXECUTE FUNCTION obzor_store.refuse_change();

-- Adds events, a JSON array of texts, to the end of a chain. The program may do nothing else to the log.
CREATE FUNCTION obzor_store.append_audit(of_chain text, events json) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE last obzor_store.audit_ends; this text;
BEGIN
  INSERT INTO obzor_store.audit_ends VALUES (of_chain, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO last FROM obzor_store.audit_ends WHERE chain = of_chain FOR UPDATE;
  FOR this IN SELECT json_array_elements_text(events) LOOP
    last.seq := last.seq + 1;
    last.hash := encode(sha256(convert_to(
      concat_ws(E'\n', 'obzor-audit-1', of_chain, last.seq, last.hash, this), 'UTF8')), 'hex');
    INSERT INTO obzor_store.audit (chain, seq, event, hash) VALUES (of_chain, last.seq, this, last.hash);
  END LOOP;
  UPDATE obzor_store.audit_ends SET seq = last.seq, hash = last.hash WHERE chain = of_chain;
END
$$;
REVOKE EXECUTE ON FUNCTION obzor_store.append_audit(text, json) FROM PUBLIC;
