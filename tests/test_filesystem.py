"""Where runs may lie: on local disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from openloop import filesystem
from openloop.errors import StoreError


def test_a_directory_on_a_network_file_system(tmp_path: Path) -> None:
    for kind in ("nfs4", "cifs", "fuse.sshfs"):
        mounts = tmp_path / "mounts"
        point = tmp_path.resolve() / "far away"
        mounts.write_text(f"none / ext4 rw 0 0\nhost:/x {str(point).replace(' ', chr(92) + '040')} {kind} rw 0 0\n")
        with pytest.raises(StoreError, match=f"network file system \\({kind}, mounted at {point}\\)"):
            filesystem.require_local(point / "run", mounts)
        filesystem.require_local(tmp_path / "near", mounts)
        filesystem.require_local(tmp_path / "near", tmp_path / "no such file")
