CREATE TABLE votes (
    chat_id    TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    is_upvoted BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (chat_id, message_id),
    FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, id) ON DELETE CASCADE
);
--bun:split
ALTER TABLE messages ADD COLUMN finish_reason TEXT;
--bun:split
ALTER TABLE messages ADD COLUMN memory_from TEXT COLLATE "C";
--bun:split
ALTER TABLE chats ADD COLUMN deleted_at TIMESTAMPTZ;
--bun:split
CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;
--bun:split
-- What can be found: a message that has a text, or a chat's title (message_id ''), in the order of time.
CREATE TABLE search_entries (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL,
    chat_id    TEXT COLLATE "C" NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    message_id TEXT COLLATE "C" NOT NULL,
    words      TSVECTOR NOT NULL
);
--bun:split
CREATE UNIQUE INDEX search_entries_of ON search_entries (chat_id, message_id);
--bun:split
CREATE INDEX search_entries_titles ON search_entries (user_id, id) WHERE message_id = '';
--bun:split
CREATE INDEX search_entries_messages ON search_entries (user_id, id) WHERE message_id <> '';
--bun:split
CREATE INDEX search_entries_words ON search_entries USING gin (words);
--bun:split
-- Lower case, accents off Latin letters, as SQLite's index has it.
CREATE FUNCTION search_fold (t TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(lower(t), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżžơưǎǐǒǔǖǘǚǜǟǡǧǩǫǭǰǵǹǻȁȃȅȇȉȋȍȏȑȓȕȗșțȟȧȩȫȭȯȱȳḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕẖẗẘẙạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuwyzzzouaiouuuuuaagkoojgnaaaeeiioorruusthaeooooyabbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvwwwwwxxyzzzhtwyaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy')
$$;
--bun:split
-- Punctuation goes first: the parser would make one word of an address, a path, a host. The bound
-- keeps the vector below the megabyte at which Postgres refuses the row.
CREATE FUNCTION search_words (t TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple'::regconfig, translate(search_fold(left(t, 100000)), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)))
$$;
--bun:split
CREATE FUNCTION search_message () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entries WHERE chat_id = NEW.chat_id AND message_id = NEW.id;
    INSERT INTO search_entries (user_id, chat_id, message_id, words)
    SELECT c.user_id, NEW.chat_id, NEW.id, search_words(NEW.text) FROM chats AS c WHERE c.id = NEW.chat_id AND NEW.text <> '';
    RETURN NULL;
END $$;
--bun:split
CREATE FUNCTION search_message_gone () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entries WHERE chat_id = OLD.chat_id AND message_id = OLD.id;
    RETURN NULL;
END $$;
--bun:split
CREATE FUNCTION search_title () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entries WHERE chat_id = NEW.id AND message_id = '';
    INSERT INTO search_entries (user_id, chat_id, message_id, words) VALUES (NEW.user_id, NEW.id, '', search_words(NEW.title));
    RETURN NULL;
END $$;
--bun:split
CREATE FUNCTION search_owner () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_entries SET user_id = NEW.user_id WHERE chat_id = NEW.id;
    RETURN NULL;
END $$;
--bun:split
CREATE TRIGGER search_message_added AFTER INSERT ON messages FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION search_message();
--bun:split
CREATE TRIGGER search_message_changed AFTER UPDATE OF text ON messages FOR EACH ROW WHEN (OLD.text <> NEW.text) EXECUTE FUNCTION search_message();
--bun:split
CREATE TRIGGER search_message_gone AFTER DELETE ON messages FOR EACH ROW EXECUTE FUNCTION search_message_gone();
--bun:split
CREATE TRIGGER search_title_added AFTER INSERT ON chats FOR EACH ROW EXECUTE FUNCTION search_title();
--bun:split
CREATE TRIGGER search_title_changed AFTER UPDATE OF title ON chats FOR EACH ROW WHEN (OLD.title <> NEW.title) EXECUTE FUNCTION search_title();
--bun:split
CREATE TRIGGER search_owner_changed AFTER UPDATE OF user_id ON chats FOR EACH ROW WHEN (OLD.user_id <> NEW.user_id) EXECUTE FUNCTION search_owner();
--bun:split
INSERT INTO search_entries (user_id, chat_id, message_id, words)
SELECT user_id, id, '', search_words(title) FROM chats ORDER BY updated_at;
--bun:split
INSERT INTO search_entries (user_id, chat_id, message_id, words)
SELECT c.user_id, m.chat_id, m.id, search_words(m.text) FROM messages AS m JOIN chats AS c ON c.id = m.chat_id
WHERE m.text <> '' ORDER BY m.created_at, m.seq;
