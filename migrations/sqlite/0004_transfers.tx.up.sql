-- What leaves (exports) and what comes (imports), in the background.
CREATE TABLE transfers (
    id           TEXT NOT NULL PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('export', 'import')),
    format       TEXT NOT NULL,
    name         TEXT NOT NULL DEFAULT '',
    status       TEXT NOT NULL CHECK (status IN ('running', 'complete', 'failed')),
    progress     INTEGER NOT NULL DEFAULT 0,
    error        TEXT,
    report       TEXT,
    file_id      TEXT REFERENCES files (id) ON DELETE SET NULL,
    heartbeat_at TIMESTAMP NOT NULL,
    finished_at  TIMESTAMP,
    created_at   TIMESTAMP NOT NULL
);
--bun:split
CREATE INDEX transfers_recent ON transfers (user_id, kind, created_at, id);
--bun:split
-- One of a kind at a time, whoever asks and on however many machines.
CREATE UNIQUE INDEX transfers_running ON transfers (user_id, kind) WHERE status = 'running';
--bun:split
CREATE INDEX transfers_heartbeat ON transfers (heartbeat_at) WHERE status = 'running';
--bun:split
CREATE INDEX files_exports ON files (created_at) WHERE bucket = 'exports' AND deleted_at IS NULL;
--bun:split
CREATE INDEX transfers_file ON transfers (file_id) WHERE file_id IS NOT NULL;
