"""A demo of our own, served on a free loopback port, and who can sign in there."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid

PASSWORD = "hezuo-demo-1"
LOGINS = [
    "officer", "leader", "secretary", "fixer", "rep", "manager", "admin", "inspector", "county", "bureau",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """`hezuo demo` on SQLite, or on a new database of the cluster that with-postgres.sh started."""

    def __init__(self, hezuo, database):
        self.hezuo, self.database = hezuo, database

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="hezuo-long-")
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        # A setting for another server must not lead us there.
        settings = {name: value for name, value in os.environ.items() if not name.startswith("HEZUO_")}
        if self.database == "postgres":
            settings |= self.new_database()
            subprocess.run([self.hezuo, "migrate"], env=settings, check=True, stdout=subprocess.DEVNULL)
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(
            [self.hezuo, "demo", "--one-port", "--listen", f"127.0.0.1:{self.port}", "--enterprises", "2",
             "--weeks", "6", "--data", os.path.join(self.folder, "data"), "--alarm-seconds", "3600"],
            env=settings, stdout=self.log, stderr=self.log)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)

    def new_database(self):
        owner = os.environ["HEZUO_TEST_POSTGRES_OWNER_URL"]
        name = f"hezuo_long_{uuid.uuid4().hex[:12]}"
        subprocess.run(["psql", "--quiet", "--no-psqlrc", owner, "-c", f"CREATE DATABASE {name}"], check=True)
        named = lambda url: url.rsplit("/", 1)[0] + "/" + name
        return {"HEZUO_DATABASE_OWNER_URL": named(owner),
                "HEZUO_DATABASE_URL": named(os.environ["HEZUO_TEST_POSTGRES_APP_URL"])}

    def wait(self):
        # The weeks of the demo are played first, and the port is taken before that.
        until = time.monotonic() + 180
        while b"Stop with Ctrl-C" not in self.said():
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the demo did not start:\n{self.said().decode()}")
            time.sleep(0.1)

    def said(self):
        """What the server has said so far."""
        with open(os.path.join(self.folder, "log"), "rb") as log:
            return log.read()


def ask(base, method, path, cookie=None, body=None, headers=()):
    """One request; the answer's status, headers and bytes."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=30)
    headers = dict(headers)
    if cookie:
        headers["Cookie"] = cookie
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers["Content-Type"] = "application/json"
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def sign_in(base, login):
    """The cookie of a new session."""
    status, headers, said = ask(base, "POST", "/api/v1/session", body={"login": login, "password": PASSWORD})
    if status != 200:
        raise SystemExit(f"{login} can't sign in: {status} {said.decode()}")
    return headers["Set-Cookie"].split(";")[0]
