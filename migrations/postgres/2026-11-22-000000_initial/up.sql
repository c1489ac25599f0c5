-- Instants are microseconds since 1970-01-01T00:00:00Z. A `*_folded` column
-- holds its neighbor in lower case, made by the application, for searching.
-- Text that is sorted or searched is in the "C" collation: bytewise, as on SQLite.

CREATE TABLE principals (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'organization', 'group'))
);

CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    principal_id BIGINT NOT NULL REFERENCES principals (id),
    username TEXT COLLATE "C" NOT NULL,
    username_folded TEXT COLLATE "C" NOT NULL,
    full_name TEXT,
    password_hash TEXT NOT NULL,
    is_admin BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL,
    is_system BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_principal_id_unique ON users (principal_id);
CREATE UNIQUE INDEX users_username_unique ON users (username);
CREATE INDEX users_active_admins ON users (id) WHERE is_admin AND is_active;

CREATE TABLE organizations (
    principal_id BIGINT PRIMARY KEY REFERENCES principals (id),
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX organizations_slug_unique ON organizations (slug);

CREATE TABLE memberships (
    organization_id BIGINT NOT NULL REFERENCES organizations (principal_id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE api_keys (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    description TEXT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    owner_principal_id BIGINT NOT NULL REFERENCES principals (id),
    access_key TEXT COLLATE "C" NOT NULL,
    secret_digest TEXT NOT NULL,
    -- Comma-separated, in the order in which they were given.
    scope TEXT NOT NULL,
    -- A JSON list, or NULL.
    allowed_model_names TEXT,
    is_custom BOOLEAN NOT NULL,
    -- 9223372036854775807: never. So every order is an order of this column.
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_keys_access_key_unique ON api_keys (access_key);
CREATE UNIQUE INDEX api_keys_name_unique ON api_keys (user_id, owner_principal_id, name);
CREATE INDEX api_keys_by_user_and_owner ON api_keys (user_id, owner_principal_id, created_at, id);
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);
CREATE INDEX api_keys_by_owner ON api_keys (owner_principal_id, created_at, id);
CREATE INDEX api_keys_by_creation ON api_keys (created_at, id);
CREATE INDEX api_keys_by_name ON api_keys (name, id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at, id);
CREATE INDEX api_keys_by_change ON api_keys (updated_at, id);

-- How many commits changed something a watcher may see.
CREATE TABLE change_feed (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    position BIGINT NOT NULL
);
INSERT INTO change_feed (id, position) VALUES (1, 0);
