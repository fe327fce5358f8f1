-- A load fills its table while the rows still come: the owner copies them straight there, the program a piece at a time to
-- a table beside.

-- A load between its beginning and its end: what makes the indexes again, and the next key. Nobody but its own transaction
-- ever sees it.
CREATE TABLE obzor_store.open_loads (layer text COLLATE "C" PRIMARY KEY, makes text[] NOT NULL, next_fid bigint NOT NULL);

CREATE FUNCTION obzor_store.refuse_open_load() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM obzor_store.open_loads WHERE layer = NEW.layer) THEN
    RAISE 'the load of % has no end, so its table has no indexes', NEW.layer;
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER refuse_open_load AFTER INSERT ON obzor_store.open_loads
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obzor_store.refuse_open_load();

-- Rids a layer's table of its indexes, and makes the table to which the program copies the rows of a piece. That one is the
-- owner's, so that nobody puts something else in its place. Returns the key of the first row; nothing when the table has
-- rows, or rules that are not the store's. Who reads the table waits until the end.
DROP FUNCTION obzor_store.begin_load(text);
CREATE FUNCTION obzor_store.begin_load(of_layer text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' SET client_min_messages = error AS $$
DECLARE
  into_table CONSTANT regclass := format('obzor.%I', of_layer)::regclass;
  is_other boolean;
  drops text[];
  makes text[];
  next_fid bigint;
BEGIN
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', into_table);
  EXECUTE format('SELECT EXISTS (SELECT FROM %s)', into_table) INTO is_other;
  IF is_other
    OR NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = into_table AND polname = 'obzor_program_writes')
    OR EXISTS (SELECT FROM pg_policy WHERE polrelid = into_table AND NOT starts_with(polname, 'obzor_'))
    OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = into_table AND NOT tgisinternal AND NOT starts_with(tgname, 'obzor_'))
  THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', indexrelid::regclass)
        ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', into_table, conname) END),
      array_agg(CASE WHEN c.oid IS NULL THEN pg_get_indexdef(indexrelid)
        ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', into_table, conname, pg_get_constraintdef(c.oid)) END)
    INTO drops, makes
    FROM pg_index JOIN pg_class i ON i.oid = indexrelid LEFT JOIN pg_constraint c ON conindid = indexrelid AND conrelid = into_table
    WHERE indrelid = into_table AND indisvalid AND NOT indisclustered AND NOT indisreplident AND reltablespace = 0
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE confrelid = into_table AND conindid = indexrelid);
  IF drops IS NOT NULL THEN
    EXECUTE array_to_string(drops, '; ');
  END IF;
  DROP TABLE IF EXISTS pg_temp.load_rows;
  EXECUTE format('CREATE TEMPORARY TABLE load_rows ON COMMIT DROP AS SELECT * FROM %s WITH NO DATA', into_table);
  GRANT SELECT, INSERT ON pg_temp.load_rows TO PUBLIC;
  -- Nobody else takes keys while the table is locked.
  next_fid := nextval(pg_get_serial_sequence(into_table::text, 'fid'));
  INSERT INTO obzor_store.open_loads VALUES (of_layer, coalesce(makes, '{}'), next_fid);
  RETURN next_fid;
END
$$;

-- Enters rows that came to a table by a load, after asking of all of them what the policies ask of a new row, by which the
-- owner passes. They must have the next keys and be first versions.
CREATE FUNCTION obzor_store.enter_load(of_layer text, rows regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  into_table CONSTANT regclass := format('obzor.%I', of_layer)::regclass;
  next CONSTANT bigint := (SELECT next_fid FROM obzor_store.open_loads WHERE layer = of_layer);
  rule CONSTANT text := (SELECT pg_get_expr(coalesce(polwithcheck, polqual), polrelid) FROM pg_policy
    WHERE polrelid = into_table AND polname = 'obzor_program_writes');
  last bigint;
  is_sound boolean;
BEGIN
  EXECUTE format('SELECT max(fid), min(fid) = $1 AND count(*) = max(fid) - $1 + 1 AND bool_and(rev = 1 AND (%s) IS TRUE) FROM %s',
    rule, rows) INTO last, is_sound USING next;
  IF is_sound IS NOT TRUE THEN
    RAISE insufficient_privilege USING MESSAGE = 'the load holds rows that may not be written';
  END IF;
  PERFORM setval(pg_get_serial_sequence(into_table::text, 'fid'), last);
  UPDATE obzor_store.open_loads SET next_fid = last + 1 WHERE layer = of_layer;
  UPDATE obzor_store.loads SET last_fid = last
    WHERE change_set = obzor_store.this_change_set() AND layer = of_layer AND last_fid = next - 1;
  IF NOT FOUND THEN
    INSERT INTO obzor_store.loads (change_set, seq, layer, first_fid, last_fid) SELECT obzor_store.this_change_set(),
      nextval(pg_get_serial_sequence('obzor_store.history', 'seq')), of_layer, next, last;
  END IF;
END
$$;

-- Moves a piece to the layer's table.
CREATE FUNCTION obzor_store.load_piece(of_layer text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  into_table CONSTANT regclass := format('obzor.%I', of_layer)::regclass;
BEGIN
  IF NOT EXISTS (SELECT FROM obzor_store.open_loads WHERE layer = of_layer)
    OR NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('pg_temp.load_rows') AND relowner = current_user::regrole)
  THEN
    RAISE 'no load of % has begun', of_layer;
  END IF;
  PERFORM obzor_store.enter_load(of_layer, 'pg_temp.load_rows');
  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER obzor_insert, DISABLE TRIGGER obzor_fill', into_table);
  EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.load_rows', into_table);
  EXECUTE format('ALTER TABLE %s ENABLE TRIGGER obzor_insert, ENABLE TRIGGER obzor_fill', into_table);
  TRUNCATE pg_temp.load_rows;
END
$$;

-- Ends a load: the indexes are built again.
DROP FUNCTION obzor_store.finish_load(text);
CREATE FUNCTION obzor_store.finish_load(of_layer text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  make text;
BEGIN
  FOREACH make IN ARRAY coalesce((SELECT makes FROM obzor_store.open_loads WHERE layer = of_layer), '{}') LOOP
    EXECUTE make;
  END LOOP;
  DELETE FROM obzor_store.open_loads WHERE layer = of_layer;
END
$$;

REVOKE EXECUTE ON FUNCTION obzor_store.begin_load(text), obzor_store.enter_load(text, regclass),
  obzor_store.load_piece(text), obzor_store.finish_load(text), obzor_store.refuse_open_load() FROM PUBLIC;
