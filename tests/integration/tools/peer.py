"""A plain peer made with Python's websockets: sends what it is told and writes down what it gets, one JSON a line.

Usage: peer.py URL, with a JSON list on the standard input of what to send: text, or {"hex": "..."} for bytes.
"""

import asyncio
import json
import sys

import websockets


def show(frame):
    return frame if isinstance(frame, str) else {"hex": frame.hex()}


async def main(url, messages):
    async with websockets.connect(url, max_size=2**22) as socket:
        for message in messages:
            await socket.send(message if isinstance(message, str) else bytes.fromhex(message["hex"]))
        try:
            while True:
                print(json.dumps(show(await socket.recv())), flush=True)
        except websockets.ConnectionClosed as closed:
            print(json.dumps({"code": closed.code, "reason": closed.reason}), flush=True)


asyncio.run(main(sys.argv[1], json.load(sys.stdin)))
