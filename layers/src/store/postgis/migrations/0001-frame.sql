-- The store's own schema. Tables of layers lie in the schema `obzor`, for everybody who has rights there; what keeps
-- their history lies in `obzor_store`, which other roles need no right to: triggers write it for them.

CREATE SCHEMA obzor;
CREATE SCHEMA obzor_store;

-- Which of the numbered migrations were run.
CREATE TABLE obzor_store.migrations (
  version bigint PRIMARY KEY, run_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The newest revision. Its row is the turnstile through which transactions commit one after the other.
CREATE TABLE obzor_store.state (one boolean PRIMARY KEY DEFAULT true CHECK (one), head bigint NOT NULL);
INSERT INTO obzor_store.state (head) VALUES (0);

-- One row per committed transaction that changed features. `revision` is null while the transaction is open, so that
-- only the transaction itself ever sees a null.
CREATE TABLE obzor_store.revisions (
  change_set bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision bigint UNIQUE, at timestamptz, author text NOT NULL, reason text NOT NULL
);
CREATE INDEX revisions_open ON obzor_store.revisions (change_set) WHERE revision IS NULL;

-- Every version of every row; with the boxes before and after it is the change log too. `seq` is in commit order among
-- the versions of one feature, because its row is locked from the change to the commit; between features only the
-- revision is.
CREATE TABLE obzor_store.history (
  change_set bigint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY,
  layer text COLLATE "C" NOT NULL, fid bigint NOT NULL, id uuid NOT NULL, rev bigint NOT NULL, operation text NOT NULL,
  before_min_x float8, before_min_y float8, before_max_x float8, before_max_y float8,
  after_min_x float8, after_min_y float8, after_max_x float8, after_max_y float8,
  "values" jsonb, geom geometry,
  PRIMARY KEY (change_set, seq)
);
CREATE INDEX history_feature ON obzor_store.history (layer, fid, seq);

-- What the office keeps beside features, as JSON documents.
CREATE TABLE obzor_store.records (
  kind text NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL, body json NOT NULL, PRIMARY KEY (kind, key)
);

CREATE FUNCTION obzor_store.begin_change_set(author text, reason text, at timestamptz) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO obzor_store.revisions (author, reason, at) VALUES (author, reason, at) RETURNING change_set
$$;

-- Returns the change set of this transaction, and begins one when none is open: an edit by another program.
CREATE FUNCTION obzor_store.this_change_set() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE this bigint;
BEGIN
  SELECT change_set INTO this FROM obzor_store.revisions WHERE revision IS NULL;
  RETURN coalesce(
    this, obzor_store.begin_change_set(session_user, 'edited in the database by another program', NULL));
END
$$;

-- Numbers the revision when the transaction commits, not when it first writes: the row of the state is locked from here
-- until the commit is visible, so revisions have no gaps, come in commit order, and nobody who reads the newest can miss
-- one that comes later with a lower number. A transaction that is open for long holds up nobody.
CREATE FUNCTION obzor_store.number_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
DECLARE next bigint;
BEGIN
  UPDATE obzor_store.state SET head = head + 1 RETURNING head INTO next;
  UPDATE obzor_store.revisions SET revision = next, at = coalesce(at, clock_timestamp())
    WHERE change_set = NEW.change_set;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER number_revision AFTER INSERT ON obzor_store.revisions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obzor_store.number_revision();

-- UUIDv7 (RFC 9562, section 5.7): the milliseconds, and of a random UUID what follows, with the version set to 7.
CREATE FUNCTION obzor_store.new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

-- Gives a new row from outside what the store keeps of it.
CREATE FUNCTION obzor_store.fill_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
BEGIN
  NEW.id := coalesce(NEW.id, obzor_store.new_id());
  NEW.rev := 1;
  RETURN NEW;
END
$$;

-- Counts the versions of a row, whoever changes it, and keeps its identity.
CREATE FUNCTION obzor_store.keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.fid <> OLD.fid THEN
    RAISE EXCEPTION 'the fid of a feature never changes';
  END IF;
  NEW.id := OLD.id;
  NEW.rev := OLD.rev + 1;
  RETURN NEW;
END
$$;

CREATE FUNCTION obzor_store.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE would leave no history; use DELETE';
END
$$;
