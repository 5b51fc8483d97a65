"""What schemathesis is told about this server: who calls, with which ids, and what is wrong besides.

Read by schemathesis through SCHEMATHESIS_HOOKS; `api.py` says in the environment where the server is.
"""

import collections
import json
import os
import random

import schemathesis
from schemathesis.core.parameters import ParameterLocation

from served import LOGINS, ask, sign_in
from things import Things

BASE = os.environ["HEZUO_LONG_BASE"]
PLANT = os.environ.get("HEZUO_LONG_PLANT", "")
with open(os.environ["HEZUO_LONG_DOCUMENT"], encoding="utf-8") as file:
    DOCUMENT = json.load(file)
# A part of an upload is bytes as a whole one is.
schemathesis.serializer.alias("application/partial-upload", "application/octet-stream")
THINGS = Things(BASE, DOCUMENT)
COOKIES = {login: sign_in(BASE, login) for login in LOGINS}
# Who got something done by an operation, and how often: it is mostly called by those.
DONE = collections.defaultdict(collections.Counter)


def is_positive(case, location):
    return not case.meta.is_negative_at(location)


def chance(case):
    """The same request is always sent in the same way, so that a failure can be found again."""
    made = (case.operation.label, case.path_parameters, case.query, case.body)
    return random.Random(repr(made))


def dressed(value, name, luck):
    """A generated value, with real ids, days and words in most of the places that name one."""
    if isinstance(value, dict):
        return {key: dressed(it, key, luck) for key, it in value.items()}
    known = THINGS.words.get(name)
    if known and luck.random() < 0.8 and value is not None:
        return luck.choice(known)
    if isinstance(value, list):
        return [dressed(it, name, luck) for it in value]
    return value


@schemathesis.hook
def before_call(ctx, case, kwargs):
    luck = chance(case)
    operation = case.operation.definition.raw["operationId"]
    if case.path_parameters and is_positive(case, ParameterLocation.PATH):
        case.path_parameters = {
            name: luck.choice(THINGS.ids[name]) if THINGS.ids.get(name) and luck.random() < 0.9 else it
            for name, it in case.path_parameters.items()}
    if case.query and is_positive(case, ParameterLocation.QUERY):
        case.query = {name: dressed(it, name, luck) for name, it in case.query.items()}
    if "report-lookup" in (case.headers or {}) and is_positive(case, ParameterLocation.HEADER):
        case.headers["report-lookup"] = luck.choice(THINGS.words["lookup"])
    if isinstance(case.body, dict) and is_positive(case, ParameterLocation.BODY):
        case.body = dressed(case.body, "", luck)
        if "version" in case.body and luck.random() < 0.8:
            case.body["version"] = THINGS.version(case.formatted_path.rsplit("/", 1)[0])
    case.headers = {name: it for name, it in (case.headers or {}).items() if name.lower() != "cookie"}
    caller = choose(operation, luck)
    case.headers["x-trial-caller"] = caller
    if caller in COOKIES:
        case.headers["cookie"] = COOKIES[caller]


def choose(operation, luck):
    """A login, or, once in ten times, nobody."""
    if luck.random() < 0.1:
        return "nobody"
    known = [login for login, count in DONE[operation].items() if count]
    if known and luck.random() < 0.7:
        return luck.choice(sorted(known))
    return luck.choice(LOGINS)


@schemathesis.hook
def after_call(ctx, case, response):
    caller = case.headers["x-trial-caller"]
    operation = case.operation.definition.raw["operationId"]
    if response.status_code < 300:
        DONE[operation][caller] += 1
        if operation == "delete_session":
            COOKIES[caller] = sign_in(BASE, caller)
    planted(response)


@schemathesis.check
def secured_asks_who(ctx, response, case):
    """An operation that asks for a session gives nothing to nobody."""
    is_secured = bool(case.operation.definition.raw.get("security"))
    if is_secured and case.headers["x-trial-caller"] == "nobody" and response.status_code < 400:
        raise AssertionError(f"answered {response.status_code} without a session")


@schemathesis.check
def tells_nothing_of_itself(ctx, response, case):
    """No refusal shows what the server is made of."""
    said = response.content.lower() if response.status_code >= 400 else b""
    for word in (b"sqlite", b"sqlx", b"panicked", b"postgres", b"src/", b"stack backtrace"):
        if word in said and word not in repr(case.body).lower().encode():
            raise AssertionError(f"the answer speaks of {word.decode()}")


def planted(response):
    """A defect on purpose, which the check of that name has to find."""
    is_good = response.status_code == 200
    if PLANT == "not_a_server_error":
        response.status_code = 500
    elif PLANT == "status_code_conformance" and is_good:
        response.status_code = 226
    elif PLANT == "content_type_conformance" and is_good:
        response.headers["content-type"] = ["text/plain"]
    elif PLANT == "response_schema_conformance" and is_good:
        response.content = b'{"nothing": true}'
    elif PLANT == "negative_data_rejection" and response.status_code == 422:
        response.status_code = 200
    elif PLANT == "secured_asks_who" and response.status_code == 401:
        response.status_code = 200
    elif PLANT == "tells_nothing_of_itself" and not is_good:
        response.content += b" (SQLITE_ERROR)"
