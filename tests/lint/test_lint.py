# SPDX-License-Identifier: MIT
"""Each check complains about a bad sample, at its line, and about nothing in a good one."""

import json
import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import run  # noqa: E402
from tree import Tree, code_only  # noqa: E402

SPDX = "/* SPDX-License-Identifier: MIT */\n"
CHECKS = run.CHECKS
GOOD_HEADER = (SPDX + "#ifndef CV_BASE_NOUN_H\n#define CV_BASE_NOUN_H\n\n#include <stddef.h>\n\n"
               "/** Measures nouns. */\n\nsize_t noun_length(const char *text);\n\n#endif\n")
GOOD_MAIN = (SPDX + '#include "vault/base/noun.h"\n\nint main(void)\n{\n'
             '\treturn (int)noun_length("");\n}\n')
ROOM = SPDX + "#ifndef CV_NAME_H\n#define CV_NAME_H\n\n/** What a room is. */\n\nint room_size(void);\n\n#endif\n"
GOOD_SOURCE = (SPDX + '#include "vault/base/noun.h"\n\n#include <string.h>\n\n'
               "/* strcpy(a, b) in a comment, and in a text, is no call. */\n"
               "size_t noun_length(const char *text)\n{\n"
               '\treturn strlen(text) + strlen("printf(1) exit(2)");\n}\n')


@pytest.fixture(name="sample")
def fixture_sample(tmp_path):
    """write(path, text) into a small good project; complaints(check) of what stands there."""
    class Sample:
        root = tmp_path

        def write(self, path, text):
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

        def complaints(self, check):
            return list(CHECKS[check](Tree(tmp_path)))

        def build(self):
            """build/release as CMake would leave it, one archive a layer."""
            rows = []
            for path in Tree(tmp_path).ending(".c"):
                folder = path.split("/")
                target = "cv_" + (folder[1] if folder[0] == "vault" else folder[0])
                output = f"CMakeFiles/{target}.dir/{path}.o"
                self.write(f"build/release/{output}", "")
                subprocess.run(["gcc", "-c", "-I", tmp_path, "-o", output, tmp_path / path],
                               cwd=tmp_path / "build/release", check=True)
                rows.append({"file": str(tmp_path / path), "command": f"gcc -o {output} -c {path}"})
            self.write("build/release/compile_commands.json", json.dumps(rows))

    sample = Sample()
    sample.write("vault/base/noun.h", GOOD_HEADER)
    sample.write("vault/base/noun.c", GOOD_SOURCE)
    sample.write("cli/main.c", GOOD_MAIN)
    sample.write("cli/show/room.h", ROOM.replace("NAME", "CLI_SHOW_ROOM"))
    sample.write("vault/store/file/room.h", ROOM.replace("NAME", "STORE_FILE_ROOM"))
    sample.write("vault/seal/header/room.h", ROOM.replace("NAME", "SEAL_HEADER_ROOM"))
    sample.write("dev", "#!/bin/sh\n# SPDX-License-Identifier: MIT\necho \"$#\"\n")
    sample.write("tool.py", "# SPDX-License-Identifier: MIT\nprint(1)\n")
    shutil.copy(os.path.join(ROOT, ".clang-format"), tmp_path / ".clang-format")
    return sample


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_good_tree_passes(sample, check):
    if check in run.BUILT:
        sample.build()
    assert sample.complaints(check) == []


