# Sourced by the commands of this distribution.
#
# Every version of Java reads and writes file names in the encoding of the locale. Names in a package are
# UTF-8, so the locale must also be UTF-8, but few images set it. LC_ALL overrides LC_CTYPE, so an invalid
# LC_ALL is replaced.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]8* | *[Uu][Tt][Ff]-8*) ;;
  *) if [ -n "${LC_ALL:-}" ]; then export LC_ALL=C.UTF-8; else export LC_CTYPE=C.UTF-8; fi ;;
esac
