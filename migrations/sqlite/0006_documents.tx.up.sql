CREATE TABLE documents (
    id           TEXT NOT NULL PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat_id      TEXT REFERENCES chats (id) ON DELETE SET NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('text', 'code', 'sheet', 'image', 'html')),
    language     TEXT,
    visibility   TEXT NOT NULL CHECK (visibility IN ('private', 'public')),
    head_version INTEGER NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
--bun:split
CREATE INDEX documents_recent ON documents (user_id, updated_at, id);
--bun:split
CREATE INDEX documents_chat ON documents (chat_id) WHERE chat_id IS NOT NULL;
--bun:split
-- The content comes last: what stands before it is read without walking through a megabyte.
CREATE TABLE document_versions (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    author      TEXT NOT NULL CHECK (author IN ('user', 'assistant')),
    message_id  TEXT,
    autosave    BOOLEAN NOT NULL,
    stream_id   TEXT, -- the reply that is writing it
    created_at  TIMESTAMP NOT NULL,
    title       TEXT NOT NULL,
    content     TEXT NOT NULL,
    PRIMARY KEY (document_id, version)
);
--bun:split
CREATE INDEX document_versions_writing ON document_versions (stream_id) WHERE stream_id IS NOT NULL;
--bun:split
CREATE TABLE suggestions (
    id               TEXT NOT NULL PRIMARY KEY,
    document_id      TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    document_version INTEGER NOT NULL,
    user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status           TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'dismissed')),
    resolved_at      TIMESTAMP,
    created_at       TIMESTAMP NOT NULL,
    original_text    TEXT NOT NULL,
    suggested_text   TEXT NOT NULL,
    description      TEXT NOT NULL
);
--bun:split
CREATE INDEX suggestions_document ON suggestions (document_id, created_at, id);
--bun:split
CREATE INDEX suggestions_user ON suggestions (user_id);
--bun:split
-- What can be found of documents: the newest version of each, in the order of time. The ids are the
-- index's rowids, and owner is one word, as in search_index.
CREATE TABLE document_entries (
    id          INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE
);
--bun:split
CREATE VIRTUAL TABLE document_index USING fts5 (owner, text, content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4 5');
--bun:split
CREATE TRIGGER search_document_saved AFTER INSERT ON document_versions WHEN NEW.stream_id IS NULL BEGIN
    DELETE FROM document_index WHERE rowid = (SELECT id FROM document_entries WHERE document_id = NEW.document_id);
    DELETE FROM document_entries WHERE document_id = NEW.document_id;
    INSERT INTO document_entries (document_id) VALUES (NEW.document_id);
    INSERT INTO document_index (rowid, owner, text)
    SELECT e.id, 'd' || replace(d.user_id, '-', ''), NEW.title || ' ' || substr(NEW.content, 1, 100000)
    FROM document_entries AS e JOIN documents AS d ON d.id = e.document_id WHERE e.document_id = NEW.document_id;
END;
--bun:split
-- Renamed, or written to its end.
CREATE TRIGGER search_document_changed AFTER UPDATE OF title, stream_id ON document_versions
WHEN NEW.stream_id IS NULL AND NEW.version = (SELECT head_version FROM documents WHERE id = NEW.document_id) BEGIN
    DELETE FROM document_index WHERE rowid = (SELECT id FROM document_entries WHERE document_id = NEW.document_id);
    DELETE FROM document_entries WHERE document_id = NEW.document_id;
    INSERT INTO document_entries (document_id) VALUES (NEW.document_id);
    INSERT INTO document_index (rowid, owner, text)
    SELECT e.id, 'd' || replace(d.user_id, '-', ''), NEW.title || ' ' || substr(NEW.content, 1, 100000)
    FROM document_entries AS e JOIN documents AS d ON d.id = e.document_id WHERE e.document_id = NEW.document_id;
END;
--bun:split
CREATE TRIGGER search_document_gone AFTER DELETE ON documents BEGIN
    DELETE FROM document_index WHERE rowid = (SELECT id FROM document_entries WHERE document_id = OLD.id);
    DELETE FROM document_entries WHERE document_id = OLD.id;
END;
--bun:split
-- A guest's documents become an account's.
CREATE TRIGGER search_document_owner AFTER UPDATE OF user_id ON documents WHEN OLD.user_id <> NEW.user_id BEGIN
    DELETE FROM document_index WHERE rowid = (SELECT id FROM document_entries WHERE document_id = NEW.id);
    INSERT INTO document_index (rowid, owner, text)
    SELECT e.id, 'd' || replace(NEW.user_id, '-', ''), v.title || ' ' || substr(v.content, 1, 100000)
    FROM document_entries AS e JOIN document_versions AS v ON v.document_id = e.document_id
    WHERE e.document_id = NEW.id AND v.version = NEW.head_version;
END;