BAD = [
    ("layers", "vault/base/bad.c", 2, SPDX + '#include "vault/store/rows/rows.h"\n'),
    ("layers", "vault/format/bad.c", 2, SPDX + '#include "vault/aws/http.h"\n'),
    ("layers", "vault/wire/bad.h", 3, SPDX + '\n#  include "vault/seal/keys.h"\n'),
    ("layers", "vault/courier/bad.c", 2, SPDX + '#include "vault/store/rows/rows.h"\n'),
    ("layers", "vault/courier/bad.c", 2, SPDX + '#include "vault/aws/call.h"\n'),
    ("layers", "vault/base/bad.c", 2, SPDX + '#include "cli/ui/option.h"\n'),
    ("layers", "vault/base/bad.c", 2, SPDX + '#include "tests/support/fake.h"\n'),
    ("layers", "vault/nowhere/bad.c", 2, SPDX + '#include "vault/base/noun.h"\n'),
    ("layers", "cli/bad.c", 2, SPDX + '#include "vault/store/rows/rows.h"\n'),
    ("layers", "cli/bad.c", 2, SPDX + '#include "vault/seal/record/record.h"\n'),
    ("layers", "cli/bad.c", 2, SPDX + '#include "vault/creds/cache.h"\n'),
    ("layers", "cli/cmd/bad.c", 2, SPDX + '#include "vault/seal/record/slot/rows.h"\n'),
    ("layers", "vault/courier/io/bad.c", 2, SPDX + '#include "vault/store/file/http.h"\n'),
    ("layers", "vault/agent/core/bad.c", 2, SPDX + '#include "cli/ui/option.h"\n'),
    ("rooms", "cli/ui/bad.c", 2, SPDX + '#include "cli/show/key.h"\n'),
    ("rooms", "cli/cmd/bad.h", 3, SPDX + '\n#include "cli/commands.h"\n'),
    ("rooms", "cli/hall/bad.c", 1, SPDX),
    ("rooms", "vault/agent/serve/bad.c", 2, SPDX + '#include "vault/agent/unlock/launch.h"\n'),
    ("rooms", "vault/store/file/bad.c", 2, SPDX + '#include "vault/store/handle.h"\n'),
    ("rooms", "vault/store/change/bad.c", 2, SPDX + '#include "vault/store/open.h"\n'),
    ("rooms", "vault/seal/bad.c", 2, SPDX + '#include "vault/seal/header/slot.h"\n'),
    ("citations", "vault/base/bad.c", 2, SPDX + "/* As DESIGN " + "§6 wants it. */\n"),
    ("foreign", "vault/base/bad.c", 2, SPDX + "#include <sodium.h>\n"),
    ("foreign", "cli/ui/bad.c", 2, SPDX + "#include <seccomp.h>\n"),
    ("foreign", "vault/format/sigv4.c", 2, SPDX + "#include <sodium/crypto_auth.h>\n"),
    ("foreign", "vault/agent/bad.c", 2, SPDX + "#include <sqlite3.h>\n"),
    ("foreign", "vault/aws/bad.c", 2, SPDX + "#include <curl/curl.h>\n"),
    ("foreign", "vault/aws/bad.c", 2, SPDX + "#include <expat.h>\n"),
    ("foreign", "vault/seal/bad.c", 2, SPDX + "#include <openssl/evp.h>\n"),
    ("foreign", "cli/bad.c", 2, SPDX + "#include <sodium.h>\n"),
    ("headers", "vault/base/bad.h", 1, SPDX + "size_t bad_length(void);\n"),
    ("guards", "vault/base/bad.h", 1, SPDX + "#ifndef BAD_H\n#define BAD_H\n#endif\n"),
    ("names", "vault/wire/noun.c", 1, SPDX),
    ("intros", "cli/bad.h", 1, SPDX + "#define A 1\n\nint f(void);\n\n/** Late words. */\n\n"),
    ("intros", "cli/bad.h", 2, SPDX + "/** Words of f alone. */\nint f(void);\nint g(void);\n"),
    ("intros", "vault/base/bad.h", 3, SPDX + "\n/** Words */\n\nint f(void);\n"),
    ("sizes", "vault/base/bad.c", 601, SPDX + "\n" * 600),
    ("widths", "vault/base/bad.h", 2, SPDX + "/** %s */\n" % ("w" * 94)),
    ("sizes", "dev", 601, "#!/bin/sh\n" + ":\n" * 600),
    ("licence", "vault/base/bad.c", 1, "int x;\n"),
    ("licence", "tests/bad.py", 1, "print(1)\n"),
    ("private", "README.md", 2, "\nsee /ho" + "me/jane/notes\n"),
    ("private", "tests/a.json", 1, '{"resol' + 'ved": "x"}\n'),
    ("private", "notes.md", 1, "https://regis" + "try.example.org/x\n"),
    ("unfinished", "vault/base/bad.c", 2, SPDX + "/* TO" + "DO: more */\n"),
    ("whitespace", "vault/base/bad.c", 2, SPDX + "int x; \n"),
    ("whitespace", "vault/base/bad.c", 2, SPDX + "int x;"),
    ("format", "vault/base/bad.c", 2, SPDX + "int  bad;\n"),
    ("shell", "dev", 3, "#!/bin/sh\n\necho $1\n"),
    ("shell", ".ci/run", 2, "#!/bin/bash\necho $1\n"),
    ("python", "bad.py", 2, "# SPDX-License-Identifier: MIT\ndef f(:\n"),
    ("wiping", "vault/base/bad.c", 2, SPDX + "memset(secret, 0, sizeof(secret));\n"),
    ("wiping", "vault/base/bad.c", 2, SPDX + "memset(it, 0, sizeof(*it)); free(it);\n"),
    ("wiping", "cli/bad.c", 2, SPDX + "memset(&ask->mfa_code, 0, 7);\n"),
]
BAD += [("banned", "cli/bad.c", 2, SPDX + f"x = {name}(y);\n") for name in (
    "strcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "atoi", "atol", "alloca",
    "system", "popen", "tmpnam", "mktemp", "rand", "srand")]
