import argparse
import os
import signal
import sys
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.simulator.app import ABORT, create_app
from backend.simulator.config import read_config

VARIABLES = """
Environment: DATA_DIR (./var), SIMULATOR_PORT (9000), PORT (8000) and PUBLIC_URL of the service, META_APP_ID,
META_APP_SECRET, META_VERIFY_TOKEN, INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET (made once under DATA_DIR/secrets),
META_GRAPH_VERSION (v25.0), FRONTEND_ORIGINS, PARENT_PIPE=1 (end when standard input does).
"""
ABOUT = """
A small Meta for development and tests: the Graph API at its root, the consent dialog at /dialog/oauth, a
customer's phone at / in a browser, and a control door under /sim. Everything it knows is kept under DATA_DIR.
"""


class AbortableProtocol(HttpToolsProtocol):
    """HTTP that lets the application drop a connection, as a failing network would."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {ABORT: self.transport.abort}
        self.scope["extensions"] = extensions


def main() -> None:
    """Serve until a signal, or the end of the process that started us, says stop."""
    options = read_options()
    app = create_app(read_config(os.environ, port=options.port))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            http=AbortableProtocol,
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # The server repeats the signal once it has ended; then it has done its work.
        signal.signal(number, lambda *_: None)
    if os.environ.get("PARENT_PIPE") == "1":
        threading.Thread(target=stop_with_parent, daemon=True).start()
    sys.stdout.write(f"simulator: http://{options.host}:{options.port}\n")
    sys.stdout.flush()
    server.run()


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m backend.simulator", description=ABOUT, epilog=VARIABLES)
    port = int(os.environ.get("SIMULATOR_PORT") or 9000)
    parser.add_argument("--port", type=int, default=port, help="where to listen (SIMULATOR_PORT, else 9000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    return parser.parse_args()


def stop_with_parent() -> None:
    """End when the other side of our input is gone: whoever started us has died."""
    while os.read(0, 1024):  # Not by sys.stdin, whose lock would keep the interpreter from ending in peace.
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
