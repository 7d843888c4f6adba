"""The environment of the test run, set before Django reads its settings. Loaded with `-p tests.environment`."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="gateway-tests-")

os.environ.update(
    SANDBOX="1",
    DATA_DIR=_folder.name,
    ENV_FILE=os.devnull,
    LOG_LEVEL="ERROR",
    PUBLIC_URL="http://localhost:8000",
    FRONTEND_ORIGINS="http://localhost:3000,https://app.example.test",
)
# `make test-postgres` names them. Nothing but the tests of the bells themselves rings by the broker.
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
os.environ.pop("BROKER_URL", None)
