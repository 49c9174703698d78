DROP TRIGGER search_message_added ON messages;
--bun:split
DROP TRIGGER search_message_changed ON messages;
--bun:split
DROP TRIGGER search_message_gone ON messages;
--bun:split
DROP TRIGGER search_title_added ON chats;
--bun:split
DROP TRIGGER search_title_changed ON chats;
--bun:split
DROP TRIGGER search_owner_changed ON chats;
--bun:split
DROP FUNCTION search_owner();
--bun:split
DROP FUNCTION search_title();
--bun:split
DROP FUNCTION search_message_gone();
--bun:split
DROP FUNCTION search_message();
--bun:split
DROP FUNCTION search_words(TEXT);
--bun:split
DROP FUNCTION search_fold(TEXT);
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
