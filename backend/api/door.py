from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from backend.businesses.actors import Scope

S = TypeVar("S", bound="Serializer[Any]")


class FrontDoor(ViewSet):
    """The views of the front door: a wrong method is said before anything else is asked for."""

    # The scopes that an API key needs to read here, and to change something. None: no key may.
    reads: ClassVar[Scope | None] = None
    writes: ClassVar[Scope | None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)


class PublicDoor(FrontDoor):
    """Views that need no login."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()


def checked(shape: type[S], request: Request) -> S:
    """The body in this shape. Raises ValidationError."""
    new = shape(data=request.data)
    new.is_valid(raise_exception=True)
    return new
