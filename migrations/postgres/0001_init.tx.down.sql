DROP TABLE usage;
--bun:split
DROP TABLE audit;
--bun:split
DROP TABLE kv;
--bun:split
DROP TABLE streams;
--bun:split
DROP TABLE messages;
--bun:split
DROP TABLE chats;
--bun:split
DROP TABLE users;
