"""sqlmap and wapiti on a served demo: `scan.py HEZUO sqlite|postgres`.

Beside the demo a tiny endpoint is served that gives in to both; unless each tool finds it, the run fails.
"""

import csv
import glob
import http.server
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from served import Served, sign_in
from things import Things

BIN = os.path.dirname(sys.executable)
# Wapiti's own grades: what it calls 1 is only worth a note.
MEDIUM = 2
MODULES = "csp,cookieflags,crlf,exec,file,http_headers,permanentxss,redirect,shellshock,sql,ssrf,upload,xss,xxe"


class Planted(http.server.BaseHTTPRequestHandler):
    """What must never be written: a statement put together from input, and the input sent back as markup."""

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        name = query.get("name", ["Wang"])[0]
        try:
            database = sqlite3.connect(":memory:")
            database.executescript("CREATE TABLE worker (name); INSERT INTO worker VALUES ('Wang');")
            rows = database.execute(f"SELECT name FROM worker WHERE name = '{name}'").fetchall()
        except (sqlite3.Error, ValueError) as error:
            rows = f"sqlite3.{type(error).__name__}: {error}"
        said = f"<html><a href='/planted?name=Wang'>again</a><p>{name}</p><p>{rows}</p></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


def with_examples(document, things, base, planted):
    """The document with real ids and words in it, and the planted endpoint."""
    things.words["id"] = ["5b0f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a12"]

    def fill(node):
        if isinstance(node, list):
            for it in node:
                fill(it)
        elif isinstance(node, dict):
            for name, of in (node.get("properties") or {}).items():
                if isinstance(of, dict) and name in things.words and "$ref" not in of:
                    of.setdefault("example", things.words[name][0])
            if "in" in node and "schema" in node:
                known = things.ids if node["in"] == "path" else things.words
                if known.get(node["name"]):
                    node["example"] = known[node["name"]][0]
            for it in node.values():
                fill(it)

    fill(document)
    document["servers"] = [{"url": base}]
    # What ends sessions and logins would end the scan.
    for path in ("/api/v1/session", "/api/v1/session/redeem"):
        document["paths"].pop(path)
    document["paths"]["/planted"] = {"get": {
        "servers": [{"url": planted}], "responses": {},
        "parameters": [{"name": "name", "in": "query", "schema": {"type": "string"}, "example": "Wang"}]}}
    return document


def sqlmap(folder, document, cookie, seconds):
    """Which places sqlmap found open."""
    path, results = os.path.join(folder, "openapi.json"), os.path.join(folder, "found.csv")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    ran = subprocess.run(
        [os.path.join(BIN, "sqlmap"), "--batch", "--openapi", path, "--cookie", cookie, "--output-dir", folder,
         "--results-file", results, "--flush-session", "--disable-coloring", "--technique", "BEU", "--threads", "2",
         "--time-limit", str(seconds), "--skip-waf", "--ignore-code", "*"],
        env=dict(os.environ, HOME=folder), cwd=folder, text=True, capture_output=True)
    with open(os.path.join(folder, "sqlmap.log"), "w", encoding="utf-8") as file:
        file.write(ran.stdout + ran.stderr)
    found = []
    if os.path.exists(results):
        with open(results, newline="", encoding="utf-8") as file:
            found = [row for row in csv.DictReader(file) if row.get("Parameter")]
    return found, ran.stdout + ran.stderr


def wapiti(folder, base, starts, cookie, seconds):
    """What wapiti found, medium or worse: (what, path, parameter)."""
    report = os.path.join(folder, f"wapiti-{len(glob.glob(folder + '/wapiti-*.json'))}.json")
    command = [os.path.join(BIN, "wapiti"), "--url", base, "--scope", "domain", "--module", MODULES, "--format", "json",
               "--output", report, "--flush-session", "--store-session", folder, "--store-config", folder,
               "--max-scan-time", str(seconds), "--max-attack-time", "60", "--depth", "6", "--no-bugreport",
               "--exclude", base + "/api/v1/session*", "--verbose", "0"]
    for start in starts:
        command += ["--start", base + start]
    if cookie:
        command += ["--header", f"Cookie: {cookie}"]
    ran = subprocess.run(command, env=dict(os.environ, HOME=folder), cwd=folder, text=True, capture_output=True)
    if not os.path.exists(report):
        raise SystemExit(f"wapiti gave no report:\n{ran.stdout}{ran.stderr}")
    with open(report, encoding="utf-8") as file:
        said = json.load(file)
    crawled = said["infos"].get("crawled_pages_nbr")
    return [(kind, it["path"], it["parameter"], it["level"], it["info"]) for kind, all in
            (said["vulnerabilities"] | said["anomalies"]).items() for it in all], crawled


def main(hezuo, database):
    seconds = int(os.environ.get("HEZUO_SCAN_SECONDS", "480"))
    document = json.loads(subprocess.run([hezuo, "openapi"], stdout=subprocess.PIPE, check=True).stdout)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Planted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    planted = f"http://127.0.0.1:{server.server_address[1]}"
    with Served(hezuo, database) as served, tempfile.TemporaryDirectory(prefix="hezuo-long-") as folder:
        things = Things(served.base, document)
        pages = ["/", "/f", f"/r/{things.words['code'][0]}", "/desk/", "/phone/"]
        pages += [things.home + it for it in ("/cases", "/board", "/labels", "/projects", "/replies")]
        found, _ = wapiti(folder, planted + "/planted?name=Wang", [], None, 120)
        kinds = {it[0] for it in found if it[3] >= MEDIUM}
        print("planted, wapiti:", sorted(kinds), flush=True)
        if not any("SQL" in kind for kind in kinds) or not any("Scripting" in kind for kind in kinds):
            raise SystemExit("wapiti did not find what was planted")
        began = time.monotonic()
        found, crawled = wapiti(folder, served.base, pages, sign_in(served.base, "officer"), seconds)
        print(f"wapiti: {crawled} pages in {time.monotonic() - began:.0f} s; found {found}", flush=True)
        bad = [it for it in found if it[3] >= MEDIUM]
        if bad:
            raise SystemExit(f"wapiti found {bad}")
        began = time.monotonic()
        filled = with_examples(document, things, served.base, planted)
        found, said = sqlmap(folder, filled, things.officer, seconds)
        places = {row["Target URL"].split("?")[0] for row in found}
        operations = sum(len(it) for it in filled["paths"].values())
        targets, inputs = said.count("testing URL"), said.count("does not seem to be injectable")
        print(f"sqlmap: {targets} of {operations} operations with {inputs} closed inputs "
              f"in {time.monotonic() - began:.0f} s; found {places}", flush=True)
        if targets < operations:
            raise SystemExit("sqlmap did not come to the end:\n" + said[-8000:])
        if not any(place.startswith(planted) for place in places):
            raise SystemExit("sqlmap did not find what was planted:\n" + said[-8000:])
        if any(not place.startswith(planted) for place in places):
            raise SystemExit(f"sqlmap found {found}")
        if served.process.poll() is not None:
            raise SystemExit("the server ended")
    server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
