"""Schemathesis over the OpenAPI document on a real server: `api.py HEZUO sqlite|postgres`.

HEZUO_EXAMPLES says how many examples an operation gets (200). Before it starts, each check must have found a
defect that was planted for it.
"""

import os
import subprocess
import sys
import tempfile
import time

from served import Served

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "negative_data_rejection", "secured_asks_who", "tells_nothing_of_itself",
]


def tried(base, folder, checks, examples, more=(), plant="", shown=False):
    """Runs schemathesis in its own folder, because it keeps things beside itself."""
    document = os.path.join(folder, "openapi.json")
    settings = dict(os.environ, SCHEMATHESIS_HOOKS="api_hooks", PYTHONPATH=HERE, PYTHONHASHSEED="0",
                    HEZUO_LONG_BASE=base, HEZUO_LONG_DOCUMENT=document, HEZUO_LONG_PLANT=plant)
    command = [
        os.path.join(os.path.dirname(sys.executable), "st"), "run", document, "--url", base, "--no-color",
        "--phases", "fuzzing", "--checks", ",".join(checks), "--max-examples", str(examples),
        "--generation-with-security-parameters", "false", "--generation-database", "none",
        "--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off", *more]
    return subprocess.run(command, env=settings, cwd=folder, text=True, capture_output=not shown)


def main(hezuo, database):
    examples = int(os.environ.get("HEZUO_EXAMPLES", "200"))
    only = os.environ.get("HEZUO_OPERATIONS", "")
    more = ["--include-operation-id-regex", only] if only else []
    with Served(hezuo, database) as served, tempfile.TemporaryDirectory(prefix="hezuo-long-") as folder:
        with open(os.path.join(folder, "openapi.json"), "wb") as document:
            subprocess.run([hezuo, "openapi"], stdout=document, check=True)
        for check in CHECKS:
            found = tried(served.base, folder, [check], 30,
                          ["--include-operation-id-regex", "^(find_session|list_cases|find_board)$"], check)
            if found.returncode != 1 or "FAILURES" not in found.stdout:
                raise SystemExit(f"{check} did not find what was planted for it:\n{found.stdout}{found.stderr}")
        print(f"{database}: each of {len(CHECKS)} checks found what was planted for it", flush=True)
        began = time.monotonic()
        found = tried(served.base, folder, CHECKS, examples, more, shown=True)
        if served.process.poll() is not None:
            raise SystemExit("the server ended")
        if found.returncode:
            print(served.said().decode(errors="replace")[-20_000:])
            raise SystemExit(found.returncode)
        print(f"{database}: nothing found with {examples} examples an operation "
              f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
