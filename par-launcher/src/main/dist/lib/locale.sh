# Sourced by the commands of this distribution.
#
# Java reads and writes file names in the encoding of the locale, on every version of Java. Names in a package are UTF-8, so
# the locale must be too, which few images set. An invalid LC_ALL would win over LC_CTYPE, so it is replaced where it is set.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]8* | *[Uu][Tt][Ff]-8*) ;;
  *) if [ -n "${LC_ALL:-}" ]; then export LC_ALL=C.UTF-8; else export LC_CTYPE=C.UTF-8; fi ;;
esac
