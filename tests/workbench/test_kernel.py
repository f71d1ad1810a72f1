"""A real kernel: what pages say arrives, on whichever of its threads, and whoever was heard before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from helpers import SYSTEMS

PATIENCE = 180.0
OPEN = "import nbthreat\nboard = nbthreat.Workbench('chatbot.yaml')\nprint(board.comm.comm_id)"


class Kernel:
    """A kernel with the chatbot open in it, and a page that talks to it."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        told: list[str] = []
        client.execute_interactive(
            OPEN, timeout=PATIENCE, output_hook=lambda message: told.append(message["content"].get("text", ""))
        )
        self.comm = "".join(told).strip()

    def thread(self) -> str:
        """Have the kernel begin a subshell, a thread for messages, and return its id."""
        return str(self._control("create_subshell_request", {})["subshell_id"])

    def end(self, thread: str) -> None:
        """Have it end one."""
        self._control("delete_subshell_request", {"subshell_id": thread})

    def hello(self, thread: str) -> bool:
        """Greet the board from a page that has a thread, and return whether it answers within seconds."""
        page = f"page-{time.monotonic_ns()}"
        data = {"method": "custom", "content": {"type": "hello", "page": page}}
        message = self.client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        message["header"]["subshell_id"] = thread
        self.client.shell_channel.send(message)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            said = self.client.get_iopub_msg(timeout=PATIENCE)
            content = said["content"].get("data", {}).get("content", {})
            if said["msg_type"] == "comm_msg" and content.get("page") == page:
                return True
            of_this = said["parent_header"].get("msg_id") == message["header"]["msg_id"]
            if of_this and said["content"].get("execution_state") == "idle":
                return False
        return False

    def tell_as(self, thread: str) -> None:
        """Have the board tell all pages something on behalf of a message that came by a thread."""
        code = "board.send({'type': 'select', 'page': '', 'ids': [], 'filter': ''})"
        message = self.client.session.msg("execute_request", {"code": code, "silent": False, "store_history": False})
        message["header"]["subshell_id"] = thread
        self.client.shell_channel.send(message)
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                assert reply["content"]["status"] == "ok"
                return

    def _control(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        message = self.client.session.msg(kind, content)
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return dict(reply["content"])


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    """A kernel in a folder with the worked chatbot."""
    (tmp_path / "chatbot.yaml").write_bytes((SYSTEMS / "chatbot.yaml").read_bytes())
    manager = KernelManager()
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_page_is_heard_after_the_thread_of_another_has_ended(kernel: Kernel) -> None:
    """What was last told on behalf of a thread that is gone does not take the messages of the others with it."""
    here, there = kernel.thread(), kernel.thread()
    assert kernel.hello(here)

    kernel.tell_as(there)
    kernel.end(there)

    assert kernel.hello(here)
