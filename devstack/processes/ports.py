"""Free TCP ports for processes that keep their address over a restart."""

import errno
import random
import socket
from contextlib import ExitStack

from devstack.errors import DevstackError

# Below the range from which the kernel takes the local ports of outgoing connections. Within that range a
# client that retries an address where nothing listens can connect to itself.
_RANGE = range(20_000, 32_000)
_ATTEMPTS = 1_000


def free_ports(count: int) -> list[int]:
    """Return that many different ports of 127.0.0.1 on which nothing listens now."""
    ports: list[int] = []
    with ExitStack() as held:
        for port in random.sample(_RANGE, _ATTEMPTS):
            if len(ports) == count:
                return ports
            probe = held.enter_context(socket.socket())
            if _binds(probe, port):
                ports.append(port)
    raise DevstackError("no free ports: nearly all of 20000-31999 are taken; stop what listens there")


def claim_port(port: int) -> int:
    """Return `port`, or a free one for 0; DevstackError when something listens on it already."""
    if port == 0:
        return free_ports(1)[0]
    with socket.socket() as probe:
        # As servers do, so that connections that linger after a server has ended do not keep its port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not _binds(probe, port):
            raise DevstackError(
                f"port {port} is taken: stop what listens there, or choose another one, "
                f"for example PORT={port + 1} make start"
            )
    return port


def listens(port: int) -> bool:
    """Whether something accepts connections on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError as error:
        if error.errno == errno.EACCES:
            raise DevstackError(f"port {port} needs special rights: choose one above 1023") from None
        return False
    return True
