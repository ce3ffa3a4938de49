-- Where a file of the network was put, so that it is put there once. file_id is the network's; good_until is when it has to be put anew.
CREATE TABLE files (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    file_id {text} NOT NULL,
    url TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 {blob} NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    thumbhash {blob} NOT NULL,
    good_until BIGINT NOT NULL,
    PRIMARY KEY (user_id, file_id)
){clustered};
CREATE INDEX files_by_end ON files (good_until);
