"""Run programs that others wrote against the simulator, and print what each of their calls came to."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON = HERE / ".venv" / "bin" / "python"
PATIENCE = 30
PROGRAM_TAKES = 120
CALLBACK_PATH = "/api/integrations/oauth/callback"
FEWEST = 3  # A program with fewer calls than this proves too little.

SECRETS = {
    "META_APP_ID": "1234567890123456",
    "META_APP_SECRET": secrets.token_hex(16),
    "META_VERIFY_TOKEN": secrets.token_hex(16),
    "INSTAGRAM_APP_ID": "6543210987654321",
    "INSTAGRAM_APP_SECRET": secrets.token_hex(16),
}

# Program -> its script, and how it is pointed at the simulator.
PROGRAMS = {
    "pywa": ("pywa_calls.py", "base_url of the HTTP client that it is given"),
    "facebook-business": ("facebook_business_calls.py", "FacebookSession.GRAPH"),
    "django-allauth": ("allauth_login.py", "settings GRAPH_API_URL, AUTHORIZE_URL"),
    "social-auth-core": (
        "social_login.py",
        "settings AUTHORIZATION_URL, ACCESS_TOKEN_URL; USER_DATA_URL of the class",
    ),
    "Authlib": ("authlib_login.py", "the addresses that the client is given"),
    "messaging-api-messenger": ("messaging_api_messenger.mjs", "option origin"),
    "whatsapp-api-js": ("whatsapp_api_js.mjs", "fixed host; option ponyfill.fetch"),
    "@kapso/whatsapp-cloud-api": ("kapso.mjs", "option baseUrl"),
    "@great-detail/whatsapp": ("great_detail.mjs", "option prefixUrl"),
    "@chat-adapter/whatsapp": ("chat_adapter.mjs", "option apiUrl"),
    "facebook-nodejs-business-sdk": ("facebook_nodejs.mjs", "FacebookAdsApi.GRAPH"),
}


@dataclass
class Hook:
    """The callback of the app: it answers handshakes, keeps what came, and shows it to the programs."""

    received: list[dict[str, Any]] = field(default_factory=list)

    def serve(self) -> ThreadingHTTPServer:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                if urlsplit(self.path).path == "/received":
                    self.answer(200, json.dumps(hook.received))
                elif query.get("hub.verify_token") == SECRETS["META_VERIFY_TOKEN"]:
                    self.answer(200, query["hub.challenge"])
                else:
                    self.answer(403, "")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.received.append({"body": b64encode(body).decode(), "headers": headers})
                self.answer(200, "")

            def answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is logged: the table is what is read."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def simulator(hook_url: str) -> Iterator[str]:
    """A fresh simulator on a free port, gone afterwards with all that it kept."""
    port, folder = free_port(), tempfile.mkdtemp(prefix="conformance-")
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    environ |= {**SECRETS, "DATA_DIR": folder, "PUBLIC_URL": hook_url, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "backend.simulator", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        url = f"http://localhost:{port}"
        wait_for(f"{url}/sim/kinds", process)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("the simulator ended at once")
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the simulator did not answer within {PATIENCE} s")


def run_program(script: str, environ: dict[str, str]) -> list[dict[str, Any]]:
    """Every call that the script reports; what went wrong outside of them is a call of its own."""
    path = HERE / "programs" / script
    command = [str(PYTHON), str(path)] if path.suffix == ".py" else ["node", str(path)]
    try:
        done = subprocess.run(
            command, cwd=HERE, env=environ, capture_output=True, text=True, check=False, timeout=PROGRAM_TAKES
        )
    except subprocess.TimeoutExpired:
        return [{"call": "the program", "ok": False, "note": f"took longer than {PROGRAM_TAKES} s"}]
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"call"')]
    if done.returncode or sum(row["ok"] is not None for row in rows) < FEWEST:
        last = (done.stderr.strip() or "no words").splitlines()[-1]
        rows.append(
            {"call": "the program", "ok": False, "note": f"ended with {done.returncode}: {last[:200]}"}
        )
    if "-v" in sys.argv:
        sys.stderr.write(done.stderr)
    return rows


def reset(sim_url: str) -> None:
    request = urllib.request.Request(f"{sim_url}/sim/reset", b"{}")
    urllib.request.urlopen(request, timeout=PATIENCE).close()


def show(program: str, note: str, rows: list[dict[str, Any]]) -> None:
    sys.stdout.write(f"\n{program}  (pointed here by: {note})\n")
    for row in rows:
        words = {True: "ok", None: f"not possible: {row['note']}"}.get(row["ok"], f"FAILED  {row['note']}")
        sys.stdout.write(f"  {row['call']:<52} {words}\n")
    sys.stdout.flush()


def main() -> int:
    """Run all programs, or those named, one after another; the number of calls that failed."""
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    hook = Hook()
    server = hook.serve()
    hook_url = f"http://127.0.0.1:{server.server_port}"
    failed = done = 0
    with simulator(hook_url) as sim_url:
        environ = {**os.environ, **SECRETS, "SIM_URL": sim_url, "HOOK_URL": hook_url, "PYTHONPATH": str(HERE)}
        environ |= {"REDIRECT_URI": f"{hook_url}{CALLBACK_PATH}", "NO_PROXY": "*", "no_proxy": "*"}
        for program, (script, note) in PROGRAMS.items():
            if named and program not in named:
                continue
            reset(sim_url)
            hook.received.clear()
            rows = run_program(script, environ)
            show(program, note, rows)
            done += len(rows)
            failed += sum(row["ok"] is False for row in rows)
    server.shutdown()
    sys.stdout.write(f"\n{done} calls, {failed} failed\n")
    return min(failed, 100)


if __name__ == "__main__":
    raise SystemExit(main())
