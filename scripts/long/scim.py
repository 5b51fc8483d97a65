"""scim2-tester over a served demo: every check of the standard that it knows, with a key that the demo's administrator
makes. First it must find what is wrong with a server that forgets what it was told."""

import datetime
import http.server
import json
import sys
import threading
import uuid

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from served import Served, ask, sign_in


def checked(base, headers):
    with Client(base_url=base, headers=headers, timeout=30) as http_client:
        return check_server(SyncSCIMClient(http_client))


class Forgetful(http.server.BaseHTTPRequestHandler):
    """Answers like a server in front of which something has swallowed every change."""

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        body = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0,
                           "Resources": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


def planted():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forgetful)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    results = checked(f"http://127.0.0.1:{server.server_port}", {})
    server.shutdown()
    if not any(it.status in (Status.ERROR, Status.CRITICAL) for it in results):
        raise SystemExit("a server that forgets everything passed")


def main(hezuo, database):
    planted()
    with Served(hezuo, database) as served:
        admin = sign_in(served.base, "admin")
        _, _, said = ask(served.base, "GET", "/api/v1/session", admin)
        home = f"/api/v1/enterprises/{json.loads(said)['home']['id']}"
        last = str(datetime.date.today() + datetime.timedelta(days=7))
        key = {"name": f"directory {uuid.uuid4().hex[:6]}", "scopes": ["scim"], "last_day": last}
        status, _, said = ask(served.base, "POST", home + "/device-keys", admin, key)
        if status != 201:
            raise SystemExit(f"no key: {status} {said.decode()}")
        bearer = {"Authorization": f"Bearer {json.loads(said)['key']}"}
        results = checked(served.base + "/scim/v2", bearer)
        counted = {}
        for it in results:
            counted[it.status.name] = counted.get(it.status.name, 0) + 1
        print(f"scim2-tester on {database}: {counted}")
        wrong = [it for it in results if it.status in (Status.ERROR, Status.CRITICAL)]
        for it in wrong:
            print(f"{it.resource_type or ''} {it.title}: {it.reason}")
        if wrong or counted.get("SUCCESS", 0) < 40:
            raise SystemExit(f"{len(wrong)} errors, {counted.get('SUCCESS', 0)} passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
