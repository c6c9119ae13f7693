# SPDX-License-Identifier: MIT
"""Places where a naive design fails, by the numbers they have in docs/threat-model.md."""

import contextlib
import os
import signal
import subprocess

import pytest
from channel import prove
from home import PASSPHRASE, PROGRAMS, ROOT, wait_until
from wire import call
from world import SERIAL, World

LONGEST = 1024      # bytes of a passphrase


@pytest.fixture(scope="module")
def world(standin, module_home):
    return World(module_home, standin)


@pytest.fixture(scope="module")
def module_home():
    from home import Home
    home = Home()
    yield home
    home.leave()


def test_trap_5_a_passphrase_is_never_cut_short(home):
    longest = "x" * LONGEST
    home.run("init", "--low-memory", "--weak", passphrase=longest, status=0)
    home.lock()
    home.run("unlock", passphrase=longest + "y", status=2)
    home.run("unlock", passphrase=longest[:-1] + "y", status=5)
    with home.terminal("unlock") as t:
        t.answer("Passphrase for ~/.local/share/credvault/vault.db: ", longest + "y")
        assert t.wait() == 2
    assert home.status()["locked"]
    home.run("unlock", passphrase=longest, status=0)


def test_trap_8_no_file_and_no_variable_loosens_what_is_sealed_with_a_key(world):
    world.add("guarded", "dev", "--require-mfa", "--mfa-serial", SERIAL, status=0)
    sent = len(world.standin.log(action="GetSessionToken"))
    for config in ("", "[profile guarded]\nmfa_serial =\n", "[credvault guarded]\nmfa_serial = none\n",
                   "[credvault guarded]\nrequire_mfa = false\n",
                   "[profile guarded]\nendpoint_url = https://sts.example.com\n"):
        world.config(config)
        for env in ({}, {"CREDVAULT_ENDPOINT_URL": "https://sts.example.com"},
                    {"AWS_ENDPOINT_URL": "https://sts.example.com"}):
            answer = world.home.run("process", "guarded", "--no-input", env=env)
            assert answer.status != 0 and answer.out == ""
    assert len(world.standin.log(action="GetSessionToken")) == sent


def test_trap_16_a_crash_between_awss_new_key_and_our_commit_loses_nothing(world):
    world.standin.add_user("sixteen", keys=[{}])
    world.add("sixteen", "sixteen")
    old = world.key("sixteen")["AccessKeyId"]
    # The key is made, and its answer is on its way.
    world.standin.fault("drip", action="CreateAccessKey", bytes_per_second=1)
    process = world.home.popen("rotate", "sixteen", "--json", passphrase=PASSPHRASE)
    wait_until(lambda: len(world.standin.user("sixteen")["keys"]) == 2)
    os.kill(world.home.status()["agent"]["pid"], signal.SIGKILL)
    process.communicate()
    world.standin.clear()
    world.home.wait_no_agents()
    world.home.unlock()
    world.home.run("export", "sixteen", "--force", status=0)
    made = len(world.standin.log(action="CreateAccessKey"))
    hint = world.home.run("rotate", "sixteen", "--json", status=8).error()["hint"]
    assert hint.endswith(world.standin.key("sixteen", index=1)["id"])
    assert len(world.standin.log(action="CreateAccessKey")) == made
    world.home.run(*hint.split()[1:], passphrase=PASSPHRASE, status=0)
    left = {key["id"]: key["status"] for key in world.standin.user("sixteen")["keys"]}
    assert left.pop(old) == "Inactive" and list(left.values()) == ["Active"]
    world.home.run("export", "sixteen", "--force", status=0)


def words_of_ours():
    """The command line of every program of ours that runs, whoever started it."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open("/proc/%s/cmdline" % pid, "rb") as file:
            words = file.read()
            if os.path.basename(words.split(b"\0")[0]).startswith(b"credvault"):
                yield words


def test_trap_25_no_secret_is_in_a_command_line(world, passphrase):
    secret = world.key("ci")["SecretAccessKey"]
    world.elsewhere()
    number = world.standin.fault("hold", action="GetSessionToken")
    with world.home.popen("process", "ci") as process:
        seen = []
        while not any(b"courier" in words for words in seen):
            seen = list(words_of_ours())
            assert process.poll() is None
        for words in seen:
            assert secret.encode() not in words and passphrase.encode() not in words
        world.standin.clear(number)
        world.standin.release()
        process.communicate(timeout=60)
    for words in (("unlock", "--passphrase", passphrase), ("unlock", "--passphrase=" + passphrase),
                  ("unlock", "-p" + passphrase), ("add", "x", "--secret-access-key", secret)):
        answer = world.home.run(*words, status=2)
        assert passphrase not in answer.err and secret not in answer.err


def test_trap_29_the_derivations_memory_is_never_the_agents(home, passphrase):
    home.run("init", "--low-memory", passphrase=passphrase, status=0)
    for pid in home.agents():
        with open("/proc/%d/status" % pid, encoding="ascii") as file:
            most = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        assert most < 48 * 1024, "KiB, where one derivation takes 64 MiB"
    for name in ("credvault-agent", "credvault-courier"):
        symbols = subprocess.run(["nm", "-D", os.path.join(PROGRAMS, name)], capture_output=True,
                                 text=True, check=True).stdout
        assert "crypto_pwhash" not in symbols


def test_trap_32_the_courier_never_lets_curl_talk(world):
    folder = os.path.join(ROOT, "vault/courier")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        assert "CURLOPT_DEBUG" not in text, name
        assert text.count("CURLOPT_VERBOSE") == text.count("{CURLOPT_VERBOSE, 0}"), name
    world.elsewhere()
    answer = world.home.run("process", "ci", "-v", status=0)
    token = answer.json()["SessionToken"]
    for word in ("Authorization", "AWS4-HMAC", token, world.key("ci")["SecretAccessKey"]):
        assert word not in answer.err


def test_trap_34_who_a_process_says_it_is_decides_nothing(world):
    args = {"name": "ci"}
    with open("/proc/self/comm", "r+", encoding="ascii") as file:
        name = file.read().strip()
    try:
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write("credvault")
        got = call(world.home, "reveal", args, lambda ask: None)
        assert "error" in got and world.key("ci")["SecretAccessKey"] not in str(got)
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write("stranger")
        got = prove(world.home, "reveal", args)
        assert got["ok"]["secret_access_key"] == world.key("ci")["SecretAccessKey"]
    finally:
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write(name)
