#!/usr/bin/env bash
# Holds what README.md shows behind its lines `    $ COMMAND` against what the program prints.
#   readme.sh [--refresh] quick|long PROGRAM README
# quick: every command but `compare`; long: `compare` alone, which takes as long as the main job. Prints the difference and
# exits with 1 where there is one; with --refresh it writes what the program prints into README instead.
# The commands share one shell, in an empty folder that has the scenarios. A line `...` of the README stands for lines left
# out; what is before it and behind it is held against the beginning and the end. Wall times are shown as `...`.
set -euo pipefail

refresh=false
if [[ $1 == --refresh ]]; then
  refresh=true
  shift
fi
which=$1 program=$(readlink -f -- "$2") readme=$(readlink -f -- "$3")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
ln -s -- "$(dirname -- "$readme")/scenarios" "$folder/scenarios"
cd -- "$folder"

is_due() {
  case $1 in
    *' compare '*) [[ $which == long ]] ;;
    *) [[ $which == quick ]] ;;
  esac
}

# The lines of stdin that stand where the shown ones (the arguments) do.
as_shown() {
  local elided=-1 i
  for ((i = 1; i <= $#; ++i)); do [[ ${!i} == '    ...' ]] && elided=$i; done
  if ((elided < 0)); then
    cat
    return
  fi
  local -a lines
  mapfile -t lines
  printf '%s\n' "${lines[@]:0:elided-1}" ...
  (($# > elided)) && printf '%s\n' "${lines[@]: -($# - elided)}"
  return 0
}

# A shown block ends at a line that is not indented, or at the next command; empty lines belong to it when it goes on.
mapfile -t text <"$readme"
shown_after() {
  local at=$1 last=$1 line
  for ((; at < ${#text[@]}; ++at)); do
    line=${text[at]}
    [[ $line == '    $ '* ]] && break
    [[ $line == '    '* ]] && last=$((at + 1)) && continue
    [[ -z $line && $which == long ]] || break
  done
  printf '%s\n' "$last"
}

for ((i = 0; i < ${#text[@]}; ++i)); do
  printf '%s\n' "${text[i]}"
  [[ ${text[i]} == '    $ '* ]] || continue
  command=${text[i]#'    $ '}
  is_due "$command" || continue
  end=$(shown_after $((i + 1)))
  eval "${command//.\/ulpsim/\"\$program\"}" >printed 2>>errors || printf 'exit status %s\n' "$?" >>printed
  as_shown "${text[@]:i+1:end-i-1}" <printed | sed -E 's/[0-9.]+ m?s of wall/... of wall/; s/^(.)/    \1/'
  i=$((end - 1))
done >fresh

if $refresh; then
  cat fresh >"$readme"
elif ! diff -u --label "README shows" --label "the program prints" "$readme" fresh; then
  cat errors >&2
  exit 1
fi
