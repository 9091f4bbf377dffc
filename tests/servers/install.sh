#!/bin/sh
# Installs what the tests run against on Debian or Ubuntu: Dovecot, Exim, PostgreSQL, Chromium for the demo's page, and
# Poppler, which says what stands in a PDF.
#
# Says nothing when everything is there. Works as root or through sudo, asks nothing, starts no system service.
# Exim is unpacked beside the system, not installed: an installed MTA would listen on port 25, and would push out
# the one that is there.
set -eu

EXIM_FOLDER=${RIGHTSDESK_TEST_PROGRAMS:-/usr/local/libexec/rightsdesk-tests}
export PATH="$PATH:/usr/sbin:/sbin"

fail() {
    echo "tests/servers/install.sh: $*" >&2
    exit 1
}

have_dovecot() { [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] && [ -x /usr/lib/dovecot/lmtp ]; }
have_postgres() { command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
# Exim looks its own user up at every start, even when another one runs it.
have_exim_user() { getent passwd Debian-exim >/dev/null 2>&1; }
have_exim() { have_exim_user && { [ -x /usr/sbin/exim4 ] || "$EXIM_FOLDER/exim4" -C /dev/null -bV >/dev/null 2>&1; }; }
have_chromium() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }
have_poppler() { command -v pdftotext >/dev/null 2>&1; }
have_all() { have_dovecot && have_postgres && have_exim && have_chromium && have_poppler; }

have_all && exit 0

command -v apt-get >/dev/null 2>&1 ||
    fail "the tests need Dovecot (IMAP, LMTP), Exim 4, PostgreSQL, Chromium and Poppler's pdftotext; this machine has no apt-get, install them by hand"

if [ "$(id -u)" -eq 0 ]; then
    as_root() { "$@"; }
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root() { sudo -n "$@"; }
else
    fail "the tests need Dovecot, Exim 4, PostgreSQL, Chromium and Poppler; run this script once as root: sudo sh tests/servers/install.sh"
fi

folder=$(mktemp -d)
policy_made=
tidy_up() {
    rm -rf "$folder"
    [ -z "$policy_made" ] || as_root rm -f /usr/sbin/policy-rc.d
}
trap tidy_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

apt_get() {
    # A service freshly set up asks policy-rc.d whether it may start; 101 means no. Without a terminal, and waiting
    # for another apt-get to end.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o APT::Install-Recommends=false "$@" >"$folder/apt.log" 2>&1 || {
        cat "$folder/apt.log" >&2
        return 1
    }
}

if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >"$folder/policy-rc.d"
    chmod 755 "$folder/policy-rc.d"
    as_root cp "$folder/policy-rc.d" /usr/sbin/policy-rc.d
    policy_made=yes
fi

# Nor may a service we brought in start with the next boot.
keep_off() {
    if command -v systemctl >/dev/null 2>&1; then
        for unit in "$@"; do as_root systemctl disable "$unit" >/dev/null 2>&1 || :; done
    fi
}

# Exim's own dependencies, without the packages that would make it the system's MTA.
exim_libraries() {
    apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
        exim4-daemon-light | sed -n 's/^  Depends: \(lib[^<>]*\)$/\1/p'
}

unpack_exim() {
    (
        cd "$folder"
        chmod 755 .
        apt-get -q download exim4-daemon-light >download.log 2>&1 || { cat download.log >&2; exit 1; }
        dpkg-deb --fsys-tarfile exim4-daemon-light_*.deb | tar -xf - ./usr/sbin/exim4
    ) || fail "the Exim package could not be fetched"
    as_root mkdir -p "$EXIM_FOLDER"
    # Without the set-user-id bit of the package.
    as_root install -m 755 "$folder/usr/sbin/exim4" "$EXIM_FOLDER/exim4"
}

echo "Installing Dovecot, Exim, PostgreSQL, Chromium and Poppler for the tests ..."
apt_get update || fail "apt-get update failed (no network?)"

if ! have_dovecot; then
    apt_get install dovecot-core dovecot-imapd dovecot-lmtpd || fail "Dovecot could not be installed"
    keep_off dovecot.service dovecot.socket
fi

if ! have_postgres; then
    apt_get install postgresql-common || fail "PostgreSQL could not be installed"
    # The package would make a cluster of its own that nobody here uses.
    as_root sed -i 's/^#*create_main_cluster *=.*/create_main_cluster = false/' \
        /etc/postgresql-common/createcluster.conf
    apt_get install postgresql || fail "PostgreSQL could not be installed"
    keep_off postgresql.service
fi

if ! have_exim; then
    have_exim_user || as_root useradd --system --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin Debian-exim || fail "the user Debian-exim could not be made"
    # shellcheck disable=SC2046  # a list of package names
    apt_get install $(exim_libraries) || fail "Exim's libraries could not be installed"
    [ -x /usr/sbin/exim4 ] || unpack_exim
fi

if ! have_chromium; then
    # The fonts make its pictures look as they do elsewhere; without them icons would be empty boxes.
    apt_get install chromium fonts-inter fonts-noto-color-emoji || fail "Chromium could not be installed"
fi

if ! have_poppler; then
    apt_get install poppler-utils || fail "Poppler could not be installed"
fi

have_all || fail "something is still missing; see the messages above"
