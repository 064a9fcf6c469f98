"""A local S3 for tests."""

from __future__ import annotations


def bucket(server: str, name: str) -> str:
    """The URI of a place in a bucket of the server, which is made where it is missing."""
    from pyarrow import fs

    options = f"region=us-east-1&scheme=http&endpoint_override={server}"
    files, _ = fs.FileSystem.from_uri(f"s3://bucket?{options}&allow_bucket_creation=true")
    files.create_dir("bucket")
    return f"s3://bucket/{name}/run?{options}"
