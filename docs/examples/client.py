"""Talks in one room: client.py <url> <access token> <room>. Prints each message once, in order; sends each line it reads."""
import asyncio, contextlib, json, random, sys, uuid
import websockets  # pip install websockets


class Chat:
    def __init__(self, url, token, room, show, missed):
        self.url, self.token, self.room, self.show, self.missed = url, token, room, show, missed
        self.last, self.since, self.gen, self.socket = 0, {}, "", None
        self.outbox = []  # only the first one is under way: they are stored in the order in which they were written

    async def send(self, text):
        self.last += 1
        self.outbox.append({"t": "send", "i": self.last, "r": self.room, "c": str(uuid.uuid4()), "b": {"text": text}})
        if len(self.outbox) == 1:
            await self.say_first(self.socket)

    async def say_first(self, socket, after=0):
        await asyncio.sleep(after)
        if socket is not None and socket is self.socket and self.outbox:
            with contextlib.suppress(websockets.ConnectionClosed):  # then it goes out behind the next `hi`
                await socket.send(json.dumps(self.outbox[0]))

    async def receive(self, frame):
        kind, seen = frame["t"], self.since.get(self.room, 0)
        at = frame["s"] if kind == "live" or "p" in frame else frame.get("to", 0)  # signals have neither
        if self.outbox and frame.get("i") == self.outbox[0]["i"]:
            if "retry" in frame:
                self.waiting = asyncio.create_task(self.say_first(self.socket, min(frame["retry"] / 1000, 60)))
                return
            self.outbox.pop(0)
            if kind == "err":
                print("not sent:", frame["code"], file=sys.stderr)
            await self.say_first(self.socket)
        elif frame.get("code") == "bad_cursor":
            self.since = {}
        elif frame.get("r") == self.room and at > seen:
            if 0 < seen < frame.get("p", at):
                self.missed(seen, frame.get("p", at))
            self.since[self.room] = at
            if kind == "msg":
                self.show(frame)

    async def greet(self, socket):
        hello = {"t": "hello", "i": 0, "tok": self.token(), "rooms": [self.room], "since": self.since, "gen": self.gen}
        await socket.send(json.dumps(hello))
        hi = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if hi["t"] == "err" and "retry" in hi:
            await socket.close()
            await asyncio.sleep(hi["retry"] / 1000)
            raise ConnectionError(hi["msg"])
        if hi["t"] == "err":
            raise RuntimeError(f"{hi['code']}: {hi['msg']}")
        if hi["gen"] != self.gen:  # numbers of another installation mean nothing
            self.gen, self.since = hi["gen"], {}
        self.socket = socket
        await self.say_first(socket)  # with the same `c` as before the cut: stored once

    async def run(self):
        pause = 0.5
        while True:
            try:
                async with websockets.connect(self.url, subprotocols=["gapless.v1"], ping_interval=25) as socket:
                    await self.greet(socket)
                    pause = 0.5
                    async for text in socket:
                        await self.receive(json.loads(text))
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException) as error:
                if getattr(getattr(error, "rcvd", None), "code", 1006) >= 4400:
                    raise
            self.socket = None
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 2, 30)


async def main(url, token, room):
    show = lambda message: print(message["b"]["text"], flush=True)
    missed = lambda after, up_to: print(f"page what is above {after}, up to {up_to}", file=sys.stderr)
    client, lines = Chat(url, lambda: token, room, show, missed), asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def read():
        while line := await lines.readline():
            await client.send(line.decode().rstrip("\n"))

    await asyncio.gather(read(), client.run())  # whichever is refused ends both


asyncio.run(main(*sys.argv[1:]))
