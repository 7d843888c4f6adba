from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

Application = Callable[[Any, Any], Iterable[bytes]]


class MeasuredBodies:
    """Gives a length to a body that came in chunks; Django takes one without a length for an empty one."""

    def __init__(self, application: Application, limit: int) -> None:
        self.application = application
        self.limit = limit

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if chunked and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(self.limit + 1)  # One byte too many is enough to be refused.
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = io.BytesIO(body)
        # Who serves us may send files in a better way than a thread can.
        if handoff := environ.get("asgi.scope", {}).get("handoff"):
            environ["wsgi.file_wrapper"] = handoff
        return self.application(environ, start_response)


application = MeasuredBodies(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
