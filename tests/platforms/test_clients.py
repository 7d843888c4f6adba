"""Connections that are lent to one call at a time."""

from __future__ import annotations

import pytest

from backend.platforms.meta.clients import Clients


@pytest.fixture
def clients() -> Clients:
    return Clients(None)


def test_nobody_has_the_client_of_another_call(clients: Clients) -> None:
    with clients.lend() as one, clients.lend() as other:
        assert one is not other


def test_who_came_back_last_goes_out_first(clients: Clients) -> None:
    """So that few connections are kept warm, where few calls leave."""
    with clients.lend() as one, clients.lend():
        pass
    with clients.lend() as again:
        assert again is one


def test_a_client_comes_back_from_a_call_that_failed(clients: Clients) -> None:
    with pytest.raises(ZeroDivisionError), clients.lend() as one:
        raise ZeroDivisionError
    with clients.lend() as again:
        assert again is one
