-- Instants are microseconds since 1970-01-01T00:00:00Z. A `*_folded` column
-- holds its neighbor in lower case, made by the application, for searching.

CREATE TABLE principals (
    -- AUTOINCREMENT: an id is never given twice, also not after a deletion.
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'organization', 'group'))
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    principal_id INTEGER NOT NULL REFERENCES principals (id),
    username TEXT NOT NULL,
    username_folded TEXT NOT NULL,
    full_name TEXT,
    password_hash TEXT NOT NULL,
    is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_system INTEGER NOT NULL CHECK (is_system IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_principal_id_unique ON users (principal_id);
CREATE UNIQUE INDEX users_username_unique ON users (username);
CREATE INDEX users_active_admins ON users (id) WHERE is_admin AND is_active;

CREATE TABLE organizations (
    principal_id INTEGER PRIMARY KEY NOT NULL REFERENCES principals (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX organizations_slug_unique ON organizations (slug);

CREATE TABLE memberships (
    organization_id INTEGER NOT NULL REFERENCES organizations (principal_id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT,
    user_id INTEGER NOT NULL REFERENCES users (id),
    owner_principal_id INTEGER NOT NULL REFERENCES principals (id),
    access_key TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    -- Comma-separated, in the order in which they were given.
    scope TEXT NOT NULL,
    -- A JSON list, or NULL.
    allowed_model_names TEXT,
    is_custom INTEGER NOT NULL CHECK (is_custom IN (0, 1)),
    -- 9223372036854775807: never. So every order is an order of this column.
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
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
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    position INTEGER NOT NULL
) STRICT;
INSERT INTO change_feed (id, position) VALUES (1, 0);
