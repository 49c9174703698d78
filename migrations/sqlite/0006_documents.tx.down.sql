DROP TABLE document_index;
--bun:split
DROP TABLE document_entries;
--bun:split
DROP TABLE suggestions;
--bun:split
DROP TRIGGER search_document_gone;
--bun:split
DROP TRIGGER search_document_owner;
--bun:split
DROP TABLE document_versions;
--bun:split
DROP TABLE documents;
