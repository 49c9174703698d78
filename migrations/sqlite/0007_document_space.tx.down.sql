DROP INDEX documents_space;
--bun:split
ALTER TABLE documents DROP COLUMN bytes;