BAD += [("banned", "vault/base/bad.c", 2, SPDX + f"{name} (y);\n") for name in (
    "printf", "fprintf", "puts", "perror", "dprintf", "getenv", "exit", "abort")]


@pytest.mark.parametrize("check,path,line,text", BAD)
def test_a_bad_sample_is_named_with_its_line(sample, check, path, line, text):
    sample.write(path, text)
    complaints = sample.complaints(check)
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{path}:{line}: ")


GOOD = [
    ("layers", "vault/seal/good.c", '#include "vault/format/digest.h"\n'),
    ("layers", "cli/good.c", '#include "vault/creds/plan.h"\n#include "cli/ui/out.h"\n'),
    ("layers", "vault/courier/good.c", '#include "vault/aws/http.h"\n'),
    ("layers", "tests/seal/test_good.c", '#include "vault/seal/keys.h"\n'),
    ("layers", "cli/vault/good.c", '#include "vault/seal/header/slot.h"\n'),
    ("layers", "vault/agent/core/good.c", '#include "vault/store/rows/rows.h"\n'),
    ("rooms", "cli/main.c", '#include "cli/commands.h"\n#include "cli/cmd/add.h"\n'),
    ("rooms", "cli/show/good.c", '#include "cli/show/key.h"\n#include "cli/ui/out.h"\n'),
    ("rooms", "vault/agent/good.c", '#include "vault/agent/bad.h"\n'),
    ("rooms", "vault/store/file/good.c", '#include "vault/store/store.h"\n'),
    ("rooms", "vault/store/store.c", '#include "vault/store/change/batch.h"\n'),
    ("rooms", "vault/seal/header/good.c", '#include "vault/seal/tlv.h"\n'),
    ("names", "vault/agent/main.c", ""),
    ("names", "cli/cmd/noun.c", ""),
    ("names", "vault/agent/op_noun.c", ""),
    ("intros", "cli/good.h", "/**\n * Good words here. More.\n */\n#include <stddef.h>\n"),
    ("intros", "cli/good.h", "/** Good words. */\nstruct good { int a; };\nint f(void);\n"),
    ("intros", "cli/good.h", "/** Good words. */\nint good_only(int a);\n"),
    ("intros", "tests/good.h", "int f(void);\n"),
    ("foreign", "vault/confine/good.c", "#include <seccomp.h>\n"),
    ("foreign", "vault/seal/good.c", "#include <sodium.h>\n"),
    ("foreign", "vault/store/good.c", "#include <sqlite3.h>\n"),
    ("foreign", "tests/store/test_good.c", "#include <sqlite3.h>\n#include <cmocka.h>\n"),
    ("banned", "vault/base/good.c", "snprintf(a, 1, b); _exit(1); err->exit(2); my_printf(3);\n"),
    ("banned", "vault/agent/main.c", "fprintf(stderr, \"x\"); exit(1);\n"),
    ("banned", "cli/good.c", "printf(\"x\"); getenv(\"HOME\");\n"),
    ("wiping", "vault/base/good.c", "memset(&address, 0, sizeof(address));\n"),
    ("private", "docs/good.md", "/ho" + "me/dev/.cache\n"),
]


@pytest.mark.parametrize("check,path,text", GOOD)
def test_what_is_allowed_passes(sample, check, path, text):
    sample.write(path, SPDX + text)
    assert sample.complaints(check) == []


def test_files_that_call_each_other_in_a_circle_are_named_with_a_symbol_each(sample):
    for noun, other in (("one", "two"), ("two", "three"), ("three", "one")):
        sample.write(f"vault/wire/{noun}.c", f"{SPDX}void {other}_go(void);\n"
                     f"void {noun}_go(void);\nvoid {noun}_go(void)\n{{\n\t{other}_go();\n}}\n")
    sample.build()
    (complaint,) = sample.complaints("circles")
    assert complaint.startswith("vault/wire/one.c:1: 3 files call each other in a circle:")
    assert "vault/wire/three.c -> vault/wire/one.c: one_go" in complaint


def test_headers_that_include_each_other_through_a_source_are_a_circle(sample):
    sample.write("vault/wire/one.h", SPDX)
    sample.write("vault/wire/one.c", SPDX + '#include "vault/wire/two.h"\n')
    sample.write("vault/wire/two.h", SPDX + '#include "vault/wire/one.h"\n')
    sample.build()
    (complaint,) = sample.complaints("circles")
    assert complaint.startswith("vault/wire/one.h:1: 2 files include each other in a circle:")
    assert "vault/wire/one -> vault/wire/two: vault/wire/two.h" in complaint


