DROP TRIGGER search_message_added;
--bun:split
DROP TRIGGER search_message_changed;
--bun:split
DROP TRIGGER search_message_gone;
--bun:split
DROP TRIGGER search_title_added;
--bun:split
DROP TRIGGER search_title_changed;
--bun:split
DROP TRIGGER search_title_gone;
--bun:split
DROP TRIGGER search_owner_changed;
--bun:split
DROP TABLE search_index;
--bun:split
DROP TABLE search_entries;
--bun:split
DROP INDEX chats_deleted;
--bun:split
-- What was deleted and not yet swept away would come back otherwise.
DELETE FROM chats WHERE deleted_at IS NOT NULL;
--bun:split
ALTER TABLE chats DROP COLUMN deleted_at;
--bun:split
ALTER TABLE messages DROP COLUMN memory_from;
--bun:split
ALTER TABLE messages DROP COLUMN finish_reason;
--bun:split
DROP TABLE votes;
