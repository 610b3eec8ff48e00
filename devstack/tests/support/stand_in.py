"""A process that behaves as its arguments say, in place of a part of the local cloud."""

import json
import os
import signal
import subprocess
import sys
import time


def main(manner: str) -> None:
    print(f"{manner} says hello", file=sys.stderr, flush=True)
    if manner == "raises":
        raise RuntimeError("the reason")
    if manner == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if manner == "parent":
        child = subprocess.Popen(["sleep", "300"])
        print(f"child {child.pid}", file=sys.stderr, flush=True)
    if manner != "mute":
        print("not the ready line", flush=True)
        print(json.dumps({"ready": {"port": 1234, "setting": os.environ.get("SETTING")}}), flush=True)
    if manner == "short-lived":
        sys.exit(3)
    while True:
        time.sleep(60)


main(sys.argv[1])
