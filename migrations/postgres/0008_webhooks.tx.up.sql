-- Where a person is told of what happened. secret signs what is sent, so it cannot be kept as a hash alone; after a
-- change the old one signs beside the new one until old_secret_until. lease is the server that delivers for it just
-- now: one at a time, until leased_until at the latest. turn_at is when it last had its turn.
CREATE TABLE webhooks (
    id               TEXT NOT NULL PRIMARY KEY,
    user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    url              TEXT NOT NULL,
    description      TEXT NOT NULL,
    events           TEXT NOT NULL,
    secret           TEXT NOT NULL,
    old_secret       TEXT,
    old_secret_until TIMESTAMPTZ,
    active           BOOLEAN NOT NULL,
    note             TEXT,
    failing_since    TIMESTAMPTZ,
    lease            TEXT,
    leased_until     TIMESTAMPTZ,
    turn_at          TIMESTAMPTZ NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);
--bun:split
CREATE INDEX webhooks_user ON webhooks (user_id, created_at, id);
--bun:split
-- What is to be sent, and what came of it. A row is written in the transaction of what it tells of. message_id is the
-- webhook-id of the protocol: it stays the same when the delivery is repeated. subject is the document whose further
-- autosaves take the row's place while it waits.
CREATE TABLE webhook_deliveries (
    id          TEXT NOT NULL PRIMARY KEY,
    webhook_id  TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    message_id  TEXT NOT NULL,
    event       TEXT NOT NULL,
    subject     TEXT,
    body        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    tries       INTEGER NOT NULL,
    due_at      TIMESTAMPTZ NOT NULL,
    code        INTEGER,
    fault       TEXT,
    took_ms     INTEGER,
    answer      TEXT,
    created_at  TIMESTAMPTZ NOT NULL,
    tried_at    TIMESTAMPTZ,
    finished_at TIMESTAMPTZ
);
--bun:split
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, created_at, id);
--bun:split
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, webhook_id) WHERE status = 'pending';
--bun:split
-- What is asked of models by /v1, where no message keeps it: sums of a day of UTC. key_name is '' for a session's token.
CREATE TABLE completion_usage (
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key_name      TEXT NOT NULL,
    model         TEXT NOT NULL,
    day           TEXT NOT NULL,
    calls         BIGINT NOT NULL,
    input_tokens  BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    PRIMARY KEY (user_id, day, model, key_name)
);
--bun:split
CREATE INDEX completion_usage_day ON completion_usage (day);
