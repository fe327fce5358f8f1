-- Where the store's functions look for what they call: nowhere that another role may put something of the same name.

ALTER FUNCTION obzor_store.begin_change_set(text, text, timestamptz) SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION obzor_store.this_change_set() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION obzor_store.number_revision() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION obzor_store.new_id() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION obzor_store.fill_row() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION obzor_store.keep_row() SET search_path = pg_catalog, pg_temp;
