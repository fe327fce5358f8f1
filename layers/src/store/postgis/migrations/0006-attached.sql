-- Tables that others keep. What is told of them is which rows changed, never what is in them.

-- When each table was last looked at, and by which server; nobody while its changes may have been missed.
CREATE TABLE obzor_store.attached (layer text COLLATE "C" PRIMARY KEY, looked_at timestamptz NOT NULL, looker uuid);

-- Which rows a change set changed; no `fid` stands for any rows of the layer.
CREATE TABLE obzor_store.attached_changes (
  change_set bigint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, layer text COLLATE "C" NOT NULL, fid bigint,
  operation text NOT NULL, PRIMARY KEY (change_set, seq)
);

-- The change log: the versions of our rows, and what is told of attached tables.
CREATE VIEW obzor_store.log AS
  SELECT change_set, seq, layer, id, fid, operation, before_min_x, before_min_y, before_max_x, before_max_y,
    after_min_x, after_min_y, after_max_x, after_max_y FROM obzor_store.history
  UNION ALL
  SELECT change_set, seq, layer, NULL::uuid, fid, operation, NULL::float8, NULL::float8, NULL::float8, NULL::float8,
    NULL::float8, NULL::float8, NULL::float8, NULL::float8 FROM obzor_store.attached_changes;

-- Writes down what a look at a table found: pairs of key and operation, or that any rows may have changed.
CREATE FUNCTION obzor_store.note_look(of_layer text, by_server uuid, changed jsonb, whole boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE this bigint;
BEGIN
  INSERT INTO obzor_store.attached (layer, looked_at, looker) VALUES (of_layer, now(), by_server)
    ON CONFLICT (layer) DO UPDATE SET looked_at = now(), looker = by_server;
  IF whole OR jsonb_array_length(changed) > 0 THEN
    this := obzor_store.begin_change_set(session_user, 'an attached table was changed by other software', NULL);
    INSERT INTO obzor_store.attached_changes (change_set, layer, fid, operation)
      SELECT this, of_layer, NULL, 'update' WHERE whole
      UNION ALL SELECT this, of_layer, (pair ->> 0)::bigint, pair ->> 1 FROM jsonb_array_elements(changed) pair WHERE NOT whole;
  END IF;
END
$$;

-- The trigger of an attached table; its arguments are the layer and the column of the key. However many rows a
-- transaction changes, it writes down few: past a thousand it says once that any may have changed.
CREATE FUNCTION obzor_store.note_attached() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most CONSTANT bigint := 1000;
  counter CONSTANT text := 'obzor.noted_' || replace(TG_ARGV[0], '-', '_');
  noted CONSTANT bigint := coalesce(nullif(current_setting(counter, true), ''), '0');
  changed CONSTANT text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT %1$I FROM new_rows' WHEN 'DELETE' THEN 'SELECT %1$I FROM old_rows'
    ELSE 'SELECT %1$I FROM old_rows UNION ALL SELECT %1$I FROM new_rows' END;
  keys bigint[];
BEGIN
  IF noted > most THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'TRUNCATE' THEN
    EXECUTE format('SELECT array_agg(DISTINCT k::bigint) FROM (SELECT k FROM (%s) r (k)
      WHERE k BETWEEN 0 AND 9007199254740991 LIMIT %s) few', format(changed, TG_ARGV[1]), 2 * most + 1) INTO keys;
    IF keys IS NULL THEN
      RETURN NULL;
    END IF;
  END IF;
  IF TG_OP = 'TRUNCATE' OR noted + cardinality(keys) > most THEN
    keys := ARRAY[NULL]::bigint[];
    PERFORM set_config(counter, (most + 1)::text, true);
  ELSE
    PERFORM set_config(counter, (noted + cardinality(keys))::text, true);
  END IF;
  INSERT INTO obzor_store.attached_changes (change_set, layer, fid, operation)
    SELECT this, TG_ARGV[0], k, CASE TG_OP WHEN 'TRUNCATE' THEN 'delete' ELSE lower(TG_OP) END
    FROM obzor_store.this_change_set() this, unnest(keys) k;
  RETURN NULL;
END
$$;
