"""Logging: one line an event, secrets cut out of every one of them, also of lines that libraries write."""

from __future__ import annotations

import logging
import logging.config
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from backend.lib.redact import redact, redact_text

# Libraries that would say too much: every URL that we call, two lines for every look of a lane, query strings.
QUIET: dict[str, dict[str, Any]] = {
    "celery.app.trace": {"level": "WARNING"},
    "celery.beat": {"level": "WARNING"},
    "celery.worker.strategy": {"level": "WARNING"},
    "httpx2": {"level": "WARNING"},
    "httpcore2": {"level": "WARNING"},
    "uvicorn.error": {"level": "WARNING"},
    "uvicorn.access": {"level": "WARNING", "propagate": False},
    "django.request": {"level": "ERROR"},
    "django.server": {"level": "ERROR"},
}


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask secrets in every value of a log line, the rendered traceback included."""
    return {key: redact(value, key) for key, value in event.items()}


def redact_rendered(_logger: WrappedLogger, _method: str, line: Any) -> Any:
    """A last look at the finished line."""
    return redact_text(line) if isinstance(line, str) else line


def logging_config(*, level: str, style: str) -> None:
    """Set up structlog and the standard library's logging to write the same lines. Style: `console` or `json`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        renderer,
                        redact_rendered,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": QUIET,
        }
    )
