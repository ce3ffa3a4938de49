-- One dialect for both engines; the words in braces are filled in by Engine::ddl.
-- Times are milliseconds since 1970, flags are 0 or 1, ids of the legacy network are always text.

CREATE TABLE meta (
    key {text} NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id {key},
    jid {text} NOT NULL UNIQUE,
    registered_at BIGINT NOT NULL,
    credentials {blob},
    preferences TEXT NOT NULL,
    state TEXT NOT NULL
);

CREATE TABLE contacts (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    legacy_id {text} NOT NULL,
    name TEXT,
    is_friend BIGINT NOT NULL,
    on_roster BIGINT NOT NULL,
    client_type TEXT NOT NULL,
    extra TEXT NOT NULL,
    PRIMARY KEY (user_id, legacy_id)
){clustered};

-- id only orders them for the retention. xmpp_id is NULL when it equals legacy_id, as it does for most that came from
-- the network: that keeps them out of the second index.
CREATE TABLE messages (
    id {serial},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat {text} NOT NULL,
    legacy_id {text} NOT NULL,
    xmpp_id {text},
    outgoing BIGINT NOT NULL,
    body_hash BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_by_legacy_id ON messages (user_id, chat, legacy_id);
CREATE INDEX messages_by_xmpp_id ON messages (user_id, chat, xmpp_id) WHERE xmpp_id IS NOT NULL;
-- For the repeats of a client after a restart.
CREATE INDEX messages_outgoing ON messages (user_id, id) WHERE outgoing = 1;

CREATE TABLE pending (
    id {key},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat TEXT NOT NULL,
    sender TEXT NOT NULL,
    xmpp_id TEXT,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    operation {blob} NOT NULL
);
CREATE INDEX pending_by_user ON pending (user_id);

-- One row per transaction, not per stanza. lengths: one little-endian u32 per stanza of the concatenation in stanzas.
CREATE TABLE outbox (
    seq {key},
    created_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    size BIGINT NOT NULL,
    lengths {blob} NOT NULL,
    stanzas {blob} NOT NULL
);

-- user_id 0 is the gateway itself.
CREATE TABLE kv (
    user_id BIGINT NOT NULL,
    scope {text} NOT NULL,
    key {text} NOT NULL,
    value {blob} NOT NULL,
    PRIMARY KEY (user_id, scope, key)
);
