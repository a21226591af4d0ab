"""Talks in one room: client.py <url> <access token> <room>. Prints each message once, in order; sends each line it reads."""
import asyncio, contextlib, json, random, sys, time, uuid
import websockets  # pip install websockets


class Chat:
    def __init__(self, url, token, room, show, missed):
        self.url, self.token, self.room, self.show, self.missed = url, token, room, show, missed
        self.unanswered, self.last, self.cursor, self.gen, self.ahead, self.socket = {}, 0, 0, "", 0, None

    def client_id(self):  # a UUIDv7 by the server's clock: version, variant and chance below 48 bits of milliseconds
        ms = int(time.time() * 1000) + self.ahead
        return str(uuid.UUID(int=ms << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)))

    async def say(self, frame):
        with contextlib.suppress(websockets.ConnectionClosed):  # then it goes out behind the next `hi`
            if self.socket is not None:
                await self.socket.send(json.dumps(frame))

    async def send(self, text):
        self.last += 1
        frame = {"t": "send", "i": self.last, "r": self.room, "c": self.client_id(), "b": {"text": text}}
        self.unanswered[self.last] = frame
        await self.say(frame)

    async def receive(self, frame):
        kind, waiting = frame["t"], self.unanswered.get(frame.get("i"))
        if kind == "err" and waiting and "retry" in frame:
            asyncio.get_running_loop().call_later(frame["retry"] / 1000, lambda: asyncio.ensure_future(self.say(waiting)))
        elif waiting:
            del self.unanswered[frame["i"]]
            if kind == "err":
                print("not sent:", frame["code"], file=sys.stderr)
        elif frame.get("code") == "bad_cursor":
            self.cursor = 0
        elif frame.get("r") == self.room:
            at = frame["s"] if kind == "live" or "p" in frame else frame.get("to", 0)  # signals have neither
            if at <= self.cursor:
                return
            if 0 < self.cursor < frame.get("p", at):
                self.missed(self.cursor, frame.get("p", at))
            self.cursor = at
            if kind == "msg":
                self.show(frame)

    async def greet(self, socket):
        self.last += 1
        resume = {"since": {self.room: self.cursor}, "gen": self.gen} if self.cursor else {}
        await socket.send(json.dumps({"t": "hello", "i": self.last, "tok": self.token(), "rooms": [self.room], **resume}))
        hi = json.loads(await socket.recv())
        if hi["t"] != "hi":
            raise ConnectionError(hi["msg"]) if "retry" in hi else RuntimeError(hi["msg"])
        self.ahead = hi["now"] - int(time.time() * 1000)
        if hi["gen"] != self.gen:  # numbers of another installation mean nothing
            self.gen, self.cursor = hi["gen"], 0
        self.socket = socket
        for frame in list(self.unanswered.values()):
            await self.say(frame)  # the same `c`: stored once

    async def run(self):
        pause = 0.5
        while True:
            try:
                async with websockets.connect(self.url, subprotocols=["gapless.v1"], ping_interval=25) as socket:
                    await self.greet(socket)
                    pause = 0.5
                    async for text in socket:
                        await self.receive(json.loads(text))
            except (OSError, websockets.WebSocketException) as error:
                code = getattr(getattr(error, "rcvd", None), "code", 1006)
                if 4400 <= code < 4500:
                    raise
            self.socket = None
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 2, 30)


async def main(url, token, room):
    show = lambda message: print(message["b"]["text"], flush=True)
    missed = lambda after, up_to: print(f"page what is above {after}, up to {up_to}", file=sys.stderr)
    client = Chat(url, lambda: token, room, show, missed)
    running = asyncio.create_task(client.run())
    while line := await asyncio.to_thread(sys.stdin.readline):
        await client.send(line.rstrip("\n"))
    await running


asyncio.run(main(*sys.argv[1:]))
