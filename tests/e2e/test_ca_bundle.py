# SPDX-License-Identifier: MIT
"""A company's own authority: sealed in the vault it is trusted, named in a variable it is not."""

import json
import os
import re

import pytest
import reader
from authority import Authority, Front, InspectingProxy, self_signed
from home import PASSPHRASE, Home
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "Somebody Else CA")


@pytest.fixture
def front(fresh):  # noqa: F811
    """Makes https servers before the stand-in; none of the company's authorities is sealed yet."""
    fresh.home.run("config", "ca-bundle", "default", passphrase=PASSPHRASE, status=0)
    fronts = []

    def make(certificate):
        host, port = fresh.standin.url.split("//")[1].strip("/").split(":")
        fronts.append(Front(certificate, (host, int(port))))
        return fronts[-1]

    yield make
    for one in fronts:
        one.__exit__()


def seal(world, path, status=0):  # noqa: F811
    return world.home.run("config", "ca-bundle", path, passphrase=PASSPHRASE, status=status)


def ask(world, front, status=9, **env):  # noqa: F811
    return world.home.run("process", "ci", status=status,
                          env={"CREDVAULT_ENDPOINT_URL": front.url, **env})


def test_a_sealed_authority_is_trusted_and_others_are_not(fresh, front, company, stranger):
    good, other = front(company.issue("good")), front(stranger.issue("other"))
    ask(fresh, good)
    told = seal(fresh, company.path)
    assert "1 authority of" in told.err and "new keys included" in told.err
    assert json.loads(ask(fresh, good, status=0).out)["AccessKeyId"].startswith("ASIA")
    refused = ask(fresh, other)
    assert "of an authority that is not known here: Somebody Else CA, Example Ltd" in refused.err


def test_it_holds_after_the_next_unlock_and_until_it_is_taken_away(fresh, front, company):
    good = front(company.issue("good"))
    seal(fresh, company.path)
    fresh.home.lock()
    fresh.home.unlock()
    fresh.home.run("clear", status=0)
    ask(fresh, good, status=0)
    seal(fresh, "default")
    fresh.elsewhere()
    assert "not known here" in ask(fresh, good).err


def test_a_wrong_name_is_told_with_the_names_that_there_are(fresh, front, company):
    seal(fresh, company.path)
    wrong = front(company.issue("wrong", "DNS:elsewhere.example,DNS:also.example"))
    told = ask(fresh, wrong)
    assert "its certificate is not for this name, but for elsewhere.example, also.example" \
        in told.err
    assert wrong.met == 1 and "ca-bundle" not in told.err


def test_an_expired_certificate_is_told_with_its_end(fresh, front, company):
    seal(fresh, company.path)
    old = front(company.issue("old", days=-1))
    told = ask(fresh, old)
    assert re.search(r"its certificate has expired at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", told.err)
    assert "this machine's clock" in told.err and old.met == 1


def test_an_unknown_authority_is_told_with_its_name_and_what_to_do(fresh, front, company):
    good = front(company.issue("good"))
    told = ask(fresh, good)
    assert "not known here: Inspecting CA, Example Ltd" in told.err
    assert "; run: credvault config ca-bundle FILE\n" in told.err
    assert good.met == 1


def test_a_self_signed_certificate_is_told_as_such(fresh, front, company, tmp_path):
    seal(fresh, company.path)
    alone = front(self_signed(tmp_path))
    told = ask(fresh, alone)
    assert "its certificate is self-signed, by alone.example" in told.err and alone.met == 1


def test_a_bundle_that_the_environment_names_is_not_trusted_and_the_refusal_says_so(
        fresh, front, company):
    good = front(company.issue("good"))
    told = ask(fresh, good, AWS_CA_BUNDLE=company.path)
    assert "AWS_CA_BUNDLE %s, which is not sealed in the vault" % company.path in told.err
    assert "; run: credvault config ca-bundle %s\n" % company.path in told.err


def test_so_is_one_that_the_config_file_names(fresh, front, company):
    fresh.config("[profile ci]\nca_bundle = %s\n" % company.path)
    told = ask(fresh, front(company.issue("good")))
    assert "ca_bundle in the config file %s, which is not sealed" % company.path in told.err


def test_a_file_that_differs_later_is_named_with_the_command(fresh, front, company, stranger,
                                                             tmp_path):
    path = tmp_path / "own ca.pem"
    path.write_text(open(stranger.path).read())
    seal(fresh, str(path))
    assert "differs" not in fresh.home.run("config", status=0).err
    path.write_text(open(company.path).read())
    line = "credvault config ca-bundle '%s'" % path
    told = ask(fresh, front(company.issue("good")))
    assert "which differs from what is sealed in the vault" in told.err and line in told.err
    assert line in fresh.home.run("config", "ca-bundle", status=0).err


def test_sealing_wants_the_passphrase_and_is_on_record(fresh, company):
    seal(fresh, "default")
    answer = fresh.home.run("config", "ca-bundle", company.path, status=4)
    assert "passphrase" in answer.err
    seal(fresh, company.path)
    assert fresh.home.run("config", "ca-bundle", status=0).out.strip() == company.path
    (entry,) = fresh.home.run("log", "-n", "1", "--json", status=0).json()["entries"]
    assert entry["what"] == "ca-bundle 1 of %s" % company.path
    shown = fresh.home.run("config", "--json", status=0).json()["config"]["ca-bundle"]
    assert shown["value"] == company.path and re.fullmatch("[0-9a-f]{64}", shown["sha256"])


def test_what_the_system_trusts_already_is_not_sealed(fresh):
    seal(fresh, "default")
    told = seal(fresh, "/etc/ssl/certs/ca-certificates.crt")
    assert "nothing was sealed" in told.err
    assert fresh.home.run("config", "ca-bundle", status=0).out == "none\n"


