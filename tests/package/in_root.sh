#!/bin/sh
# SPDX-License-Identifier: MIT
# A package's life in a fresh Debian, as root inside it: in_root.sh ENDPOINT DEB NEWER_DEB. The user `dev`
# has been made by the caller, with a credentials file and a passphrase file. Prints "ok - …" or
# "not ok - …" for each step, with what it said.
# shellcheck disable=SC2317 # `step` calls them
# shellcheck disable=SC2016 # another shell expands these
set -u
endpoint=$1 deb=$2 newer=$3
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
said=/tmp/said failed=0

# step SENTENCE COMMAND…
step() {
	sentence=$1
	shift
	if "$@" >"$said" 2>&1 </dev/null; then
		echo "ok - $sentence"
	else
		echo "not ok - $sentence (exit $?)"
		sed 's/^/    /' "$said"
		failed=1
	fi
}

# as_dev SCRIPT: by the user's shell, in an environment that only a login made.
as_dev() {
	su -s /bin/sh - dev -c "umask 022; export CREDVAULT_ENDPOINT_URL=$endpoint; set -eu; $1"
}

nothing_is_left() {
	! find / -xdev \( -path /proc -o -path /home/dev -o -path /check -o -path /var/lib/apt -o \
		-path /var/cache -o -path /var/log \) -prune -o -name '*credvault*' -print | grep .
}

modes_are_closed() {
	for program in /usr/bin/credvault /usr/libexec/credvault/credvault-agent \
		/usr/libexec/credvault/credvault-courier; do
		[ "$(stat -c '%a %U:%G' "$program")" = "711 root:root" ] || return 1
	done
}

step "apt installs the package and what it depends on" apt-get install -y -qq "$deb"
step "programs are 0711 and root's" modes_are_closed
step "an ordinary user cannot read a program" sh -c '! su -s /bin/sh dev -c "cat /usr/bin/credvault"'
step "manual pages, completions and documents are there" \
	ls /usr/share/man/man1/credvault.1.gz /usr/share/bash-completion/completions/credvault \
	/usr/share/zsh/site-functions/_credvault /usr/share/fish/vendor_completions.d/credvault.fish \
	/usr/lib/systemd/user/credvault-rotate.timer /usr/share/doc/credvault/README.md

step "init makes a vault" as_dev 'credvault init --low-memory --passphrase-fd 3 3<pass >recovery'
step "import takes the key of the credentials file" \
	as_dev 'credvault import --yes --passphrase-fd 3 3<pass && credvault list --names | grep -x prod'
step "a program gets temporary credentials" \
	as_dev 'credvault exec prod -- sh -c "test -n \"\$AWS_SESSION_TOKEN\""'
step "an SDK's process gets temporary credentials" \
	as_dev 'credvault process prod | grep -q SessionToken'
step "the key is due" as_dev 'credvault list --due --json | grep -q "\"due\":true"'
step "a key file is made for the night" as_dev \
	'mkdir -m 700 night && credvault slot add key-file night/credvault-key --passphrase-fd 3 3<pass'
step "lock closes the vault" as_dev 'credvault lock && credvault status --json | grep -q "\"locked\":true"'

nightly=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/user/credvault-rotate.service)
step "the unit's command line rotates what is due" as_dev \
	"CREDENTIALS_DIRECTORY=\$HOME/night $nightly >rotated; cat rotated; grep -q '\"state\":\"done\"' rotated"
step "the next night finds nothing to do" as_dev \
	"CREDENTIALS_DIRECTORY=\$HOME/night $nightly >rotated; cat rotated; ! grep -q '\"state\":\"done\"' rotated"

step "the vault is unlocked when the upgrade comes" as_dev 'credvault unlock --passphrase-fd 3 3<pass'
step "a newer package takes the place of this one" apt-get install -y -qq "$newer"
step "the agent that was there before goes on" as_dev 'credvault process prod | grep -q SessionToken'
step "the vault that was made before opens" as_dev \
	'credvault lock && credvault unlock --passphrase-fd 3 3<pass && credvault verify && credvault lock'

step "a vault of an earlier build opens" as_dev 'export CREDVAULT_FILE=$HOME/earlier/vault.db \
	XDG_STATE_HOME=$HOME/earlier/state; echo correct horse battery >early; \
	credvault unlock --passphrase-fd 3 3<early && credvault list && credvault verify && credvault lock'

step "apt purges the package" apt-get purge -y -qq credvault
step "nothing is left but the user's vault" nothing_is_left
step "the user's vault is still there" as_dev 'test -s .local/share/credvault/vault.db'
exit $failed
