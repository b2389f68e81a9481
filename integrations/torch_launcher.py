"""Where processes that torchrun has launched together find each other."""

from __future__ import annotations

import datetime
import json
import os
import socket
from dataclasses import asdict
from typing import Any

from tunesmith.lockstep import Address, Launcher

_PATIENCE = datetime.timedelta(minutes=5)


class TorchLauncher(Launcher):
    """The processes of one ``torchrun``, which keeps a store for them."""

    def __init__(self) -> None:
        # The store forgets what it was told when nobody holds it.
        self._store: Any = None

    def rank(self) -> int | None:
        """Rank among all processes, None without torchrun."""
        if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
            return None
        return int(os.environ["RANK"]) if int(os.environ["WORLD_SIZE"]) > 1 else None

    def host(self) -> str:
        """Address to listen at: other machines can connect only if there are some."""
        alone = os.environ["LOCAL_WORLD_SIZE"] == os.environ["WORLD_SIZE"]
        return "127.0.0.1" if alone else socket.gethostbyname(socket.getfqdn())

    def publish(self, address: Address) -> None:
        """Put the address of rank 0 into the store."""
        self._connect().set(self._key(), json.dumps(asdict(address)))

    def find(self) -> Address:
        """Take the address of rank 0 from the store, as soon as it is there.

        Raises
        ------
        TimeoutError
            If it does not come.
        """
        try:
            text = self._connect().get(self._key())
        except RuntimeError as error:  # of torch.distributed
            raise TimeoutError(
                "Rank 0 has not begun to optimize. Call study.optimize() on every rank, or, with "
                "TorchDistributedTrial, on rank 0 alone."
            ) from error
        return Address(**json.loads(text))

    def _connect(self) -> Any:
        if self._store is None:
            from torch.distributed import TCPStore  # type: ignore[attr-defined]  # documented there

            host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
            self._store = TCPStore(host, port, is_master=False, timeout=_PATIENCE)
        return self._store

    @staticmethod
    def _key() -> str:
        # Workers that are restarted have a new rank 0.
        return f"tunesmith/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}"


#: The one of this process.
LAUNCHER = TorchLauncher()
