-- A version that the assistant has not written to its end: it is being written, or was cut off. It is so from its
-- first word, so that what a killed server leaves needs no mark.
ALTER TABLE document_versions ADD COLUMN partial BOOLEAN NOT NULL DEFAULT FALSE;
--bun:split
UPDATE document_versions SET partial = TRUE WHERE stream_id IS NOT NULL;
--bun:split
CREATE INDEX document_versions_partial ON document_versions (document_id, version) WHERE partial;
