# SPDX-License-Identifier: MIT
"""What a program of the same user can try on a process: attack.py PID, or attack.py -- PROGRAM ARGUMENT….

Prints what worked, a word each. With a program: it is started under ptrace, and tried at its first instruction.
"""

import ctypes
import os
import signal
import sys

TRACEME, PEEKTEXT, GETREGS, ATTACH, DETACH = 0, 1, 12, 16, 17
RIP = 16     # in user_regs_struct
PROCESS_VM_READV, PIDFD_OPEN, PIDFD_GETFD = 310, 434, 438
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def opens(path):
    try:
        with open(path, "rb") as file:
            return file.read(1) is not None
    except OSError as error:
        # An address that is not mapped: it was opened all the same.
        return error.errno == 5


def lists(path):
    try:
        os.listdir(path)
        return True
    except OSError:
        return False


def reads(pid):
    """process_vm_readv() from an address that is nowhere: EFAULT where it would be allowed."""
    bytes_, ours = ctypes.create_string_buffer(8), Piece()
    ours.base, ours.len = ctypes.addressof(bytes_), 8
    theirs = Piece(8, 8)
    libc.syscall(PROCESS_VM_READV, pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    return ctypes.get_errno() == 14


def takes_descriptor(pid):
    process = libc.syscall(PIDFD_OPEN, pid, 0)
    return process >= 0 and libc.syscall(PIDFD_GETFD, process, 0, 0) >= 0


def attaches(pid):
    if libc.ptrace(ATTACH, pid, None, None) != 0:
        return False
    os.waitpid(pid, 0)
    libc.ptrace(DETACH, pid, None, None)
    return True


def without_tracing(pid):
    found = [name for name in ("mem", "environ", "auxv", "maps") if opens("/proc/%d/%s" % (pid, name))]
    found += [name for name in ("fd", "map_files") if lists("/proc/%d/%s" % (pid, name))]
    found += [name for name, act in (("vm", reads), ("getfd", takes_descriptor)) if act(pid)]
    return found


def at_start(argv):
    pid = os.fork()
    if pid == 0:
        libc.ptrace(TRACEME, 0, None, None)
        os.execv(argv[0], argv)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSTOPPED(status), status
    found = without_tracing(pid)
    if peeks(pid):
        found.append("peek")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return found


def peeks(pid):
    """PEEKTEXT at the program counter, which is mapped for sure."""
    registers = (ctypes.c_ulonglong * 27)()
    libc.ptrace(GETREGS, pid, None, ctypes.cast(registers, ctypes.c_void_p))
    ctypes.set_errno(0)
    libc.ptrace(PEEKTEXT, pid, registers[RIP], None)
    return ctypes.get_errno() == 0


if sys.argv[1] == "--":
    print(*at_start(sys.argv[2:]))
else:
    victim = int(sys.argv[1])
    print(*without_tracing(victim), *(["attach"] if attaches(victim) else []))
