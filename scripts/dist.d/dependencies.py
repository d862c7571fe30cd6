#!/usr/bin/env python3
"""Writes what is inside the program: an SBOM (CycloneDX 1.6, JSON) and the licences of what is linked into it.

    dependencies.py TARGET SBOM LICENCES

The same sources give the same bytes: no serial number, and the only time is SOURCE_DATE_EPOCH. Dependencies of tests
are not in it; macros and the crates that only build others are, with the scope "excluded"."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

LICENCES = ("LICENSE-MIT", "LICENSE-APACHE")
# Their texts are Debian's, as the static libraries are Debian's.
COPYRIGHT = "/usr/share/doc/{}/copyright"
LGPL = "/usr/share/common-licenses/LGPL-2.1"


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree(target, kinds):
    """The edges of cargo's own tree, which has only the features that a build of the program turns on."""
    edges, path = {}, []
    text = run(
        "cargo", "tree", "--locked", "--target", target, "--edges", kinds, "--prefix", "depth", "--format", " {p}"
    )
    for line in text.splitlines():
        if not line:
            continue
        depth, name, version = line.split()[:3]
        del path[int(depth) :]
        path.append((name, version.removeprefix("v")))
        edges.setdefault(path[-1], set())
        if len(path) > 1:
            edges[path[-2]].add(path[-1])
    return edges


def linked_libraries():
    """The libraries in C that are linked from the system: name, version, licence, files with their texts."""
    for name, archive, licence, home, more in (
        ("glibc", "libc.a", "LGPL-2.1-or-later", "https://www.gnu.org/software/libc/", [LGPL]),
        ("libgcc", "libgcc_eh.a", "GPL-3.0-or-later WITH GCC-exception-3.1", "https://gcc.gnu.org/", []),
    ):
        path = os.path.realpath(run("cc", f"-print-file-name={archive}").strip())
        package = run("dpkg-query", "--search", path).split(":")[0]
        version = run("dpkg-query", "--show", "--showformat", "${Version}", package).strip()
        texts = [pathlib.Path(COPYRIGHT.format(package)), *map(pathlib.Path, more)]
        yield name, version, licence, home, texts


def licence_files(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    name = re.compile(r"(?i)(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and name.match(path.name) and path.suffix not in (".rs", ".py", ".html"):
            yield path


def main(target, sbom, licences):
    edges = tree(target, "normal,build")
    linked = set(tree(target, "normal,no-proc-macro"))
    metadata = json.loads(run("cargo", "metadata", "--locked", "--filter-platform", target, "--format-version", "1"))
    packages = {(p["name"], p["version"]): p for p in metadata["packages"]}
    root = next(iter(edges))
    with open("Cargo.lock", "rb") as file:
        sums = {(p["name"], p["version"]): p.get("checksum") for p in tomllib.load(file)["package"]}
    compiler = dict(line.split(": ", 1) for line in run("rustc", "-vV").splitlines() if ": " in line)["release"]
    libraries = list(linked_libraries())

    def licence(package):
        return package["license"].replace("/", " OR ")

    def ref(key):
        return f"pkg:cargo/{key[0]}@{key[1]}"

    def component(key):
        package = packages[key]
        result = {
            "type": "library",
            "bom-ref": ref(key),
            "name": key[0],
            "version": key[1],
            "description": " ".join((package["description"] or "").split()),
            "scope": "required" if key in linked else "excluded",
            "hashes": [{"alg": "SHA-256", "content": sums[key]}] if sums[key] else [],
            "licenses": [{"expression": licence(package)}],
            "purl": ref(key),
            "externalReferences": [{"type": "vcs", "url": package["repository"]}] if package["repository"] else [],
        }
        return {field: value for field, value in result.items() if value}

    def system_component(name, version, expression, home):
        return {
            "type": "library",
            "bom-ref": f"pkg:generic/{name}@{version}",
            "name": name,
            "version": version,
            "scope": "required",
            "licenses": [{"expression": expression}],
            "purl": f"pkg:generic/{name}@{version.replace('+', '%2B')}",
            "externalReferences": [{"type": "website", "url": home}],
        }

    program = component(root)
    program["type"] = "application"
    del program["scope"]
    system = [system_component("rust-std", compiler, "MIT OR Apache-2.0", "https://www.rust-lang.org/")]
    system += [system_component(*library[:4]) for library in libraries]
    crates = sorted(set(edges) - {root})
    date = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": program,
            "properties": [{"name": "cdx:rustc:sbom:target:triple", "value": target}],
        },
        "components": [component(key) for key in crates] + system,
        "dependencies": [{"ref": ref(key), "dependsOn": sorted(map(ref, edges[key]))} for key in sorted(edges)]
        + [{"ref": library["bom-ref"]} for library in system],
    }
    next(entry for entry in document["dependencies"] if entry["ref"] == ref(root))["dependsOn"] += [
        library["bom-ref"] for library in system
    ]
    with open(sbom, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.write("\n")

    # Many crates have the same text but for its spaces and lines: each text once, below the names of all that have it.
    texts, users = {}, {}

    def add(path, user):
        text = path.read_text(encoding="utf-8", errors="replace")
        words = " ".join(text.split())
        texts.setdefault(words, "\n".join(line.rstrip() for line in text.splitlines()).strip("\n"))
        users.setdefault(words, set()).add(" ".join(user))

    for path in LICENCES:
        add(pathlib.Path(path), root)
    without = []
    for key in crates:
        files = list(licence_files(packages[key]))
        if not files:
            without.append(key)
        for path in files:
            add(path, key)
    for name, version, _, _, paths in libraries:
        for path in paths:
            add(path, (name, version))
    with open(licences, "w", encoding="utf-8") as file:
        print(
            f"nicepay-sim {root[1]}: {licence(packages[root])}. It contains these parts, each with its licence:\n",
            file=file,
        )
        for key in crates:
            print(f"{key[0]} {key[1]}: {licence(packages[key])}", file=file)
        for part in system:
            print(f"{part['name']} {part['version']}: {part['licenses'][0]['expression']}", file=file)
        print(
            "\nThe GNU C Library is linked statically. To link the program with another version of it, build nicepay-sim\n"
            "from its source code: scripts/dist does so.\n\n"
            "These have no text of their own in their package, and are used under the licence Apache-2.0, whose text is\n"
            f"below: rust-std{''.join(', ' + ' '.join(key) for key in without)}.",
            file=file,
        )
        for names, words in sorted((sorted(names), words) for words, names in users.items()):
            print(f"\n{'=' * 80}\n{', '.join(names)}\n{'-' * 80}\n{texts[words]}", file=file)


if __name__ == "__main__":
    main(*sys.argv[1:])
