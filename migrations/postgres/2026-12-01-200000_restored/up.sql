-- The backups that this database was restored from, for whoever restores it by the tools of
-- PostgreSQL: they insert a row.
CREATE TABLE restores (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_at BIGINT NOT NULL,
    restored_at BIGINT,
    -- When somebody said that they know what that means.
    acknowledged_at BIGINT
);
