-- Devices that were issued and never confirmed are removed because of their age, and found by it.

CREATE INDEX unconfirmed_devices ON device_attributes (created_ms) WHERE NOT confirmed;
