"""A slow network before a server: every byte is late, some are sent again, and now and then a connection breaks."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.browser.tern import free_port

CHUNK = 64 * 1024
# What TCP waits before it sends a lost packet again.
RESENT_S = 0.3


@dataclass(frozen=True)
class Weather:
    """How bad it is: the round trip in seconds, the share of lost packets, and of those that break the connection."""

    round_trip: float = 0.2
    lost: float = 0.02
    breaks: float = 0.1


class SlowNetwork:
    """A relay on a port of its own. It stays while the server behind it is killed and started again."""

    def __init__(self, target: int, weather: Weather, seed: int = 0) -> None:
        self.target, self.weather, self.port = target, weather, free_port()
        self.address = f"http://localhost:{self.port}"
        self.chance = random.Random(seed)
        self.packets = self.lost = self.broken = 0

    async def serve(self, ready: "Future[Callable[[], object]]") -> None:
        """Relay until the function given through `ready` is called, from any thread."""
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncio.start_server(self.relay, "127.0.0.1", self.port)
        ready.set_result(lambda: loop.call_soon_threadsafe(stop.set))
        await stop.wait()
        server.close()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways."""
        try:
            to_server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        ways = [self.one_way(reader, to_server[1]), self.one_way(to_server[0], writer)]
        # Cancelled at the end of the walk: asyncio would print that for each connection still open.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, to_server[1]):
            with suppress(OSError):
                end.close()

    async def one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Bytes of one direction, each as late as the line makes it, in their order."""
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self.deliver(line, writer))
        clock = asyncio.get_running_loop().time
        try:
            while data := await reader.read(CHUNK):
                self.packets += 1
                late = self.weather.round_trip / 2
                if self.chance.random() < self.weather.lost:
                    self.lost += 1
                    late += RESENT_S
                    if self.chance.random() < self.weather.breaks:
                        self.broken += 1
                        break
                line.put_nowait((clock() + late, data))
        except OSError:
            pass
        line.put_nowait((clock(), b""))
        await sending

    async def deliver(self, line: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        """Hand over what is due; nothing more comes after an empty one."""
        clock = asyncio.get_running_loop().time
        with suppress(OSError):
            while True:
                due, data = await line.get()
                if not data:
                    break
                await asyncio.sleep(max(0.0, due - clock()))
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()


@contextmanager
def slow_network(target: int, weather: Weather, seed: int = 0) -> Iterator[SlowNetwork]:
    """A relay to this port of this machine, in a thread of its own."""
    network = SlowNetwork(target, weather, seed)
    ready: Future[Callable[[], object]] = Future()
    # asyncio.run also ends the connections that are still open when the relay is told to stop.
    thread = threading.Thread(target=lambda: asyncio.run(network.serve(ready)), daemon=True)
    thread.start()
    stop = ready.result(10)
    try:
        yield network
    finally:
        stop()
        thread.join(10)
