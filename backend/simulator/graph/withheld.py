"""Why Meta shows a person to nobody."""

from collections.abc import Callable

from backend.simulator.graph.errors import GraphError, bad_parameter, unsupported

REFUSALS: dict[str, Callable[[str], GraphError]] = {
    # Why -> what is answered for the person with this id.
    "consent": lambda _: GraphError(
        "(#230) User consent is required to access user profile", 230, status=403
    ),
    "noProfile": lambda _: bad_parameter("Profile is not available for this user.", 2018218),
    "notPermitted": lambda _: bad_parameter("Insufficient permission to access user profile.", 2018247),
    "unknown": lambda key: unsupported("GET", key),
    "blocked": lambda _: GraphError("(#551) This person isn't available right now.", 551, 1545041),
    "game": lambda _: GraphError(
        "(#10) Application does not have permission for this action", 10, status=403
    ),
}
