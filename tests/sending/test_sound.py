"""Sound: what goes as it is, and what is made into something that the platform plays."""

from __future__ import annotations

from typing import Any

import pytest

from backend.files.store import open_file
from backend.platforms.errors import Malformed
from backend.sending import sound
from backend.sending.errors import Unsupported
from backend.simulator import samples
from tests.conftest import Cast
from tests.files.keeping import keep
from tests.files.samples import M4A
from tests.sending.test_files import fitted

KIB = 1024
VOICE = samples.sample("voice")
STEREO = VOICE.replace(b"OpusHead\x01\x01", b"OpusHead\x01\x02")


def test_a_voice_note_is_what_the_platform_plays_as_one(cast: Cast, settings: Any) -> None:
    mono, stereo = keep(cast.business.pk, VOICE), keep(cast.business.pk, STEREO)
    assert fitted("WHATSAPP", mono, voice=True) == ("AUDIO", "")
    assert fitted("MESSENGER", stereo, voice=True) == ("AUDIO", "")
    assert fitted("INSTAGRAM", keep(cast.business.pk, M4A), voice=True) == ("AUDIO", "")
    settings.FFMPEG = "a-tool-that-is-not-there"
    with pytest.raises(Unsupported) as refused:
        fitted("WHATSAPP", stereo, voice=True)
    assert "ffmpeg" in (refused.value.resolution or "")


def test_ogg_goes_as_it_is_only_where_the_platform_plays_it(cast: Cast, settings: Any) -> None:
    mono, stereo = keep(cast.business.pk, VOICE), keep(cast.business.pk, STEREO)
    assert fitted("WHATSAPP", mono) == ("AUDIO", "")
    assert fitted("MESSENGER", stereo) == ("AUDIO", "")
    settings.FFMPEG = "true"
    assert fitted("WHATSAPP", stereo) == ("AUDIO", "opus")
    settings.FFMPEG = "a-tool-that-is-not-there"
    with pytest.raises(Unsupported) as refused:
        fitted("WHATSAPP", stereo)
    assert "ffmpeg" in (refused.value.resolution or "")


has_tool = pytest.mark.skipif(not sound.is_available(), reason="ffmpeg is not on this machine")


@has_tool
def test_other_sound_becomes_ogg_with_opus(cast: Cast) -> None:
    spoken = keep(cast.business.pk, wave())
    assert fitted("WHATSAPP", spoken, voice=True) == ("AUDIO", "opus")
    with open_file(spoken) as content, sound.converted(content, sound.OPUS, 16 * KIB * KIB) as made:
        assert sound.is_opus_mono(made.read(64))


@has_tool
def test_what_is_no_sound_is_said(cast: Cast) -> None:
    broken = keep(cast.business.pk, b"RIFF\x24\x00\x00\x00WAVE" + bytes(100))
    with (
        pytest.raises(Malformed),
        open_file(broken) as content,
        sound.converted(content, sound.OPUS, KIB),
    ):
        raise AssertionError


def wave() -> bytes:
    """A tenth of a second of silence, in two channels."""
    data = bytes(4 * 800)
    size = (36 + len(data)).to_bytes(4, "little")
    layout = b"\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00"
    return (
        b"RIFF"
        + size
        + b"WAVEfmt \x10\x00\x00\x00"
        + layout
        + b"data"
        + len(data).to_bytes(4, "little")
        + data
    )