def test_a_header_below_its_source_makes_no_circle(sample):
    sample.write("vault/store/store.h", SPDX)
    sample.write("vault/store/handle.h", SPDX + '#include "vault/store/store.h"\n')
    sample.write("vault/store/store.c", SPDX + '#include "vault/store/handle.h"\n')
    sample.build()
    assert sample.complaints("circles") == []


@pytest.mark.parametrize("check", sorted(run.BUILT))
def test_a_build_of_other_sources_is_not_believed(sample, check):
    assert sample.complaints(check) == [
        "build/release:1: nothing is built; ./dev build first"]
    sample.build()
    os.utime(sample.root / "vault/base/noun.h", (1 << 32, 1 << 32))
    sample.write("vault/base/more.c", SPDX)
    said = sample.complaints(check)
    assert "vault/base/noun.c:1: is newer than its object; ./dev build first" in said
    assert "vault/base/more.c:1: is in no build; ./dev build first" in said


DEAD = [
    (2, "nothing of the product uses odd_go", "void odd_go(void)\n{\n}\n"),
    (2, "only its own file uses odd_go: make it static",
     "void odd_go(void)\n{\n\todd_go();\n}\n"),
    (2, "nothing of the product uses odd_table", "int odd_table[2] = {1, 2};\n"),
    (4, "nothing reads ODD_TWO",
     "enum odd {\n\tODD_ONE,\n\tODD_TWO,\n};\nstatic int x[ODD_ONE];\n"),
    (2, "nothing reads ODD", "#define ODD 1\n"),
    (2, "nothing reads odd", "static const int odd = 1;\n"),
    (2, "nothing uses the field odd.never", "struct odd { int never; };\n"),
    (2, "the field odd.put is written and never read",
     "struct odd { int put; };\nstatic void f(struct odd *o) { o->put = 1; o->put++; }\n"),
    (2, "the field odd.got is read and never written",
     "struct odd { int got; };\nstatic int f(struct odd *o) { return o->got; }\n"),
    (2, "the field odd.got is written and never read",
     "struct odd { int got; };\nstatic void f(struct odd *o) { o->got = o[1].got; }\n"),
]


@pytest.mark.parametrize("line,what,text", DEAD)
def test_the_dead_are_found(sample, line, what, text):
    sample.write("vault/base/odd.c", SPDX + text)
    sample.build()
    assert sample.complaints("dead") == [f"vault/base/odd.c:{line}: {what}"]


ALIVE = [
    "enum odd {\n#define X(n_) ODD_##n_,\n\tX(ONE)\n#undef X\n};\n",
    "struct odd { int kept; };\nstatic int f(struct odd *o) { return o->kept++; }\n",
    "struct odd { int a; };\nstatic struct odd o = {1};\nstatic int f(void) { return o.a; }\n",
    "struct odd { int a; };\nstatic void f(void) { struct odd o = {.a = 1}; syscall(1, &o); }\n",
    "struct odd { int a[2]; };\nstatic int f(struct odd *o) { g(o->a); return o->a[0]; }\n",
]


@pytest.mark.parametrize("text", ALIVE)
def test_what_is_used_is_not_dead(sample, text):
    sample.build()
    sample.write("vault/base/odd.h", SPDX + text)
    assert sample.complaints("dead") == []


def test_a_function_of_one_file_may_be_tested_through_its_header(sample):
    sample.write("vault/base/odd.c", SPDX + "void odd_go(void)\n{\n\todd_go();\n}\n")
    sample.write("tests/base/test_odd.c", SPDX + "void odd_is_fine(void) { odd_go(); }\n")
    sample.build()
    assert sample.complaints("dead") == []


def test_a_blanked_text_keeps_its_length_and_lines():
    text = 'a = "x\\"y"; /* one\ntwo */ b = \'"\'; // c\nd();\n'
    blank = code_only(text)
    assert len(blank) == len(text)
    assert blank.count("\n") == text.count("\n")
    assert "d();" in blank and "two" not in blank and "x" not in blank


def test_build_folders_and_installed_packages_are_not_looked_at(sample):
    sample.write("build/x.c", "gets(a);\n")
    sample.write("js/node_modules/x.py", "def f(:\n")
    assert sample.complaints("banned") == [] and sample.complaints("python") == []


def test_an_unknown_check_is_a_usage_error():
    done = subprocess.run([sys.executable, os.path.join(HERE, "run.py"), "nonsense"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "nonsense" in done.stdout
