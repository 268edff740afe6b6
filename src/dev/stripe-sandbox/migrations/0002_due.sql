-- Each request first looks for what time alone has changed: sessions that are over, subscriptions that are due. Indexed by what those
-- looks compare; `object` stands first because it is bound, so a partial index would never be used.
DROP INDEX objects_open_until;
CREATE INDEX objects_expiring ON objects (object, json_extract(body, '$.status'), json_extract(body, '$.expires_at'));
CREATE INDEX objects_due ON objects (object, json_extract(hidden, '$.dueAt'));
