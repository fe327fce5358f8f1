-- Whoever listens hears of each revision when it is committed; the log says what it holds.

CREATE OR REPLACE FUNCTION obzor_store.number_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
DECLARE next bigint;
BEGIN
  UPDATE obzor_store.state SET head = head + 1 RETURNING head INTO next;
  UPDATE obzor_store.revisions SET revision = next, at = coalesce(at, clock_timestamp())
    WHERE change_set = NEW.change_set;
  NOTIFY obzor_revision;
  RETURN NULL;
END
$$;
