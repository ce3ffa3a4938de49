-- Archive of rooms (XEP-0313): what a room said, one row for all clients of a user. id is the stanza id that the room gave. sender is the
-- resource of the occupant, empty for the room itself; author is who that is: u (the user), c and the id of a contact, o and that of an
-- occupant without one. payload is what the message holds. at is its place: when it came here, so that nothing comes before what clients have
-- read already; or for what was only filled in, when it was said, as stamp. seq orders what has the same place.
CREATE TABLE archive (
    seq {serial},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room {text} NOT NULL,
    id {text} NOT NULL,
    at BIGINT NOT NULL,
    stamp BIGINT NOT NULL,
    sender {text} NOT NULL,
    author {text} NOT NULL,
    xmpp_id TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE UNIQUE INDEX archive_by_id ON archive (user_id, room, id);
CREATE INDEX archive_by_time ON archive (user_id, room, at, seq);
