"""A file that the platform does not take: what is offered instead."""

from __future__ import annotations

import pytest

from backend.sending import sound
from backend.sending.errors import Unsupported
from tests.sending.test_files import file_of, fitted


def test_what_is_near_is_offered_first() -> None:
    with pytest.raises(Unsupported) as gif:
        fitted("WHATSAPP", file_of(mime_type="image/gif"))
    assert gif.value.resolution == "Send one of these instead: image/jpeg, image/png."
    with pytest.raises(Unsupported) as wav:
        fitted("WHATSAPP", file_of(mime_type="audio/wav"))
    assert (wav.value.resolution or "").endswith(" Or send it with voice.") == sound.is_available()
    with pytest.raises(Unsupported) as silent:
        fitted("WHATSAPP", file_of(), voice=True)
    assert silent.value.resolution == "Send it without voice."
