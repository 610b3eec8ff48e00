"""A `requests` session that connects to checked addresses only and whose calls can be ended from outside.

Names are resolved once, right before connecting; every address of the answer is checked, and the socket is
opened to the checked address, so a name cannot change its meaning in between. TLS still verifies the name.
A blocking call has no total time limit of its own (each byte that drips in restarts the read timeout), so the
`Exchange` of a call holds its socket and can shut it down.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from shared.lookups.addresses import Reach, may_connect
from shared.lookups.bounded_answer import BoundedAnswer
from shared.runtime.errors import PermanentError

# given a host, a port and the seconds it may take, returns the addresses of the host; OSError: there are none
type Resolver = Callable[[str, int, float], Sequence[str]]

CONNECT_SECONDS = 2.0
_MAX_ADDRESSES_TRIED = 3
_USER_AGENT = "notifications/1"


class DestinationRefusedError(PermanentError):
    """The request would go somewhere it must not: another scheme than https, or an address out of reach."""


class Exchange:
    """One request and its answer, running on one thread; any other thread may end it.

    The thread is free again `seconds` from now, even while it finds out where to connect to.
    """

    def __init__(self, resolver: Resolver, reach: Reach, seconds: float) -> None:
        self._resolver = resolver
        self._reach = reach
        self._ends_at = monotonic() + seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._ended = False

    @contextmanager
    def on_this_thread(self) -> Iterator[None]:
        """Make this the exchange whose connections the current thread opens and uses."""
        _thread.exchange = self
        try:
            yield
        finally:
            _thread.exchange = None
            with self._lock:  # from here on the pooled socket may serve another exchange
                self._socket, self._ended = None, True

    def end(self) -> None:
        """Make the thread stop waiting for the peer; nothing happens when the exchange is over already."""
        with self._lock:
            self._ended = True
            if self._socket is not None:
                _shut_down(self._socket)

    def addresses_of(self, host: str, port: int) -> Sequence[str]:
        """Resolve a host; DestinationRefusedError when any address of it is out of reach."""
        addresses = self._resolver(host, port, self.seconds_left())
        if not all(may_connect(address, self._reach) for address in addresses):
            raise DestinationRefusedError("the host has an address that must not be called")
        return addresses[:_MAX_ADDRESSES_TRIED]

    def seconds_left(self) -> float:
        """Return how long the exchange may still take; TimeoutError when it is over."""
        with self._lock:
            left = 0.0 if self._ended else self._ends_at - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def uses(self, used: socket.socket) -> None:
        """Note the socket that carries the exchange; shut down at once when the exchange was ended before."""
        with self._lock:
            self._socket = used
            if self._ended:
                _shut_down(used)


def new_session(*, connections: int, authorities: str | None) -> requests.Session:
    """Return a session for use inside exchanges only: no redirects, proxies, cookies, retries or netrc.

    `authorities` is a file of trusted certificates; None trusts the public authorities.
    """
    session = _DirectSession()
    session.trust_env = False
    session.auth = _as_is
    session.verify = authorities or True
    session.headers.clear()
    session.headers.update({"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _CheckedAdapter(pool_connections=connections, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _DirectSession(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: requests would read the whole body of a redirect even if it does not follow it."""


class _ThreadState(threading.local):
    exchange: Exchange | None = None


_thread = _ThreadState()


def _current_exchange() -> Exchange:
    if _thread.exchange is None:
        raise RuntimeError("a checked session is used outside an exchange")
    return _thread.exchange


def _connect(connection: HTTPConnection) -> socket.socket:
    exchange = _current_exchange()
    try:
        addresses = exchange.addresses_of(connection.host, connection.port or connection.default_port)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, socket.gaierror(str(error))) from error
    failure: OSError | None = None
    for address in addresses:
        try:
            opened = create_connection(
                (address, connection.port or connection.default_port),
                min(CONNECT_SECONDS, exchange.seconds_left()),
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
        else:
            exchange.uses(opened)
            return opened
    raise NewConnectionError(connection, "no address could be connected to") from failure


class _Checked(HTTPConnection):
    response_class = BoundedAnswer

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        # a pooled connection, or one that TLS has just taken over from the socket it was opened with
        if isinstance(self.sock, socket.socket):
            _current_exchange().uses(self.sock)
        super().request(*args, **kwargs)


class _CheckedTls(_Checked, HTTPSConnection):
    pass


class _CheckedPool(HTTPConnectionPool):
    ConnectionCls = _Checked


class _CheckedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedTls


class _CheckedAdapter(HTTPAdapter):
    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _CheckedPool, "https": _CheckedTlsPool}


def _as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # an explicit no-op keeps requests from turning user information in the URL into an Authorization header
    return request


def _shut_down(used: socket.socket) -> None:
    with suppress(OSError):  # closed or never connected: no thread waits on it
        # the base class on purpose: SSLSocket.shutdown also drops the TLS state another thread is reading
        socket.socket.shutdown(used, socket.SHUT_RDWR)
