-- What the versions of a document take together, so that a save need not look at them: the text of each and
-- a little for the row.
ALTER TABLE documents ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
--bun:split
UPDATE documents SET bytes = (SELECT COALESCE(SUM(octet_length(v.content) + 256), 0)
    FROM document_versions AS v WHERE v.document_id = documents.id);
--bun:split
CREATE INDEX documents_space ON documents (user_id, bytes);
