"""
The admin: operators look at what is kept of all businesses. Nothing can be added, changed or deleted there.

What they need to know of large tables they ask for by id. Lists hold the newest rows and are never counted to the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

import structlog
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.utils.functional import cached_property

from backend.api.addresses import client_ip
from backend.api.backlogs import count_up_to
from backend.businesses import logins
from backend.lib.storable import storable_text

logger = structlog.get_logger(__name__)

NEWEST = 1_000  # Rows of a list that can be paged through; what is older is asked for by id.
PAGE = 50


class OperatorLogin(AdminAuthenticationForm):
    """The login of the API: the same people, the same lock after ten failures. Only operators come in."""

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not email or not password:
            return self.cleaned_data
        address = (client_ip(self.request) if self.request else None) or ""
        try:
            user = logins.authenticate(email, password, address)
        except logins.LoginLocked as refusal:
            logger.warning("admin.login_locked", client=address)
            raise ValidationError(refusal.message, code="locked") from None
        except logins.InvalidCredentials:
            logger.warning("admin.login_refused", client=address)
            raise self.get_invalid_login_error() from None
        self.confirm_login_allowed(user)
        self.user_cache = user
        return self.cleaned_data


class OperatorsSite(admin.AdminSite):
    """For operators: people whom `manage.py create_operator` let in."""

    site_header = "Customer gateway"
    site_title = "Customer gateway"
    index_title = "What is kept"
    site_url = None
    login_form = OperatorLogin
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Without the form for a new password: nothing is changed here."""
        found = super().get_urls()
        return [each for each in found if not str(getattr(each, "name", "")).startswith("password_change")]


site = OperatorsSite(name="admin")


if TYPE_CHECKING:  # Only the checker knows that they are generic.
    Pages = admin.ModelAdmin[Any]
    Counted = Paginator[Any]
else:
    Pages, Counted = admin.ModelAdmin, Paginator


class NewestFirst(ChangeList):
    """A list in the one order that an index gives, whatever the address asks for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(self.model_admin.get_ordering(request))


class NewestRows(Counted):
    """Pages of a list that is counted up to a limit."""

    @cached_property
    def count(self) -> int:
        return count_up_to(cast("QuerySet[Model]", self.object_list), NEWEST)


class ReadOnly(Pages):
    """Rows to look at. A subclass names what is shown, and how a row is found by what an operator knows of it."""

    actions = None
    list_per_page = PAGE
    list_max_show_all = 0
    list_display_links = ("id",)
    ordering = ("-pk",)
    paginator = NewestRows
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()  # Newest first is by the key; any other order would read the whole table.
    search_fields: ClassVar[tuple[str, ...]] = (
        "id",
    )  # That there is a field to type in; `find` says what is looked for.
    deferred: ClassVar[tuple[str, ...]] = ()  # Columns that a list does not need.

    def find(self, text: str) -> Q:
        """The rows that are meant; each way is by an index."""
        return by_id(text)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(self.find(text)) if text else queryset), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        is_list = not (request.resolver_match and request.resolver_match.kwargs.get("object_id"))
        return rows.defer(*self.deferred) if is_list else rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """By the filters that are shown, and no others: what is not shown must not be guessed by asking for it."""
        return lookup.partition("__")[0] in self.list_filter

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NewestFirst

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def by_id(text: str) -> Q:
    """The row with this id, be it a number, a UUID or a word; none where it is no id."""
    if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        return Q(pk=int(text))
    found = uuid_in(text)
    return Q(pk=found) if found else Q(pk__in=())


def uuid_in(text: str) -> UUID | None:
    """The UUID that is written there; None: it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def typed(text: str) -> str:
    """What was typed into a search field, as far as it can be looked for."""
    return storable_text(text, 512)
