CREATE TABLE files (
    id           TEXT NOT NULL PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat_id      TEXT REFERENCES chats (id) ON DELETE SET NULL,
    bucket       TEXT NOT NULL CHECK (bucket IN ('uploads', 'avatars', 'exports')),
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         BIGINT NOT NULL,
    sha256       TEXT NOT NULL,
    read_key     TEXT NOT NULL,
    blob_key     TEXT NOT NULL UNIQUE,
    deleted_at   TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL
);
--bun:split
CREATE INDEX files_recent ON files (user_id, created_at, id) WHERE deleted_at IS NULL;
--bun:split
CREATE INDEX files_chat ON files (chat_id) WHERE chat_id IS NOT NULL;
--bun:split
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;
