-- Finds the versions of a feature by its identity, also when it was removed and has no row in its layer's table.
CREATE INDEX history_id ON obzor_store.history (id, layer);
