# SR_MHD_STRICTNESS -- say at configure time whether libmicrohttpd's parser is strict by itself.
# The parser was rewritten in 1.0.0; duplicate Content-Length is refused since 1.0.4 and other
# unique headers since 1.0.5.
AC_DEFUN([SR_MHD_STRICTNESS], [
  sr_mhd_version=`$PKG_CONFIG --modversion libmicrohttpd`
  AS_IF([$PKG_CONFIG --atleast-version=1.0.5 libmicrohttpd],
    [sr_mhd_strict=yes; sr_mhd_strictness="strict parser"],
    [sr_mhd_strict=no; sr_mhd_strictness="needs SmartRouter's filter"])
])