@pytest.mark.parametrize("text, says", [
    ("no certificate at all\n", "holds no certificate"),
    ("-----BEGIN CERTIFICATE-----\nMIIB!\n-----END CERTIFICATE-----\n", "damaged"),
    ("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n", "damaged"),
    ("-----BEGIN TRUSTED CERTIFICATE-----\nMAMCAQE=\n-----END TRUSTED CERTIFICATE-----\n",
     "what is no certificate: TRUSTED CERTIFICATE"),
    ("-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n", "private key")])
def test_what_is_no_file_of_authorities_is_refused(fresh, text, says):
    path = fresh.home.file("odd.pem", text)
    assert says in seal(fresh, path, status=2).err


def test_more_than_24_kib_of_authorities_are_refused(fresh, tmp_path_factory):
    many = ""
    for i in range(40):
        many += open(Authority(tmp_path_factory.mktemp("many"), "CA %d" % i).path).read()
        if len(many) > 25000:
            break
    path = fresh.home.file("many.pem", many)
    told = seal(fresh, path, status=2)
    assert "more than 24 KiB" in told.err and "own authority alone" in told.err


def test_a_rotation_says_before_it_begins_who_reads_along(fresh, company):
    seal(fresh, company.path)
    plan = fresh.home.run("rotate", "ci", "--dry-run", status=0)
    assert "a proxy of the authorities of %s sees the new key" % company.path in plan.out
    seal(fresh, "default")
    assert "sees the new key" not in fresh.home.run("rotate", "ci", "--dry-run", status=0).out


def test_so_does_one_of_all_keys(fresh, company):
    seal(fresh, company.path)
    with fresh.home.terminal("rotate", "--all") as terminal:
        terminal.expect("A proxy of the authorities of %s sees the new keys." % company.path)
        terminal.answer("Go?", "n")
        assert terminal.wait() == 1


def test_the_second_reader_finds_it_in_the_file(fresh, company):
    seal(fresh, company.path)
    fresh.home.lock()
    found = reader.read(fresh.home.vault, reader.PASSPHRASE, PASSPHRASE.encode())
    fresh.home.unlock()
    (bundle,) = found["ca_bundle"]
    assert bundle["path"] == company.path
    with open(company.path, "rb") as f:
        assert bundle["pem"] == f.read()


def test_it_is_sealed_again_under_a_new_passphrase(fresh, front, company):
    good = front(company.issue("good"))
    seal(fresh, company.path)
    for before, after in ((PASSPHRASE, "another horse battery"), ("another horse battery", PASSPHRASE)):
        reading, writing = os.pipe()
        os.write(writing, after.encode() + b"\n")
        os.close(writing)
        fresh.home.run("passwd", "--new-passphrase-fd", str(reading), pass_fds=[reading],
                       passphrase=before, status=0)
        os.close(reading)
    assert fresh.home.run("verify", "--json", status=0).json()["ok"]
    fresh.home.run("clear", status=0)
    ask(fresh, good, status=0)


def through_proxy(world, proxy, status):  # noqa: F811
    """`add` of a key that nobody has bound to an endpoint, by AWS's own host names."""
    made = world.standin.add_user("abroad%d" % world.regions, keys=[{}])["keys"][0]
    return world.home.run(
        "add", "abroad%d" % world.regions, "--stdin", status=status, stdin=json.dumps(
            {"AccessKeyId": made["id"], "SecretAccessKey": made["secret"]}),
        env={"CREDVAULT_ENDPOINT_URL": "", "AWS_REGION": "eu-west-1", "HTTPS_PROXY": proxy.url})


def test_a_proxy_that_inspects_is_passed_once_its_authority_is_sealed(fresh, front, company):
    host, port = fresh.standin.url.split("//")[1].strip("/").split(":")
    names = "DNS:sts.eu-west-1.amazonaws.com,DNS:iam.amazonaws.com"
    with InspectingProxy(company.issue("proxy", names), (host, int(port))) as proxy:
        told = through_proxy(fresh, proxy, 9)
        assert "sts.eu-west-1.amazonaws.com:443: its certificate is of an authority" in told.err
        assert "Where a proxy of your company reads along, seal its authority." in told.err
        assert proxy.met == 1
        seal(fresh, company.path)
        fresh.elsewhere()
        through_proxy(fresh, proxy, 0)
        assert "sts.eu-west-1.amazonaws.com:443" in proxy.asked


def test_a_proxy_whose_own_certificate_is_refused_is_named(fresh, front, stranger):
    proxy = front(stranger.issue("proxy"))
    told = through_proxy(fresh, proxy, 9)
    place = proxy.url[len("https://"):]
    assert "through the proxy %s: its certificate is of an authority that is not known here: " \
        "Somebody Else CA" % place in told.err


def test_init_seals_it_for_the_first_key(standin, company):
    home = Home()
    host, port = standin.url.split("//")[1].strip("/").split(":")
    try:
        with Front(company.issue("first"), (host, int(port))) as front:
            home.env["CREDVAULT_ENDPOINT_URL"] = front.url
            made = home.init("--ca-bundle", company.path)
            assert "1 authority of" in made.err
            key = standin.add_user("first", keys=[{}])["keys"][0]
            home.run("add", "first", "--stdin", status=0, stdin=json.dumps(
                {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}))
    finally:
        home.leave()


def test_init_makes_nothing_where_the_file_is_none(tmp_path):
    home = Home()
    try:
        answer = home.run("init", "--low-memory", "--ca-bundle", str(tmp_path / "none.pem"),
                          passphrase=PASSPHRASE, status=3)
        assert "is not there" in answer.err and not os.path.exists(home.vault)
    finally:
        home.leave()
