DROP TABLE change_feed;
DROP TABLE api_keys;
DROP TABLE memberships;
DROP TABLE organizations;
DROP TABLE users;
DROP TABLE principals;
