#!/usr/bin/env python3
"""Writes the wheel: the Python client with its pytest plugin, and the program as a script of the environment.

    wheel.py SOURCE PROGRAM FOLDER [LICENCE…]

The metadata is that of SOURCE/pyproject.toml. Every entry has the time SOURCE_DATE_EPOCH, in a fixed order."""

import base64
import hashlib
import os
import pathlib
import sys
import time
import tomllib
import zipfile

# The program is static: it runs with every C library, and what runs with glibc 2.17 and musl 1.1 is all that pip knows.
TAGS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64")

# The fields of [project] that get into the wheel.
KNOWN = {"name", "version", "description", "readme", "requires-python", "license", "dependencies", "urls", "entry-points"}


def metadata(project, source, licences):
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']['text']}",
        *(f"License-File: {os.path.basename(path)}" for path in licences),
        f"Requires-Python: {project['requires-python']}",
        *(f"Project-URL: {label}, {url}" for label, url in project.get("urls", {}).items()),
        *(f"Requires-Dist: {line}" for line in project["dependencies"]),
        "Description-Content-Type: text/markdown",
        "",
        (source / project["readme"]).read_text(encoding="utf-8"),
    ]
    return "\n".join(lines) + "\n"


def entry_points(project):
    groups = project["entry-points"]
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {where}\n" for name, where in sorted(entries.items())) + "\n"
        for group, entries in sorted(groups.items())
    )


def main(source, program, folder, *licences):
    source = pathlib.Path(source)
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if unknown := project.keys() - KNOWN:
        sys.exit(f"wheel.py does not know these fields of pyproject.toml: {sorted(unknown)}")
    name = f"{project['name'].replace('-', '_')}-{project['version']}"
    info = f"{name}.dist-info"
    package = source / project["name"].replace("-", "_")
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    script = f"{name}.data/scripts/{os.path.basename(program)}"
    files[script] = pathlib.Path(program).read_bytes()
    files[f"{info}/METADATA"] = metadata(project, source, licences).encode()
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in TAGS)
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: nicepay-sim\nRoot-Is-Purelib: false\n{tags}".encode()
    files[f"{info}/entry_points.txt"] = entry_points(project).encode()
    for path in licences:
        files[f"{info}/licenses/{os.path.basename(path)}"] = pathlib.Path(path).read_bytes()

    def record(path, content):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(content)}\n"

    record_path = f"{info}/RECORD"
    files[record_path] = ("".join(record(*file) for file in files.items()) + f"{record_path},,\n").encode()
    # The zip format begins in 1980, and counts in steps of two seconds.
    date = max(time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6], (1980, 1, 1, 0, 0, 0))
    wheel = pathlib.Path(folder) / f"{name}-py3-none-{'.'.join(TAGS)}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if path == script else 0o100644) << 16
            entry.create_system = 3
            archive.writestr(entry, content)


if __name__ == "__main__":
    main(*sys.argv[1:])
