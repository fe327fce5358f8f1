-- What roles other than the owner of these schemas may do. Nobody but the owner writes history: the triggers do it as
-- the owner, and the program begins its change sets through this function.

ALTER FUNCTION obzor_store.begin_change_set(text, text, timestamptz) SECURITY DEFINER;
REVOKE EXECUTE ON FUNCTION obzor_store.begin_change_set(text, text, timestamptz) FROM PUBLIC;

-- Returns whose features a database role may edit: the codes of its municipalities with commas between them, `all`, or
-- null for a role that the office has not enlisted. A role that inherits from an enlisted one is enlisted with it.
CREATE FUNCTION obzor_store.municipalities_of(who name) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN bool_or(json_typeof(body -> 'municipalities') = 'null') THEN 'all' ELSE string_agg(codes, ',') END
  FROM obzor_store.records JOIN pg_roles ON rolname = key, LATERAL (SELECT string_agg(code, ',') FROM
    json_array_elements_text(CASE json_typeof(body -> 'municipalities') WHEN 'array' THEN body -> 'municipalities' ELSE '[]' END) code
  ) listed (codes)
  WHERE kind = 'database-role' AND pg_has_role(who, oid, 'USAGE')
$$;
