-- What a version is written in: code that was translated, and then restored, is in its old language again. NULL is the
-- document's own, as it is of the versions that are there already, and '' is none.
ALTER TABLE document_versions ADD COLUMN language TEXT;
