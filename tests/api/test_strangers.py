"""A stranger who knows the schema alone sends what comes to mind: no crash, and no answer that is not described."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backend.api.documents import description
from backend.businesses import logins
from backend.config.wsgi import application
from tests.api import rows
from tests.conftest import Cast

pytestmark = pytest.mark.long

load_all_checks()
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
NOBODY_ANSWERS = httpx2.MockTransport(lambda request: httpx2.Response(503))


@pytest.fixture
def cast_with_rows(transactional_db: None, cast: Cast, settings: Any) -> tuple[Cast, dict[str, str]]:
    """The cast, and an id for each kind of address, so that not every guess ends in a 404."""
    settings.META_TRANSPORT = NOBODY_ANSWERS
    settings.READS_PER_MINUTE = settings.WRITES_PER_MINUTE = 0
    integration = rows.connected(cast.business)
    conversation = rows.conversation(integration)
    ids = {
        "/api/integrations/": integration.pk,
        "/api/conversations/": conversation.pk,
        "/api/contacts/": conversation.contact_id,
        "/api/messages/": conversation.messages.get().pk,
    }
    return cast, {start: str(found) for start, found in ids.items()}


# Without the bare doors, which this application does not serve.
described = schemathesis.openapi.from_dict(json.loads(json.dumps(description()))).exclude(
    path_regex="^/api/webhooks/"
)


@pytest.mark.parametrize("who", ["owner", "agent", "nobody"])
@described.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_stranger(case: Any, who: str, cast_with_rows: tuple[Cast, dict[str, str]]) -> None:
    cast, ids = cast_with_rows
    start = next((start for start in ids if case.path.startswith(f"{start}{{id}}")), None)
    if start and case.method != "DELETE" and str(case.path_parameters.get("id", ""))[-1:] in "02468ace":
        case.path_parameters["id"] = ids[start]
    headers = {"X-Business-Id": cast.business.pk} | bearer(cast, who)
    response = case.call(headers=headers, app=application)
    # Of the platform, which answers nobody here, the contract's 502 and 503 are what has to come.
    unavailable = response.status_code in (502, 503) and response.json()["code"].startswith("platform_")
    checks = [check for check in CHECKS if check is not not_a_server_error or not unavailable]
    case.validate_response(response, checks=checks)


def bearer(cast: Cast, who: str) -> dict[str, str]:
    if who == "nobody":
        return {}
    token = logins.issue(getattr(cast, who).user).access
    return {"Authorization": f"Bearer {token}"}
