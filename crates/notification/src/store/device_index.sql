-- ciam asks for the channel of a device that it does not know itself.
CREATE INDEX device_by_id ON device (device);
