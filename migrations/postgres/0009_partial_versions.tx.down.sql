DROP INDEX document_versions_partial;
--bun:split
ALTER TABLE document_versions DROP COLUMN partial;
