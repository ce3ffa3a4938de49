-- Who may not use the gateway: a bare address or a domain. Kept when its subject leaves, or leaving would lift it.
CREATE TABLE bans (
    subject {text} NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    at BIGINT NOT NULL
){clustered};

-- token is the SHA-256 of the real one in hex: nobody who reads this can use it.
CREATE TABLE invitations (
    token {text} NOT NULL PRIMARY KEY,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    uses_left BIGINT NOT NULL,
    note TEXT NOT NULL
){clustered};

-- state: waiting, approved or refused. An approved row goes when its person registers.
CREATE TABLE applicants (
    jid {text} NOT NULL PRIMARY KEY,
    asked_at BIGINT NOT NULL,
    asked_from TEXT NOT NULL,
    state {text} NOT NULL
){clustered};
CREATE INDEX applicants_by_state ON applicants (state, asked_at, jid);

-- Values that were written for a user who had just left: the next user could have got their number.
DELETE FROM kv WHERE user_id <> 0 AND user_id NOT IN (SELECT id FROM users);
