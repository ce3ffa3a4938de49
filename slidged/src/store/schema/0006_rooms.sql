-- Rooms of the users. info is a JSON object: what the network tells of the room, and what the user is called in it. joined is a JSON list:
-- the resources of the user's clients that are in it, to be told after a restart that they are not any more.
CREATE TABLE rooms (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    legacy_id {text} NOT NULL,
    info TEXT NOT NULL,
    joined TEXT NOT NULL,
    -- As those of contacts.
    avatar {text},
    avatar_version TEXT,
    PRIMARY KEY (user_id, legacy_id)
){clustered};
CREATE INDEX rooms_by_avatar ON rooms (avatar) WHERE avatar IS NOT NULL;
