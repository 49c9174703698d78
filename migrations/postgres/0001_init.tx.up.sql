CREATE TABLE users (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email           TEXT UNIQUE,
    password_hash   TEXT NOT NULL DEFAULT '',
    name            TEXT NOT NULL DEFAULT '',
    role            TEXT NOT NULL CHECK (role IN ('guest', 'user', 'admin')),
    avatar_file_id  TEXT COLLATE "C",
    settings        TEXT,
    session_version INTEGER NOT NULL DEFAULT 0,
    disabled_at     TIMESTAMPTZ,
    last_seen_at    TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL
);
--bun:split
CREATE INDEX users_accounts ON users (created_at, id) WHERE role <> 'guest';
--bun:split
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';
--bun:split
CREATE TABLE chats (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'public')),
    model      TEXT NOT NULL DEFAULT '',
    head_id    TEXT COLLATE "C",
    pinned_at  TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
--bun:split
CREATE INDEX chats_recent ON chats (user_id, updated_at, id);
--bun:split
CREATE INDEX chats_pinned ON chats (user_id, updated_at, id) WHERE pinned_at IS NOT NULL;
--bun:split
CREATE TABLE messages (
    chat_id       TEXT COLLATE "C" NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    id            TEXT COLLATE "C" NOT NULL,
    parent_id     TEXT COLLATE "C",
    seq           BIGINT NOT NULL,
    role          TEXT NOT NULL,
    model         TEXT,
    status        TEXT NOT NULL CHECK (status IN ('complete', 'streaming', 'stopped', 'interrupted', 'failed')),
    error         TEXT,
    input_tokens  INTEGER,
    output_tokens INTEGER,
    created_at    TIMESTAMPTZ NOT NULL,
    finished_at   TIMESTAMPTZ,
    text          TEXT NOT NULL DEFAULT '',
    parts         TEXT NOT NULL,
    PRIMARY KEY (chat_id, id)
);
--bun:split
CREATE UNIQUE INDEX messages_seq ON messages (chat_id, seq);
--bun:split
CREATE INDEX messages_parent ON messages (chat_id, parent_id);
--bun:split
CREATE TABLE streams (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    chat_id         TEXT COLLATE "C" NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    message_id      TEXT COLLATE "C" NOT NULL,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    node            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('complete', 'streaming', 'stopped', 'interrupted', 'failed')),
    idempotency_key TEXT,
    request_hash    TEXT,
    heartbeat_at    TIMESTAMPTZ NOT NULL,
    finished_at     TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, id) ON DELETE CASCADE
);
--bun:split
CREATE UNIQUE INDEX streams_idempotency ON streams (user_id, idempotency_key);
--bun:split
CREATE INDEX streams_chat ON streams (chat_id, created_at, id);
--bun:split
CREATE INDEX streams_message ON streams (chat_id, message_id);
--bun:split
CREATE INDEX streams_running ON streams (chat_id) WHERE status = 'streaming';
--bun:split
CREATE INDEX streams_user ON streams (user_id, created_at);
--bun:split
CREATE INDEX streams_user_running ON streams (user_id) WHERE status = 'streaming';
--bun:split
CREATE TABLE kv (
    key        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value      BYTEA NOT NULL,
    expires_at TIMESTAMPTZ
);
--bun:split
CREATE INDEX kv_expires ON kv (expires_at) WHERE expires_at IS NOT NULL;
--bun:split
CREATE TABLE audit (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C",
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL DEFAULT '',
    address    TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL
);
--bun:split
CREATE INDEX audit_time ON audit (created_at, id);
--bun:split
CREATE TABLE usage (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day      TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
);
