"""Running a script whose processes must not outlive the test, whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2")
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def run_script(
    script: Path, *arguments: Any, launcher: tuple[str, ...] = (), timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run a script with all processes that it starts, and leave none of them behind."""
    command = [sys.executable, *launcher, str(script), *map(str, arguments)]
    # Nothing that another test or a training in this process has left in the environment. And each
    # process would compile PyTorch anew if it were not to write bytecode.
    left_out = ("LOCAL_RANK", "MASTER_PORT", "NODE_RANK", "WORLD_SIZE", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    process = subprocess.Popen(
        command,
        env={**inherited, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return subprocess.CompletedProcess(command, process.returncode, output)
