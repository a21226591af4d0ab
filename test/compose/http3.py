"""Asks one URL over HTTP/3 and prints the status and the body: http3.py <url> <file with the authority> [address]."""
import asyncio
import sys
from urllib.parse import urlparse

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.status = 0
        self.body = b""
        self.done = asyncio.get_running_loop().create_future()

    async def get(self, url):
        stream = self._quic.get_next_available_stream_id()
        headers = {":method": "GET", ":scheme": "https", ":authority": url.netloc, ":path": url.path or "/"}
        self.http.send_headers(stream, [(k.encode(), v.encode()) for k, v in headers.items()], end_stream=True)
        self.transmit()
        await self.done

    def quic_event_received(self, event):
        for told in self.http.handle_event(event):
            if isinstance(told, HeadersReceived):
                self.status = int(dict(told.headers)[b":status"])
            if isinstance(told, DataReceived):
                self.body += told.data
            if told.stream_ended and not self.done.done():
                self.done.set_result(None)


async def main(address, url, authority):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=url.hostname)
    configuration.load_verify_locations(authority)
    async with connect(address, url.port, configuration=configuration, create_protocol=Client) as client:
        await asyncio.wait_for(client.get(url), 10)
        print(client.status)
        print(client.body.decode())


asyncio.run(main(sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1", urlparse(sys.argv[1]), sys.argv[2]))
