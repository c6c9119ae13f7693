# SPDX-License-Identifier: MIT
"""A program on a terminal of its own, as a person would sit at it."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

PATIENCE = 60


class Terminal:
    """
    Starts argv as the leader of a session whose controlling terminal is a fresh pty; `size` is its
    rows and columns, which are else unknown.
    """

    def __init__(self, argv, env, cwd=None, pass_fds=(), size=None):
        self.seen = ""      # all output so far
        self._at = 0        # how much of it expect() has passed
        self._status = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                if size:    # set by the program itself: it must not look before that
                    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
                if cwd:
                    os.chdir(cwd)
                for fd in pass_fds:
                    os.set_inheritable(fd, True)
                os.execve(argv[0], argv, env)
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self._status = -signal.SIGKILL
        os.close(self.master)

    def _read(self, until):
        """More output; False at its end."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise AssertionError("nothing more came on the terminal; so far:\n" + self.seen)
        try:
            data = os.read(self.master, 65536)
        except OSError:     # EIO: the last one who held the terminal has left
            return False
        self.seen += data.decode("utf-8", "backslashreplace")
        return bool(data)

    def expect(self, *texts):
        """Waits for one of the texts behind what was expected before."""
        until = time.monotonic() + PATIENCE
        while not any(text in self.seen[self._at:] for text in texts):
            if not self._read(until):
                raise AssertionError("%r never came on the terminal:\n%s" % (texts, self.seen))
        self._at = min(self.seen.index(text, self._at) + len(text) for text in texts
                       if text in self.seen[self._at:])
        return self

    def send(self, text):
        os.write(self.master, text.encode())
        return self

    def line(self, text):
        return self.send(text + "\n")

    def answer(self, prompt, text):
        return self.expect(prompt).line(text)

    def echo(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def kill(self, number):
        os.kill(self.pid, number)
        return self

    def wait_stopped(self):
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "it ended instead of stopping:\n" + self.seen
        return self

    def wait(self):
        """Until the program has ended; its exit status, negative for a signal."""
        until = time.monotonic() + PATIENCE
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
                break
            # What it leaves unread would block it; its end shows here as well.
            ready, _, _ = select.select([self.master], [], [], 0.05)
            if ready:
                try:
                    self.seen += os.read(self.master, 65536).decode("utf-8", "backslashreplace")
                except OSError:
                    _, status = os.waitpid(self.pid, 0)
                    self._status = os.waitstatus_to_exitcode(status)
                    break
            assert time.monotonic() < until, "it does not end:\n" + self.seen
        self._drain()
        return self._status

    def _drain(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.seen += data.decode("utf-8", "backslashreplace")
