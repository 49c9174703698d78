CREATE TABLE votes (
    chat_id    TEXT NOT NULL,
    message_id TEXT NOT NULL,
    is_upvoted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (chat_id, message_id),
    FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
--bun:split
ALTER TABLE messages ADD COLUMN finish_reason TEXT;
--bun:split
ALTER TABLE messages ADD COLUMN memory_from TEXT;
--bun:split
ALTER TABLE chats ADD COLUMN deleted_at TIMESTAMP;
--bun:split
CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;
--bun:split
-- What can be found: a message that has a text, or a chat's title (message_id ''). The ids are the
-- index's rowids, in the order of time. The rowids of messages would not do: VACUUM changes them.
CREATE TABLE search_entries (
    id         INTEGER PRIMARY KEY,
    chat_id    TEXT NOT NULL,
    message_id TEXT NOT NULL
);
--bun:split
CREATE UNIQUE INDEX search_entries_of ON search_entries (chat_id, message_id);
--bun:split
-- The index holds no text of its own. owner is one word, c (a title) or m (a message) and the id of
-- the user: so a search reads that person's entries alone, however many others have the word.
CREATE VIRTUAL TABLE search_index USING fts5 (owner, text, content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4 5');
--bun:split
CREATE TRIGGER search_message_added AFTER INSERT ON messages WHEN NEW.text <> '' BEGIN
    INSERT INTO search_entries (chat_id, message_id) VALUES (NEW.chat_id, NEW.id);
    INSERT INTO search_index (rowid, owner, text)
    SELECT e.id, 'm' || replace(c.user_id, '-', ''), substr(NEW.text, 1, 100000) FROM search_entries AS e JOIN chats AS c ON c.id = e.chat_id
    WHERE e.chat_id = NEW.chat_id AND e.message_id = NEW.id;
END;
--bun:split
CREATE TRIGGER search_message_changed AFTER UPDATE OF text ON messages WHEN OLD.text <> NEW.text BEGIN
    DELETE FROM search_index WHERE rowid = (SELECT id FROM search_entries WHERE chat_id = OLD.chat_id AND message_id = OLD.id);
    DELETE FROM search_entries WHERE chat_id = OLD.chat_id AND message_id = OLD.id;
    INSERT INTO search_entries (chat_id, message_id) SELECT NEW.chat_id, NEW.id WHERE NEW.text <> '';
    INSERT INTO search_index (rowid, owner, text)
    SELECT e.id, 'm' || replace(c.user_id, '-', ''), substr(NEW.text, 1, 100000) FROM search_entries AS e JOIN chats AS c ON c.id = e.chat_id
    WHERE e.chat_id = NEW.chat_id AND e.message_id = NEW.id;
END;
--bun:split
CREATE TRIGGER search_message_gone AFTER DELETE ON messages BEGIN
    DELETE FROM search_index WHERE rowid = (SELECT id FROM search_entries WHERE chat_id = OLD.chat_id AND message_id = OLD.id);
    DELETE FROM search_entries WHERE chat_id = OLD.chat_id AND message_id = OLD.id;
END;
--bun:split
CREATE TRIGGER search_title_added AFTER INSERT ON chats BEGIN
    INSERT INTO search_entries (chat_id, message_id) VALUES (NEW.id, '');
    INSERT INTO search_index (rowid, owner, text)
    SELECT e.id, 'c' || replace(NEW.user_id, '-', ''), NEW.title FROM search_entries AS e WHERE e.chat_id = NEW.id AND e.message_id = '';
END;
--bun:split
CREATE TRIGGER search_title_changed AFTER UPDATE OF title ON chats WHEN OLD.title <> NEW.title BEGIN
    DELETE FROM search_index WHERE rowid = (SELECT id FROM search_entries WHERE chat_id = OLD.id AND message_id = '');
    DELETE FROM search_entries WHERE chat_id = OLD.id AND message_id = '';
    INSERT INTO search_entries (chat_id, message_id) VALUES (NEW.id, '');
    INSERT INTO search_index (rowid, owner, text)
    SELECT e.id, 'c' || replace(NEW.user_id, '-', ''), NEW.title FROM search_entries AS e WHERE e.chat_id = NEW.id AND e.message_id = '';
END;
--bun:split
CREATE TRIGGER search_title_gone AFTER DELETE ON chats BEGIN
    DELETE FROM search_index WHERE rowid = (SELECT id FROM search_entries WHERE chat_id = OLD.id AND message_id = '');
    DELETE FROM search_entries WHERE chat_id = OLD.id AND message_id = '';
END;
--bun:split
-- A guest's chats become an account's.
CREATE TRIGGER search_owner_changed AFTER UPDATE OF user_id ON chats WHEN OLD.user_id <> NEW.user_id BEGIN
    DELETE FROM search_index WHERE rowid IN (SELECT id FROM search_entries WHERE chat_id = NEW.id);
    INSERT INTO search_index (rowid, owner, text)
    SELECT e.id, 'c' || replace(NEW.user_id, '-', ''), NEW.title FROM search_entries AS e WHERE e.chat_id = NEW.id AND e.message_id = '';
    INSERT INTO search_index (rowid, owner, text)
    SELECT e.id, 'm' || replace(NEW.user_id, '-', ''), substr(m.text, 1, 100000)
    FROM search_entries AS e JOIN messages AS m ON m.chat_id = e.chat_id AND m.id = e.message_id WHERE e.chat_id = NEW.id;
END;
--bun:split
INSERT INTO search_entries (chat_id, message_id) SELECT id, '' FROM chats ORDER BY updated_at;
--bun:split
INSERT INTO search_entries (chat_id, message_id) SELECT chat_id, id FROM messages WHERE text <> '' ORDER BY created_at, seq;
--bun:split
INSERT INTO search_index (rowid, owner, text)
SELECT e.id, 'c' || replace(c.user_id, '-', ''), c.title FROM search_entries AS e JOIN chats AS c ON c.id = e.chat_id WHERE e.message_id = '';
--bun:split
INSERT INTO search_index (rowid, owner, text)
SELECT e.id, 'm' || replace(c.user_id, '-', ''), substr(m.text, 1, 100000)
FROM search_entries AS e JOIN chats AS c ON c.id = e.chat_id JOIN messages AS m ON m.chat_id = e.chat_id AND m.id = e.message_id;
