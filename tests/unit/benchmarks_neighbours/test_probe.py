import http.server
import threading
import time

from benchmarks.neighbours.probe import Probe

STILL_SECONDS = 0.5


class Slow(http.server.BaseHTTPRequestHandler):
    """Refuses every request after a while."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(STILL_SECONDS)
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_it_tells_how_long_the_tables_were_silent():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Probe(f"http://127.0.0.1:{server.server_port}") as probe:
            seen, ends_at = 0.0, time.monotonic() + 30
            while seen < STILL_SECONDS and time.monotonic() < ends_at:
                seen = max(seen, probe.worst().tables)
                time.sleep(0.05)
        assert seen >= STILL_SECONDS
        server.shutdown()
