DROP TABLE document_entries;
--bun:split
DROP TABLE suggestions;
--bun:split
DROP TABLE document_versions;
--bun:split
DROP TABLE documents;
--bun:split
DROP FUNCTION search_document_owner();
--bun:split
DROP FUNCTION search_document_changed();
--bun:split
DROP FUNCTION search_document();
