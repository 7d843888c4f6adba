"""The admin as an operator has it before them."""

from __future__ import annotations

import re

from django.test import Client

from backend.config.admin import pages  # noqa: F401  # Importing it registers them.
from backend.config.admin.site import site
from tests.conftest import PASSWORD

EMAIL = "operator@gateway.test"
SAID = "What only the customer and the shop should read"
LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]


def logged_in(client: Client, email: str = EMAIL, password: str = PASSWORD) -> bool:
    answer = client.post("/admin/login/?next=/admin/", {"username": email, "password": password})
    return answer.status_code == 302


def objects_in(listed: str) -> list[str]:
    return re.findall(r'href="(/admin/\w+/\w+/[^"/]+/change/)', listed)
