-- Pictures as clients get them: PNG, one row for all who have the same. hash is their SHA-1; source the SHA-256 of what the network
-- gave, so that nothing is made smaller twice.
CREATE TABLE avatars (
    hash {text} NOT NULL PRIMARY KEY,
    source {text} NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    png {blob} NOT NULL
);
CREATE INDEX avatars_by_source ON avatars (source);

-- avatar_version tells what the plugin told last, so that nothing is read twice.
ALTER TABLE contacts ADD COLUMN avatar {text};
ALTER TABLE contacts ADD COLUMN avatar_version TEXT;
CREATE INDEX contacts_by_avatar ON contacts (avatar) WHERE avatar IS NOT NULL;

-- fetched_at: when it was asked for, because somebody wanted to see it; 0 when the plugin told it of its own accord.
CREATE TABLE cards (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    legacy_id {text} NOT NULL,
    fetched_at BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (user_id, legacy_id)
){clustered};
