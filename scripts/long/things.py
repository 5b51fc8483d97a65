"""What a demo holds: the real ids, days and words that requests need so that they get somewhere."""

import datetime
import json
import re
import secrets

from served import LOGINS, ask, sign_in

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000"
    "0003010100c9fe92ef0000000049454e44ae426082")
FORM = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n%s\r\n--b--\r\n"
REGISTER = FORM % "Date,Description\n2015-03-02,a loose step\n"
ROLL = FORM % "姓名,工号\n王伟,99001\n"
WORDS = {
    "category": ["idea", "machine", "fall", "fire", "electric"],
    "currency": ["CNY"],
    "region_code": ["330503", "330503100"],
    "region": ["330503", "3305"],
    "under": ["33", "330503"],
    "time_zone": ["Asia/Shanghai"],
    "meets_at": ["16:30"],
    "alarm_minutes": [5],
    "quiet_from": ["20:00"],
    "quiet_to": ["06:30"],
    "digest_at": ["08:00"],
    "weekday": [1, 3, 5],
    "minor": [0, 100, 10_000],
    "weeks": [1, 4, 26],
    "limit": [1, 20],
    "likelihood": [1, 3],
    "severity": [1, 4],
    "heads": [3, 40],
    "kinds": [["danger"]],
    # Nothing may leave this machine, and the server doesn't knock at doors inside it.
    "address": ["https://127.0.0.1:1/send", "https://hooks.invalid/send?key=1", "somebody@works.invalid"],
}


class Things:
    """Gathered once at the start, through the interface like everything else."""

    def __init__(self, base, document):
        self.base = base
        self.words = named_words(document) | WORDS
        self.officer, admin = sign_in(base, "officer"), sign_in(base, "admin")
        home = self.get("/api/v1/session", self.officer)["home"]["id"]
        second = self.get("/api/v1/session", sign_in(base, "officer2"))["home"]["id"]
        self.home = f"/api/v1/enterprises/{home}"
        sites = self.get(self.home + "/places", admin)["sites"]
        areas = [area for site in sites for area in site["areas"]]
        cases = self.list("/cases?limit=50")
        people = self.list("/persons", admin)
        users = self.get(self.home + "/users", admin)["items"]
        teams = self.list("/teams")
        meetings = [it for team in teams for it in self.list(f"/teams/{team}/meetings")]
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        register = self.made(admin, "/imports", REGISTER, form)
        channel = self.made(admin, "/notices/channels", {
            "way": "wecom", "name": "Group", "kinds": ["danger"], "locale": "en", "active": True,
            "address": "https://hooks.invalid/send?key=1"})
        # Who signs in for this run must be able to go on doing so.
        spare = [self.new_user(admin, home) for _ in range(3)]
        at = {"site": [it["id"] for it in sites], "area": [it["id"] for it in areas]}
        self.ids = at | {
            "enterprise": [home] * 7 + [second], "case": cases, "person": people, "user": spare,
            "team": teams, "meeting": meetings, "project": self.list("/projects"),
            "reward": self.list("/rewards", sign_in(base, "manager")), "import": [register],
            "channel": [channel], "resource_type": ["User", "Group"], "name": ["p1.jpg", "p2.jpg"],
        }
        holders = [it["id"] for it in users]
        codes = [it["report_url"].removeprefix("/r/") for it in areas if it.get("report_url")]
        lookups = [self.new_report(code) for code in codes[:6]]
        today = datetime.date.today()
        days = [str(today - datetime.timedelta(days=it)) for it in (0, 7, 30, -14)]
        self.words |= {name: days for name in
                       ("due_day", "from_day", "to_day", "from", "to", "day", "week")}
        self.words |= {
            "area_id": at["area"], "parent_id": at["area"], "within": at["area"], "site_id": at["site"],
            "person_id": people, "owner": holders, "owner_id": holders, "confidant_user_id": holders,
            "team_id": teams, "into": cases, "case": cases, "cases": [cases[:1], cases[1:3]],
            "place_key": [home] + at["area"], "beside": ["p1.jpg"], "code": codes, "lookup": lookups,
            "report-lookup": lookups, "pay_lookup": [secrets.token_hex(32)], "attachments": [["p1.jpg"], []],
        }

    def get(self, path, cookie):
        status, _, said = ask(self.base, "GET", path, cookie)
        if status != 200:
            raise SystemExit(f"GET {path}: {status} {said.decode()}")
        return json.loads(said)

    def list(self, path, cookie=None):
        return [it["id"] for it in self.get(self.home + path, cookie or self.officer)["items"]]

    def made(self, cookie, path, body, headers=()):
        status, _, said = ask(self.base, "POST", self.home + path, cookie, body, headers)
        if status not in (200, 201):
            raise SystemExit(f"POST {path}: {status} {said.decode()}")
        return json.loads(said).get("id") or json.loads(said).get("user_id")

    def new_user(self, cookie, home):
        name = f"spare-{secrets.token_hex(4)}"
        person = self.made(cookie, "/persons", {"name": name})
        return self.made(cookie, "/users", {
            "person_id": person, "login": name, "locale": "en",
            "roles": [{"role": "eit_member", "place_kind": "enterprise", "place_key": home}]})

    def new_report(self, code):
        lookup = secrets.token_hex(32)
        status, _, said = ask(self.base, "POST", "/api/v1/reports", body={
            "code": code, "lookup": lookup, "category": "machine", "voice": "anonymous",
            "text": "The guard is loose.", "attachments": ["p1.jpg"]})
        if status != 201:
            raise SystemExit(f"a report: {status} {said.decode()}")
        return lookup

    def version(self, path):
        """The version of a case or project as it is now."""
        status, _, said = ask(self.base, "GET", path, self.officer)
        return json.loads(said).get("version", 1) if status == 200 else 1


def named_words(document):
    """Words that stand in the descriptions of free texts, such as `zh-CN` or `en`."""
    found = {}

    def walk(node):
        if isinstance(node, list):
            for it in node:
                walk(it)
        elif isinstance(node, dict):
            named = list((node.get("properties") or {}).items())
            if "in" in node and "schema" in node:
                named.append((node["name"], node))
            for name, of in named:
                if isinstance(of, dict):
                    words = re.findall(r"`([\w-]+)`", of.get("description", ""))
                    found.setdefault(name, []).extend(words)
            for it in node.values():
                walk(it)

    walk(document)
    return {name: sorted(set(words)) for name, words in found.items() if words}
