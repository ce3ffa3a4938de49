-- Stanzas of a message beyond the first, in order from 1: its files and their captions. 0: a correction of it, which clients may refer to
-- in its place.
CREATE TABLE message_parts (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat {text} NOT NULL,
    xmpp_id {text} NOT NULL,
    legacy_id {text} NOT NULL,
    part BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (user_id, chat, xmpp_id)
){clustered};
CREATE INDEX message_parts_by_legacy_id ON message_parts (user_id, chat, legacy_id, part);
CREATE INDEX message_parts_by_age ON message_parts (at);

-- Threads have an id on each side. Kept as long as the user: there are few, and people come back to them.
CREATE TABLE threads (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat {text} NOT NULL,
    xmpp_id {text} NOT NULL,
    legacy_id {text} NOT NULL,
    PRIMARY KEY (user_id, chat, xmpp_id)
){clustered};
CREATE INDEX threads_by_legacy_id ON threads (user_id, chat, legacy_id);
