from __future__ import annotations

from django.urls import include, path

from benchmarks.reading.usual import UsualConversations

urlpatterns = [
    path("", include("backend.config.urls")),
    path("usual/conversations", UsualConversations.as_view()),
]
