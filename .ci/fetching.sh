# What checks fetch where it is absent; sourced by them. What cannot be fetched is another matter than what is wrong: 69.
unfetched() { echo "NOT CHECKED: $*; is there a network?" >&2; exit 69; }

# Installs packages of Debian, if any are named.
debian() {
  local sudo=()
  if [ "$#" -eq 0 ]; then return 0; fi
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
  "${sudo[@]}" apt-get update -q \
    && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" \
    || unfetched "these packages of Debian did not install: $*"
}
