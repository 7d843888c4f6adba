"""Every address of Django's part; the webhook door and the event stream stand in front of it (see `asgi.py`)."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from backend.config.admin import pages  # noqa: F401  # Importing it registers them.
from backend.config.admin.site import site

urlpatterns = [
    path("", include("backend.api.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", site.urls),
]

# What never reaches a view is answered in the contract's envelope too.
handler400 = "backend.api.fallbacks.bad_request"
handler403 = "backend.api.fallbacks.forbidden"
handler404 = "backend.api.fallbacks.not_found"
handler500 = "backend.api.fallbacks.crashed"
