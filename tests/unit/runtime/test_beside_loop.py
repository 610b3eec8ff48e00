import asyncio
import sys
import threading

from shared.runtime.beside_loop import SideThread


async def test_work_is_done_on_one_other_thread():
    side = SideThread("side")
    threads = await asyncio.gather(*(side.run(threading.get_ident) for _ in range(5)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_a_thread_that_computes_gives_the_loop_its_turn_back_within_a_millisecond():
    sys.setswitchinterval(0.005)  # the default
    SideThread("side")
    assert sys.getswitchinterval() <= 0.001
