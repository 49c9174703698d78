CREATE TABLE documents (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat_id      TEXT COLLATE "C" REFERENCES chats (id) ON DELETE SET NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('text', 'code', 'sheet', 'image', 'html')),
    language     TEXT,
    visibility   TEXT NOT NULL CHECK (visibility IN ('private', 'public')),
    head_version INTEGER NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL
);
--bun:split
CREATE INDEX documents_recent ON documents (user_id, updated_at, id);
--bun:split
CREATE INDEX documents_chat ON documents (chat_id) WHERE chat_id IS NOT NULL;
--bun:split
CREATE TABLE document_versions (
    document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    author      TEXT NOT NULL CHECK (author IN ('user', 'assistant')),
    message_id  TEXT COLLATE "C",
    autosave    BOOLEAN NOT NULL,
    stream_id   TEXT COLLATE "C", -- the reply that is writing it
    created_at  TIMESTAMPTZ NOT NULL,
    title       TEXT NOT NULL,
    content     TEXT NOT NULL,
    PRIMARY KEY (document_id, version)
);
--bun:split
CREATE INDEX document_versions_writing ON document_versions (stream_id) WHERE stream_id IS NOT NULL;
--bun:split
CREATE TABLE suggestions (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    document_id      TEXT COLLATE "C" NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    document_version INTEGER NOT NULL,
    user_id          TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status           TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'dismissed')),
    resolved_at      TIMESTAMPTZ,
    created_at       TIMESTAMPTZ NOT NULL,
    original_text    TEXT NOT NULL,
    suggested_text   TEXT NOT NULL,
    description      TEXT NOT NULL
);
--bun:split
CREATE INDEX suggestions_document ON suggestions (document_id, created_at, id);
--bun:split
CREATE INDEX suggestions_user ON suggestions (user_id);
--bun:split
-- What can be found of documents: the newest version of each, in the order of time.
CREATE TABLE document_entries (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES documents (id) ON DELETE CASCADE,
    words       TSVECTOR NOT NULL
);
--bun:split
CREATE INDEX document_entries_user ON document_entries (user_id, id);
--bun:split
CREATE INDEX document_entries_words ON document_entries USING gin (words);
--bun:split
CREATE FUNCTION search_document () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM document_entries WHERE document_id = NEW.document_id;
    INSERT INTO document_entries (user_id, document_id, words)
    SELECT d.user_id, d.id, search_words(NEW.title || ' ' || left(NEW.content, 100000)) FROM documents AS d WHERE d.id = NEW.document_id;
    RETURN NULL;
END $$;
--bun:split
CREATE FUNCTION search_document_changed () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> (SELECT head_version FROM documents WHERE id = NEW.document_id) THEN
        RETURN NULL;
    END IF;
    DELETE FROM document_entries WHERE document_id = NEW.document_id;
    INSERT INTO document_entries (user_id, document_id, words)
    SELECT d.user_id, d.id, search_words(NEW.title || ' ' || left(NEW.content, 100000)) FROM documents AS d WHERE d.id = NEW.document_id;
    RETURN NULL;
END $$;
--bun:split
CREATE FUNCTION search_document_owner () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE document_entries SET user_id = NEW.user_id WHERE document_id = NEW.id;
    RETURN NULL;
END $$;
--bun:split
CREATE TRIGGER search_document_saved AFTER INSERT ON document_versions FOR EACH ROW WHEN (NEW.stream_id IS NULL) EXECUTE FUNCTION search_document();
--bun:split
-- Renamed, or written to its end.
CREATE TRIGGER search_document_changed AFTER UPDATE OF title, stream_id ON document_versions FOR EACH ROW WHEN (NEW.stream_id IS NULL) EXECUTE FUNCTION search_document_changed();
--bun:split
CREATE TRIGGER search_document_owner AFTER UPDATE OF user_id ON documents FOR EACH ROW WHEN (OLD.user_id <> NEW.user_id) EXECUTE FUNCTION search_document_owner();
