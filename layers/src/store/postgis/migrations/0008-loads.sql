-- A load fills an empty table at once. The first version of a row that came so is the row itself for as long as nobody
-- changes it; before that the triggers write it to the history, where it then stands as if it had always been there.

CREATE TABLE obzor_store.loads (
  change_set bigint NOT NULL, seq bigint NOT NULL, layer text COLLATE "C" NOT NULL,
  first_fid bigint NOT NULL, last_fid bigint NOT NULL, PRIMARY KEY (change_set, seq)
);

-- All rows of a load share its `seq`.
ALTER TABLE obzor_store.history DROP CONSTRAINT history_pkey, ADD PRIMARY KEY (change_set, seq, fid);

-- Makes the table to which the program copies the rows of a load, with their places in the change set instead of keys. It is the
-- owner's, so that nobody puts something else in its place.
CREATE FUNCTION obzor_store.begin_load(of_layer text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS $$
BEGIN
  DROP TABLE IF EXISTS pg_temp.load_rows;
  EXECUTE format('CREATE TEMPORARY TABLE load_rows ON COMMIT DROP AS SELECT * FROM obzor.%I WITH NO DATA', of_layer);
  GRANT SELECT, INSERT ON pg_temp.load_rows TO PUBLIC;
END
$$;

-- Fills a layer's table from there; false, with nothing done, when it is not empty, or has rules that are not the
-- store's. Who reads the table waits meanwhile. The owner passes by the policies, so what they ask of a new row is asked
-- of all rows here.
CREATE FUNCTION obzor_store.finish_load(of_layer text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  into_table CONSTANT regclass := format('obzor.%I', of_layer)::regclass;
  keys CONSTANT text := pg_get_serial_sequence(into_table::text, 'fid');
  rule CONSTANT text := (SELECT pg_get_expr(coalesce(polwithcheck, polqual), polrelid) FROM pg_policy
    WHERE polrelid = into_table AND polname = 'obzor_program_writes');
  columns CONSTANT text := (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
    WHERE attrelid = into_table AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('fid', 'rev'));
  drops text[];
  makes text[];
  make text;
  is_other boolean;
  first bigint;
  last bigint;
  is_sound boolean;
  before bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('pg_temp.load_rows') AND relowner = current_user::regrole) THEN
    RAISE 'no load has begun';
  END IF;
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', into_table);
  EXECUTE format('SELECT EXISTS (SELECT FROM %s)', into_table) INTO is_other;
  IF is_other OR rule IS NULL
    OR EXISTS (SELECT FROM pg_policy WHERE polrelid = into_table AND NOT starts_with(polname, 'obzor_'))
    OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = into_table AND NOT tgisinternal AND NOT starts_with(tgname, 'obzor_'))
  THEN
    RETURN false;
  END IF;

  EXECUTE format('SELECT min(fid), max(fid), count(*) = max(fid) - min(fid) + 1 AND bool_and((%s) IS TRUE)
    FROM pg_temp.load_rows', rule) INTO first, last, is_sound;
  IF is_sound IS NOT TRUE THEN
    RAISE insufficient_privilege USING MESSAGE = 'the load holds rows that may not be written';
  END IF;

  -- Nobody else takes keys while the table is locked.
  before := nextval(keys) - first;
  PERFORM setval(keys, before + last);
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
  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER obzor_insert, DISABLE TRIGGER obzor_fill', into_table);
  EXECUTE format('INSERT INTO %1$s (fid, %2$s) OVERRIDING SYSTEM VALUE SELECT %3$s + fid, %2$s FROM pg_temp.load_rows',
    into_table, columns, before);
  EXECUTE format('ALTER TABLE %s ENABLE TRIGGER obzor_insert, ENABLE TRIGGER obzor_fill', into_table);
  FOREACH make IN ARRAY coalesce(makes, '{}') LOOP
    EXECUTE make;
  END LOOP;
  INSERT INTO obzor_store.loads (change_set, seq, layer, first_fid, last_fid)
    SELECT obzor_store.this_change_set(), nextval(pg_get_serial_sequence('obzor_store.history', 'seq')), of_layer,
      before + first, before + last;
  DROP TABLE pg_temp.load_rows;
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION obzor_store.begin_load(text), obzor_store.finish_load(text) FROM PUBLIC;
