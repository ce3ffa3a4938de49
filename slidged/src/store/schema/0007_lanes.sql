-- Whose stanzas a row has: a user's number, 0 for the gateway itself, -1 for people who are not registered. What is in the outbox already
-- keeps its order as the gateway's.
ALTER TABLE outbox ADD COLUMN lane BIGINT NOT NULL DEFAULT 0;
