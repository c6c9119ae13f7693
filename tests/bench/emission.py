# SPDX-License-Identifier: MIT
"""Emissions over the socket, without a command around them: how many, and what they cost the agent."""

import os
import socket
import struct
import subprocess
import threading

from measuring import program
from rotations import cpu
from table import Failed, must

CLIENTS = 64
SCALE = 3       # so many times one client's emissions


class Tap:
    """Stands between a command and its agent and keeps the last request that went through: what
    the protocol looks like is the command's business."""

    def __init__(self, path, agent):
        self.agent, self.request = agent, None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            agent = socket.socket(socket.AF_UNIX)
            agent.connect(self.agent)
            threading.Thread(target=self._pass, args=(agent, client, False), daemon=True).start()
            self._pass(client, agent, True)

    def _pass(self, source, sink, keep):
        """Whole frames, one way; then the end of them."""
        while True:
            head = self._exactly(source, 4)
            body = head and self._exactly(source, struct.unpack(">I", head)[0])
            if not body:
                break
            if keep:
                self.request = body
            sink.sendall(head + body)
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def _exactly(source, count):
        found = b""
        while len(found) < count:
            part = source.recv(count - len(found))
            if not part:
                return None
            found += part
        return found

    def close(self):
        self.listener.close()


def request_file(scene):
    """The request that `process` makes of this scene's agent, in a file."""
    path = os.path.join(scene.folder, "run/tap.sock")
    tap = Tap(path, scene.env["CREDVAULT_SOCKET"])
    try:
        must(scene.run("credvault process prod", CREDVAULT_SOCKET=path), "process")
    finally:
        tap.close()
        os.remove(path)
    return scene.write("app/request.json", tap.request.decode())


def agent_ns(pid):
    """Processor time of the agent so far: to the nanosecond where the kernel counts it so."""
    try:
        total = 0
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as source:
                total += int(source.read().split()[0])
        return total
    except (OSError, ValueError):
        return 0


def emit(scene, clients, seconds, request):
    """(answered, failed, seconds, the agent's milliseconds, first failure)."""
    pid = scene.agent_pid()
    before, ticks = agent_ns(pid), cpu(pid)
    done = subprocess.run(program(scene, "load_emit", scene.env["CREDVAULT_SOCKET"], str(clients),
                                  str(seconds), request), env=scene.env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed("load_emit: " + done.stderr.strip())
    answered, failed, spent = map(int, done.stdout.split())
    ticks = (cpu(pid) - ticks) * 1e3
    exact = (agent_ns(pid) - before) / 1e6
    # A thread that has ended takes its nanoseconds with it; its ticks stay with the process.
    return (answered, failed, spent / 1e9, exact if exact >= 0.9 * ticks and exact > 0 else ticks,
            done.stderr.strip()[:200])


def load(scene, table, seconds):
    request = request_file(scene)
    one, failed, spent, busy_one, _ = emit(scene, 1, seconds, request)
    if not one:
        raise Failed("no emission with one client; %d failed" % failed)
    single = one / spent
    many, failed, spent, busy, why = emit(scene, CLIENTS, seconds, request)
    rate = many / spent
    table.add("emissions over the socket, connecting for each, %d clients" % CLIENTS, rate, "/s",
              "at least 8000/s", least=8000, note="%d in %.1f s" % (many, spent))
    table.add("  of them failed", failed, "", "none", most=0, note=why)
    table.add("  the agent's processor time for one", busy / max(many, 1), "ms",
              note="%.0f ms in all" % busy)
    table.add("emissions over the socket, connecting for each, 1 client", single, "/s",
              note="%d in %.1f s" % (one, one / single))
    table.add("  the agent's processor time for one", busy_one / one, "ms",
              note="%.0f ms in all" % busy_one)
    table.add("  %d clients / 1 client" % CLIENTS, rate / single, "x", "at least %d x" % SCALE,
              least=SCALE)
