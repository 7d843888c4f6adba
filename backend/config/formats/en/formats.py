"""How the admin writes times: in UTC, to the second, to be compared with the logs."""

DATETIME_FORMAT = "Y-m-d H:i:s"
