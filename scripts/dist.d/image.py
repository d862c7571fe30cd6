#!/usr/bin/env python3
"""Writes an image that buildah pushed to a layout as one file with the same bytes each time.

    image.py LAYOUT NAME:TAG FILE

buildah's configuration has an id and a host name of its own for each build; they go, and nothing reads them. The file is
an OCI layout (index.json) and also what `docker load` and `podman load` take (manifest.json)."""

import hashlib
import io
import json
import pathlib
import sys
import tarfile

OCI = "application/vnd.oci.image"


def main(layout, name, target):
    blobs = {}

    def read(descriptor):
        return (pathlib.Path(layout) / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()

    def add(media_type, content):
        if not isinstance(content, bytes):
            content = json.dumps(content, sort_keys=True).encode()
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": f"{OCI}.{media_type}", "digest": f"sha256:{digest}", "size": len(content)}

    def path(descriptor):
        return f"blobs/{descriptor['digest'].replace(':', '/')}"

    index = json.loads((pathlib.Path(layout) / "index.json").read_bytes())
    pushed = json.loads(read(index["manifests"][0]))
    image = json.loads(read(pushed["config"]))
    known = ("User", "ExposedPorts", "Env", "Entrypoint", "Healthcheck", "WorkingDir", "Labels")
    config = {
        "created": image["created"],
        "architecture": image["architecture"],
        "os": image["os"],
        "config": {key: image["config"][key] for key in known},
        "rootfs": image["rootfs"],
        "history": image["history"],
    }
    config = add("config.v1+json", config)
    layers = [add("layer.v1.tar+gzip", read(layer)) for layer in pushed["layers"]]
    manifest = {"schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "config": config, "layers": layers}
    manifest = add("manifest.v1+json", manifest)
    manifest["annotations"] = {"org.opencontainers.image.ref.name": name.split(":")[1]}
    manifest["platform"] = {"architecture": image["architecture"], "os": image["os"]}
    files = {
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
        "index.json": {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [manifest]},
        "manifest.json": [{"Config": path(config), "RepoTags": [name], "Layers": [path(layer) for layer in layers]}],
    }
    files = {name: json.dumps(content, sort_keys=True).encode() for name, content in files.items()} | blobs
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main(*sys.argv[1:])
