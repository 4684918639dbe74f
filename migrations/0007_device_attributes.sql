-- The attributes that a device was given, one row a device with a column for each, so that a look at a device reads one row of
-- them: device_status, device_name, last_ip_used, dev:device_sdk. What was not given is NULL.

CREATE TABLE given_attributes (
    device  INTEGER PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    status  TEXT,
    name    TEXT,
    last_ip TEXT,
    sdk     TEXT
) STRICT;

INSERT INTO given_attributes (device, status, name, last_ip, sdk)
SELECT device,
       max(value) FILTER (WHERE name = 'device_status'),
       max(value) FILTER (WHERE name = 'device_name'),
       max(value) FILTER (WHERE name = 'last_ip_used'),
       max(value) FILTER (WHERE name = 'dev:device_sdk')
FROM device_attributes GROUP BY device;

DROP TABLE device_attributes;

ALTER TABLE given_attributes RENAME TO device_attributes;
